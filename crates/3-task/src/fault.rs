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
//! Read next: `root.rs`, the one future that stands in no slot.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use crate::error::message_of;
use crate::report::{Report, ReportKind, drop_quietly};
use crate::root::Root;
use crate::scheduler::Scheduler;
use crate::slot::Slot;
use crate::ticket::{CALLBACK, DONE, FAILED, MUST_CANCEL};

impl Scheduler {
    /// Wakes through somebody else's waker, who may panic without harm to us.
    pub fn wake_stranger(&self, waker: std::task::Waker) {
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| waker.wake())) {
            self.report_caught(ReportKind::PanicInWaker, "a foreign waker", payload);
        }
    }

    /// The step at the round's cursor panicked.
    #[cold]
    pub(crate) fn step_panicked(
        self: &Rc<Self>,
        entry: Option<u64>,
        payload: Box<dyn Any + Send>,
        root: &mut dyn Root,
    ) {
        self.delivering.set(false);
        let entry = entry.unwrap_or(0);
        let culprit = self
            .slot_of(entry)
            .filter(|slot| slot.key.get() & DONE == 0);
        let Some(slot) = culprit else {
            return self.report_drop("something was dropped", payload);
        };
        let dropped = AssertUnwindSafe(|| self.drop_future(slot, root));
        if let Err(second) = catch_unwind(dropped) {
            self.report_drop("something was dropped", second);
        }
        if slot.key.get() & CALLBACK != 0 {
            return self.callback_panicked(entry, slot, payload);
        }
        slot.key.set(slot.key.get() & !MUST_CANCEL);
        self.extra_mut(slot, |extra| extra.payload = Some(payload));
        let completed = AssertUnwindSafe(|| self.complete(entry, slot, FAILED));
        if let Err(third) = catch_unwind(completed) {
            self.report_drop("something was dropped", third);
        }
    }

    fn callback_panicked(self: &Rc<Self>, entry: u64, slot: &Slot, payload: Box<dyn Any + Send>) {
        let message = format!(
            "Exception in callback: it panicked: {}",
            message_of(&*payload)
        );
        let place = self.place_of(entry);
        slot.key.set(slot.key.get() | DONE);
        self.vacate(entry, slot);
        drop_quietly(payload);
        let kind = ReportKind::CallbackPanicked;
        self.report(Report {
            kind,
            message,
            task: None,
            place,
            error: None,
        });
    }

    /// Tells of a panic for which there is nobody to blame: what happened `meanwhile`.
    pub(crate) fn report_drop(&self, meanwhile: &str, payload: Box<dyn Any + Send>) {
        let message = format!("a panic while {meanwhile}: {}", message_of(&*payload));
        drop_quietly(payload);
        let kind = ReportKind::PanicInDrop;
        self.report(Report {
            kind,
            message,
            task: None,
            place: None,
            error: None,
        });
    }
}
