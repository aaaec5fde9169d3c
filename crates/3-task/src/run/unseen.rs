//! Reports what a task or a promise has returned to no code.
//!
//! The problem: an error that no code awaits should not get lost. When the last handle of a done
//! task or promise is dropped, the loop knows that no code has looked at its end, and that none
//! will. asyncio logs this from the finalizer of a future.
//!
//! | the end | is reported |
//! |---|---|
//! | the exception of a promise that is a cancel, and has woken an await that was then dropped | never |
//! | a panic, or the exception of a promise | if no code has seen it |
//! | an `Err` | if the last handle asked for it: `detach_reporting` |
//! | a value that is not `()` | in debug mode, if no code has taken it |
//! | a value that may be an `Err`, and that a cancel replaces | always, at the end of the task |
//!
//! Invariants:
//! 1. An end is reported once: a report marks it as seen, or is the last use of its slot.
//! 2. The handler gets these reports at the end of the iteration.
//!
//! Read next: `run/observing.rs`.

use std::any::Any;

use crate::error::panic::Panic;
use crate::error::{SharedError, TaskError, text_of};
use crate::run::Scheduler;
use crate::run::report::{DROPPED, Report, ReportKind};
use crate::store::key::Mark;
use crate::store::slot::Slot;
use crate::store::ticket::Ticket;

/// The report of a missed result, in debug mode.
const MISSED: &str = "Task result was never retrieved: await the task, let it return (), or, if it may \
                      return an Err, end its handle with detach_reporting";

impl Scheduler {
    /// Reports that a cancel replaces the value of a task, if that value may be an error.
    pub(super) fn report_overtaken(&self, ticket: Ticket, slot: &Slot, name: &str) {
        if name.starts_with("core::result::Result<") {
            let message = format!(
                "Task result was lost to a cancel: it returned a {name}, which may be an Err, while \
                 a cancel of it was pending; await something before the return, and the cancel is \
                 delivered there, or keep the error elsewhere"
            );
            self.report_later(self.about(ticket, slot, (ReportKind::ErrorOvertaken, message)));
        }
    }

    /// Reports the error that a task has returned, if its last handle asked for that, and no other
    /// handle has taken a copy.
    pub(super) fn report_error(&self, ticket: Ticket, slot: &Slot) {
        if slot.rare() == 0 || !slot.has_returned() || slot.has(Mark::Seen) {
            return;
        }
        let mut rare = self.core.rare_mut(slot);
        let Some(text) = rare.error_text.take() else {
            return;
        };
        let mut shared = rare.shared.take();
        drop(rare);
        let mut lost = None;
        self.guard(DROPPED, &mut || text(slot, shared.take(), &mut lost));
        if let Some(text) = lost.filter(|_| slot.is_of(ticket)) {
            let message = format!("Task exception was never retrieved: it returned Err: {text}");
            let what = (ReportKind::ErrorNeverRetrieved, message);
            self.report_later(self.about(ticket, slot, what));
            slot.mark(Mark::Seen, true);
        }
    }

    /// Reports a failure that no code has seen; in debug mode also a result.
    pub(super) fn report_unseen(&self, ticket: Ticket, slot: &Slot) {
        let report = if slot.failed_unseen() && slot.has(Mark::Promise) {
            self.unseen_exception(ticket, slot)
        } else if slot.failed_unseen() {
            self.unseen_panic(ticket, slot)
        } else if self.is_debug() && self.has_missed_result(slot) {
            let what = (ReportKind::ResultNeverRetrieved, MISSED.to_string());
            self.about(ticket, slot, what)
        } else {
            return;
        };
        self.report_later(report);
    }

    #[cold]
    fn unseen_exception(&self, ticket: Ticket, slot: &Slot) -> Report {
        let mut error = None;
        let mut look = |shown: &dyn Any| error = shown.downcast_ref::<SharedError>().cloned();
        slot.content(|object| object.show(&mut look));
        let why = error.as_ref().map(|error| text_of(&**error));
        let why = why.unwrap_or_default();
        let message = format!("Promise exception was never retrieved: {why}");
        let report = self.about(ticket, slot, (ReportKind::ErrorNeverRetrieved, message));
        Report { error, ..report }
    }

    /// Marks the exception of a promise as seen if it is the cancel of a task, as in a gather of a
    /// cancelled child. The await was woken by it, and is dropped unread since its own task is
    /// cancelled, too: that one cancel takes the place of the other is no loss. (A task of asyncio reads
    /// the future that has woken it before its own cancel is raised.)
    #[cold]
    pub(crate) fn see_cancel(&self, slot: &Slot) {
        let mut is_cancel = false;
        let mut look = |shown: &dyn Any| {
            let error = shown.downcast_ref::<SharedError>();
            let error = error.and_then(|error| error.downcast_ref::<TaskError>());
            is_cancel = error.is_some_and(TaskError::is_cancelled);
        };
        if slot.failed_unseen() {
            slot.content(|object| object.show(&mut look));
            slot.mark(Mark::Seen, is_cancel);
        }
    }

    #[cold]
    fn unseen_panic(&self, ticket: Ticket, slot: &Slot) -> Report {
        let panic = self.core.rare(slot, |rare| rare.panic.clone()).flatten();
        let why = panic.as_ref().map_or("", Panic::message);
        let message = format!("Task exception was never retrieved: it panicked: {why}");
        self.about(ticket, slot, (ReportKind::PanicNeverRetrieved, message))
    }

    /// Returns true if a task has returned a value that no code has taken. A `()` is no value to
    /// miss.
    fn has_missed_result(&self, slot: &Slot) -> bool {
        if !slot.is_task() || !slot.has_returned() || slot.has(Mark::Seen) {
            return false;
        }
        let mut missed = false;
        let mut look = |output: &dyn Any| missed = !output.is::<()>();
        if !self.core.show_shared(slot, &mut look) {
            slot.content(|object| object.show(&mut look));
        }
        missed
    }
}
