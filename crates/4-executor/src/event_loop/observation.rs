//! Questions to a loop, and the listeners that observe it.
//!
//! The problem: a silent loop cannot be debugged, and a loop that reports everything cannot
//! be used. So the loop answers questions, and four listeners can be set: the exception
//! handler, debug mode, the trace and the chooser. A listener that is not set costs
//! nothing.
//!
//! Invariant: no listener changes what a program does, except the chooser, which changes
//! the order where the order is free.
//!
//! Read next: `event_loop/handle.rs`.

use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use groundup_task::trace::{Chooser, Sink};
use groundup_task::{ExceptionHandler, Report, Scheduler, TaskRef};

use super::EventLoop;
use crate::driver::nanos;
use crate::instant::Instant;

/// Counts the work of a loop since its beginning. Made by [`EventLoop::metrics`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metrics {
    /// Number of iterations.
    pub iterations: u64,
    /// Number of steps of tasks and callbacks in the iterations that are over. A step that asks is
    /// in none of them, nor are the others of its iteration.
    pub steps: u64,
    /// How long the loop was not parked since it was made. The time between two runs counts, too.
    pub busy: Duration,
    /// How long the loop was parked: it had nothing to do.
    pub parked: Duration,
    /// The greatest lateness of a timer so far: the time from its deadline until its task was
    /// made ready. On virtual time it is zero, unless steps [block](crate::block).
    pub lag: Duration,
    /// Number of timers that are set.
    pub timers: usize,
}

impl EventLoop {
    /// Returns counts of the loop's work so far. The cost does not depend on the number of tasks,
    /// which are not counted here: [`all_tasks`](EventLoop::all_tasks) looks at each of them.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// use std::time::Duration;
    ///
    /// use groundup::{block, current_loop, run_virtual, sleep, spawn};
    ///
    /// run_virtual(async {
    ///     let late = spawn(sleep(Duration::from_secs(3)));
    ///     sleep(Duration::from_secs(2)).await;
    ///     block(Duration::from_secs(5)); // a long computation
    ///     late.await.unwrap();
    ///     let metrics = current_loop().metrics();
    ///     assert_eq!(metrics.lag, Duration::from_secs(4));
    ///     assert_eq!(metrics.busy, Duration::from_secs(5));
    ///     assert_eq!(metrics.parked, Duration::from_secs(2));
    /// });
    /// ```
    pub fn metrics(&self) -> Metrics {
        let (inner, tally) = (&self.inner, self.inner.tally());
        Metrics {
            iterations: inner.iteration(),
            steps: tally.steps(),
            busy: Duration::from_nanos(tally.busy(inner.timers().read_clock())),
            parked: Duration::from_nanos(tally.parked()),
            lag: Duration::from_nanos(inner.timers().pace().worst_lateness()),
            timers: self.timers(),
        }
    }

    /// Returns the present time of the loop, on its own clock.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// use groundup::{EventLoop, Instant};
    ///
    /// let event_loop = EventLoop::builder().virtual_time().build();
    /// assert_eq!(event_loop.time(), Instant::START);
    /// ```
    pub fn time(&self) -> Instant {
        Instant::from_nanos(self.inner.timers().read_clock())
    }

    /// Returns the number of iterations that the loop has run.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// let event_loop = groundup::EventLoop::new();
    /// event_loop.run_until_complete(async {}).unwrap();
    /// assert_eq!(event_loop.iteration(), 2);
    /// ```
    pub fn iteration(&self) -> u64 {
        self.inner.iteration()
    }

    /// Returns the number of timers that are set. Cancelled timers do not count. They leave at
    /// most a dead entry and the 16 bytes of a number, which later timers use again.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// use std::time::Duration;
    ///
    /// let event_loop = groundup::EventLoop::new();
    /// let timer = event_loop.call_later(Duration::from_secs(1), || ());
    /// assert_eq!(event_loop.timers(), 1);
    /// timer.cancel();
    /// assert_eq!(event_loop.timers(), 0);
    /// ```
    pub fn timers(&self) -> usize {
        self.inner.timers().len()
    }
    /// Returns all tasks that are not done, oldest first.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// let event_loop = groundup::EventLoop::new();
    /// let task = event_loop.spawn(async {});
    /// assert_eq!(event_loop.all_tasks(), [task.task_ref()]);
    /// ```
    pub fn all_tasks(&self) -> Vec<TaskRef> {
        self.inner.scheduler().all_tasks()
    }

    /// Describes what `task` waits for, and what that waits for in turn, down to the root
    /// cause: a sentence to print when a program hangs.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// use std::time::Duration;
    ///
    /// use groundup::{EventLoop, sleep, spawn};
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

    /// Describes what each task waits for that is not done, one task a line, oldest first: a dump to
    /// print at any time, also while the loop runs.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::{*, task::*}; }
    /// use groundup::{current_loop, run, spawn_named, yield_now};
    ///
    /// run(async {
    ///     let source = spawn_named("source", std::future::pending::<()>());
    ///     spawn_named("reader", source).detach();
    ///     yield_now().await;
    ///     let dump = current_loop().explain_all();
    ///     let lines: Vec<&str> = dump.lines().collect();
    ///     assert_eq!(lines[0], "Task-1 (the main future) is running");
    ///     assert!(lines[1].starts_with("source (spawned at "));
    ///     assert!(lines[2].ends_with(") waits for task source"));
    /// });
    /// ```
    pub fn explain_all(&self) -> String {
        self.inner.scheduler().explain_all()
    }

    /// Sets the handler of panics and errors that no task awaits. `None` selects the
    /// default, which writes to standard error. If the handler panics, the default handler
    /// reports that panic.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// use std::{cell::RefCell, rc::Rc};
    ///
    /// let event_loop = groundup::EventLoop::new();
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

    /// Passes a report of the program's own to the exception handler.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::{*, task::*}; }
    /// use groundup::{EventLoop, Report};
    ///
    /// let event_loop = EventLoop::builder()
    ///     .exception_handler(|report| assert_eq!(report.message, "low on disk"))
    ///     .build();
    /// event_loop.call_exception_handler(Report::new("low on disk"));
    /// ```
    pub fn call_exception_handler(&self, report: Report) {
        self.inner.scheduler().report(report);
    }

    /// Turns debug mode on, in which a step of this length or longer is reported, or turns
    /// it off. See [`Builder::debug`](crate::Builder::debug).
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// use std::time::Duration;
    ///
    /// let event_loop = groundup::EventLoop::new();
    /// event_loop.set_debug(Some(Duration::from_millis(100)));
    /// assert!(event_loop.is_debug());
    /// event_loop.set_debug(None);
    /// assert!(!event_loop.is_debug());
    /// ```
    pub fn set_debug(&self, slow_step: Option<Duration>) {
        let debug = slow_step.map(|slow| (self.inner.clock(), nanos(slow)));
        self.inner.scheduler().set_debug(debug);
    }

    /// Returns true if debug mode is on.
    pub fn is_debug(&self) -> bool {
        self.inner.scheduler().is_debug()
    }

    /// Sets the sink that receives every event from now on; `None` removes it.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; pub use groundup_executor::trace; }
    /// use groundup::trace::Recorder;
    /// use groundup::EventLoop;
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

    /// Sets the chooser, which decides where the order is free. `None` means first in,
    /// first out.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; pub use groundup_executor::trace; }
    /// use groundup::trace::Seeded;
    /// use groundup::EventLoop;
    ///
    /// let event_loop = EventLoop::builder().virtual_time().build();
    /// event_loop.set_chooser(Some(Box::new(Seeded::new(7))));
    /// ```
    pub fn set_chooser(&self, chooser: Option<Box<dyn Chooser>>) {
        self.inner.scheduler().set_chooser(chooser);
    }

    /// Returns the scheduler of the loop, for a floor above.
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
