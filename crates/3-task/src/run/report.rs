//! What nobody else would hear of, told once.
//!
//! The problem: a callback panics, a task fails and its handle is gone, a promise
//! carries an error that nobody reads. There is no caller to return an error to. asyncio
//! hands such things to the loop's exception handler, some of them whenever the garbage
//! collector comes by; here each has its moment, which [`ReportKind`] names.
//!
//! Invariants:
//! 1. Everything is reported exactly once.
//! 2. A handler that panics is itself reported, by the default one (L13).
//! 3. A panic while a panic's remains are dropped is reported, not thrown.
//!
//! Read next: `run/cancelling.rs`.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::task::Waker;

use groundup_interweave::trace::{Name, TaskId, Verb};

use crate::core::{REPORTS, WATCHER};
use crate::error::{drop_quietly, message_of};
use crate::locals::Context;
use crate::run::Scheduler;
use crate::store::object::Place;

/// The kind of a [`Report`], and when it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReportKind {
    /// A callback panicked. At once; then the next handle runs (L11).
    CallbackPanicked,
    /// A task panicked, and nobody can await it any more. At the end of the iteration
    /// that made it so.
    PanicNeverRetrieved,
    /// A promise was failed, and nobody looked at the error. At the end of the iteration
    /// in which its last handle went (F12).
    ErrorNeverRetrieved,
    /// A task returned a `Result` while a cancel of it was pending, which has taken its
    /// place: if it was an `Err`, that is lost. At the end of the iteration (C09).
    ErrorOvertaken,
    /// A task returned a value that nobody took. Only in debug mode, at the end of the
    /// iteration.
    ResultNeverRetrieved,
    /// Something panicked while it was dropped. At once.
    PanicInDrop,
    /// The `Clone` of a promise's value panicked where a group asked how its member ended;
    /// who takes the value calls it again. At once.
    PanicInClone,
    /// A waker of another executor panicked when it was called. At once.
    PanicInWaker,
    /// A chooser panicked when it was asked for an order. At once.
    PanicInChooser,
    /// A sink of the trace panicked when it was told an event; it is told no more. After
    /// the next event of the scheduler, at the latest at the end of the iteration.
    PanicInSink,
    /// A step took longer than the threshold. Only in debug mode, right after it (L26).
    SlowStep,
    /// The loop was closed over a task that was not done. During `close` (K15).
    PendingAtClose,
    /// The loop was closed, and what it dropped spawned something new again and again;
    /// the last of it is leaked. During `close`.
    LeakedAtClose,
    /// The exception handler itself panicked. At once.
    HandlerPanicked,
    /// The program told it, with `call_exception_handler`.
    Told,
}

/// One thing the exception handler is told. About a task or a callback it is told in the
/// context of that: it sees the [task-local values](crate::Local) of what failed.
///
/// ```
/// let mut report = groundup_task::Report::new("the printer is on fire");
/// report.task = Some("printer".into());
/// assert_eq!(report.to_string(), "the printer is on fire\n  task: printer");
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Report {
    /// What kind of thing it is.
    pub kind: ReportKind,
    /// What happened, in a sentence.
    pub message: String,
    /// The task concerned.
    pub task: Option<Name>,
    /// Its sequence number in its loop; 0 if that is not known.
    pub number: u64,
    /// Where the task was spawned or the callback scheduled.
    pub place: Option<Place>,
    /// The error of a promise.
    pub error: Option<Rc<dyn Error>>,
    /// Where the task or the callback has its task-local values: the handler sees those.
    pub(super) context: Option<Context>,
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
    /// A report of the program's own, for `call_exception_handler`. Task, place
    /// and error can be put into its fields.
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
        f.write_str(&self.message)?;
        if let Some(task) = &self.task {
            write!(f, "\n  task: {task}")?;
        }
        if let Some(place) = self.place {
            write!(f, "\n  from: {place}")?;
        }
        Ok(())
    }
}

/// A function that is told what nobody else hears of: each [`Report`], once.
pub type ExceptionHandler = Rc<dyn Fn(&Report)>;

/// Reports.
impl Scheduler {
    /// Sets the exception handler; `None` brings the default back, which writes
    /// to standard error.
    ///
    /// ```
    /// use groundup_task::{NoRoot, ReportKind, Scheduler};
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

    /// Tells the exception handler at once.
    pub fn report(&self, report: Report) {
        let _busy = self.core.be_busy();
        if self.core.attends(WATCHER) {
            let what = Name::from(report.message.lines().next().unwrap_or_default());
            let task = (report.task.as_ref()).map(|name| TaskId::new(report.number, name.clone()));
            self.trace.emit(&self.core, task, Verb::Raise { what });
        }
        let handler = self.handler.borrow().clone();
        let Some(handler) = handler else {
            return eprintln!("{report}");
        };
        // The handler may go with this call, if it has set another.
        let told = AssertUnwindSafe(|| {
            let handler = handler;
            match report.context.clone() {
                Some(context) => self.within(Some(context), || handler(&report)),
                None => handler(&report),
            }
        });
        if let Err(payload) = catch_unwind(told) {
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

    /// Keeps a report for the end of the iteration.
    pub(super) fn report_later(&self, report: Report) {
        self.later.borrow_mut().push(report);
        self.core.attend(REPORTS, true);
    }

    /// Tells the exception handler what was kept for the end of the iteration.
    #[inline]
    pub fn flush_reports(&self) {
        if self.core.attends(REPORTS) {
            self.flush();
        }
    }

    #[cold]
    fn flush(&self) {
        self.core.attend(REPORTS, false);
        self.tell_broken();
        let reports = std::mem::take(&mut *self.later.borrow_mut());
        for report in reports {
            self.guard(DROPPED, || self.report(report)); // what it holds is the user's
        }
    }
}

/// A panic for which no task is to blame.
pub(super) const DROPPED: (ReportKind, &str) = (
    ReportKind::PanicInDrop,
    "a panic while something was dropped",
);

/// A panic where a value was copied for nobody in particular.
pub(crate) const CLONED: (ReportKind, &str) =
    (ReportKind::PanicInClone, "a panic while a value was cloned");

/// A panic in something that is dropped at the end.
pub(super) const CLOSED: (ReportKind, &str) =
    (ReportKind::PanicInDrop, "a panic while the loop was closed");

/// Panics in code that is not ours.
impl Scheduler {
    /// Tells of a panic in code that is not ours; `what` is a sentence without its end.
    pub(super) fn caught(&self, (kind, what): (ReportKind, &str), payload: Box<dyn Any + Send>) {
        let message = format!("{what}: {}", message_of(&*payload));
        drop_quietly(payload);
        let mut report = Report::new(message);
        report.kind = kind;
        self.report(report);
    }

    /// Runs code that is not ours, and reports its panic, if there is one.
    pub(crate) fn guard(&self, what: (ReportKind, &str), code: impl FnOnce()) {
        let _busy = self.core.be_busy();
        if let Err(payload) = catch_unwind(AssertUnwindSafe(code)) {
            self.caught(what, payload);
        }
    }

    /// Drops a value of the user's. A panic in that is reported, and goes no further.
    ///
    /// ```
    /// use std::cell::Cell;
    /// use std::rc::Rc;
    ///
    /// use groundup_task::{ReportKind, Scheduler};
    ///
    /// struct Sour;
    ///
    /// impl Drop for Sour {
    ///     fn drop(&mut self) {
    ///         panic!("the milk has turned");
    ///     }
    /// }
    ///
    /// let scheduler = Scheduler::new().unwrap();
    /// let told = Rc::new(Cell::new(None));
    /// let seen = told.clone();
    /// scheduler.set_exception_handler(Some(Rc::new(move |report| seen.set(Some(report.kind)))));
    /// scheduler.drop_reported(Sour);
    /// assert_eq!(told.get(), Some(ReportKind::PanicInDrop));
    /// ```
    pub fn drop_reported<T>(&self, value: T) {
        self.guard(DROPPED, || drop(value));
    }

    /// Wakes through a waker of another executor, which may panic without harm to us.
    pub fn wake_stranger(&self, waker: Waker) {
        let what = (ReportKind::PanicInWaker, "a foreign waker panicked");
        self.guard(what, || waker.wake());
    }

    /// Tells what a sink has thrown, if one has.
    pub(super) fn tell_broken(&self) {
        if let Some(payload) = self.trace.take_broken() {
            let what = (ReportKind::PanicInSink, "a sink of the trace panicked");
            self.caught(what, payload);
        }
    }
}
