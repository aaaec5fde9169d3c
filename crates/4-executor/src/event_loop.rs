//! The event loop: what a program holds of floor 4.
//!
//! The problem: the parts of a loop need an owner that says when the iterations
//! begin and when they end, and that has an answer to every misuse.
//!
//! ```text
//!             run_until_complete, run_until_done, run_forever, run_some, step
//!             +--------+ ------------------------------------> +---------+
//!   new ----> |  open  |                                       | running |
//!             +--------+ <------------------------------------ +---------+
//!                  |         main is done, stop, deadlock, panic
//!                  | close, drop
//!                  v
//!             +--------+
//!             | closed |   answers, and takes nothing any more
//!             +--------+
//!
//!   runs.rs            open -> running -> open
//!   scheduling.rs      tasks, promises and callbacks for this loop
//!   free_functions.rs  the same verbs for the running loop, by bare name
//!   free_spawns.rs     spawning on the running loop, by bare name
//!   equipment.rs       the driver, and what the loop keeps one of a type of
//!   observation.rs     questions, handlers, trace, chooser
//!   runner.rs          run, Runner: one main function after another
//!   builder.rs         the choices before a loop is made
//! ```
//!
//! Invariants:
//! 1. Whatever way a run ends, the loop is open again afterwards and can be run.
//! 2. A run that is refused has changed nothing (L22).
//! 3. When a loop is closed, nothing that it held is alive (L16).
//!
//! Access: a loop is one pointer to the state in `iteration.rs`. The pages of
//! this folder add methods to [`EventLoop`] and import this page; it imports
//! none of them. Only this page closes a loop; only `runs.rs` begins a run.
//! `remote/` borrows the pointer, to make a handle.
//!
//! Read next: `event_loop/runs.rs`.

use std::rc::Rc;

use groundup_task::{Report, Scheduler};

use crate::driver::Driver;
use crate::error::RunError;
use crate::iteration::Inner;

pub(crate) mod builder;
pub(crate) mod equipment;
pub(crate) mod free_functions;
pub(crate) mod free_spawns;
mod observation;
pub(crate) mod runner;
mod runs;
mod scheduling;

/// An event loop: asyncio's, in Rust.
///
/// It belongs to the thread that made it; everything it runs may hold `Rc`s, and
/// other threads reach it through a [`Remote`](crate::Remote). Most programs need
/// only [`run`](crate::run()) and never see it. Dropping it closes it.
///
/// ```
/// use std::time::Duration;
///
/// use groundup_executor::{EventLoop, sleep, spawn};
///
/// let event_loop = EventLoop::builder().virtual_time().build();
/// let tea = event_loop.run_until_complete(async {
///     let kettle = spawn(async {
///         sleep(Duration::from_secs(180)).await;
///         "hot water"
///     });
///     format!("{} and leaves", kettle.await.unwrap())
/// });
/// assert_eq!(tea.unwrap(), "hot water and leaves");
/// // Three minutes of the loop's own clock, and none of anybody else's.
/// assert_eq!(event_loop.time(), Duration::from_secs(180));
/// ```
pub struct EventLoop {
    inner: Rc<Inner>,
}

impl EventLoop {
    /// A loop on the real clock: [`EventLoop::builder`] with nothing chosen.
    ///
    /// # Panics
    ///
    /// If [`MAX_LOOPS`](groundup_task::MAX_LOOPS) loops are alive in the process.
    ///
    /// ```
    /// let event_loop = groundup_executor::EventLoop::new();
    /// assert_eq!(event_loop.run_until_complete(async { 2 + 2 }).unwrap(), 4);
    /// ```
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Self::builder().build()
    }

    fn assemble(driver: Rc<dyn Driver>) -> Result<Self, RunError> {
        let scheduler = Scheduler::new().ok_or(RunError::TooManyLoops)?;
        let inner = Inner::new(scheduler, driver);
        Ok(EventLoop { inner })
    }

    /// The loop itself, for the pages above that hand out ways into it.
    pub(crate) fn inner(&self) -> &Rc<Inner> {
        &self.inner
    }

    /// Ends the run after the iteration that runs now; called while none runs, it
    /// lets the next run make one iteration (L06, L07). Twice is once. A run that
    /// ends otherwise in that iteration takes the request with it.
    ///
    /// ```
    /// let event_loop = groundup_executor::EventLoop::new();
    /// event_loop.call_soon(|| println!("what is ready still runs"));
    /// event_loop.stop();
    /// event_loop.run_forever().unwrap();
    /// assert_eq!(event_loop.iteration(), 1);
    /// ```
    pub fn stop(&self) {
        self.inner.set_stopping(true);
    }

    /// Drops everything that waits or is ready, without running it (L16). Tasks
    /// are dropped oldest first and after the callbacks, each with its own
    /// [locals](groundup_task::Local), while the loop still counts as running. Whoever
    /// awaits one of them elsewhere gets `Closed`. What the loop
    /// [keeps](EventLoop::keep) goes last. A second time does nothing.
    ///
    /// To let tasks clean up first, use a [`Runner`](crate::Runner).
    ///
    /// # Errors
    ///
    /// [`RunError::StillRunning`] from inside (L17).
    ///
    /// ```
    /// use groundup_executor::{EventLoop, RunError};
    ///
    /// let event_loop = EventLoop::new();
    /// event_loop.call_soon(|| unreachable!("dropped, and never called"));
    /// event_loop.close().unwrap();
    /// assert!(matches!(event_loop.run_forever(), Err(RunError::Closed)));
    /// ```
    pub fn close(&self) -> Result<(), RunError> {
        if self.is_running() || self.inner.scheduler().is_busy() {
            return Err(RunError::StillRunning);
        }
        if !self.is_closed() {
            let _running = self.inner.enter_over();
            self.inner.scheduler().close();
            self.inner.timers().clear();
            self.drop_kept();
        }
        Ok(())
    }

    /// Whether [`close`](EventLoop::close) was called.
    pub fn is_closed(&self) -> bool {
        self.inner.scheduler().is_closed()
    }

    /// Whether the loop is running now, further up on this stack.
    pub fn is_running(&self) -> bool {
        self.inner.is_running()
    }
}

impl Drop for EventLoop {
    fn drop(&mut self) {
        // A loop is borrowed while it runs, so it is not running now. It may be dropped in
        // a handler that its scheduler calls.
        if let Err(error) = self.close() {
            self.scheduler().report(Report::new(error.to_string()));
        }
    }
}
