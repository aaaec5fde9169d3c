//! Calls code of the user's that may panic, and reports its panic.
//!
//! The problem: the loop calls and drops much that is the user's, and any of it may panic. If a
//! value panics in its drop while another panic unwinds, Rust ends the process. So the loop runs
//! such code under a catch, and drops the values of one task one by one. The panic is reported.
//!
//! ```text
//!   guard(code)            code that the loop calls: a panic is reported
//!   drop_reported(value)   a value that nobody takes, dropped under a catch
//!   error/panic.rs         drop_told(value): the same where no loop is at hand
//!         └── tell ──> the loop of the thread, or standard error
//! ```
//!
//! Invariants:
//! 1. No value of the user's is dropped while another of its task unwinds through this floor. What
//!    one future holds, Rust drops: if two of its locals panic in their drop, Rust ends the process,
//!    as it does for two fields of one struct.
//! 2. Each panic in a drop is reported exactly once.
//!
//! Read next: `run/cancelling.rs`.

use std::any::Any;
use std::mem::needs_drop;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::task::Waker;

use groundup_interweave::trace::{Access, Touched};

use crate::cancel::state::{CancelMove, CancelState};
use crate::error::panic::{Panic, TELL, drop_quietly, message_of, quietly};
use crate::run::report::{CLOSED, DROPPED, Report, ReportKind};
use crate::run::{Life, Scheduler};
use crate::store::key::{Exit, Mark};
use crate::store::object::Root;
use crate::store::ticket::{Entry, Ticket};

/// Reports a panic in a drop to the loop of this thread; prints it if there is none.
fn tell(text: String) {
    match Scheduler::current() {
        Some(scheduler) => scheduler.panicked_in_drop(&text),
        None => eprintln!("{}: {text}", DROPPED.1),
    }
}

impl Scheduler {
    /// Makes this floor report the panics of drops where no scheduler is at hand.
    pub(super) fn tell_of_drops() {
        TELL.get_or_init(|| tell);
    }

    /// Reports a panic of the user's code; `what` is the message without the panic's text.
    pub(super) fn caught(&self, (kind, what): (ReportKind, &str), payload: Box<dyn Any + Send>) {
        let message = format!("{what}: {}", message_of(&*payload));
        let report = Report::new(message);
        self.report(Report { kind, ..report });
        self.drop_payload(payload);
    }

    /// Drops the payload of a panic that was reported.
    pub(super) fn drop_payload(&self, payload: Box<dyn Any + Send>) {
        if let Some(text) = drop_quietly(payload) {
            self.panicked_in_drop(&text);
        }
    }

    /// Runs the drop of a value, and reports its panic.
    #[inline]
    pub(super) fn drop_reported_by(&self, drop: &mut dyn FnMut()) {
        if let Some(text) = quietly(drop) {
            self.panicked_in_drop(&text);
        }
    }

    /// Reports a panic in the drop of a value.
    #[cold]
    pub(super) fn panicked_in_drop(&self, text: &str) {
        let (kind, what) = match self.life.get() {
            Life::Sweeping | Life::Refusing => CLOSED,
            Life::Open | Life::Closed => DROPPED,
        };
        let report = Report::new(format!("{what}: {text}"));
        self.report(Report { kind, ..report });
    }

    /// Runs code of the user's, and reports its panic, if there is one. No copy of it is compiled for
    /// each caller.
    pub(crate) fn guard(&self, what: (ReportKind, &str), code: &mut dyn FnMut()) {
        let _busy = self.core.be_busy();
        self.guard_idle(what, code);
    }

    /// Does the same, and lets the code run the loop, unless the loop runs already.
    pub(super) fn guard_idle(&self, what: (ReportKind, &str), code: &mut dyn FnMut()) {
        if let Err(payload) = catch_unwind(AssertUnwindSafe(code)) {
            self.caught(what, payload);
        }
    }

    /// Drops a value of the user's, and reports its panic as `what`.
    pub(super) fn guard_drop<T>(&self, what: (ReportKind, &str), value: T) {
        let mut value = Some(value);
        self.guard(what, &mut || value = None);
    }

    /// Drops a value of the user's, such as one that no handle is left to take. A panic of this drop
    /// is reported, and does not reach the caller, which may be unwinding.
    ///
    /// ```
    /// # mod groundup { pub use groundup_task::*; pub mod lowlevel { pub use super::*; } }
    /// use std::cell::Cell;
    /// use std::rc::Rc;
    ///
    /// use groundup::lowlevel::Scheduler;
    /// use groundup::ReportKind;
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
        if needs_drop::<T>() {
            let mut value = Some(value);
            self.drop_reported_by(&mut || value = None);
        }
    }

    /// Wakes a task of another executor. A panic of its waker is reported, and goes no further.
    pub fn wake_foreign(&self, waker: Waker) {
        let what = (ReportKind::PanicInWaker, "a foreign waker panicked");
        self.core.touch(Touched::Wakers, Access::Write);
        let mut waker = Some(waker);
        self.guard(what, &mut || waker.take().into_iter().for_each(Waker::wake));
    }

    /// Reports the panic of a sink, if a sink has panicked.
    pub(super) fn emit_broken(&self) {
        if let Some(payload) = self.trace.take_broken() {
            let what = (ReportKind::PanicInSink, "a sink of the trace panicked");
            self.caught(what, payload);
        }
    }

    /// Handles a panic in the step of a round's current entry: it ends the task or the callback.
    #[cold]
    pub(super) fn step_panicked(
        self: &Rc<Self>,
        entry: Option<Entry>,
        payload: Box<dyn Any + Send>,
        root: &mut dyn Root,
    ) {
        self.cancels.end_delivery();
        if let Some(slot) = self.core.running() {
            self.cancels.end_raised(slot);
        }
        let ticket = entry.map_or(Ticket::NONE, Entry::ticket);
        let Some(slot) = (self.core.slot_of(ticket)).filter(|slot| !slot.is_done()) else {
            return self.caught(DROPPED, payload);
        };
        slot.mark(Mark::Ending, true);
        self.guard(DROPPED, &mut || self.drop_future(slot, root));
        if slot.has(Mark::Callback) {
            let why = message_of(&*payload);
            let message = format!("Exception in callback: it panicked: {why}");
            let report = self.about(ticket, slot, (ReportKind::CallbackPanicked, message));
            slot.end(Exit::Returned);
            self.vacate(ticket, slot);
            self.report(report);
            return self.drop_payload(payload);
        }
        CancelState::apply(slot, CancelMove::TakeBack);
        self.core.rare_mut(slot).panic = Some(Panic::new(payload));
        self.guard(DROPPED, &mut || self.complete(ticket, slot, Exit::Failed));
    }
}
