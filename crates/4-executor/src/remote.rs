//! The loop from other threads: calling, spawning, stopping.
//!
//! The problem: a loop belongs to one thread, and sometimes another thread must call it.
//! That thread holds a [`Remote`]: an address that can be cloned and kept, and that returns
//! an error when the loop is closed.
//!
//! ```text
//!   a thread                         the loop's thread
//!   --------                         -----------------
//!   remote.call_soon(f)
//!     | 1  puts f into the mailbox
//!     | 2  unparks the loop, ------->  3  park ends
//!     v    if it is parked             4  collect_mail pushes f to the ready queue
//!   goes on                            5  a round calls f
//! ```
//!
//! Invariants:
//! 1. A call that is sent runs on the loop's own thread, in the order of sending, as
//!    `call_soon` would run it.
//! 2. No call is lost silently: it runs, or it is returned, or, if the loop is closed
//!    before it runs, it is dropped and its result is `Closed`.
//! 3. A loop on virtual time with nothing to do waits while a `Remote` is alive, since its
//!    thread may call. Its clock stands still while an `AtWork` is alive.
//!
//! Access: `remote/presence.rs` counts the handles, `remote/handle.rs` holds a call that can
//! be cancelled, and `remote/answer.rs` a result that both threads reach. Only this page sends
//! new calls. Nothing beneath imports this folder: a loop knows only the number of handles.
//!
//! Read next: `remote/presence.rs`.

use std::fmt;
use std::future::IntoFuture;
use std::panic::Location;
use std::rc::Rc;

use groundup_task::Scheduler;

use crate::event_loop::EventLoop;
use crate::event_loop::free_functions::stop;
use crate::iteration::LoopCore;
use crate::remote::error::LoopClosed;

mod answer;
pub(crate) mod error;
pub(crate) mod handle;
mod origin;
pub(crate) mod presence;
pub(crate) mod task;

use handle::RemoteHandle;
use presence::{AtWork, Presence};
use task::RemoteTask;

/// Handle by which any thread calls a loop: `Send`, `Sync` and `Clone`.
///
/// While a `Remote` is alive, a loop on virtual time that has nothing to do waits for a
/// call, and does not report a deadlock. Its clock still jumps to the next deadline if
/// there is one, unless [`at_work`](Remote::at_work) holds it.
///
/// ```
/// # mod groundup { pub use groundup_executor::*; }
/// use std::thread;
/// use std::time::Duration;
///
/// use groundup::{EventLoop, sleep};
///
/// let event_loop = EventLoop::builder().virtual_time().build();
/// let remote = event_loop.remote();
/// let other = thread::spawn(move || {
///     let task = remote.spawn(async || {
///         sleep(Duration::from_secs(60)).await;
///         "slept in the loop's own thread"
///     });
///     let said = task.wait().unwrap();
///     remote.stop().unwrap();
///     said
/// });
/// event_loop.run_forever().unwrap();
/// assert_eq!(other.join().unwrap(), "slept in the loop's own thread");
/// ```
#[doc(alias("call_soon_threadsafe", "run_coroutine_threadsafe", "from_thread"))]
#[derive(Clone)]
pub struct Remote {
    presence: Presence,
}

impl EventLoop {
    /// Makes a handle for other threads.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// let event_loop = groundup::EventLoop::new();
    /// let remote = event_loop.remote();
    /// let thread = std::thread::spawn(move || remote.stop());
    /// event_loop.run_forever().unwrap();
    /// assert!(thread.join().unwrap().is_ok(), "the loop was open");
    /// ```
    pub fn remote(&self) -> Remote {
        Remote::of(self.inner())
    }
}

/// Makes a handle to the running loop, for other threads.
///
/// # Panics
///
/// Outside a running loop.
///
/// ```
/// # mod groundup { pub use groundup_executor::*; }
/// use groundup::{remote, run};
///
/// let value = run(async {
///     let remote = remote();
///     let task = std::thread::spawn(move || remote.spawn(async || 5));
///     task.join().unwrap().await
/// });
/// assert_eq!(value, Ok(5));
/// ```
pub fn remote() -> Remote {
    Remote::of(&LoopCore::current("remote"))
}

impl Remote {
    fn of(inner: &LoopCore) -> Self {
        Remote {
            presence: Presence::of(inner),
        }
    }

    /// Makes a guard for a thread that is at work for the loop. While the guard lives, a
    /// clock that jumps stands still, so that no timeout overtakes the work. Drop the guard
    /// after the result was sent. On the real clock it changes nothing.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// use std::time::Duration;
    ///
    /// use groundup::{EventLoop, Instant, stop};
    ///
    /// let event_loop = EventLoop::builder().virtual_time().build();
    /// event_loop.call_later(Duration::from_secs(60), stop); // the work has a limit of a minute
    /// let remote = event_loop.remote();
    /// let at_work = remote.at_work();
    /// let thread = std::thread::spawn(move || {
    ///     let sum: u64 = (1..=1_000_000).sum();
    ///     remote.stop().unwrap();
    ///     drop(at_work);
    ///     sum
    /// });
    /// event_loop.run_forever().unwrap();
    /// assert_eq!(thread.join().unwrap(), 500_000_500_000);
    /// assert_eq!(event_loop.time(), Instant::START, "and the minute has not passed");
    /// ```
    pub fn at_work(&self) -> AtWork {
        AtWork(self.presence.at_work())
    }

    /// Sends `callback` to the loop, which calls it on its own thread in its next
    /// iteration. A parked loop is unparked. The [`RemoteHandle`] can cancel the call, from
    /// any thread; dropping it changes nothing.
    ///
    /// # Errors
    ///
    /// [`LoopClosed`], which holds the callback.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// use groundup::{EventLoop, stop};
    ///
    /// let event_loop = EventLoop::new();
    /// let remote = event_loop.remote();
    /// let other = std::thread::spawn(move || remote.call_soon(stop).is_ok());
    /// event_loop.run_forever().unwrap();
    /// assert!(other.join().unwrap());
    /// ```
    #[track_caller]
    #[allow(clippy::type_complexity)]
    pub fn call_soon(
        &self,
        callback: impl FnOnce() + Send + 'static,
    ) -> Result<RemoteHandle, LoopClosed<Box<dyn FnOnce() + Send>>> {
        let (handle, delivery) = RemoteHandle::new(callback);
        self.send(move || delivery.call()).map(|()| handle)
    }

    #[track_caller]
    #[allow(clippy::type_complexity)]
    fn send(
        &self,
        callback: impl FnOnce() + Send + 'static,
    ) -> Result<(), LoopClosed<Box<dyn FnOnce() + Send>>> {
        match self.on_own_thread() {
            Some(scheduler) => {
                scheduler.call_soon(callback);
                Ok(())
            }
            None => {
                let sent = self.presence.address().call_soon(Box::new(callback));
                sent.map_err(LoopClosed::of)
            }
        }
    }

    /// Returns the scheduler if its loop runs on this thread. Then no message is needed,
    /// only a place behind the calls that were sent before.
    fn on_own_thread(&self) -> Option<Rc<Scheduler>> {
        let scheduler = Scheduler::current()?;
        if scheduler.address() != self.presence.address() || scheduler.is_closed() {
            return None;
        }
        if scheduler.has_mail() {
            scheduler.collect_mail();
        }
        Some(scheduler)
    }

    /// Makes a task on the loop of the future that `make` returns: asyncio's
    /// `run_coroutine_threadsafe`.
    ///
    /// `spawn` sends a function and not a future, because the future is made on the loop's
    /// own thread and may hold types of that thread: sleeps, tasks, promises. An `async`
    /// closure or the name of an `async fn` will do.
    ///
    /// Any executor can await the result, and a thread can block for it. If the loop is
    /// closed, the function or the future is dropped, and the result is `Closed`. See
    /// [`Remote`] for an example.
    #[track_caller]
    pub fn spawn<M, F>(&self, make: M) -> RemoteTask<F::Output>
    where
        M: FnOnce() -> F + Send + 'static,
        F: IntoFuture,
        F::IntoFuture: 'static,
        F::Output: Send + 'static,
    {
        let (task, reply) = RemoteTask::new(self.presence.clone());
        let place = Location::caller();
        // If the loop is closed, the call and its reply are dropped here: the result is `Closed`.
        let _ = self.send(move || reply.begin(async { make().await }, place));
        task
    }

    /// Ends the loop's run after its next iteration. If no run is going on, the next run
    /// ends after one iteration.
    ///
    /// # Errors
    ///
    /// [`LoopClosed`] if the loop is closed.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// let event_loop = groundup::EventLoop::new();
    /// event_loop.remote().stop().unwrap();
    /// event_loop.run_forever().unwrap();
    /// ```
    pub fn stop(&self) -> Result<(), LoopClosed<()>> {
        self.send(stop).map_err(|_| LoopClosed::of(()))
    }

    /// Returns true if the loop is not closed.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// let event_loop = groundup::EventLoop::new();
    /// let remote = event_loop.remote();
    /// assert!(remote.is_open());
    /// drop(event_loop);
    /// assert!(!remote.is_open());
    /// ```
    pub fn is_open(&self) -> bool {
        self.presence.address().is_open()
    }
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remote")
            .field("open", &self.is_open())
            .finish()
    }
}
