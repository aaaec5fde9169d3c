//! The loop from other threads: calling in, spawning, stopping.
//!
//! The problem: everything of a loop belongs to one thread, and sometimes another
//! thread has something to say. It holds a [`Remote`]: an address, which may be
//! copied and kept, and which says so when the loop has gone.
//!
//! Invariants:
//! 1. What is sent is run by the loop's own thread, in the order of sending, as
//!    `call_soon` would run it (L23).
//! 2. Nothing that is sent is lost silently: it runs, or it comes back, or, if
//!    the loop is closed over it, it is dropped and its result says `Closed`.
//! 3. A loop on virtual time with nothing to do waits as long as a `Remote` is
//!    alive, since somebody may call.
//!
//! Read next: `run.rs`.

use std::cell::RefCell;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::panic::Location;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};

use groundup_task::{Address, Scheduler, Task, TaskError};
use parking_lot::{Condvar, Mutex};

use crate::event_loop::EventLoop;
use crate::iteration::Inner;

/// A way into a loop for any thread: `Send`, `Sync` and `Clone`.
pub struct Remote {
    address: Address,
    /// How many there are.
    count: Arc<AtomicUsize>,
}

/// The loop was closed; what was sent comes back.
#[derive(Clone, PartialEq, Eq)]
pub struct LoopClosed<T>(pub T);

impl<T> fmt::Debug for LoopClosed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LoopClosed")
    }
}

impl<T> fmt::Display for LoopClosed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Event loop is closed: what was sent to it is in this error")
    }
}

impl<T> std::error::Error for LoopClosed<T> {}

impl EventLoop {
    /// A handle for other threads.
    pub fn remote(&self) -> Remote {
        Remote::of(&self.inner)
    }
}

/// A handle to the running loop, for other threads.
///
/// # Panics
///
/// Outside a running loop.
pub fn remote() -> Remote {
    Remote::of(&Inner::current("remote"))
}

impl Remote {
    fn of(inner: &Inner) -> Self {
        Remote {
            address: inner.scheduler.address(),
            count: Self::counted(&inner.outside),
        }
    }

    fn counted(count: &Arc<AtomicUsize>) -> Arc<AtomicUsize> {
        count.fetch_add(1, Ordering::Relaxed);
        count.clone()
    }

    /// Has `callback` called on the loop's thread, in its next iteration; wakes
    /// the loop if it sleeps (L23).
    ///
    /// # Errors
    ///
    /// [`LoopClosed`], with the callback in it.
    #[track_caller]
    #[allow(clippy::type_complexity)]
    pub fn call_soon(
        &self,
        callback: impl FnOnce() + Send + 'static,
    ) -> Result<(), LoopClosed<Box<dyn FnOnce() + Send>>> {
        match self.at_home() {
            Some(scheduler) => {
                scheduler.call_soon(callback);
                Ok(())
            }
            None => {
                let sent = self.address.call_soon(Box::new(callback));
                sent.map_err(LoopClosed)
            }
        }
    }

    /// The loop, if it is the one that runs on this very thread: then nothing need
    /// be sent, only put behind what was sent before.
    fn at_home(&self) -> Option<Rc<Scheduler>> {
        let scheduler = Scheduler::current()?;
        if scheduler.address() != self.address || scheduler.is_closed() {
            return None;
        }
        if scheduler.has_mail() {
            scheduler.collect_mail();
        }
        Some(scheduler)
    }

    /// Has the loop make a task of what `make` gives: asyncio's
    /// `run_coroutine_threadsafe`.
    ///
    /// It is a function that is sent, and not a future, because the future is made
    /// on the loop's own thread and may hold what belongs there: sleeps, tasks,
    /// promises. An `async` closure or the name of an `async fn` will do.
    ///
    /// The result can be awaited under any executor, or waited for by blocking.
    /// If the loop is closed, the function or the future is dropped, and the result
    /// is `Closed`.
    #[track_caller]
    pub fn spawn<M, F>(&self, make: M) -> RemoteTask<F::Output>
    where
        M: FnOnce() -> F + Send + 'static,
        F: IntoFuture,
        F::IntoFuture: 'static,
        F::Output: Send + 'static,
    {
        let shared = Arc::new(Shared::new());
        let reply = Reply {
            shared: shared.clone(),
        };
        let place = Location::caller();
        let _ = self.call_soon(move || reply.begin(async { make().await }, place));
        RemoteTask {
            shared,
            address: self.address,
        }
    }

    /// Ends the loop's run after its next iteration.
    ///
    /// # Errors
    ///
    /// [`LoopClosed`] if the loop is gone.
    pub fn stop(&self) -> Result<(), LoopClosed<()>> {
        self.call_soon(crate::run::stop).map_err(|_| LoopClosed(()))
    }

    /// Whether the loop is still there.
    pub fn is_open(&self) -> bool {
        self.address.is_open()
    }
}

impl Clone for Remote {
    fn clone(&self) -> Self {
        Remote {
            address: self.address,
            count: Self::counted(&self.count),
        }
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        // A loop that sleeps because somebody may call learns that nobody will.
        if self.count.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.address.ring();
        }
    }
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remote")
            .field("open", &self.is_open())
            .finish()
    }
}

/// Why a task that was spawned from another thread gave no value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RemoteError {
    /// It was cancelled.
    Cancelled,
    /// It panicked, with this message.
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
    fn new() -> Self {
        let state = State::Open {
            cancelled: false,
            ticket: None,
            waker: None,
        };
        Shared {
            state: Mutex::new(state),
            done: Condvar::new(),
        }
    }

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
struct Reply<T> {
    shared: Arc<Shared<T>>,
}

impl<T> Drop for Reply<T> {
    fn drop(&mut self) {
        self.shared.finish(Err(RemoteError::Closed));
    }
}

impl<T: Send + 'static> Reply<T> {
    /// On the loop's thread: spawns the future, and hands its end on.
    fn begin(self, future: impl Future<Output = T> + 'static, place: &'static Location<'static>) {
        let scheduler = &Inner::current("a remote task").scheduler;
        let task = scheduler.spawn_at(future, place);
        if let State::Open {
            cancelled, ticket, ..
        } = &mut *self.shared.state.lock()
        {
            *ticket = Some(task.ticket());
            if *cancelled {
                task.cancel();
            }
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
/// Dropping it lets the task run on.
pub struct RemoteTask<T> {
    shared: Arc<Shared<T>>,
    address: Address,
}

impl<T: Send + 'static> RemoteTask<T> {
    /// Blocks this thread until the task is done.
    ///
    /// # Errors
    ///
    /// See [`RemoteError`].
    ///
    /// # Panics
    ///
    /// On a thread on which a loop is running: it would stand still meanwhile.
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
    pub fn done(&self) -> bool {
        matches!(*self.shared.state.lock(), State::Done(_))
    }

    /// Asks the task to stop; false if it is done, or its loop gone.
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
            Scheduler::try_current(|scheduler| scheduler.cancel_ticket(ticket));
        };
        self.address.call_soon(Box::new(cancel)).is_ok()
    }
}

impl<T> Future for RemoteTask<T> {
    type Output = Result<T, RemoteError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut *self.shared.state.lock() {
            State::Done(result) => Poll::Ready(result.take().unwrap_or(Err(RemoteError::Closed))),
            State::Open { waker, .. } => {
                match waker {
                    Some(waker) => waker.clone_from(cx.waker()),
                    None => *waker = Some(cx.waker().clone()),
                }
                Poll::Pending
            }
        }
    }
}

impl<T> fmt::Debug for RemoteTask<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let done = matches!(*self.shared.state.lock(), State::Done(_));
        f.debug_struct("RemoteTask").field("done", &done).finish()
    }
}
