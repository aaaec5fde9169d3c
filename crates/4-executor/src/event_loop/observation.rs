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
//! Read next: `runner.rs`.

use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use groundup_task::trace::{Chooser, Sink};
use groundup_task::{ExceptionHandler, Report, Scheduler, TaskRef};

use super::EventLoop;
use crate::driver::nanos;

impl EventLoop {
    /// The time since the loop's beginning, on its own clock.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let event_loop = groundup_executor::EventLoop::builder().virtual_time().build();
    /// assert_eq!(event_loop.time(), Duration::ZERO);
    /// ```
    pub fn time(&self) -> Duration {
        Duration::from_nanos(self.inner.timers().look())
    }

    /// How many iterations the loop has run.
    ///
    /// ```
    /// let event_loop = groundup_executor::EventLoop::new();
    /// event_loop.run_until_complete(async {}).unwrap();
    /// assert_eq!(event_loop.iteration(), 2);
    /// ```
    pub fn iteration(&self) -> u64 {
        self.inner.iteration()
    }

    /// How many timers are set. Those that were cancelled do not count, and take
    /// no memory (T07).
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let event_loop = groundup_executor::EventLoop::new();
    /// let timer = event_loop.call_later(Duration::from_secs(1), || ());
    /// assert_eq!(event_loop.timers(), 1);
    /// timer.cancel();
    /// assert_eq!(event_loop.timers(), 0);
    /// ```
    pub fn timers(&self) -> usize {
        self.inner.timers().len()
    }
    /// All tasks that are not done, oldest first (K08).
    ///
    /// ```
    /// let event_loop = groundup_executor::EventLoop::new();
    /// let task = event_loop.spawn(async {});
    /// assert_eq!(event_loop.all_tasks(), [task.task_ref()]);
    /// ```
    pub fn all_tasks(&self) -> Vec<TaskRef> {
        self.inner.scheduler().all_tasks()
    }

    /// What `task` waits for, and what that waits for, to the root cause: a
    /// sentence to print when something hangs.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use groundup_executor::{EventLoop, sleep, spawn};
    ///
    /// let event_loop = EventLoop::builder().virtual_time().build();
    /// let task = event_loop.spawn(async {
    ///     let nap = spawn(sleep(Duration::from_secs(5)));
    ///     nap.set_name("nap");
    ///     nap.await.unwrap();
    /// });
    /// # for _ in 0..2 { event_loop.step().unwrap(); }
    /// assert_eq!(
    ///     event_loop.explain(&task),
    ///     "Task-1 waits for task nap, which waits until 5.000 s"
    /// );
    /// ```
    pub fn explain(&self, task: &TaskRef) -> String {
        self.inner.scheduler().explain(task)
    }

    /// Sets who is told of panics and errors that nobody else hears of (L11);
    /// `None` is the default, which writes to standard error. A handler that
    /// panics is itself reported by the default one (L13).
    ///
    /// ```
    /// use std::{cell::RefCell, rc::Rc};
    ///
    /// let event_loop = groundup_executor::EventLoop::new();
    /// let told = Rc::new(RefCell::new(String::new()));
    /// let copy = told.clone();
    /// event_loop.set_exception_handler(Some(Rc::new(move |report| {
    ///     copy.borrow_mut().push_str(&report.message);
    /// })));
    /// event_loop.call_soon(|| panic!("sour milk"));
    /// event_loop.stop();
    /// event_loop.run_forever().unwrap();
    /// assert_eq!(*told.borrow(), "Exception in callback: it panicked: sour milk");
    /// ```
    pub fn set_exception_handler(&self, handler: Option<ExceptionHandler>) {
        self.inner.scheduler().set_exception_handler(handler);
    }

    /// Tells the exception handler something of the program's own.
    ///
    /// ```
    /// use groundup_executor::{EventLoop, task::Report};
    ///
    /// let event_loop = EventLoop::builder()
    ///     .exception_handler(|report| assert_eq!(report.message, "low on disk"))
    ///     .build();
    /// event_loop.call_exception_handler(Report::new("low on disk"));
    /// ```
    pub fn call_exception_handler(&self, report: Report) {
        self.inner.scheduler().report(report);
    }

    /// Turns debug mode on, with the time that a step may take unreported (L26), or
    /// off. See [`Builder::debug`](crate::Builder::debug).
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let event_loop = groundup_executor::EventLoop::new();
    /// event_loop.set_debug(Some(Duration::from_millis(100)));
    /// assert!(event_loop.is_debug());
    /// event_loop.set_debug(None);
    /// assert!(!event_loop.is_debug());
    /// ```
    pub fn set_debug(&self, slow_step: Option<Duration>) {
        let debug = slow_step.map(|slow| (self.inner.clock(), nanos(slow)));
        self.inner.scheduler().set_debug(debug);
    }

    /// Whether debug mode is on.
    pub fn is_debug(&self) -> bool {
        self.inner.scheduler().is_debug()
    }

    /// Who is told of every move from now on, or `None`.
    ///
    /// ```
    /// use groundup_executor::{EventLoop, trace::Recorder};
    ///
    /// let event_loop = EventLoop::builder().virtual_time().build();
    /// let recorder = Recorder::new();
    /// event_loop.set_trace(Some(Box::new(recorder.clone())));
    /// event_loop.run_until_complete(async {}).unwrap();
    /// let moves = recorder.events();
    /// assert_eq!(moves[0].verb.word(), "spawn");
    /// ```
    pub fn set_trace(&self, sink: Option<Box<dyn Sink>>) {
        self.inner.set_trace(sink);
    }

    /// Who chooses where order is free, or `None` for first in, first out.
    ///
    /// ```
    /// use groundup_executor::{EventLoop, trace::Seeded};
    ///
    /// let event_loop = EventLoop::builder().virtual_time().build();
    /// event_loop.set_chooser(Some(Box::new(Seeded::new(7))));
    /// ```
    pub fn set_chooser(&self, chooser: Option<Box<dyn Chooser>>) {
        self.inner.scheduler().set_chooser(chooser);
    }

    /// The scheduler under the loop, for a floor above.
    pub fn scheduler(&self) -> &Rc<Scheduler> {
        self.inner.scheduler()
    }
}

impl fmt::Debug for EventLoop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventLoop")
            .field("running", &self.is_running())
            .field("closed", &self.is_closed())
            .field("debug", &self.is_debug())
            .field("iteration", &self.iteration())
            .field("timers", &self.timers())
            .finish()
    }
}
