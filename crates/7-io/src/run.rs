//! Runs main functions, and cancels them at Ctrl-C: `run` and `Runner`.
//!
//! The problem: a program that is ended by Ctrl-C in the middle of its work leaves half-written files
//! and connections that were not closed. Its main task should be cancelled and clean up. And if the
//! clean-up hangs, a second Ctrl-C must end the program all the same.
//!
//! ```text
//!   first Ctrl-C   main.cancel() ──> main cleans up ──> the other tasks are cancelled, clean up
//!                                                   ──> Interrupted; `run` ends the process
//!   second Ctrl-C  the process ends at once, by SIGINT, also in the middle of a step
//! ```
//!
//! The runner of floor 4 makes the loop and ends the tasks. This one adds the interrupts. The handler
//! is installed at the first run of a process and stays, and a run costs a few stores. Between two runs,
//! SIGINT ends the process as if there were no handler.
//!
//! | a run | Ctrl-C |
//! |---|---|
//! | on the main thread, on the real clock | cancels its main task |
//! | on another thread; on virtual time; on a driver of the program's own | ends the process |
//! | while a part of the program listens to SIGINT (`signals/`) | is for the listener |
//! | SIGINT is ignored, or was handled by other means before the first run | as before |
//!
//! Invariants:
//! 1. An interrupt is a cancel: code that catches it decides what follows, and a main task that ends
//!    with a value gives its value. If the main task ends before the loop has looked for the interrupt,
//!    the run is interrupted all the same.
//! 2. However a run ends, SIGINT ends the process afterwards.
//!
//! Read next: `run/interruptible.rs`.

use std::future::IntoFuture;
use std::time::Duration;

use groundup_sync::executor::{self, CloseError, EventLoop, RunError};

#[cfg(unix)]
use interruptible::{end_process, run_interruptible};

#[cfg(unix)]
mod interruptible;

/// Runs `main` on a new loop and returns its value: asyncio's `run`.
///
/// At the end every other task is cancelled and awaited, and the loop is closed.
///
/// # Ctrl-C
///
/// On the main thread, the first Ctrl-C cancels `main`, which may clean up
/// ([`catch_cancel`](groundup_sync::task::catch_cancel)). If it ends cancelled, the other tasks are
/// cancelled and clean up, and then the process ends by SIGINT, as a shell expects it. A second Ctrl-C
/// ends the process at once. [`Runner::run`] returns [`RunError::Interrupted`] instead, for a program
/// that has more to do.
///
/// If the program gives the loop another driver in the middle of the run, and that is neither a
/// [`Reactor`](crate::Reactor) nor a [`ThreadPark`](groundup_sync::executor::ThreadPark), the first Ctrl-C
/// ends the process from then on.
///
/// # Panics
///
/// If a loop is already running on this thread, if `main` panics, or if `main` is cancelled.
/// [`Runner`] returns an error instead, except for a panic. If nothing can wake `main` again, the
/// run waits for ever, as in asyncio. With the environment variable `GROUNDUP_DEBUG=1` the loop then
/// names each wait, and so does a loop of your own with an
/// [`idle_report`](crate::executor::Builder::idle_report).
///
/// ```
/// # mod groundup { pub use groundup_io::{run, executor::spawn}; }
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
#[doc(alias("block_on", "KeyboardInterrupt"))]
#[track_caller]
pub fn run<F: IntoFuture>(main: F) -> F::Output {
    let runner = Runner::new();
    let ran = runner.run(main);
    drop(runner);
    match ran {
        Ok(output) => output,
        Err(RunError::AlreadyRunning | RunError::AnotherLoopRuns) => panic!(
            "run() cannot be called from a running event loop: await the future there, or spawn it"
        ),
        #[cfg(unix)]
        Err(RunError::Interrupted) => end_process(),
        Err(error) => panic!("{error}"),
    }
}

/// A loop that runs one main function after another: asyncio's `Runner`. On the main thread, Ctrl-C
/// cancels the main function.
///
/// Dropping the runner cancels the remaining tasks, waits for them without a limit of time, and
/// closes the loop. [`shutdown`](Runner::shutdown) does the same, and has a limit.
///
/// ```
/// # mod groundup { pub use groundup_io::{Runner, executor::*}; }
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
    inner: executor::Runner,
}

impl Runner {
    /// Makes a runner with a loop on the real clock.
    ///
    /// # Panics
    ///
    /// If 4,093 loops are alive in the process.
    ///
    /// ```
    /// # mod groundup { pub use groundup_io::Runner; }
    /// let runner = groundup::Runner::new();
    /// assert_eq!(runner.run(async { 5 }).unwrap(), 5);
    /// ```
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        let inner = executor::Runner::new();
        Runner { inner }
    }

    /// Makes a runner with the given loop.
    ///
    /// ```
    /// # mod groundup { pub use groundup_io::{Runner, executor::EventLoop}; }
    /// use groundup::{EventLoop, Runner};
    ///
    /// let runner = Runner::with_loop(EventLoop::builder().seed(7).build());
    /// assert!(!runner.event_loop().is_running());
    /// ```
    pub fn with_loop(event_loop: EventLoop) -> Self {
        let inner = executor::Runner::with_loop(event_loop);
        Runner { inner }
    }

    /// Returns the loop, for the methods that the runner does not have.
    ///
    /// ```
    /// # mod groundup { pub use groundup_io::Runner; }
    /// let runner = groundup::Runner::new();
    /// runner.event_loop().call_soon(|| println!("with the next run"));
    /// ```
    pub fn event_loop(&self) -> &EventLoop {
        self.inner.event_loop()
    }

    /// Runs `main` to its end and returns its value. The remaining tasks continue in the next run,
    /// which also begins with the [locals](groundup_sync::task::Local) that this run ended with.
    ///
    /// # Errors
    ///
    /// [`RunError::Interrupted`] if Ctrl-C has cancelled `main`, and `main` has ended cancelled. See
    /// [`RunError`] for the others.
    ///
    /// # Panics
    ///
    /// If `main` panics.
    ///
    /// ```
    /// # mod groundup { pub use groundup_io::{Runner, executor::spawn}; }
    /// use groundup::{Runner, spawn};
    ///
    /// let runner = Runner::new();
    /// let task = runner.run(async { spawn(async { "begun here" }) }).unwrap();
    /// let text = runner.run(async { task.await.unwrap() }).unwrap();
    /// assert_eq!(text, "begun here");
    /// ```
    #[track_caller]
    pub fn run<F: IntoFuture>(&self, main: F) -> Result<F::Output, RunError> {
        #[cfg(unix)]
        return run_interruptible(&self.inner, main.into_future());
        #[cfg(not(unix))]
        return self.inner.run(main);
    }

    /// Cancels the remaining tasks, waits for them, and closes the loop. Dropping the runner does the
    /// same, unless the thread is panicking. Tasks that go on for more than 5 s after their cancel are
    /// reported by name, once.
    ///
    /// # Errors
    ///
    /// [`CloseError::StillRunning`] if the loop is running; [`CloseError::AnotherLoopRuns`] if tasks
    /// remain and cannot be awaited, since another loop runs; [`CloseError::CleanUp`] if clean-up code
    /// stops the loop, or, on virtual time, a task caught its cancel and now waits for ever.
    ///
    /// ```
    /// # mod groundup { pub use groundup_io::{Runner, executor::spawn, task::*}; }
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
        self.inner.close()
    }

    /// Does what [`close`](Runner::close) does, but waits no longer than `limit`: a task that has not
    /// ended by then is dropped as it is.
    ///
    /// A virtual clock moves only while nothing is ready. If a task yields for ever, the limit is over after
    /// 100,000 iterations in which the clock has not moved and no thread was at work for the loop.
    ///
    /// # Errors
    ///
    /// [`CloseError::Unfinished`] names the tasks that had not ended; else as `close`.
    ///
    /// ```
    /// # mod groundup { pub use groundup_io::Runner; }
    /// use std::time::Duration;
    ///
    /// let runner = groundup::Runner::new();
    /// runner.run(async {}).unwrap();
    /// runner.shutdown(Duration::from_secs(30)).unwrap();
    /// ```
    pub fn shutdown(&self, limit: Duration) -> Result<(), CloseError> {
        self.inner.shutdown(limit)
    }
}
