//! A task on a loop of another thread, and its result.
//!
//! The problem: the task belongs to the loop's thread, and whoever spawned it
//! waits on another. Between them stands a result that both can reach, one of
//! them once: it is put in by whichever comes first, the task's end or the
//! loop's.
//!
//! ```text
//!   Open { not begun } --begin--> Open { ticket } --the task ends--> Done
//!          |                           |                              ^
//!          +--------- the loop is closed: the reply is dropped -------+
//! ```
//!
//! Invariants:
//! 1. A result is always there in the end: a reply that is dropped unanswered
//!    answers `Closed`. So nobody waits for ever for a loop that has gone.
//! 2. No foreign code, be it a waker or a sink, is run under the lock.
//!
//! Read next: `../error.rs`.

use std::cell::RefCell;
use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use groundup_task::{Address, Scheduler, Task, TaskError};
use parking_lot::{Condvar, Mutex};

use crate::iteration::Inner;

/// Why a task that was spawned from another thread gave no value.
///
/// ```
/// use groundup_executor::{EventLoop, RemoteError};
///
/// let event_loop = EventLoop::new();
/// let task = event_loop.remote().spawn(std::future::pending::<()>);
/// drop(event_loop);
/// assert_eq!(task.wait(), Err(RemoteError::Closed));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RemoteError {
    /// It was cancelled.
    Cancelled,
    /// It panicked, with this message: the payload itself need not be able to
    /// change threads.
    Panicked(String),
    /// The loop was closed before it was done.
    Closed,
}

impl fmt::Display for RemoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RemoteError::Cancelled => f.write_str("the task was cancelled"),
            RemoteError::Panicked(message) => write!(f, "the task panicked: {message}"),
            RemoteError::Closed => f.write_str(
                "the loop was closed before the task was done; keep it running until then",
            ),
        }
    }
}

impl std::error::Error for RemoteError {}

enum State<T> {
    /// Not done; cancelled already or not; the ticket once it is spawned.
    Open {
        cancelled: bool,
        ticket: Option<u64>,
        waker: Option<Waker>,
    },
    Done(Option<Result<T, RemoteError>>),
}

struct Shared<T> {
    state: Mutex<State<T>>,
    done: Condvar,
}

impl<T> Shared<T> {
    /// The task is spawned; true if it was cancelled before.
    fn begins(&self, task: u64) -> bool {
        match &mut *self.state.lock() {
            State::Open {
                cancelled, ticket, ..
            } => {
                *ticket = Some(task);
                *cancelled
            }
            State::Done(_) => false,
        }
    }

    /// The result is there, and whoever waits for it is told.
    fn finish(&self, result: Result<T, RemoteError>) {
        let mut state = self.state.lock();
        let State::Open { waker, .. } = &mut *state else {
            return;
        };
        let waker = waker.take();
        *state = State::Done(Some(result));
        drop(state);
        self.done.notify_all();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// The loop's end of it: if it is dropped unanswered, the loop was closed.
pub(super) struct Reply<T> {
    shared: Arc<Shared<T>>,
}

impl<T> Drop for Reply<T> {
    fn drop(&mut self) {
        self.shared.finish(Err(RemoteError::Closed));
    }
}

impl<T: Send + 'static> Reply<T> {
    /// On the loop's thread: spawns the future, and hands its end on.
    pub(super) fn begin(
        self,
        future: impl Future<Output = T> + 'static,
        place: &'static Location<'static>,
    ) {
        let inner = Inner::current("a remote task");
        let task = inner.scheduler().spawn_at(future, place);
        if self.shared.begins(task.ticket()) {
            task.cancel();
        }
        let handle = task.task_ref();
        let ends = RefCell::new(Some((task, self)));
        handle.add_done_callback(move || {
            if let Some((task, reply)) = ends.take() {
                reply.end(task);
            }
        });
    }

    fn end(self, mut task: Task<T>) {
        let result = task.take_result().unwrap_or(Err(TaskError::Closed));
        self.shared.finish(result.map_err(|error| match error {
            TaskError::Cancelled(_) => RemoteError::Cancelled,
            TaskError::Panicked(panic) => RemoteError::Panicked(panic.message().to_string()),
            _ => RemoteError::Closed,
        }));
    }
}

/// A task on a loop of another thread: await it anywhere, or block for it.
///
/// Dropping it lets the task run on. The value can be taken once.
///
/// # Cancel safety
///
/// Dropping the await loses nothing; awaiting it again goes on.
///
/// ```
/// use groundup_executor::EventLoop;
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
    /// A task that is not done, and the means to end it.
    pub(super) fn new(address: Address) -> (Self, Reply<T>) {
        let state = State::Open {
            cancelled: false,
            ticket: None,
            waker: None,
        };
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            done: Condvar::new(),
        });
        let reply = Reply {
            shared: shared.clone(),
        };
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
    /// On a thread on which a loop is running: it would stand still meanwhile.
    ///
    /// ```
    /// let event_loop = groundup_executor::EventLoop::new();
    /// let task = event_loop.remote().spawn(async || 5);
    /// event_loop.stop();
    /// for _ in 0..3 {
    ///     event_loop.step().unwrap();
    /// }
    /// assert_eq!(task.wait(), Ok(5));
    /// ```
    pub fn wait(self) -> Result<T, RemoteError> {
        assert!(
            Scheduler::try_current(|_| ()).is_none(),
            "RemoteTask::wait would block the event loop that runs on this thread: await it instead"
        );
        let mut state = self.shared.state.lock();
        loop {
            if let State::Done(result) = &mut *state {
                return result.take().unwrap_or(Err(RemoteError::Closed));
            }
            self.shared.done.wait(&mut state);
        }
    }

    /// Whether the task has ended.
    ///
    /// ```
    /// let event_loop = groundup_executor::EventLoop::new();
    /// let task = event_loop.remote().spawn(async || 5);
    /// assert!(!task.done());
    /// event_loop.close().unwrap();
    /// assert!(task.done());
    /// ```
    pub fn done(&self) -> bool {
        matches!(*self.shared.state.lock(), State::Done(_))
    }

    /// Asks the task to stop, as [`TaskRef::cancel`](groundup_task::TaskRef::cancel)
    /// does; false if it is done, or its loop gone.
    ///
    /// ```
    /// use groundup_executor::{EventLoop, RemoteError};
    ///
    /// let event_loop = EventLoop::new();
    /// let task = event_loop.remote().spawn(std::future::pending::<()>);
    /// assert!(task.cancel());
    /// assert_eq!(event_loop.run_until_complete(task).unwrap(), Err(RemoteError::Cancelled));
    /// ```
    pub fn cancel(&self) -> bool {
        let ticket = match &mut *self.shared.state.lock() {
            State::Done(_) => return false,
            State::Open {
                cancelled, ticket, ..
            } => {
                *cancelled = true;
                *ticket
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
        // Cloning and dropping a waker may run anything: not under the lock.
        let fresh = cx.waker().clone();
        let mut state = self.shared.state.lock();
        let before = match &mut *state {
            State::Done(result) => {
                return Poll::Ready(result.take().unwrap_or(Err(RemoteError::Closed)));
            }
            State::Open { waker, .. } => waker.replace(fresh),
        };
        drop(state);
        drop(before);
        Poll::Pending
    }
}

impl<T> fmt::Debug for RemoteTask<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let done = matches!(*self.shared.state.lock(), State::Done(_));
        f.debug_struct("RemoteTask").field("done", &done).finish()
    }
}
