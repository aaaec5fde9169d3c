//! Run on: the results of an async map in a plain `for` loop.
//!
//! The problem: the first async map that anybody writes is a generator outside the
//! loop. It schedules everything and then runs the loop until the first result is
//! there, gives it, runs the loop again. It is a last resort, and it is how one
//! begins: anyone can follow a `for` loop.
//!
//! ```text
//!   for result in map.run_on(&event_loop)
//!         first step    schedules all, runs the loop until result 0 is there
//!         second step   runs the loop until result 1 is there; it may be already
//! ```
//!
//! Invariants:
//! 1. Between two steps the loop stands still, and the calls with it.
//! 2. Nothing is scheduled on a loop that cannot be run.
//!
//! Read next: `in_flight.rs`.

use std::fmt;
use std::future::IntoFuture;

use groundup_executor::task::{Scheduler, TaskError};
use groundup_executor::{EventLoop, RunError};

use crate::streams::map::{AsyncMap, Stage};

/// What [`AsyncMap::run_on`] returns: an iterator that runs the loop.
///
/// A call that was cancelled is an `Err`, and the iterator goes on; a call that
/// panicked panics here. After an error of the loop itself (it is running already,
/// was closed, stopped, or cannot go on) the iterator is over.
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
    /// The results for a plain `for` loop outside the event loop: each step runs
    /// `event_loop` until the next result is there. The first schedules everything.
    ///
    /// ```
    /// use groundup_combinators::async_map;
    /// use groundup_combinators::executor::{EventLoop, sleep};
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
    /// assert_eq!(event_loop.time(), Duration::from_secs(1));
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
        if let Stage::Over = self.map.stage {
            return None;
        }
        let ran = match self.cannot_run() {
            Some(error) => Err(error),
            None => self.run_to_next().transpose()?,
        };
        if !matches!(ran, Ok(_) | Err(RunError::Cancelled(_) | RunError::Task(_))) {
            // The loop is at fault: what has not ended is cancelled.
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
    /// Why the loop cannot be run now: asked before anything is scheduled on it.
    fn cannot_run(&self) -> Option<RunError> {
        match () {
            () if self.event_loop.is_running() => Some(RunError::AlreadyRunning),
            () if Scheduler::current().is_some() => Some(RunError::AnotherLoopRuns),
            () if self.event_loop.is_closed() => Some(RunError::Closed),
            () => None,
        }
    }

    fn run_to_next(&mut self) -> Result<Option<T>, RunError> {
        if let Stage::Lazy { .. } = self.map.stage {
            self.map.start(self.event_loop.scheduler());
        }
        if let Stage::Spawned(tasks) = &mut self.map.stage {
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
