//! The event loop: the interweaver that knows the time.
//!
//! The problem: somebody must own what the iterations need, say when they begin
//! and when they end, and give an answer to every way in which a loop can be run
//! that should not be.
//!
//! ```text
//!                  run_until_complete, run_until_done, run_forever, step
//!             +--------+ ------------------------------------> +---------+
//!   new ----> |  open  |                                       | running |
//!             +--------+ <------------------------------------ +---------+
//!                  |         main is done, stop, deadlock, panic
//!                  | close, drop
//!                  v
//!             +--------+
//!             | closed |   answers, and takes nothing any more
//!             +--------+
//! ```
//!
//! Invariants:
//! 1. Whatever way a run ends, the loop is open again afterwards and can be run.
//! 2. A run that is refused has changed nothing (L22).
//! 3. When a loop is closed, nothing that it held is alive (L16).
//!
//! Read next: `observation.rs`, what it can be asked.

use std::future::{Future, IntoFuture};
use std::pin::pin;
use std::rc::Rc;

use groundup_task::{NoRoot, Scheduler, Task, TaskError};

use crate::driver::Driver;
use crate::error::RunError;
use crate::iteration::Inner;
use crate::main_task::{Main, MainTask};

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
    pub(crate) inner: Rc<Inner>,
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

    pub(crate) fn assemble(driver: Rc<dyn Driver>) -> Result<Self, RunError> {
        let scheduler = Scheduler::new().ok_or(RunError::TooManyLoops)?;
        let inner = Inner::new(scheduler, driver);
        Ok(EventLoop { inner })
    }

    /// Runs the loop until `main` is done, and gives what it gives.
    ///
    /// `main` may borrow: it stays on this stack. When it is done, the iteration
    /// is finished and one more runs, as in asyncio (L19); other tasks stay and go
    /// on in the next run.
    ///
    /// # Errors
    ///
    /// See [`RunError`]. None of them harms this loop or the one that is running.
    ///
    /// # Panics
    ///
    /// If `main` does: its panic goes on here, after the iteration.
    ///
    /// ```
    /// use groundup_executor::{EventLoop, task::yield_now};
    ///
    /// let event_loop = EventLoop::new();
    /// let words = vec!["main", "borrows"];
    /// let main = async {
    ///     yield_now().await;
    ///     words.join(" ")
    /// };
    /// assert_eq!(event_loop.run_until_complete(main).unwrap(), "main borrows");
    /// // At once, a suspension later, and one more to notice the end.
    /// assert_eq!(event_loop.iteration(), 3);
    /// ```
    #[track_caller]
    pub fn run_until_complete<F: IntoFuture>(&self, main: F) -> Result<F::Output, RunError> {
        self.run_main(main.into_future(), false)
    }

    /// The same; if asked to, what main sets in its locals is kept for the next.
    #[track_caller]
    pub(crate) fn run_main<F: Future>(&self, main: F, keep: bool) -> Result<F::Output, RunError> {
        let _running = self.inner.enter()?;
        let future = pin!(Some(main));
        let mut main = Main {
            future,
            output: None,
        };
        let place = MainTask::open(&self.inner);
        let ran = self.inner.run(&mut main);
        if keep {
            self.inner.scheduler.keep_locals(&place.task);
        }
        let ended = place.close();
        ran.map_err(RunError::Deadlock)?;
        outcome(ended)?;
        Ok(main
            .output
            .expect("a main future that is done has given its output"))
    }

    /// Runs the loop until `task` is done, and gives what it gives. A task that
    /// is done already costs exactly one iteration (L20).
    ///
    /// # Errors
    ///
    /// See [`RunError`]; [`RunError::ForeignTask`] if it is another loop's.
    ///
    /// # Panics
    ///
    /// If the task does: its panic goes on here.
    ///
    /// ```
    /// use groundup_executor::EventLoop;
    ///
    /// let event_loop = EventLoop::new();
    /// let task = event_loop.spawn(async { 5 });
    /// assert_eq!(event_loop.run_until_done(task).unwrap(), 5);
    /// ```
    pub fn run_until_done<T: 'static>(&self, mut task: Task<T>) -> Result<T, RunError> {
        if !Rc::ptr_eq(task.scheduler(), &self.inner.scheduler) {
            return Err(RunError::ForeignTask);
        }
        let _running = self.inner.enter()?;
        let callback = self.inner.stop_when_done(&task);
        let ran = self.inner.run(&mut NoRoot);
        task.remove_done_callback(&callback);
        ran.map_err(RunError::Deadlock)?;
        outcome(task.take_result())
    }

    /// Runs the loop until [`stop`](EventLoop::stop).
    ///
    /// # Errors
    ///
    /// [`RunError::AlreadyRunning`], [`RunError::AnotherLoopRuns`],
    /// [`RunError::Closed`]; on virtual time [`RunError::Deadlock`].
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use groundup_executor::{EventLoop, stop};
    ///
    /// let event_loop = EventLoop::builder().virtual_time().build();
    /// event_loop.call_later(Duration::from_secs(3600), stop);
    /// event_loop.run_forever().unwrap();
    /// assert_eq!(event_loop.time(), Duration::from_secs(3600));
    /// ```
    pub fn run_forever(&self) -> Result<(), RunError> {
        let _running = self.inner.enter()?;
        self.inner.run(&mut NoRoot).map_err(RunError::Deadlock)
    }

    /// Runs one iteration, as between two lines of a debugger. Waits if nothing
    /// is ready.
    ///
    /// # Errors
    ///
    /// As [`run_forever`](EventLoop::run_forever).
    ///
    /// ```
    /// use groundup_executor::{EventLoop, task::yield_now};
    ///
    /// let event_loop = EventLoop::new();
    /// let task = event_loop.spawn(async { yield_now().await });
    /// event_loop.step().unwrap();
    /// assert!(!task.done());
    /// event_loop.step().unwrap();
    /// assert!(task.done());
    /// ```
    pub fn step(&self) -> Result<(), RunError> {
        let _running = self.inner.enter()?;
        self.inner
            .iterate(&mut NoRoot)
            .map_err(RunError::Deadlock)?;
        self.inner.set_stopping(false);
        Ok(())
    }

    /// Ends the run after the iteration that runs now; called while none runs, it
    /// lets the next run make one iteration (L06, L07). Twice is once.
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
    /// are dropped oldest first, while the loop still counts as running. Whoever
    /// awaits one of them elsewhere gets `Closed`. A second time does nothing.
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
        if self.is_running() {
            return Err(RunError::StillRunning);
        }
        if !self.is_closed() {
            let _running = self.inner.enter_over();
            self.inner.scheduler.close();
            self.inner.timers.clear();
        }
        Ok(())
    }

    /// Whether [`close`](EventLoop::close) was called.
    pub fn is_closed(&self) -> bool {
        self.inner.scheduler.is_closed()
    }

    /// Whether the loop is running now, further up on this stack.
    pub fn is_running(&self) -> bool {
        self.inner.running.get()
    }
}

/// What was run has ended so, or not at all; a panic goes on.
fn outcome<T>(ended: Option<Result<T, TaskError>>) -> Result<T, RunError> {
    match ended {
        Some(Ok(value)) => Ok(value),
        Some(Err(TaskError::Panicked(panic))) => panic.resume(),
        Some(Err(TaskError::Cancelled(cancelled))) => Err(RunError::Cancelled(cancelled)),
        Some(Err(error)) => Err(RunError::Task(error)),
        None => Err(RunError::Stopped),
    }
}

impl Drop for EventLoop {
    fn drop(&mut self) {
        // A loop is borrowed while it runs, so it is not running now.
        let closed = self.close();
        debug_assert!(closed.is_ok(), "dropped while it runs");
    }
}
