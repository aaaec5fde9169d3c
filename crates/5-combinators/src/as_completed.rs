//! As completed: results in the order in which they come.
//!
//! The problem: awaiting tasks in list order makes the quick ones wait for the
//! slow one at the head. `as_completed` gives each result when it is there, and
//! says which one it was.
//!
//! ```text
//!   child ends ------> told, an iteration later: joins the queue, wakes the reader
//!   reader steps ----> takes the first of the queue, or waits
//! ```
//!
//! Invariants:
//! 1. Results come in completion order, ties in the order of their ends (A01).
//! 2. All members run from the moment it is made (A02), in argument order (A03).
//! 3. A failure is one item; the others come all the same (A04).
//! 4. After a timeout each remaining item is [`Elapsed`], and the members run on
//!    (A05).
//!
//! Read next: `shield.rs`.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures::stream::Stream;
use groundup_executor::task::{Ending, IntoTask, Reason, Task, TaskError, Watcher, Watching};
use groundup_executor::{TimerHandle, call_later};

use crate::running::loop_of;
use crate::timeout::Elapsed;

/// One result, and whose it is.
#[derive(Debug)]
#[non_exhaustive]
pub struct Completed<T> {
    /// Which of the arguments, from 0.
    pub index: usize,
    /// What it gave.
    pub result: Result<T, TaskError>,
}

struct State<T> {
    tasks: RefCell<Vec<Option<Task<T>>>>,
    /// Told and not read; `None` stands for one that the timeout gave up.
    queue: RefCell<VecDeque<Option<u32>>>,
    /// How many have not been told of.
    todo: Cell<usize>,
    /// How many items are still to be read.
    unread: Cell<usize>,
    waker: RefCell<Option<Waker>>,
    timer: RefCell<Option<TimerHandle>>,
    watching: RefCell<Option<Watching>>,
}

impl<T: 'static> Watcher for State<T> {
    fn child_done(&self, member: u32, _: Ending) {
        if self.todo.get() == 0 {
            return; // the timeout was here first
        }
        self.todo.set(self.todo.get() - 1);
        self.queue.borrow_mut().push_back(Some(member));
        self.wake();
        if self.todo.get() == 0
            && let Some(timer) = self.timer.take()
        {
            timer.cancel();
        }
    }
}

impl<T: 'static> State<T> {
    fn wake(&self) {
        let waker = self.waker.take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// The time is over: every item that has not been told of is given up.
    fn time_out(&self) {
        let watching = self.watching.take();
        if let Some(watching) = &watching {
            for (member, task) in (0..).zip(self.tasks.borrow().iter()) {
                if let Some(task) = task {
                    watching.remove(task, member);
                }
            }
        }
        let given_up = self.todo.replace(0);
        self.queue
            .borrow_mut()
            .extend(std::iter::repeat_n(None, given_up));
        self.wake();
        drop(watching);
    }

    fn poll(&self, cx: &Context<'_>) -> Poll<Option<Result<Completed<T>, Elapsed>>> {
        if self.unread.get() == 0 {
            return Poll::Ready(None);
        }
        let next = self.queue.borrow_mut().pop_front();
        if let Some(next) = next {
            self.unread.set(self.unread.get() - 1);
            let Some(member) = next else {
                return Poll::Ready(Some(Err(Elapsed)));
            };
            let task = self.tasks.borrow_mut()[member as usize].take();
            let result = task.and_then(|mut task| task.take_result());
            let result = result.unwrap_or(Err(TaskError::Closed));
            return Poll::Ready(Some(Ok(Completed {
                index: member as usize,
                result,
            })));
        }
        let mut waker = self.waker.borrow_mut();
        if !waker
            .as_ref()
            .is_some_and(|waker| waker.will_wake(cx.waker()))
        {
            *waker = Some(cx.waker().clone());
        }
        drop(waker);
        self.say(cx);
        Poll::Pending
    }

    /// Says what is waited for: the one that is left, or several.
    fn say(&self, cx: &Context<'_>) {
        let watching = self.watching.borrow();
        let Some(watching) = watching.as_ref() else {
            return;
        };
        let left = if self.todo.get() == 1 {
            self.tasks
                .borrow()
                .iter()
                .flatten()
                .find(|task| !task.done())
                .map(Task::task_ref)
        } else {
            None
        };
        match &left {
            Some(task) => watching.scheduler().waits_for(cx, Reason::Watched(task)),
            None => watching.scheduler().waits_for(cx, Reason::Several),
        }
    }
}

/// The results of all, in the order in which they come. Read it with
/// [`next`](AsCompleted::next), or as a `Stream`.
///
/// Dropping it lets the members run on.
pub struct AsCompleted<T> {
    state: Rc<State<T>>,
}

/// Gives the results of tasks and futures as they come.
///
/// Futures are spawned here and now, in order. With nothing in it, it ends at once.
///
/// # Panics
///
/// Outside a running loop.
///
/// # Cancel safety
///
/// A cancel of the reader takes no result away and cancels no member: the next
/// read gives what is next. A member that nobody can read any more runs on.
#[track_caller]
pub fn as_completed<I>(items: I) -> AsCompleted<<I::Item as IntoTask>::Output>
where
    I: IntoIterator,
    I::Item: IntoTask,
{
    let scheduler = loop_of("as_completed");
    let tasks: Vec<_> = items
        .into_iter()
        .map(|item| Some(item.into_task(&scheduler)))
        .collect();
    let len = tasks.len();
    let state = Rc::new(State {
        tasks: RefCell::new(tasks),
        queue: RefCell::default(),
        todo: Cell::new(len),
        unread: Cell::new(len),
        waker: RefCell::default(),
        timer: RefCell::default(),
        watching: RefCell::default(),
    });
    let watching = Watching::new(&scheduler, state.clone());
    for (member, task) in (0..).zip(state.tasks.borrow().iter().flatten()) {
        watching.add(task, member);
    }
    state.watching.replace(Some(watching));
    AsCompleted { state }
}

impl<T: 'static> AsCompleted<T> {
    /// The next result; `None` after the last.
    #[expect(
        clippy::should_implement_trait,
        reason = "it is the `next` of a stream, which is awaited"
    )]
    pub fn next(&mut self) -> impl Future<Output = Option<Completed<T>>> + '_ {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx))
    }

    /// How many results are still to come.
    pub fn left(&self) -> usize {
        self.state.unread.get()
    }

    /// Gives up what is not there when `delay` has passed, counted from now: each
    /// remaining item is [`Elapsed`], and the members run on (A05).
    #[must_use]
    pub fn timeout(self, delay: Duration) -> AsCompletedTimeout<T> {
        if self.state.todo.get() > 0 && delay != Duration::MAX {
            let state: Weak<State<T>> = Rc::downgrade(&self.state);
            let timer = call_later(delay, move || {
                if let Some(state) = state.upgrade() {
                    state.time_out();
                }
            });
            self.state.timer.replace(Some(timer));
        }
        AsCompletedTimeout { inner: self }
    }
}

impl<T: 'static> Stream for AsCompleted<T> {
    type Item = Completed<T>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Completed<T>>> {
        // Without a timer nothing is given up.
        self.state.poll(cx).map(|item| item.and_then(Result::ok))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left(), Some(self.left()))
    }
}

impl<T> Drop for AsCompleted<T> {
    fn drop(&mut self) {
        if let Some(timer) = self.state.timer.take() {
            timer.cancel();
        }
        let watching = self.state.watching.take();
        if let Some(watching) = &watching {
            for (member, task) in (0..).zip(self.state.tasks.borrow().iter()) {
                if let Some(task) = task {
                    watching.remove(task, member);
                }
            }
        }
        drop(watching);
        let tasks = self.state.tasks.take();
        drop(tasks);
    }
}

impl<T> fmt::Debug for AsCompleted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<AsCompleted, {} to come>", self.state.unread.get())
    }
}

/// What [`AsCompleted::timeout`] returns.
#[derive(Debug)]
pub struct AsCompletedTimeout<T: 'static> {
    inner: AsCompleted<T>,
}

impl<T: 'static> AsCompletedTimeout<T> {
    /// The next result, or [`Elapsed`] for each that was given up; `None` after the
    /// last.
    #[expect(
        clippy::should_implement_trait,
        reason = "it is the `next` of a stream, which is awaited"
    )]
    pub fn next(&mut self) -> impl Future<Output = Option<Result<Completed<T>, Elapsed>>> + '_ {
        poll_fn(|cx| self.inner.state.poll(cx))
    }

    /// The tasks that were given up, with their indices; they run on.
    pub fn into_tasks(self) -> Vec<(usize, Task<T>)> {
        let mut tasks = self.inner.state.tasks.borrow_mut();
        let left = tasks.iter_mut().enumerate();
        left.filter_map(|(index, task)| Some((index, task.take()?)))
            .collect()
    }
}

impl<T: 'static> Stream for AsCompletedTimeout<T> {
    type Item = Result<Completed<T>, Elapsed>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.inner.state.poll(cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.inner.left(), Some(self.inner.left()))
    }
}
