//! The end of a task, a callback or a promise, and who is told of it.
//!
//! The problem: several must learn of an end, in the order in which they came, and none
//! of them may run right now. Then the slot waits for somebody to take the value, or, if
//! nobody can any more, is given back; and a failure that nobody has seen must not go
//! with it unsaid.
//!
//! ```text
//!   complete ──> the ticket in the slot: woken    ──> detached? ──yes──> abandon
//!                the list of waiters: woken,                │             (unseen: reported)
//!                called, notified, in order                 no: the value waits
//! ```
//!
//! Invariants:
//! 1. The future is dropped before anybody learns that it is done.
//! 2. Nobody who waits is run from here; foreign wakers are called, and may panic.
//! 3. A chain of values, each with the last handle of the next, goes in any length, also
//!    if the drop of one of them panics.
//! 4. A cancel that is still to be delivered wins over a value (C06, C09).
//!
//! Read next: `run/observing.rs`.

use std::any::Any;
use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use crate::cancel::state::CancelState;
use crate::error::{message_of, text_of};
use crate::run::Scheduler;
use crate::run::report::{DROPPED, Report, ReportKind};
use crate::store::key::{Ending, Mark, PENDING};
use crate::store::object::Root;
use crate::store::slot::Slot;
use crate::store::ticket::Entry;
use crate::store::waiters::Waiter;

impl Scheduler {
    /// Drops the future of a task, wherever it lives. A panic in that drop is caught
    /// where all panics of a turn are, and the task then counts as panicked.
    pub(super) fn drop_future(&self, slot: &Slot, root: &mut dyn Root) {
        if slot.has(Mark::Main) {
            root.clear();
        } else {
            drop_content(slot);
        }
    }

    /// A task, callback or promise is done: those who wait are told, in the order
    /// in which they came.
    #[inline]
    pub(crate) fn complete(self: &Rc<Self>, ticket: u64, slot: &Slot, how: Ending) {
        if slot.ends_plainly() {
            self.end(ticket, slot, how);
        } else {
            self.end_rare(ticket, slot, how);
        }
    }

    /// The end itself, when it is known how and told.
    #[inline(always)]
    fn end(self: &Rc<Self>, ticket: u64, slot: &Slot, how: Ending) {
        slot.end(how);
        if slot.waiter() != 0 {
            if slot.has(Mark::Group) {
                if self.groups.note_end(&self.core, slot.group(), how) {
                    self.core.push(Entry::NotifyGroup.pack(ticket));
                } else {
                    slot.set_group(0);
                }
            } else {
                self.wake(slot.set_waiter(0));
            }
        }
        if slot.extra() != 0 {
            self.complete_more(slot, how);
        }
        if slot.has(Mark::Detached) {
            self.abandon(ticket, slot);
        }
    }

    /// The end of a task that has a cancel pending, or of what is observed.
    #[cold]
    fn end_rare(self: &Rc<Self>, ticket: u64, slot: &Slot, mut how: Ending) {
        let mut cancelled = CancelState::of(slot).has(PENDING);
        if slot.has(Mark::Raised) {
            self.cancels.end_raised(slot); // and was leaked, or it would have come back
            cancelled = true;
        }
        if cancelled && how == Ending::Returned && slot.is_task() {
            // It cancelled itself and returned without suspending: cancelled (C09).
            self.report_overtaken(ticket, slot);
            drop_content(slot);
            self.cancels.bring_back(&self.core, ticket, slot);
            how = Ending::Cancelled;
        }
        let observed = slot.has(Mark::Observed);
        if observed && slot.has(Mark::Promise) {
            slot.end(how); // before a sink is told: it can neither set nor cancel it again
        }
        let by = observed.then(|| self.tell_end(ticket, slot, how)).flatten();
        if !slot.is_of(ticket) {
            return; // the sink has dropped the last handle
        }
        match by {
            Some(by) => self.caused(by, || self.end(ticket, slot, how)),
            None => self.end(ticket, slot, how),
        }
    }

    /// A cancel takes the place of what a task has returned, which may be an error.
    fn report_overtaken(&self, ticket: u64, slot: &Slot) {
        let fallible = slot.content(|object| object.as_ref().get_ref().fallible());
        if let Some(name) = fallible.flatten() {
            let message = format!(
                "Task result was lost to a cancel: it returned a {name}, which may be an Err, while \
                 a cancel of it was pending; await something before the return, and the cancel is \
                 delivered there, or keep the error elsewhere"
            );
            self.report_later(self.about(ticket, slot, (ReportKind::ErrorOvertaken, message)));
        }
    }

    /// The waiters after the first.
    #[cold]
    fn complete_more(self: &Rc<Self>, slot: &Slot, how: Ending) {
        let waiters = (self.core).extra_mut(slot, |extra| std::mem::take(&mut extra.waiters));
        for waiter in waiters.take_all() {
            match waiter {
                Waiter::Ticket(ticket) => self.wake(ticket),
                Waiter::Group { group, member } => {
                    if self.groups.note_end(&self.core, (group, member), how) {
                        self.report_member(group, member, how);
                    }
                }
                Waiter::Proxy(proxy) => self.end_proxy(proxy, how, self.core.reason(slot)),
                Waiter::Callback(callback, locals) => self.schedule_done(callback, locals),
                Waiter::Waker(waker) => self.wake_stranger(waker),
            }
        }
    }

    /// Nobody holds a handle of what is done, or of a promise: it goes, and if it failed
    /// unseen, that is told.
    #[inline]
    pub(crate) fn abandon(&self, ticket: u64, slot: &Slot) {
        if slot.failed_unseen() || slot.has(Mark::Observed) {
            return self.abandon_rare(ticket, slot);
        }
        self.vacate(ticket, slot);
    }

    #[cold]
    fn abandon_rare(&self, ticket: u64, slot: &Slot) {
        if slot.failed_unseen() || (slot.is_task() && self.is_debug()) {
            self.report_unseen(ticket, slot);
        }
        let pending = slot.has(Mark::Promise).then(|| self.dropped(ticket, slot));
        self.vacate(ticket, slot);
        self.tell_dropped(pending.flatten());
    }

    #[cold]
    fn report_unseen(&self, ticket: u64, slot: &Slot) {
        let mut error = None;
        let what = if slot.has(Mark::Promise) {
            let mut look = |shown: &dyn Any| error = shown.downcast_ref::<Rc<dyn Error>>().cloned();
            slot.content(|object| object.show(&mut look));
            let why = error.as_ref().map(|error| text_of(&**error));
            let why = why.unwrap_or_default();
            let message = format!("Promise exception was never retrieved: {why}");
            (ReportKind::ErrorNeverRetrieved, message)
        } else if slot.exit() == Some(Ending::Failed) {
            let payload = self.core.extra(slot, |extra| {
                let payload = extra.payload.as_ref()?;
                Some(message_of(&**payload).to_string())
            });
            let why = payload.flatten().unwrap_or_default();
            let message = format!("Task exception was never retrieved: it panicked: {why}");
            (ReportKind::PanicNeverRetrieved, message)
        } else if slot.has_returned() && !slot.has(Mark::Seen) {
            let mut missed = false; // nobody misses a `()`
            let mut look = |output: &dyn Any| missed = !output.is::<()>();
            if !self.core.show_shared(slot, &mut look) {
                slot.content(|object| object.show(&mut look));
            }
            if !missed {
                return;
            }
            let message = "Task result was never retrieved".to_string();
            (ReportKind::ResultNeverRetrieved, message)
        } else {
            return;
        };
        let report = self.about(ticket, slot, what);
        self.report_later(Report { error, ..report });
    }

    /// Something is left that nobody has a handle of. The value in it may hold the last
    /// handle of the next, and so on: from a depth on, what is left waits until those
    /// before it have gone.
    #[inline]
    pub(crate) fn let_go(&self, ticket: u64) {
        let depth = self.leaving.get();
        if depth == DEEP {
            return self.left.borrow_mut().push_back(ticket);
        }
        let _deeper = Deeper(self);
        self.leaving.set(depth + 1);
        self.go(ticket);
    }

    #[inline]
    fn go(&self, ticket: u64) {
        if let Some(slot) = self.core.slot_of(ticket) {
            self.abandon(ticket, slot);
        }
    }

    /// Drops those that were too deep. The dropper of the first has no part in them, and
    /// may be unwinding: a panic of one is reported.
    #[cold]
    fn go_left(&self) {
        loop {
            let next = self.left.borrow_mut().pop_front();
            let Some(ticket) = next else { break };
            if let Err(payload) = catch_unwind(AssertUnwindSafe(|| self.go(ticket))) {
                self.caught(DROPPED, payload);
            }
        }
    }
}

/// Drops what stands in the box of a slot, which is the user's, outside of the slot.
#[cold]
fn drop_content(slot: &Slot) {
    if let Some(object) = slot.lend().object() {
        object.clear();
    }
}

/// How many last handles may be dropped one inside the other.
const DEEP: u32 = 64;

/// One that is being dropped inside another; also a panic ends it. The outermost sees to
/// those that were too deep, while it still counts.
struct Deeper<'a>(&'a Scheduler);

impl Drop for Deeper<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.0.leaving.get() == 1 && !self.0.left.borrow().is_empty() {
            self.0.go_left();
        }
        self.0.leaving.set(self.0.leaving.get() - 1);
    }
}

#[cfg(test)]
#[path = "../../tests/unit/finish.rs"]
mod tests;
