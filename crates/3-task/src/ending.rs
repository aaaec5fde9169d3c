//! The end of a task, a callback or a promise, and who is told of it.
//!
//! The problem: at the end several must learn of it, in the order in which they
//! came, and none of them may run right now. Then the slot waits for somebody to
//! take the value, or, if nobody can any more, is given back; and a failure that
//! nobody has seen must not go with it unsaid.
//!
//! ```text
//!   complete ──> the ticket in the slot: woken    ──> detached? ──yes──> abandon
//!                the list of waiters: woken,                │             (unseen: reported)
//!                called, told, in order                     no: the value waits
//! ```
//!
//! Invariants:
//! 1. The future is dropped before anybody learns that it is done.
//! 2. Nobody who waits is run from here; foreign wakers are called, and may panic.
//! 3. A cancel that is still to be delivered wins over a value (C06, C09).
//!
//! Read next: `fault.rs`, when a step does not end well.

use std::rc::Rc;

use groundup_interweave::trace::{Outcome, Verb};

use crate::error::message_of;
use crate::group::Ending;
use crate::report::{Report, ReportKind};
use crate::root::Root;
use crate::scheduler::Scheduler;
use crate::slot::Slot;
use crate::ticket::{
    CALLBACK, CANCELLED, DETACHED, DONE, FAILED, FORWARDED, GROUP, MUST_CANCEL, OBSERVED, PROMISE,
    RAISED, REGION, RETRIEVED, ROOT, SCHED, STRUCK, tell_of,
};
use crate::waiters::Waiter;

impl Scheduler {
    /// Drops the future of a task and ends it as cancelled.
    pub(crate) fn end_cancelled(self: &Rc<Self>, entry: u64, slot: &Slot, root: &mut dyn Root) {
        self.drop_future(slot, root);
        self.bring_back(entry, slot);
        self.complete(entry, slot, CANCELLED);
    }

    /// Drops the future of a task, wherever it lives.
    pub(crate) fn drop_future(&self, slot: &Slot, root: &mut dyn Root) {
        if slot.key.get() & ROOT != 0 {
            root.clear();
        } else {
            self.clear_object(slot);
        }
    }

    /// Drops what is in the slot's box. A panic in that drop is caught where all
    /// panics of a turn are, and the task then counts as panicked.
    pub(crate) fn clear_object(&self, slot: &Slot) {
        if let Some(object) = slot.object.borrow_mut().as_mut() {
            object.as_mut().clear();
        }
    }

    /// A task, callback or promise is done: whoever waits is told, in the order
    /// in which they came.
    #[inline]
    pub(crate) fn complete(self: &Rc<Self>, ticket: u64, slot: &Slot, how: u64) {
        let mut key = slot.key.get();
        let mut how = how;
        if key & (MUST_CANCEL | OBSERVED) != 0 {
            how = self.complete_watched(ticket, slot, how);
            key = slot.key.get();
        }
        key = (key & !(SCHED | MUST_CANCEL | STRUCK | FORWARDED | RAISED | REGION)) | DONE | how;
        slot.key.set(key);
        if slot.waiter.get() != 0 {
            if key & GROUP != 0 {
                let waiter = slot.waiter.get();
                if self.note_end((waiter >> 32) as u32, waiter as u32, how) {
                    self.push(tell_of(ticket));
                } else {
                    slot.waiter.set(0);
                    slot.key.set(key & !GROUP);
                }
            } else {
                self.wake(slot.waiter.replace(0));
            }
        }
        if slot.extra.get() != 0 {
            self.complete_extra(slot, how);
        }
        if key & DETACHED != 0 {
            self.abandon(ticket, slot);
        }
    }

    #[cold]
    fn complete_watched(&self, ticket: u64, slot: &Slot, how: u64) -> u64 {
        let key = slot.key.get();
        let mut how = how;
        if key & MUST_CANCEL != 0 && how == 0 && key & (CALLBACK | PROMISE) == 0 {
            // It cancelled itself and returned without suspending: cancelled (C09).
            self.clear_object(slot);
            self.bring_back(ticket, slot);
            how = CANCELLED;
        }
        if key & OBSERVED != 0 && key & (CALLBACK | PROMISE) == 0 {
            let how = match Ending::of(how) {
                Ending::Returned => Outcome::Returned,
                Ending::Cancelled => Outcome::Cancelled,
                Ending::Failed => Outcome::Panicked,
            };
            self.emit(self.name_of(ticket), Verb::Done { how });
        }
        how
    }

    /// The waiters after the first.
    #[cold]
    fn complete_extra(self: &Rc<Self>, slot: &Slot, how: u64) {
        let waiters = self.take_waiters(slot);
        for waiter in waiters {
            match waiter {
                Waiter::Ticket(ticket) => self.wake(ticket),
                Waiter::Group { group, member } => {
                    if self.note_end(group, member, how) {
                        self.report_member(group, member, Ending::of(how));
                    }
                }
                Waiter::Callback(callback, locals) => self.schedule_done(callback, locals),
                Waiter::Waker(waker) => self.wake_stranger(waker),
            }
        }
    }

    /// Something is done and nobody holds a handle: it goes, and if it failed
    /// unseen, that is told.
    #[inline]
    pub(crate) fn abandon(&self, ticket: u64, slot: &Slot) {
        let key = slot.key.get();
        if key & (FAILED | RETRIEVED) == FAILED || (self.debug.get() && key & CALLBACK == 0) {
            self.report_unseen(ticket, slot);
        }
        self.vacate(ticket, slot);
    }

    #[cold]
    fn report_unseen(&self, ticket: u64, slot: &Slot) {
        let key = slot.key.get();
        let place = self.place_of(ticket);
        let (kind, task, message) = if key & FAILED != 0 {
            let payload = self.extra(slot, |extra| {
                extra
                    .payload
                    .as_ref()
                    .map(|payload| message_of(&**payload).to_string())
            });
            let why = payload.flatten().unwrap_or_default();
            let name = self.name_of(ticket);
            let message = format!("Task exception was never retrieved: it panicked: {why}");
            (ReportKind::PanicNeverRetrieved, name, message)
        } else {
            let object = slot.object.borrow();
            let unread = key & (CANCELLED | RETRIEVED) == 0
                && object.as_ref().is_some_and(|o| o.holds_output());
            if !unread {
                return;
            }
            let message = "Task result was never retrieved".to_string();
            (
                ReportKind::ResultNeverRetrieved,
                self.name_of(ticket),
                message,
            )
        };
        self.report_later(Report {
            kind,
            message,
            task,
            place,
            error: None,
        });
    }
}
