//! Reports failures that no caller sees, each once.
//!
//! The problem: a callback panics, a task fails and its handle is gone, a promise carries an
//! error that is never read. There is no caller to return an error to. asyncio hands such
//! failures to the loop's exception handler, some of them whenever the garbage collector runs.
//! Here each has its moment, which [`ReportKind`] names.
//!
//! Invariants:
//! 1. Each failure is reported exactly once.
//! 2. If a handler panics, the panic and the report go to standard error.
//!
//! Read next: `run/panics.rs`.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use groundup_interweave::trace::{Access, Name, TaskId, Touched, Verb, Visible};

use crate::core::{REPORTS, WATCHER};
use crate::error::SharedError;
use crate::error::panic::{drop_quietly, message_of};
use crate::locals::LocalContext;
use crate::run::Scheduler;
use crate::store::object::CallSite;

/// The kind of a [`Report`], and the moment at which it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReportKind {
    /// A callback panicked. Reported at once; then the next entry runs.
    CallbackPanicked,
    /// A task panicked, and no handle is left to await it, or the handle of a task that another
    /// thread has spawned was dropped unread. Reported at the end of the iteration
    /// that made it so.
    PanicNeverRetrieved,
    /// The error of a promise, or of a task after [`detach_reporting`](crate::Task::detach_reporting),
    /// was never looked at. Reported at the end of the iteration in which its last handle was dropped.
    ErrorNeverRetrieved,
    /// A task returned a `Result` while a cancel of it was pending. The cancel replaces the
    /// `Result`; if that was an `Err`, the error is lost. Reported at the end of the iteration.
    ErrorOvertaken,
    /// A task returned a value that was never taken. Only in debug mode, after the iteration.
    ResultNeverRetrieved,
    /// A value panicked while it was dropped. Reported at once.
    PanicInDrop,
    /// The `Clone` of a promise's value panicked when a group asked how its member ended. A
    /// later take of the value calls `Clone` again. Reported at once.
    PanicInClone,
    /// A waker of another executor panicked when it was called. Reported at once.
    PanicInWaker,
    /// A chooser panicked when it had to order a round. Reported at once.
    PanicInChooser,
    /// A sink of the trace panicked in an event; it gets no further events. Reported after the
    /// next event of the scheduler, at the latest at the end of the iteration.
    PanicInSink,
    /// A step took as long as the threshold or longer. The message names the tasks that it has held up:
    /// those with a timer that is due by now, and those that were ready before the step. Only in debug
    /// mode, right after it.
    SlowStep,
    /// The loop was closed while a task was not done. Only in debug mode, during `close`.
    PendingAtClose,
    /// The loop was closed, and the dropped occupants spawned new ones again and again; the
    /// last of them are leaked. Reported during `close`.
    LeakedAtClose,
    /// The exception handler itself panicked. Printed at once to standard error.
    HandlerPanicked,
    /// A loop on the real clock had nothing to do for long; its tasks may wait for ever.
    Idle,
    /// Tasks wait for each other in a circle, while other tasks go on.
    Circle,
    /// Tasks go on long after their cancel, and keep a loop from being closed.
    StillRunning,
    /// A loop on another thread, which this loop had started in a fleet, ended unasked. Reported
    /// in the iteration in which this loop hears of it.
    LoopEnded,
    /// The program made the report, with `call_exception_handler`.
    Told,
}

/// One failure that the exception handler gets. The handler runs in the context of the task or
/// callback that failed: it sees its [task-local values](crate::Local).
///
/// ```
/// # mod groundup { pub use groundup_task::*; }
/// let mut report = groundup::Report::new("the printer is on fire");
/// report.task = Some("printer".into());
/// assert_eq!(report.to_string(), "the printer is on fire\n  task: printer");
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Report {
    /// The kind of the failure.
    pub kind: ReportKind,
    /// A sentence about what happened.
    pub message: String,
    /// The task concerned.
    pub task: Option<Name>,
    /// Sequence number of the task in its loop; 0 if it is not known.
    pub number: u64,
    /// Where the task was spawned or the callback scheduled.
    pub place: Option<CallSite>,
    /// The error of a promise.
    pub error: Option<SharedError>,
    /// The context of the task or callback, in which the handler is called.
    pub(super) context: Option<LocalContext>,
}

impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Report")
            .field("kind", &self.kind)
            .field("message", &self.message)
            .field("task", &self.task)
            .field("place", &self.place)
            .field("error", &self.error)
            .finish()
    }
}

impl Report {
    /// Makes a report of the program's own, which may fill in the task, the place and the error.
    pub fn new(message: impl Into<String>) -> Self {
        Report {
            kind: ReportKind::Told,
            message: message.into(),
            task: None,
            number: 0,
            place: None,
            error: None,
            context: None,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            // One line, with names of tasks.
            ReportKind::SlowStep | ReportKind::StillRunning => {
                write!(f, "{}", Visible(&self.message))?
            }
            _ => {
                for (at, line) in self.message.split('\n').enumerate() {
                    let begins = if at == 0 { "" } else { "\n" };
                    write!(f, "{begins}{}", Visible(line))?;
                }
            }
        }
        if let Some(task) = &self.task {
            write!(f, "\n  task: {}", Visible(task))?;
        }
        if let Some(place) = self.place {
            write!(f, "\n  from: {place}")?;
        }
        Ok(())
    }
}

/// A function that receives each [`Report`], once.
pub type ExceptionHandler = Rc<dyn Fn(&Report)>;

impl Scheduler {
    /// Sets the exception handler. `None` restores the default handler, which writes to
    /// standard error, or fails the test under `run_test`.
    ///
    /// ```
    /// # mod groundup { pub use groundup_task::*; pub mod lowlevel { pub use super::*; } }
    /// use groundup::lowlevel::{NoRoot, Scheduler};
    /// use groundup::ReportKind;
    /// use std::{cell::RefCell, rc::Rc};
    ///
    /// let scheduler = Scheduler::new().unwrap();
    /// let kinds: Rc<RefCell<Vec<ReportKind>>> = Rc::default();
    /// let seen = kinds.clone();
    /// scheduler.set_exception_handler(Some(Rc::new(move |report| {
    ///     seen.borrow_mut().push(report.kind);
    /// })));
    /// scheduler.call_soon(|| panic!("on a Monday"));
    /// # std::panic::set_hook(Box::new(|_| ()));
    /// scheduler.run_round(&mut NoRoot);
    /// assert_eq!(*kinds.borrow(), [ReportKind::CallbackPanicked]);
    /// ```
    pub fn set_exception_handler(&self, handler: Option<ExceptionHandler>) {
        drop(self.handler.replace(handler));
    }

    /// Sets what the default handler does in place of writing to standard error. For a test
    /// harness: the program that it tests may set a handler of its own, and restore the default.
    pub fn set_default_exception_handler(&self, handler: Option<ExceptionHandler>) {
        drop(self.default_handler.replace(handler));
    }

    /// Calls the exception handler at once.
    pub fn report(&self, report: Report) {
        self.core.touch(Touched::Loop, Access::Write);
        let _busy = self.core.be_busy();
        if self.core.attends(WATCHER) {
            let what = Name::from(report.message.lines().next().unwrap_or_default());
            let task = (report.task.as_ref()).map(|name| TaskId::new(report.number, name.clone()));
            self.trace.emit(&self.core, task, Verb::Raise { what });
        }
        let set = self.handler.borrow().clone();
        let handler = set.or_else(|| self.default_handler.borrow().clone());
        let Some(handler) = handler else {
            return eprintln!("{report}");
        };
        let told = AssertUnwindSafe(|| match report.context.clone() {
            Some(context) => self.within(Some(context), || handler(&report)),
            None => handler(&report),
        });
        let told = catch_unwind(told);
        // If the call has set another one, this is the last handle.
        if let Some(dropped) = drop_quietly(handler) {
            eprintln!("{}: {dropped}", DROPPED.1);
        }
        if let Err(payload) = told {
            let why = message_of(&*payload).to_string();
            drop_quietly(payload);
            let failure = Report {
                kind: ReportKind::HandlerPanicked,
                message: format!("Unhandled error in exception handler: {why}"),
                ..report.clone()
            };
            eprintln!("{failure}\n{report}");
        }
    }

    /// Keeps a report for the end of the iteration: the handler is not called inside the code that
    /// has found the failure.
    pub fn report_later(&self, report: Report) {
        self.core.touch(Touched::Loop, Access::Write);
        self.later.borrow_mut().push(report);
        self.core.attend(REPORTS, true);
    }

    /// Calls the exception handler with the reports that were kept for the end of the
    /// iteration.
    #[inline]
    pub fn flush_reports(&self) {
        if self.core.attends(REPORTS) {
            self.flush();
        }
    }

    #[cold]
    fn flush(&self) {
        self.core.attend(REPORTS, false);
        self.emit_broken();
        let reports = std::mem::take(&mut *self.later.borrow_mut());
        for report in reports {
            let mut report = Some(report); // it holds values of the user's
            self.guard(DROPPED, &mut || {
                report
                    .take()
                    .into_iter()
                    .for_each(|report| self.report(report));
            });
        }
    }
}

/// Report kind and message for a panic that belongs to no task.
pub(super) const DROPPED: (ReportKind, &str) = (
    ReportKind::PanicInDrop,
    "a panic while something was dropped",
);

/// Report kind and message for a panic in the clone of a value that no caller asked for.
pub(crate) const CLONED: (ReportKind, &str) =
    (ReportKind::PanicInClone, "a panic while a value was cloned");

/// Report kind and message for a panic in a drop while the loop is closed.
pub(super) const CLOSED: (ReportKind, &str) =
    (ReportKind::PanicInDrop, "a panic while the loop was closed");
