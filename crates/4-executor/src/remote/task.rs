//! A task on a loop of another thread: the handle.
//!
//! The problem: the thread that spawned a task on the loop of another thread wants its
//! value. It may await the task, block for it, or let it run.
//!
//! Invariants:
//! 1. A handle gives the value once, whichever method asks for it.
//! 2. No waker is cloned or dropped under the lock.
//! 3. A handle that is dropped is no longer counted as a caller, and leaves no waker behind.
//!
//! Read next: `io_writer.rs`.

use std::fmt;
use std::future::Future;
use std::mem::replace;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use super::answer::{AnswerState, Reply, Shared};
use super::error::RemoteError;
use super::presence::Presence;
use crate::driver::real_time::block_while;
use crate::iteration::LoopCore;
use groundup_task::{Address, Reason, Scheduler};

/// Handle of a task on the loop of another thread: await it anywhere, or block for it.
///
/// Dropping the handle lets the task run on. The value can be taken once; later attempts
/// return [`RemoteError::Taken`].
///
/// # Cancel safety
///
/// Dropping the await loses nothing; the handle can be awaited again.
///
/// ```
/// # mod groundup { pub use groundup_executor::*; }
/// use groundup::EventLoop;
///
/// let event_loop = EventLoop::new();
/// let task = event_loop.remote().spawn(async || "from anywhere");
/// assert_eq!(event_loop.run_until_complete(task).unwrap(), Ok("from anywhere"));
/// ```
pub struct RemoteTask<T> {
    shared: Arc<Shared<T>>,
    address: Address,
}

impl<T> RemoteTask<T> {
    /// Makes a handle of a task that is not spawned yet, and the reply that ends it.
    pub(super) fn new(may_cancel: Presence) -> (Self, Reply<T>) {
        let address = may_cancel.address();
        let (shared, reply) = Shared::open(may_cancel);
        (RemoteTask { shared, address }, reply)
    }

    /// Blocks this thread until the task is done.
    ///
    /// # Errors
    ///
    /// See [`RemoteError`].
    ///
    /// # Panics
    ///
    /// If a loop is running on this thread, since it would stand still meanwhile.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// let event_loop = groundup::EventLoop::new();
    /// let task = event_loop.remote().spawn(async || 5);
    /// event_loop.stop();
    /// for _ in 0..3 {
    ///     event_loop.step().unwrap();
    /// }
    /// assert_eq!(task.wait(), Ok(5));
    /// ```
    pub fn wait(self) -> Result<T, RemoteError> {
        refuse_to_block();
        let mut state = self.shared.state.lock();
        loop {
            if let AnswerState::Done(result, _) = &mut *state {
                return result.take().unwrap_or(Err(RemoteError::Taken));
            }
            self.shared.done.wait(&mut state);
        }
    }

    /// Blocks this thread until the task is done, for at most `limit`; returns `None` if it
    /// is not done then. The task runs on, and `wait_real_time` can be called again.
    ///
    /// The limit is real time, also if the task's loop has a virtual clock, because a
    /// thread that blocks has no other. For a limit in the loop's time, put a timeout into
    /// the task.
    ///
    /// # Errors
    ///
    /// See [`RemoteError`].
    ///
    /// # Panics
    ///
    /// As [`wait`](RemoteTask::wait).
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// use std::time::Duration;
    ///
    /// let event_loop = groundup::EventLoop::new();
    /// let mut task = event_loop.remote().spawn(async || 5);
    /// let second = Duration::from_secs(1);
    /// assert_eq!(task.wait_real_time(Duration::ZERO), None);
    /// (0..3).for_each(|_| event_loop.step().unwrap());
    /// assert_eq!(task.wait_real_time(second), Some(Ok(5)));
    /// ```
    pub fn wait_real_time(&mut self, limit: Duration) -> Option<Result<T, RemoteError>> {
        refuse_to_block();
        let mut state = self.shared.state.lock();
        let is_open = |state: &mut AnswerState<T>| matches!(state, AnswerState::Open(_));
        block_while(&self.shared.done, &mut state, is_open, limit);
        match &mut *state {
            AnswerState::Done(result, _) => Some(result.take().unwrap_or(Err(RemoteError::Taken))),
            AnswerState::Open(_) => None,
        }
    }

    /// Returns true if the task has ended.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// let event_loop = groundup::EventLoop::new();
    /// let task = event_loop.remote().spawn(async || 5);
    /// assert!(!task.done());
    /// event_loop.close().unwrap();
    /// assert!(task.done());
    /// ```
    pub fn done(&self) -> bool {
        matches!(*self.shared.state.lock(), AnswerState::Done(..))
    }

    /// Requests that the task stop, as [`TaskRef::cancel`](groundup_task::TaskRef::cancel)
    /// does. Returns false if the task is done or its loop is closed.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// use groundup::{EventLoop, RemoteError};
    ///
    /// let event_loop = EventLoop::new();
    /// let task = event_loop.remote().spawn(std::future::pending::<()>);
    /// assert!(task.cancel());
    /// assert_eq!(event_loop.run_until_complete(task).unwrap(), Err(RemoteError::Cancelled));
    /// ```
    pub fn cancel(&self) -> bool {
        let ticket = match &mut *self.shared.state.lock() {
            AnswerState::Done(..) => return false,
            AnswerState::Open(open) => {
                open.cancelled = true;
                open.ticket
            }
        };
        let Some(ticket) = ticket else {
            return self.address.is_open();
        };
        let cancel = move || {
            if let Some(scheduler) = Scheduler::current() {
                scheduler.cancel(ticket, None);
            }
        };
        self.address.call_soon(Box::new(cancel)).is_ok()
    }
}

impl<T> Future for RemoteTask<T> {
    type Output = Result<T, RemoteError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // The clone and the drop of a waker may run any code, so they are not under the lock.
        let fresh = cx.waker().clone();
        let elsewhere = |inner: &Rc<LoopCore>| {
            let elsewhere = inner.scheduler().address() != self.address;
            elsewhere.then(|| Presence::of(inner))
        };
        let awaits = LoopCore::try_current(elsewhere);
        let on_own_thread = matches!(awaits, Some(None));
        // Called before the lock, because it may wake, and a waker may run any code.
        let held_back = self.done() && Scheduler::holds_back(cx);
        let mut state = self.shared.state.lock();
        let before = match &mut *state {
            AnswerState::Done(..) if held_back => return Poll::Pending,
            AnswerState::Done(result, _) => {
                return Poll::Ready(result.take().unwrap_or(Err(RemoteError::Taken)));
            }
            AnswerState::Open(open) => (
                open.waker.replace(fresh),
                replace(&mut open.awaited, awaits.flatten()),
                on_own_thread.then(|| open.may_cancel.take()),
            ),
        };
        drop(state);
        drop(before);
        if let Some(scheduler) = Scheduler::current() {
            scheduler.waits_for(cx, Reason::Outside);
        }
        Poll::Pending
    }
}

impl<T> Drop for RemoteTask<T> {
    fn drop(&mut self) {
        let mut state = self.shared.state.lock();
        let AnswerState::Open(open) = &mut *state else {
            return;
        };
        let before = (
            open.may_cancel.take(),
            open.awaited.take(),
            open.waker.take(),
        );
        drop(state);
        drop(before);
    }
}

fn refuse_to_block() {
    assert!(
        Scheduler::current().is_none(),
        "RemoteTask::wait would block the event loop that runs on this thread: await it instead"
    );
}

impl<T> fmt::Debug for RemoteTask<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let done = matches!(*self.shared.state.lock(), AnswerState::Done(..));
        f.debug_struct("RemoteTask").field("done", &done).finish()
    }
}
