//! The entrances: `run` and `Runner`.
//!
//! The problem: most programs want one loop, one main function, and no loop
//! object in sight. And when main is over, there are tasks left, in the middle of
//! something; they must be told, and given the time to clean up.
//!
//! ```text
//!   run(main):   new loop -> main to its end -> cancel what is left
//!                -> wait for it -> close the loop -> main's value
//! ```
//!
//! Invariants:
//! 1. What is left at the end is cancelled and waited for before the loop is
//!    closed: clean-up code runs (R01).
//! 2. All runs of one runner have one loop and one set of locals (R03).
//!
//! Read next: `builder.rs`.

use std::future::IntoFuture;

use super::EventLoop;
use crate::error::RunError;

/// Runs `main` on a loop of its own, and gives what it gives: asyncio's `run`.
///
/// At the end every task that is left is cancelled and waited for, and the loop is
/// closed.
///
/// # Panics
///
/// If a loop is running on this thread already, if `main` panics, is cancelled,
/// or can never go on. [`Runner`] gives all but the panic as errors instead.
///
/// ```
/// use groundup_executor::{run, spawn};
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
#[track_caller]
pub fn run<F: IntoFuture>(main: F) -> F::Output {
    match Runner::new().run(main) {
        Ok(output) => output,
        Err(RunError::AlreadyRunning | RunError::AnotherLoopRuns) => panic!(
            "run() cannot be called from a running event loop: await the future there, or spawn it"
        ),
        Err(error) => panic!("{error}"),
    }
}

/// A loop that runs one main function after another: asyncio's `Runner`.
///
/// Dropping it cancels the tasks that are left, waits for them, and closes the loop.
///
/// ```
/// use std::time::Duration;
///
/// use groundup_executor::{EventLoop, Runner, sleep, time};
///
/// let runner = Runner::with_loop(EventLoop::builder().virtual_time().build());
/// let second = Duration::from_secs(1);
/// for n in 1..=3 {
///     let now = runner.run(async {
///         sleep(second).await;
///         time()
///     });
///     assert_eq!(now.unwrap(), n * second);
/// }
/// ```
#[derive(Debug)]
pub struct Runner {
    event_loop: EventLoop,
}

impl Runner {
    /// A runner on the real clock.
    ///
    /// # Panics
    ///
    /// If [`MAX_LOOPS`](groundup_task::MAX_LOOPS) loops are alive in the process.
    ///
    /// ```
    /// let runner = groundup_executor::Runner::new();
    /// assert_eq!(runner.run(async { 5 }).unwrap(), 5);
    /// ```
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Runner {
            event_loop: EventLoop::new(),
        }
    }

    /// A runner on a loop that was built otherwise.
    ///
    /// ```
    /// use groundup_executor::{EventLoop, Runner};
    ///
    /// let runner = Runner::with_loop(EventLoop::builder().seed(7).build());
    /// assert!(!runner.event_loop().is_running());
    /// ```
    pub fn with_loop(event_loop: EventLoop) -> Self {
        Runner { event_loop }
    }

    /// The loop, for what the runner does not offer.
    ///
    /// ```
    /// let runner = groundup_executor::Runner::new();
    /// runner.event_loop().call_soon(|| println!("with the next run"));
    /// ```
    pub fn event_loop(&self) -> &EventLoop {
        &self.event_loop
    }

    /// Runs `main` to its end. Tasks that are left go on in the next run, which
    /// also begins with the [locals](groundup_task::Local) this one ended with (R03).
    ///
    /// # Errors
    ///
    /// See [`RunError`].
    ///
    /// # Panics
    ///
    /// If `main` does.
    ///
    /// ```
    /// use groundup_executor::{Runner, spawn};
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

    /// Cancels what is left, waits for it, and closes the loop. Dropping the
    /// runner does the same.
    ///
    /// # Errors
    ///
    /// [`RunError::Deadlock`] if a task caught its cancel and now waits for ever;
    /// [`RunError::StillRunning`] from inside; [`RunError::AnotherLoopRuns`] if
    /// tasks are left that cannot be waited for, since another loop runs;
    /// [`RunError::Stopped`] if clean-up code stops the loop.
    ///
    /// ```
    /// use groundup_executor::{Runner, spawn};
    /// use groundup_executor::task::{catch_cancel, yield_now};
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
    pub fn close(&self) -> Result<(), RunError> {
        if self.event_loop.is_closed() {
            return Ok(());
        }
        if self.event_loop.is_running() {
            return Err(RunError::StillRunning);
        }
        // A stop that nobody has run into is not meant for the clean-up.
        self.event_loop.inner.set_stopping(false);
        let left = self.event_loop.all_tasks();
        let waited = if left.is_empty() {
            Ok(())
        } else {
            self.event_loop.run_until_complete(async move {
                for task in &left {
                    task.cancel();
                }
                for task in left {
                    task.ended().await;
                }
            })
        };
        match waited {
            Err(error @ RunError::AnotherLoopRuns) => Err(error),
            waited => self.event_loop.close().and(waited),
        }
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        if let Err(error) = self.close() {
            eprintln!("while a runner was closed: {error}");
        }
    }
}
