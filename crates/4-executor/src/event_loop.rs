//! The event loop: the type through which a program uses floor 4.
//!
//! The problem: the parts of a loop need an owner that begins and ends the iterations, and
//! that answers every misuse with an error.
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
//!             | closed |   a run returns an error, and nothing is accepted
//!             +--------+
//!
//!   runs.rs            open -> running -> open
//!   scheduling.rs      adds tasks, promises and callbacks to this loop
//!   free_functions.rs  the same calls for the running loop, by bare name
//!   free_spawns.rs     spawning on the running loop, by bare name
//!   equipment.rs       the driver, and the values that the loop keeps
//!   observation.rs     questions, handlers, trace, chooser
//!   handle.rs          the running loop, from inside
//!   runner.rs          run, Runner: one main function after another
//!   clean_up.rs        the last run, in which tasks clean up
//!   testing.rs         one test, under many orders
//!   builder.rs         the options of a new loop
//!   debugging.rs       the options and questions that help to find faults
//! ```
//!
//! Invariants:
//! 1. However a run ends, the loop is open again afterwards and can be run.
//! 2. A run that is refused has changed nothing.
//! 3. Closing a loop drops everything that the loop holds.
//!
//! Access: a loop is one pointer to the state in `iteration.rs`. The pages of this folder
//! add methods to [`EventLoop`] and import this page; it imports none of them. Only this
//! page decides that a loop is closed; only `runs.rs` begins a run. `remote/` borrows the pointer to make a
//! handle.
//!
//! Read next: `event_loop/runs.rs`.

use std::rc::Rc;

use groundup_task::Scheduler;

use crate::driver::Driver;
use crate::error::{BuildError, CloseError};
use crate::iteration::LoopCore;

pub(crate) mod builder;
pub(crate) mod clean_up;
mod debugging;
pub(crate) mod equipment;
pub(crate) mod free_functions;
pub(crate) mod free_spawns;
pub(crate) mod handle;
pub(crate) mod observation;
pub(crate) mod runner;
mod runs;
mod scheduling;
pub(crate) mod testing;

/// Runs tasks, callbacks and timers in turn, on one thread: asyncio's event loop.
///
/// Most programs call only [`run`](crate::run()) and never hold a loop. The loop belongs to the
/// thread that made it, so its tasks and callbacks may hold `Rc`s. Other threads reach it through
/// a [`Remote`](crate::Remote).
///
/// ```
/// # mod groundup { pub use groundup_executor::*; }
/// use std::time::Duration;
///
/// use groundup::{EventLoop, sleep, spawn};
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
/// // Three minutes passed on the loop's own clock, and none on the wall.
/// assert_eq!(event_loop.time().since_start(), Duration::from_secs(180));
/// ```
///
/// # When it is dropped
///
/// Dropping the loop [closes](EventLoop::close) it. If that happens during a run that was begun
/// through a [`LoopHandle`](crate::LoopHandle), the run goes on, and closes the loop when it ends.
/// If a handler, a sink or a waker drops the loop outside a run, the loop is closed at the end of
/// the call that has called the handler, the sink or the waker.
#[doc(alias("Runtime", "LocalSet", "LocalExecutor", "LocalPool", "new_event_loop"))]
pub struct EventLoop {
    inner: Rc<LoopCore>,
    /// False in a [`LoopHandle`](crate::LoopHandle), whose drop closes nothing.
    owned: bool,
}

impl EventLoop {
    /// Makes a loop on the real clock: [`EventLoop::builder`] with its defaults.
    ///
    /// # Panics
    ///
    /// If [`MAX_LOOPS`](groundup_task::MAX_LOOPS) loops (4,093) are alive in the process.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// let event_loop = groundup::EventLoop::new();
    /// assert_eq!(event_loop.run_until_complete(async { 2 + 2 }).unwrap(), 4);
    /// ```
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Self::builder().build()
    }

    fn assemble(driver: Rc<dyn Driver>) -> Result<Self, BuildError> {
        let scheduler = Scheduler::new().ok_or(BuildError::TooManyLoops)?;
        let inner = LoopCore::new(scheduler, driver);
        Ok(EventLoop { inner, owned: true })
    }

    /// Makes the loop of a handle.
    fn shared(inner: Rc<LoopCore>) -> Self {
        let owned = false;
        EventLoop { inner, owned }
    }

    /// Returns the state of the loop, for the pages above that make handles to it.
    pub(crate) fn inner(&self) -> &Rc<LoopCore> {
        &self.inner
    }

    /// Ends the run after the present iteration. If no run is going on, the next run makes
    /// one iteration and ends. Calling it twice is the same as calling it once. If the run
    /// ends for another reason in that iteration, the request ends with it.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// let event_loop = groundup::EventLoop::new();
    /// event_loop.call_soon(|| println!("what is ready still runs"));
    /// event_loop.stop();
    /// event_loop.run_forever().unwrap();
    /// assert_eq!(event_loop.iteration(), 1);
    /// ```
    pub fn stop(&self) {
        self.inner.set_stopping(true);
    }

    /// Drops all tasks, callbacks and timers without running them: callbacks first, then tasks,
    /// oldest first. A task sees its own [locals](groundup_task::Local) while it is dropped. The
    /// loop counts as running meanwhile. An awaiter of such a task in another loop or
    /// executor gets `Closed`. The loop drops the values that it [keeps](EventLoop::keep)
    /// last. A second call does nothing, also one in a drop of this close.
    ///
    /// To let tasks clean up first, use a [`Runner`](crate::Runner).
    ///
    /// # Errors
    ///
    /// [`CloseError::StillRunning`] if it is called from inside the loop.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// use groundup::{EventLoop, RunError};
    ///
    /// let event_loop = EventLoop::new();
    /// event_loop.call_soon(|| unreachable!("dropped, and never called"));
    /// event_loop.close().unwrap();
    /// assert!(matches!(event_loop.run_forever(), Err(RunError::Closed)));
    /// ```
    pub fn close(&self) -> Result<(), CloseError> {
        if self.is_closed() {
            return Ok(());
        }
        if self.is_running() || self.inner.scheduler().is_busy() {
            return Err(CloseError::StillRunning);
        }
        self.inner.close();
        Ok(())
    }

    /// Returns true if [`close`](EventLoop::close) was called.
    pub fn is_closed(&self) -> bool {
        self.inner.scheduler().is_closed()
    }

    /// Returns true if the loop is running now, further up on this stack.
    pub fn is_running(&self) -> bool {
        self.inner.is_running()
    }
}

impl Drop for EventLoop {
    fn drop(&mut self) {
        if !self.owned {
            return;
        }
        // A run that the owner has begun borrows it, so a `LoopHandle` has begun this one.
        if self.is_running() {
            return self.inner.close_after_run();
        }
        self.inner.close_at_rest();
    }
}
