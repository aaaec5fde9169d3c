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
use std::rc::Rc;
use std::task::Waker;

use crate::cancel::state::{CancelMove, CancelState};
use crate::error::{drop_quietly, message_of};
use crate::observe::report::{Report, ReportKind};
use crate::run::Scheduler;
use crate::store::key::{Ending, Mark};
use crate::store::main_future::Root;
use crate::store::slot::Slot;

/// A panic for which no task is to blame.
const DROPPED: (ReportKind, &str) = (
    ReportKind::PanicInDrop,
    "a panic while something was dropped",
);

impl Scheduler {
    /// Runs code that is not ours, and reports its panic, if there is one.
    pub(crate) fn guard(&self, what: (ReportKind, &str), code: impl FnOnce()) {
        self.reports.guard(&self.core, &self.trace, what, code);
    }

    /// Wakes through a waker of another executor, which may panic without harm to us.
    pub fn wake_stranger(&self, waker: Waker) {
        let what = (ReportKind::PanicInWaker, "a foreign waker panicked");
        self.guard(what, || waker.wake());
    }

    /// Drops a waker of another executor, which may panic without harm to us.
    pub fn drop_stranger(&self, waker: Waker) {
        let what = (ReportKind::PanicInDrop, "a panic while the loop was closed");
        self.guard(what, || drop(waker));
    }

    /// The step at the round's cursor panicked.
    #[cold]
    pub(super) fn step_panicked(
        self: &Rc<Self>,
        entry: Option<u64>,
        payload: Box<dyn Any + Send>,
        root: &mut dyn Root,
    ) {
        self.cancels.delivering.set(false);
        let entry = entry.unwrap_or(0);
        let culprit = self.core.slot_of(entry).filter(|slot| !slot.is_done());
        let Some(slot) = culprit else {
            return self
                .reports
                .caught(&self.core, &self.trace, DROPPED, payload);
        };
        self.guard(DROPPED, || self.drop_future(slot, root));
        if slot.has(Mark::Callback) {
            return self.callback_panicked(entry, slot, payload);
        }
        CancelState::step(slot, CancelMove::TakeBack);
        self.core
            .extra_mut(slot, |extra| extra.payload = Some(payload));
        self.guard(DROPPED, || self.complete(entry, slot, Ending::Failed));
    }

    fn callback_panicked(self: &Rc<Self>, entry: u64, slot: &Slot, payload: Box<dyn Any + Send>) {
        let message = format!(
            "Exception in callback: it panicked: {}",
            message_of(&*payload)
        );
        let place = self.core.place_of(entry);
        slot.end(Ending::Returned);
        self.vacate(entry, slot);
        drop_quietly(payload);
        self.report(Report {
            kind: ReportKind::CallbackPanicked,
            message,
            task: None,
            place,
            error: None,
        });
    }
}
