//! A panic: whose it is, and how it ends only that one.
//!
//! The problem: a panic unwinds through whatever called the code that panicked.
//! One `catch_unwind` spans many steps (`turn.rs`), so when one arrives it must be
//! found out whose step it was, that one's future must be dropped, which may panic
//! again, and the rest of the round must go on.
//!
//! | where it happened | whose it is | where it goes |
//! |---|---|---|
//! | in a step of a task | the task's | to whoever awaits, or it is reported |
//! | in a callback | nobody's | reported at once |
//! | in a drop after the end, between steps | nobody's | reported at once |
//! | in a waker of another executor | nobody's | reported at once; the rest is woken |
//!
//! Invariants:
//! 1. Whatever panics, every borrow is given back and no other task is touched.
//! 2. A panic while a panic's remains are dropped is reported, not thrown.
//!
//! Read next: `run/close.rs`, the end of all.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::task::Waker;

use crate::cancel::state::{CancelMove, CancelState};
use crate::error::{drop_quietly, message_of};
use crate::run::Scheduler;
use crate::run::report::{Report, ReportKind};
use crate::store::key::{Ending, Mark};
use crate::store::main_future::Root;

/// A panic for which no task is to blame.
const DROPPED: (ReportKind, &str) = (
    ReportKind::PanicInDrop,
    "a panic while something was dropped",
);

/// A panic in something that is dropped at the end.
pub(super) const CLOSED: (ReportKind, &str) =
    (ReportKind::PanicInDrop, "a panic while the loop was closed");

impl Scheduler {
    /// Tells of a panic in code that is not ours; `what` is a sentence without its end.
    pub(super) fn caught(&self, (kind, what): (ReportKind, &str), payload: Box<dyn Any + Send>) {
        let message = format!("{what}: {}", message_of(&*payload));
        drop_quietly(payload);
        self.report(Report {
            kind,
            ..Report::new(message)
        });
    }

    /// Runs code that is not ours, and reports its panic, if there is one.
    pub(super) fn guard(&self, what: (ReportKind, &str), code: impl FnOnce()) {
        if let Err(payload) = catch_unwind(AssertUnwindSafe(code)) {
            self.caught(what, payload);
        }
    }

    /// Wakes through a waker of another executor, which may panic without harm to us.
    pub fn wake_stranger(&self, waker: Waker) {
        let what = (ReportKind::PanicInWaker, "a foreign waker panicked");
        self.guard(what, || waker.wake());
    }

    /// Drops a waker of another executor, which may panic without harm to us.
    pub fn drop_stranger(&self, waker: Waker) {
        self.guard(CLOSED, || drop(waker));
    }

    /// The step at the round's cursor panicked.
    #[cold]
    pub(super) fn step_panicked(
        self: &Rc<Self>,
        entry: Option<u64>,
        payload: Box<dyn Any + Send>,
        root: &mut dyn Root,
    ) {
        self.cancels.set_delivering(false);
        let entry = entry.unwrap_or(0);
        let culprit = self.core.slot_of(entry).filter(|slot| !slot.is_done());
        let Some(slot) = culprit else {
            return self.caught(DROPPED, payload);
        };
        self.guard(DROPPED, || self.drop_future(slot, root));
        if slot.has(Mark::Callback) {
            let why = message_of(&*payload);
            let message = format!("Exception in callback: it panicked: {why}");
            let report = self.about(entry, slot, ReportKind::CallbackPanicked, message);
            slot.end(Ending::Returned);
            self.vacate(entry, slot);
            drop_quietly(payload);
            return self.report(report);
        }
        CancelState::step(slot, CancelMove::TakeBack);
        self.core
            .extra_mut(slot, |extra| extra.payload = Some(payload));
        self.guard(DROPPED, || self.complete(entry, slot, Ending::Failed));
    }
}
