//! Shield: awaits a task and keeps cancels of the waiter from it.
//!
//! The problem: awaiting a task passes every cancel on to the task. Sometimes only the waiting
//! should end, while the work goes on.
//!
//! ```text
//!   cancel --> waiter ends              task ====================> result
//!              (the shield does not pass the cancel on)
//! ```
//!
//! Invariants:
//! 1. A cancel of the waiter ends the waiting and nothing else.
//! 2. A cancel of the task itself reaches the waiter.
//! 3. A shield around a done task does not wait.
//!
//! Read next: `task_group.rs`.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;
use std::slice;
use std::task::{Context, Poll};

use groundup_executor::task::{
    Awaitable, Cancelled, Exit, Group, IntoTask, Listener, Member, Promise, PromiseError, Reason,
    Scheduler, Task, TaskError, TaskRef,
};

use crate::members::child_ended::fail_with;
use crate::members::member;
use crate::running::home_of;
use crate::waiter::Waiter;

/// State that a shield shares with the group of its task.
#[derive(Default)]
struct ShieldState {
    notified: Cell<bool>,
    waiter: Waiter,
    /// Promise that ends with the shield, if the shield is a member of another combinator.
    ended: RefCell<Option<Promise<()>>>,
    /// The watched task and its group, if the shield is a member.
    watched: RefCell<Option<(Group, TaskRef)>>,
}

impl Listener for ShieldState {
    fn on_end(&self, _: u32, how: Exit) {
        self.notified.set(true);
        self.waiter.wake();
        self.end(how);
    }

    fn loop_closed(&self) {
        self.waiter.wake();
    }
}

impl ShieldState {
    /// Ends the promise of a shield that is a member.
    fn end(&self, how: Exit) {
        let Some(ended) = self.ended.take().filter(|ended| !ended.done()) else {
            return;
        };
        let task = self.watched.borrow().as_ref().map(|(_, task)| task.clone());
        match (how, task.and_then(|task| task.failure())) {
            // The waiter learns of the cancel, but not of its reason.
            (Exit::Cancelled, _) => drop(ended.finish_cancelled(None)),
            (Exit::Failed, Some(failure)) => fail_with(&ended, failure),
            _ => drop(ended.set_result(())),
        }
    }

    /// Removes the registration with the task.
    fn leave(&self) {
        if let Some((group, task)) = self.watched.take() {
            group.remove(&task, 0);
        }
    }
}

/// Awaits a task and keeps cancels from it; [`shield`] returns it.
#[must_use = "futures do nothing unless awaited"]
pub struct Shield<T> {
    task: Option<Task<T>>,
    /// `None` if the task was done when it was shielded.
    group: Option<(Group, Rc<ShieldState>)>,
}

/// Awaits a task or a future, keeps cancels of the waiter from it, and returns its output.
///
/// ```text
/// shield(task).await  ->  Ok(value) | Err(TaskError)
/// ```
///
/// A future is spawned.
///
/// ```
/// # mod groundup { pub use groundup_combinators::{*, executor::*}; }
/// use groundup::{run_virtual, shield, sleep, spawn, timeout};
/// use std::time::Duration;
///
/// run_virtual(async {
///     let letter = spawn(async {
///         sleep(Duration::from_secs(5)).await;
///         "sent"
///     });
///     let shielded = shield(letter.clone());
///     assert!(timeout(Duration::from_secs(1), shielded).await.is_err());
///     assert_eq!(letter.await.unwrap(), "sent", "only the waiting was given up");
/// });
/// ```
///
/// # Panics
///
/// Outside a running loop, unless the argument is a task (a task knows its loop); and for a
/// task of another loop.
///
/// # Cancel safety
///
/// Dropping the shield detaches the task, which runs on. If the task panics then, the panic is
/// reported as never retrieved.
#[track_caller]
pub fn shield<A: IntoTask>(awaitable: A) -> Shield<A::Output> {
    let scheduler = home_of("shield", slice::from_ref(&awaitable));
    let task = awaitable.into_task(&scheduler);
    let group = (!task.done()).then(|| {
        let state = Rc::new(ShieldState::default());
        let group = Group::new(&scheduler, state.clone());
        group.add(&task, 0);
        (group, state)
    });
    Shield {
        task: Some(task),
        group,
    }
}

impl<T> Shield<T> {
    /// Stops waiting and returns the task.
    pub fn into_task(mut self) -> Option<Task<T>> {
        self.unwatch();
        self.task.take()
    }

    fn unwatch(&mut self) {
        if let (Some((group, _)), Some(task)) = (self.group.take(), &self.task) {
            group.remove(task, 0);
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
            .expect("shield was polled after it had finished: await it once");
        if let Some((group, state)) = &this.group
            && !state.notified.get()
            && !group.scheduler().is_closed()
        {
            state.waiter.keep(cx, || group.scheduler().clone());
            group.scheduler().waits_for(cx, Reason::Watched(task));
            return Poll::Pending;
        }
        if Scheduler::holds_back(cx) {
            return Poll::Pending;
        }
        let result = match task.take_result().unwrap_or(Err(TaskError::Closed)) {
            // A shield that waited reports the cancel without its reason.
            Err(TaskError::Cancelled(_)) if this.group.is_some() => {
                Err(TaskError::Cancelled(Cancelled::default()))
            }
            result => result,
        };
        this.group = None;
        this.task = None;
        Poll::Ready(result)
    }
}

/// A shield that is a member of another combinator. It has a promise of its own, so that a
/// cancel of the member ends the shield and nothing else.
struct Shielded<T: 'static> {
    task: Task<T>,
    state: Rc<ShieldState>,
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

    /// Returns its task, unless the shield was cancelled alone.
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
        self.state.leave();
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

    /// Returns a proxy for the shield. A task that was done when it was shielded is returned
    /// itself.
    #[track_caller]
    fn into_proxy(mut self, scheduler: &Rc<Scheduler>) -> Task<T> {
        let task = self.task.take();
        let task = task.expect("a shield that has finished is no member");
        let Some((group, state)) = self.group.take() else {
            return task;
        };
        let ended = scheduler.promise();
        state.ended.replace(Some(ended.clone()));
        state.watched.replace(Some((group, task.task_ref())));
        // One iteration after its end the shield stops watching its task, also without a
        // waiter.
        let left = Rc::downgrade(&state);
        ended.add_done_callback(move || {
            if let Some(state) = left.upgrade() {
                state.leave();
            }
        });
        if state.notified.get() {
            let how = match task.failure() {
                Some(TaskError::Cancelled(_)) => Exit::Cancelled,
                Some(_) => Exit::Failed,
                None => Exit::Returned,
            };
            state.end(how);
        }
        scheduler.proxy(Shielded { task, state, ended })
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
