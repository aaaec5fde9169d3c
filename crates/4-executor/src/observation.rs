//! What a loop can be asked, and who is told what it does.
//!
//! The problem: a loop that works in silence cannot be debugged, and one that
//! talks all the time cannot be used. So it answers questions, and four listeners
//! can be set, each of which costs nothing as long as it is not: the exception
//! handler, debug mode, the trace, the chooser.
//!
//! Invariant: none of these changes what a program does, but for the chooser, who
//! changes the order where the order is free.
//!
//! Read next: `scheduling.rs`.

use std::rc::Rc;
use std::time::Duration;

use groundup_task::trace::{Chooser, Sink};
use groundup_task::{ExceptionHandler, Report, Scheduler, TaskRef};

use crate::driver::nanos;
use crate::event_loop::EventLoop;

impl EventLoop {
    /// The time since the loop's beginning, on its own clock.
    pub fn time(&self) -> Duration {
        Duration::from_nanos(self.inner.timers.look())
    }

    /// How many iterations the loop has run.
    pub fn iteration(&self) -> u64 {
        self.inner.iteration()
    }

    /// How many timers are set.
    pub fn timers(&self) -> usize {
        self.inner.timers.len()
    }
    /// All tasks that are not done, oldest first (K08).
    pub fn all_tasks(&self) -> Vec<TaskRef> {
        self.inner.scheduler.all_tasks()
    }

    /// What `task` waits for, and what that waits for, to the root cause.
    pub fn explain(&self, task: &TaskRef) -> String {
        self.inner.scheduler.explain(task)
    }

    /// Sets who is told of panics and errors that nobody else hears of; `None` is
    /// the default, which writes to standard error.
    pub fn set_exception_handler(&self, handler: Option<ExceptionHandler>) {
        self.inner.scheduler.set_exception_handler(handler);
    }

    /// Tells the exception handler something.
    pub fn call_exception_handler(&self, report: Report) {
        self.inner.scheduler.report(report);
    }

    /// Debug mode on or off; `slow` is how long a step may take unreported.
    pub fn set_debug(&self, on: bool, slow: Duration) {
        let driver = self.inner.driver.clone();
        let clock: Rc<dyn Fn() -> u64> = Rc::new(move || driver.now());
        self.inner
            .scheduler
            .set_debug(on.then(|| (clock, nanos(slow))));
    }

    /// Whether debug mode is on.
    pub fn is_debug(&self) -> bool {
        self.inner.scheduler.is_debug()
    }

    /// Who is told of every move, or `None`.
    pub fn set_trace(&self, sink: Option<Box<dyn Sink>>) {
        self.inner.scheduler.set_sink(sink);
    }

    /// Who chooses where order is free, or `None` for first in, first out.
    pub fn set_chooser(&self, chooser: Option<Box<dyn Chooser>>) {
        self.inner.scheduler.set_chooser(chooser);
    }

    /// The scheduler under the loop, for a floor above.
    pub fn scheduler(&self) -> &Rc<Scheduler> {
        &self.inner.scheduler
    }
}
