//! Run on: the results of an async map in a plain `for` loop.
//!
//! The problem: many authors first write an async map as a generator outside the loop. It
//! spawns all calls, runs the loop until the first result is there, returns the result, and
//! runs the loop again. It is a last resort, but a good beginning: everyone can follow a `for`
//! loop.
//!
//! ```text
//!   for result in map.run_on(&event_loop)
//!         first step    spawns all, runs the loop until result 0 is there
//!         second step   runs the loop until result 1 is there; it may be already
//! ```
//!
//! Invariants:
//! 1. Between two steps the loop stands still, and so do the calls.
//! 2. No task is spawned on a loop that cannot run.
//!
//! Read next: `streams/in_flight.rs`.

use std::fmt;
use std::future::IntoFuture;

use groundup_executor::task::{Scheduler, TaskError};
use groundup_executor::{EventLoop, RunError};

use crate::streams::map::{AsyncMap, MapStage};

/// Iterates over the results of an async map by running the loop; [`AsyncMap::run_on`] returns
/// it.
///
/// A call that was cancelled is an `Err`, and the iterator goes on. A call that panicked panics
/// here. After an error of the loop itself (it runs already, is closed, was stopped, or cannot
/// go on) the iterator is over.
#[must_use = "iterators do nothing unless advanced"]
pub struct RunOn<'a, F, I, T: 'static> {
    map: AsyncMap<F, I, T>,
    event_loop: &'a EventLoop,
}

impl<F, I, R> AsyncMap<F, I, R::Output>
where
    F: FnMut(I::Item) -> R + 'static,
    I: Iterator + 'static,
    I::Item: 'static,
    R: IntoFuture + 'static,
    R::IntoFuture: 'static,
    R::Output: 'static,
{
    /// Returns the results for a plain `for` loop outside the event loop.
    ///
    /// Each step runs `event_loop` until the next result is there. The first step spawns the
    /// calls.
    ///
    /// ```
    /// # mod groundup { pub use groundup_combinators::{*, executor::*}; }
    /// use groundup::{EventLoop, async_map, sleep};
    /// use std::time::Duration;
    ///
    /// let event_loop = EventLoop::builder().virtual_time().build();
    /// let calls = async_map(
    ///     async |n| {
    ///         sleep(Duration::from_secs(1)).await;
    ///         n
    ///     },
    ///     0..5,
    /// );
    /// for (expected, got) in calls.run_on(&event_loop).enumerate() {
    ///     assert_eq!(got.unwrap(), expected);
    /// }
    /// assert_eq!(event_loop.time().since_start(), Duration::from_secs(1));
    /// ```
    pub fn run_on(self, event_loop: &EventLoop) -> RunOn<'_, F, I, R::Output> {
        RunOn {
            map: self,
            event_loop,
        }
    }
}

impl<F, I, R, T> Iterator for RunOn<'_, F, I, T>
where
    F: FnMut(I::Item) -> R + 'static,
    I: Iterator + 'static,
    I::Item: 'static,
    R: IntoFuture<Output = T> + 'static,
    R::IntoFuture: 'static,
{
    type Item = Result<T, RunError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let MapStage::Over = self.map.stage {
            return None;
        }
        let ran = match self.cannot_run() {
            Some(error) => Err(error),
            None => self.run_to_next().transpose()?,
        };
        if !matches!(ran, Ok(_) | Err(RunError::Cancelled(_) | RunError::Task(_))) {
            // The loop itself failed: cancels the calls that have not ended.
            self.map.cancel();
        }
        Some(ran)
    }
}

impl<F, I, R, T> RunOn<'_, F, I, T>
where
    F: FnMut(I::Item) -> R + 'static,
    I: Iterator + 'static,
    I::Item: 'static,
    R: IntoFuture<Output = T> + 'static,
    R::IntoFuture: 'static,
{
    /// Returns why the loop cannot run now. Called before any task is spawned on it.
    fn cannot_run(&self) -> Option<RunError> {
        match () {
            () if self.event_loop.is_running() => Some(RunError::AlreadyRunning),
            () if Scheduler::current().is_some() => Some(RunError::AnotherLoopRuns),
            () if self.event_loop.is_closed() => Some(RunError::Closed),
            () => None,
        }
    }

    fn run_to_next(&mut self) -> Result<Option<T>, RunError> {
        if let MapStage::Lazy { .. } = self.map.stage {
            self.map.start(self.event_loop.scheduler());
        }
        if let MapStage::Spawned(tasks, _) = &mut self.map.stage {
            let Some(task) = tasks.pop_front() else {
                return Ok(None);
            };
            let handle = task.task_ref();
            let ran = self.event_loop.run_until_done(task);
            handle.cancel();
            return ran.map(Some);
        }
        let next = self.event_loop.run_until_complete(self.map.next())?;
        next.transpose().map_err(|error| match error {
            TaskError::Panicked(panic) => panic.resume(),
            TaskError::Cancelled(cancelled) => RunError::Cancelled(cancelled),
            error => RunError::Task(error),
        })
    }
}

impl<F, I, T> fmt::Debug for RunOn<'_, F, I, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<RunOn of {:?}>", self.map)
    }
}
