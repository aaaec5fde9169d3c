//! Runs main functions on a loop of their own: `run` and `Runner`.
//!
//! The problem: most programs want one loop, one main function, and no loop object. And
//! when main is done, other tasks may be in the middle of something; they must be
//! cancelled, and get the time to clean up.
//!
//! ```text
//!   run(main):   new loop -> main to its end -> cancel the other tasks
//!                -> wait for them -> close the loop -> main's value
//! ```
//!
//! Invariants:
//! 1. The tasks that are left at the end are cancelled and awaited before the loop is
//!    closed, so their clean-up code runs.
//! 2. All runs of one runner have one loop and one set of locals.
//!
//! Read next: `event_loop/clean_up.rs`.

use std::future::IntoFuture;
use std::time::Duration;

use super::EventLoop;
use crate::error::{CloseError, RunError};

/// Runs `main` on a new loop and returns its value: asyncio's `run`.
///
/// At the end every other task is cancelled and awaited, and the loop is closed.
///
/// # Panics
///
/// If a loop is already running on this thread, if `main` panics, or if `main` is cancelled.
/// [`Runner`] returns an error instead, except for a panic. If nothing can wake `main` again, the
/// run waits for ever, as in asyncio. The environment variable `GROUNDUP_DEBUG=1`, or
/// [`idle_report`](crate::Builder::idle_report) on a loop of your own, then makes the loop name each wait.
///
/// ```
/// # mod groundup { pub use groundup_executor::*; }
/// use groundup::{run, spawn};
///
/// let sum = run(async {
///     let tasks: Vec<_> = (1..=4).map(|n| spawn(async move { n * n })).collect();
///     let mut sum = 0;
///     for task in tasks {
///         sum += task.await.unwrap();
///     }
///     sum
/// });
/// assert_eq!(sum, 30);
/// ```
#[doc(alias = "block_on")]
#[track_caller]
pub fn run<F: IntoFuture>(main: F) -> F::Output {
    run_with("run", Runner::new(), main)
}

#[track_caller]
fn run_with<F: IntoFuture>(what: &str, runner: Runner, main: F) -> F::Output {
    match runner.run(main) {
        Ok(output) => output,
        Err(RunError::AlreadyRunning | RunError::AnotherLoopRuns) => panic!(
            "{what}() cannot be called from a running event loop: await the future there, or spawn it"
        ),
        Err(error) => panic!("{error}"),
    }
}

/// Runs `main` on a new loop on virtual time and returns its value: sleeps take no time, and every
/// run is the same, unless a thread calls the loop. Jobs on threads end in turn. For tests, examples.
///
/// # Panics
///
/// As [`run`]; also if nothing can wake `main` again. The message then names each task and its
/// wait.
///
/// ```
/// # mod groundup { pub use groundup_executor::*; }
/// use std::time::Duration;
///
/// use groundup::{run_virtual, sleep, time};
///
/// let day = Duration::from_secs(86_400);
/// let now = run_virtual(async move {
///     sleep(day).await;
///     time()
/// });
/// assert_eq!(now.since_start(), day);
/// ```
#[doc(alias("start_paused", "MockClock", "autojump_clock"))]
#[track_caller]
pub fn run_virtual<F: IntoFuture>(main: F) -> F::Output {
    run_with(
        "run_virtual",
        Runner::with_loop(EventLoop::builder().virtual_time().build()),
        main,
    )
}

/// A loop that runs one main function after another: asyncio's `Runner`.
///
/// Dropping the runner cancels the remaining tasks, waits for them without a limit of time, and
/// closes the loop. [`shutdown`](Runner::shutdown) does the same, and has a limit.
///
/// ```
/// # mod groundup { pub use groundup_executor::*; }
/// use std::time::Duration;
///
/// use groundup::{EventLoop, Runner, sleep, time};
///
/// let runner = Runner::with_loop(EventLoop::builder().virtual_time().build());
/// let second = Duration::from_secs(1);
/// for n in 1..=3 {
///     let now = runner.run(async {
///         sleep(second).await;
///         time()
///     });
///     assert_eq!(now.unwrap().since_start(), n * second);
/// }
/// ```
#[derive(Debug)]
pub struct Runner {
    event_loop: EventLoop,
}

impl Runner {
    /// Makes a runner with a loop on the real clock.
    ///
    /// # Panics
    ///
    /// If [`MAX_LOOPS`](groundup_task::MAX_LOOPS) loops (4,093) are alive in the process.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// let runner = groundup::Runner::new();
    /// assert_eq!(runner.run(async { 5 }).unwrap(), 5);
    /// ```
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Runner {
            event_loop: EventLoop::new(),
        }
    }

    /// Makes a runner with the given loop.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// use groundup::{EventLoop, Runner};
    ///
    /// let runner = Runner::with_loop(EventLoop::builder().seed(7).build());
    /// assert!(!runner.event_loop().is_running());
    /// ```
    pub fn with_loop(event_loop: EventLoop) -> Self {
        Runner { event_loop }
    }

    /// Returns the loop, for the methods that the runner does not have.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// let runner = groundup::Runner::new();
    /// runner.event_loop().call_soon(|| println!("with the next run"));
    /// ```
    pub fn event_loop(&self) -> &EventLoop {
        &self.event_loop
    }

    /// Runs `main` to its end and returns its value. The remaining tasks continue in the
    /// next run, which also begins with the [locals](groundup_task::Local) that this run
    /// ended with.
    ///
    /// # Errors
    ///
    /// See [`RunError`].
    ///
    /// # Panics
    ///
    /// If `main` panics.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// use groundup::{Runner, spawn};
    ///
    /// let runner = Runner::new();
    /// let task = runner.run(async { spawn(async { "begun here" }) }).unwrap();
    /// let text = runner.run(async { task.await.unwrap() }).unwrap();
    /// assert_eq!(text, "begun here");
    /// ```
    #[track_caller]
    pub fn run<F: IntoFuture>(&self, main: F) -> Result<F::Output, RunError> {
        self.event_loop.run_main(main.into_future(), true)
    }

    /// Cancels the remaining tasks, waits for them, and closes the loop. Dropping the
    /// runner does the same, unless the thread is panicking. Tasks that go on for more than 5 s
    /// after their cancel are reported by name, once; [`shutdown`](Runner::shutdown) waits no
    /// longer than a limit.
    ///
    /// # Errors
    ///
    /// [`CloseError::StillRunning`] if the loop is running; [`CloseError::AnotherLoopRuns`] if
    /// tasks remain and cannot be awaited, since another loop runs; [`CloseError::CleanUp`] if
    /// clean-up code stops the loop, or a task caught its cancel and now waits for ever (on
    /// virtual time; the real clock waits with it).
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::{*, task::*}; }
    /// use groundup::{Runner, catch_cancel, spawn, yield_now};
    ///
    /// let runner = Runner::new();
    /// runner.run(async {
    ///     spawn(async {
    ///         let _ = catch_cancel(std::future::pending::<()>()).await;
    ///         println!("cleaning up");
    ///     });
    ///     yield_now().await;
    /// }).unwrap();
    /// runner.close().unwrap();
    /// ```
    pub fn close(&self) -> Result<(), CloseError> {
        self.shut(None)
    }

    /// Does what [`close`](Runner::close) does, but waits no longer than `limit`: a task that has
    /// not ended by then is dropped as it is.
    ///
    /// A virtual clock moves only while nothing is ready. If a task yields for ever, the limit is over after
    /// 100,000 iterations in which the clock has not moved and no thread was at work for the loop.
    ///
    /// # Errors
    ///
    /// [`CloseError::Unfinished`] names the tasks that had not ended; else as `close`.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::{*, task::*}; }
    /// use std::time::Duration;
    ///
    /// use groundup::{
    ///     CloseError, EventLoop, Runner, catch_cancel, sleep, spawn_named, yield_now,
    /// };
    ///
    /// let runner = Runner::with_loop(EventLoop::builder().virtual_time().build());
    /// runner.run(async {
    ///     spawn_named("stubborn", async {
    ///         loop {
    ///             let _ = catch_cancel(sleep(Duration::from_secs(1))).await;
    ///         }
    ///     });
    ///     yield_now().await;
    /// }).unwrap();
    /// let Err(CloseError::Unfinished(tasks)) = runner.shutdown(Duration::from_secs(30)) else {
    ///     panic!()
    /// };
    /// assert_eq!(tasks, ["stubborn".into()]);
    /// ```
    pub fn shutdown(&self, limit: Duration) -> Result<(), CloseError> {
        self.shut(Some(limit))
    }

    fn shut(&self, limit: Option<Duration>) -> Result<(), CloseError> {
        if self.event_loop.is_closed() {
            return Ok(());
        }
        if self.event_loop.is_running() {
            return Err(CloseError::StillRunning);
        }
        // A request to stop that no run has met yet is not meant for the clean-up.
        self.event_loop.inner.set_stopping(false);
        let left = self.event_loop.all_tasks();
        let mut names = Vec::new();
        if !left.is_empty() {
            names = match self.event_loop.clean_up(left, limit) {
                Ok(clean_up) => clean_up.unfinished(),
                Err(RunError::AnotherLoopRuns) => return Err(CloseError::AnotherLoopRuns),
                Err(error) => return self.event_loop.close().and(Err(CloseError::CleanUp(error))),
            };
        }
        self.event_loop.close()?;
        match names.is_empty() {
            true => Ok(()),
            false => Err(CloseError::Unfinished(names)),
        }
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        match self.close() {
            Ok(()) => {}
            Err(CloseError::CleanUp(error)) => eprintln!("while a runner was closed: {error}"),
            Err(error) => eprintln!("while a runner was closed: {error}"),
        }
    }
}
