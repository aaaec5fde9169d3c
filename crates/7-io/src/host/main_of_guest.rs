//! The main task of a run of a guest.
//!
//! The problem: the run is a future, and a task is spawned when it is polled first. A report of the task
//! must name the line of the program that began the run, and not the line here which spawns.
//!
//! Invariants:
//! 1. The task has the place of the caller of `Guest::run` or `run_in`.
//! 2. A run that is dropped leaves no callback, and cancels its main task.
//!
//! Read next: `host/clean_up.rs`.

use std::future::IntoFuture;
use std::panic::Location;
use std::rc::Rc;

use groundup_sync::executor::{EventLoop, RunError, stop};
use groundup_sync::task::{DoneCallback, Task, TaskError};

/// A place of the program at which a run begins.
pub(super) type CallSite = &'static Location<'static>;

/// The main task of a run, and the callback that stops the run when the task is done.
pub(super) struct MainOfGuest<T: 'static> {
    task: Task<T>,
    stop_when_done: DoneCallback,
    /// The callback may be due when the run is dropped: then it finds this gone, and stops nothing.
    _goes_on: Rc<()>,
}

impl<T: 'static> MainOfGuest<T> {
    /// Spawns the task, for a caller at `place`.
    pub(super) fn spawn<F>(event_loop: &EventLoop, main: F, place: CallSite) -> Self
    where
        F: IntoFuture<Output = T>,
        F::IntoFuture: 'static,
    {
        let scheduler = event_loop.scheduler().clone();
        let task = scheduler.spawn_at(main.into_future(), place);
        let goes_on = Rc::new(());
        let run = Rc::downgrade(&goes_on);
        let stop_when_done = task.add_done_callback(move || {
            if run.strong_count() != 0 {
                stop();
            }
        });
        MainOfGuest {
            task,
            stop_when_done,
            _goes_on: goes_on,
        }
    }

    /// Turns the end of the task into the result of the run; continues a panic.
    pub(super) fn outcome(&mut self) -> Result<T, RunError> {
        match self.task.take_result() {
            Some(Ok(value)) => Ok(value),
            Some(Err(TaskError::Panicked(panic))) => panic.resume(),
            Some(Err(TaskError::Cancelled(cancelled))) => Err(RunError::Cancelled(cancelled)),
            Some(Err(error)) => Err(RunError::Task(error)),
            None => Err(RunError::Stopped),
        }
    }
}

impl<T: 'static> Drop for MainOfGuest<T> {
    fn drop(&mut self) {
        self.task.remove_done_callback(&self.stop_when_done);
        self.task.cancel(); // void if it is done
    }
}
