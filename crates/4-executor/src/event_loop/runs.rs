//! The ways to run a loop: to an end, for ever, in pieces.
//!
//! The problem: every run begins alike, and ends in one of five ways: its future is done, the
//! loop is stopped, nothing can happen any more, the future is cancelled, or it panics. (A
//! task that is run may also end without a value: `RunError::Task`. And `run_some` ends where the loop
//! would have to wait.) Each end must reach the caller as a value, an error or a panic, and the next
//! run must be able to begin.
//!
//! Invariants:
//! 1. A guard marks the loop as running, and clears the mark on every way out.
//! 2. A request to stop ends with its run, however the run ends. The next run does not
//!    inherit it.
//!
//! Read next: floor 5, `groundup-combinators`. Second reading: `event_loop/scheduling.rs`, how
//! tasks and callbacks enter a loop.

use std::future::{Future, IntoFuture};
use std::pin::pin;
use std::rc::Rc;

use groundup_task::{Root, Task, TaskError};

use super::EventLoop;
use crate::error::RunError;
use crate::iteration::guest::Progress;
use crate::iteration::main_task::{Main, MainTask, NoMain};

const DONE: &str = "a main future that is done has given its output";

impl EventLoop {
    /// Runs the loop until `main` is done, and returns its value.
    ///
    /// `main` may borrow, since it stays on this stack. When `main` is done, the loop
    /// finishes the iteration and runs one more, as asyncio does. Other tasks stay and
    /// continue in the next run.
    ///
    /// # Errors
    ///
    /// See [`RunError`]. No error harms this loop or the loop that is running.
    ///
    /// # Panics
    ///
    /// If `main` panics. The panic continues here when the run has ended.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::{*, task::*}; }
    /// use groundup::{EventLoop, yield_now};
    ///
    /// let event_loop = EventLoop::new();
    /// let words = vec!["main", "borrows"];
    /// let main = async {
    ///     yield_now().await;
    ///     words.join(" ")
    /// };
    /// assert_eq!(event_loop.run_until_complete(main).unwrap(), "main borrows");
    /// // One iteration for the first step, one for the second, one to notice the end.
    /// assert_eq!(event_loop.iteration(), 3);
    /// ```
    #[doc(alias = "block_on")]
    #[track_caller]
    pub fn run_until_complete<F: IntoFuture>(&self, main: F) -> Result<F::Output, RunError> {
        self.run_main(main.into_future(), false)
    }

    /// Runs `main` to its end. If `keep` is true, the next main task begins with the task-local
    /// values of `main`, as a [`Runner`](crate::Runner) needs it.
    #[track_caller]
    pub(super) fn run_main<F: Future>(&self, main: F, keep: bool) -> Result<F::Output, RunError> {
        let _running = self.inner.enter()?;
        let future = pin!(Some(main));
        let mut main = Main::new(future, self.inner.timers());
        self.run_root(&mut main, keep)?;
        Ok(main.into_output().expect(DONE))
    }

    /// Does what `run_main` does for a [`Runner`](crate::Runner), and asks after each iteration whether the
    /// run goes on. It is slower, for tests.
    #[track_caller]
    pub(super) fn run_main_while<F: Future>(
        &self,
        main: F,
        goes_on: &mut dyn FnMut() -> bool,
    ) -> Result<F::Output, RunError> {
        let _running = self.inner.enter()?;
        let future = pin!(Some(main));
        let mut main = Main::new(future, self.inner.timers());
        let main_task = MainTask::open(&self.inner);
        let ran = loop {
            let iterated = self.inner.iterate(&mut main);
            if iterated.is_err() || self.inner.is_stopping() || !goes_on() {
                break iterated;
            }
        };
        main_task.keep_locals();
        let ended = main_task.close();
        ran.map_err(RunError::Deadlock)?;
        outcome(ended)?;
        Ok(main.into_output().expect(DONE))
    }

    /// Does the part of a run that is the same for every type of main future.
    #[track_caller]
    fn run_root(&self, main: &mut dyn Root, keep: bool) -> Result<(), RunError> {
        let main_task = MainTask::open(&self.inner);
        let ran = self.inner.run(main);
        if keep {
            main_task.keep_locals();
        }
        let ended = main_task.close();
        ran.map_err(RunError::Deadlock)?;
        outcome(ended)
    }

    /// Runs the loop until `task` is done, and returns its value. If the task is done
    /// already, the loop runs exactly one iteration.
    ///
    /// # Errors
    ///
    /// See [`RunError`]; [`RunError::ForeignTask`] if the task belongs to another loop.
    ///
    /// # Panics
    ///
    /// If the task panicked. The panic continues here.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// use groundup::EventLoop;
    ///
    /// let event_loop = EventLoop::new();
    /// let task = event_loop.spawn(async { 5 });
    /// assert_eq!(event_loop.run_until_done(task).unwrap(), 5);
    /// ```
    pub fn run_until_done<T: 'static>(&self, mut task: Task<T>) -> Result<T, RunError> {
        if !Rc::ptr_eq(task.scheduler(), self.inner.scheduler()) {
            return Err(RunError::ForeignTask);
        }
        let _running = self.inner.enter()?;
        let callback = self.inner.stop_when_done(&task);
        let ran = self.inner.run(&mut NoMain(self.inner.timers()));
        task.remove_done_callback(&callback);
        ran.map_err(RunError::Deadlock)?;
        outcome(task.take_result())
    }

    /// Runs the loop until [`stop`](EventLoop::stop) is called.
    ///
    /// # Errors
    ///
    /// [`RunError::AlreadyRunning`], [`RunError::AnotherLoopRuns`],
    /// [`RunError::Closed`]; on virtual time [`RunError::Deadlock`].
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// use std::time::Duration;
    ///
    /// use groundup::{EventLoop, stop};
    ///
    /// let event_loop = EventLoop::builder().virtual_time().build();
    /// event_loop.call_later(Duration::from_secs(3600), stop);
    /// event_loop.run_forever().unwrap();
    /// assert_eq!(event_loop.time().since_start(), Duration::from_secs(3600));
    /// ```
    pub fn run_forever(&self) -> Result<(), RunError> {
        let _running = self.inner.enter()?;
        self.inner
            .run(&mut NoMain(self.inner.timers()))
            .map_err(RunError::Deadlock)
    }

    /// Runs iterations until the loop would have to wait, and then returns instead. Use it if
    /// another event loop, the *host*, owns the thread: the host waits for both loops. `run_some`
    /// never waits, so it never reports a deadlock.
    ///
    /// After `budget` steps `run_some` finishes the iteration and returns; it runs at least one
    /// iteration if anything is ready. After [`Progress::Idle`] the host waits. The next message of
    /// another thread (a call or a wake) calls, once, the function that the driver's
    /// [`unpark`](crate::Driver::unpark) has returned. This function must make the host call
    /// `run_some` again. A method of the loop that the host itself calls, such as `spawn`, does not
    /// unpark: call `run_some` after such a method.
    ///
    /// # Errors
    ///
    /// [`RunError::AlreadyRunning`], [`RunError::AnotherLoopRuns`],
    /// [`RunError::Closed`].
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// use std::time::Duration;
    ///
    /// use groundup::{Driver, EventLoop, Progress, Virtual, sleep};
    ///
    /// let event_loop = EventLoop::builder().virtual_time().build();
    /// let clock = event_loop.driver::<Virtual>().unwrap();
    /// let nap = event_loop.spawn(sleep(Duration::from_secs(1)));
    /// loop {
    ///     match event_loop.run_some(256).unwrap() {
    ///         Progress::Busy => {}
    ///         // The host sleeps; on this clock, it takes no time.
    ///         Progress::Idle { until: Some(until) } => clock.block(until - event_loop.time()),
    ///         Progress::Idle { until: None } | Progress::Stopped => break,
    ///     }
    /// }
    /// assert!(nap.done());
    /// assert_eq!(event_loop.time().since_start(), Duration::from_secs(1));
    /// ```
    pub fn run_some(&self, budget: usize) -> Result<Progress, RunError> {
        let _running = self.inner.enter()?;
        let mut root = NoMain(self.inner.timers());
        // `run_some` begins an iteration only if there is something to do. So no iteration finds a
        // deadlock, and this error does not occur.
        self.inner
            .run_some(&mut root, budget)
            .map_err(RunError::Deadlock)
    }

    /// Runs one iteration, as a debugger steps over one line. Waits if nothing is ready.
    ///
    /// # Errors
    ///
    /// As [`run_forever`](EventLoop::run_forever).
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::{*, task::*}; }
    /// use groundup::{EventLoop, yield_now};
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
        let mut root = NoMain(self.inner.timers());
        let iterated = self.inner.iterate(&mut root);
        iterated.map(drop).map_err(RunError::Deadlock)
    }
}

/// Turns the end of a task into the result of a run; `None` means that the task has not
/// ended. Continues a panic.
fn outcome<T>(ended: Option<Result<T, TaskError>>) -> Result<T, RunError> {
    match ended {
        Some(Ok(value)) => Ok(value),
        Some(Err(TaskError::Panicked(panic))) => panic.resume(),
        Some(Err(TaskError::Cancelled(cancelled))) => Err(RunError::Cancelled(cancelled)),
        Some(Err(error)) => Err(RunError::Task(error)),
        None => Err(RunError::Stopped),
    }
}
