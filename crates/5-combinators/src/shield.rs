//! Shield: wait for something without being able to cancel it.
//!
//! The problem: awaiting a task hands every cancel on to it. Sometimes only the
//! waiting should end, while the work goes on.
//!
//! ```text
//!   cancel --> waiter ends              task ====================> result
//!              (the shield breaks the way to the task)
//! ```
//!
//! Invariants:
//! 1. A cancel of the waiter ends the waiting and nothing else (H01).
//! 2. A cancel of the task itself is told to the waiter (H02).
//! 3. A task that is done is not waited for (H03).
//!
//! Read next: `task_group.rs`.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;
use std::slice;
use std::task::{Context, Poll};

use groundup_executor::task::{
    Awaitable, Cancelled, Ending, IntoTask, Member, Promise, PromiseError, Reason, Scheduler, Task,
    TaskError, TaskRef, Watcher, Watching,
};

use crate::members::member;
use crate::running::home_of;
use crate::waiter::Waiter;

#[derive(Default)]
struct Told {
    told: Cell<bool>,
    waiter: Waiter,
    /// The end of the shield, if it is a member of something.
    ended: RefCell<Option<Promise<()>>>,
    /// What it watches then.
    watched: RefCell<Option<(Watching, TaskRef)>>,
}

impl Watcher for Told {
    fn child_done(&self, _: u32, how: Ending) {
        self.told.set(true);
        self.waiter.wake();
        self.end(how);
    }

    fn loop_closed(&self) {
        self.waiter.wake();
    }
}

impl Told {
    /// The shield ends, if it is a member of something.
    fn end(&self, how: Ending) {
        let Some(ended) = self.ended.take().filter(|ended| !ended.done()) else {
            return;
        };
        let task = self.watched.borrow().as_ref().map(|(_, task)| task.clone());
        match (how, task.and_then(|task| task.failure())) {
            // It tells of a cancel, and not why (H02).
            (Ending::Cancelled, _) => drop(ended.finish_cancelled(None)),
            // A failure is the shield's from here on.
            (Ending::Failed, Some(failure)) => drop(ended.set_exception(failure)),
            _ => drop(ended.set_result(())),
        }
    }

    /// Takes the registration at the task back.
    fn leave(&self) {
        if let Some((watching, task)) = self.watched.take() {
            watching.remove(&task, 0);
        }
    }
}

/// What [`shield`] returns.
#[must_use = "futures do nothing unless awaited"]
pub struct Shield<T> {
    task: Option<Task<T>>,
    /// `None` if the task was done when it was shielded.
    watching: Option<(Watching, Rc<Told>)>,
}

/// Waits for a task or a future, which is spawned, and keeps cancels of the waiter
/// from it (H01).
///
/// ```
/// use groundup_combinators::executor::{EventLoop, sleep, spawn};
/// use groundup_combinators::{shield, timeout};
/// use std::time::Duration;
///
/// let event_loop = EventLoop::builder().virtual_time().build();
/// event_loop.run_until_complete(async {
///     let letter = spawn(async {
///         sleep(Duration::from_secs(5)).await;
///         "sent"
///     });
///     let shielded = shield(letter.clone());
///     assert!(timeout(Duration::from_secs(1), shielded).await.is_err());
///     assert_eq!(letter.await.unwrap(), "sent", "only the waiting was given up");
/// }).unwrap();
/// ```
///
/// # Panics
///
/// Outside a running loop, unless there are tasks in it, which know their loop; and for a
/// task that runs in another one.
///
/// # Cancel safety
///
/// Dropping it detaches the task, which runs on. Should it panic then, that is
/// reported as never retrieved (H05).
#[track_caller]
pub fn shield<A: IntoTask>(awaitable: A) -> Shield<A::Output> {
    let scheduler = home_of("shield", slice::from_ref(&awaitable));
    let task = awaitable.into_task(&scheduler);
    let watching = (!task.done()).then(|| {
        let told = Rc::new(Told::default());
        let watching = Watching::new(&scheduler, told.clone());
        watching.add(&task, 0);
        (watching, told)
    });
    Shield {
        task: Some(task),
        watching,
    }
}

impl<T> Shield<T> {
    /// Stops waiting and gives the task back.
    pub fn into_task(mut self) -> Option<Task<T>> {
        self.unwatch();
        self.task.take()
    }

    fn unwatch(&mut self) {
        if let (Some((watching, _)), Some(task)) = (self.watching.take(), &self.task) {
            watching.remove(task, 0);
        }
    }
}

impl<T: 'static> Awaitable for Shield<T> {
    type Output = Result<T, TaskError>;

    fn poll_output(&mut self, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self;
        let task = this
            .task
            .as_mut()
            .expect("shield was polled after it had finished");
        if let Some((watching, told)) = &this.watching
            && !told.told.get()
            && !watching.scheduler().is_closed()
        {
            told.waiter.keep(cx);
            watching.scheduler().waits_for(cx, Reason::Watched(task));
            return Poll::Pending;
        }
        if Scheduler::holds_back(cx) {
            return Poll::Pending;
        }
        let result = match task.take_result().unwrap_or(Err(TaskError::Closed)) {
            // A shield that waited tells of the cancel, and not why (H02).
            Err(TaskError::Cancelled(_)) if this.watching.is_some() => {
                Err(TaskError::Cancelled(Cancelled::default()))
            }
            result => result,
        };
        this.watching = None;
        this.task = None;
        Poll::Ready(result)
    }
}

/// A shield that is a member of something: it has an end of its own, by which a cancel of
/// it ends it and nothing else.
struct Shielded<T: 'static> {
    task: Task<T>,
    told: Rc<Told>,
    ended: Promise<()>,
}

impl<T: 'static> Awaitable for Shielded<T> {
    type Output = Result<T, TaskError>;

    fn poll_output(&mut self, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let ended = std::task::ready!(self.ended.poll_output(cx));
        Poll::Ready(match ended {
            Err(PromiseError::Cancelled(cancelled)) => Err(TaskError::Cancelled(cancelled)),
            _ => self.task.take_result().unwrap_or(Err(TaskError::Closed)),
        })
    }
}

impl<T: 'static> Member for Shielded<T> {
    type Value = T;

    fn original(&self) -> &TaskRef {
        self.ended.original()
    }

    /// Its task, unless it was cancelled alone.
    fn source(&self) -> Option<&TaskRef> {
        (!self.ended.cancelled()).then(|| self.task.as_task_ref())
    }

    fn outcome(output: Self::Output) -> Result<T, TaskError> {
        output
    }

    fn output(outcome: Result<T, TaskError>) -> Result<Self::Output, TaskError> {
        Ok(outcome)
    }
}

impl<T> Drop for Shielded<T> {
    fn drop(&mut self) {
        self.told.leave();
    }
}

member! {
    [T: 'static] Shield<T>, T, Shielded<T>
}

impl<T: 'static> Shield<T> {
    fn own_loop(&self) -> &Rc<Scheduler> {
        let task = self.task.as_ref();
        task.expect("a shield that has finished is no member")
            .scheduler()
    }

    /// Itself as a task; one that need not wait is its task (H03).
    #[track_caller]
    fn stand_in(mut self, scheduler: &Rc<Scheduler>) -> Task<T> {
        let task = self.task.take();
        let task = task.expect("a shield that has finished is no member");
        let Some((watching, told)) = self.watching.take() else {
            return task;
        };
        let ended = scheduler.promise();
        told.ended.replace(Some(ended.clone()));
        told.watched.replace(Some((watching, task.task_ref())));
        // An iteration after its end, also if nobody waits, it stops watching its task.
        let left = Rc::downgrade(&told);
        ended.add_done_callback(move || {
            if let Some(told) = left.upgrade() {
                told.leave();
            }
        });
        if told.told.get() {
            let how = match task.failure() {
                Some(TaskError::Cancelled(_)) => Ending::Cancelled,
                Some(_) => Ending::Failed,
                None => Ending::Returned,
            };
            told.end(how);
        }
        scheduler.proxy(Shielded { task, told, ended })
    }
}

impl<T> Drop for Shield<T> {
    fn drop(&mut self) {
        self.unwatch();
    }
}

impl<T> fmt::Debug for Shield<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<Shield of {:?}>", self.task)
    }
}
