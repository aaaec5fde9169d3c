//! Cancelling: what a cancel wants done next, and the answers.
//!
//! The problem: a cancel walks through slots and scopes, which is a matter of tables,
//! and at its end wakes a task, calls a foreign waker, or asks a promise, which may
//! have a hook of the user's. The first is [`Cancels`](crate::cancel::Cancels), the
//! second is here.
//!
//! ```text
//!   cancel(ticket) ──> Cancels::ask ──Next──> carry_out ─┬─> wake
//!   scope.cancel() ──> ask_scope    ──Next──>            ├─> a foreign waker
//!   a step suspends -> deliver      ──Next──>            ├─> cancel (a task)  ──┐
//!                                                        └─> cancel_promise   ──┤
//!                      Cancels::refused(asker) <── not accepted ────────────────┘
//! ```
//!
//! Invariants:
//! 1. The hook of a promise is called here, and nowhere else.
//! 2. A task or scope that handed a cancel on learns if it was refused.
//!
//! Read next: `run/panics.rs`.

use std::rc::Rc;

use crate::cancel::Next;
use crate::cancel::state::{CancelMove, CancelState};
use crate::run::Scheduler;
use crate::store::key::{Ending, Mark, PENDING};
use crate::store::object::Root;
use crate::store::slot::Slot;

impl Scheduler {
    /// Asks a task to stop; false if it is done already.
    pub(crate) fn cancel(self: &Rc<Self>, ticket: u64, reason: Option<&Rc<str>>) -> bool {
        let open = |slot: &&Slot| !slot.is_done() && !slot.has(Mark::Callback);
        let Some(slot) = self.core.slot_of(ticket).filter(open) else {
            return false;
        };
        let beneath = (&self.core, &self.trace);
        self.carry_out(self.cancels.ask(beneath, (ticket, slot), reason));
        true
    }

    /// Cancels the task of a ticket: for a caller that kept only the number, as
    /// another thread must. False if the task is done or has gone.
    pub fn cancel_ticket(self: &Rc<Self>, ticket: u64) -> bool {
        self.cancel(ticket, None)
    }

    /// Cancels what runs in a scope.
    pub(crate) fn cancel_scope(self: &Rc<Self>, scope: u64) {
        let next = self.cancels.ask_scope((&self.core, &self.trace), scope);
        self.carry_out(next);
    }

    /// A step has suspended: a cancel by the task itself now has a place (C09).
    pub(super) fn deliver_own(self: &Rc<Self>, ticket: u64, slot: &Slot) {
        if CancelState::of(slot).has(PENDING) && !slot.is_scheduled() {
            CancelState::step(slot, CancelMove::TakeBack);
            let next = self.cancels.deliver((&self.core, &self.trace), ticket);
            self.carry_out(next);
        }
    }

    /// Does what a cancel wants done next.
    #[inline]
    pub(crate) fn carry_out(self: &Rc<Self>, next: Option<Next>) {
        if let Some(next) = next {
            self.carry_out_slow(next);
        }
    }

    #[cold]
    fn carry_out_slow(self: &Rc<Self>, next: Next) {
        match next {
            Next::Wake(ticket) => self.wake(ticket),
            Next::WakeForeign(waker) => self.wake_stranger(waker),
            Next::Cancel(asker, ticket, reason) => {
                let slot = self.core.slot_of(ticket);
                let accepted = match slot.is_some_and(|slot| slot.has(Mark::Promise)) {
                    true => self.cancel_promise(ticket, reason.as_ref()),
                    false => self.cancel(ticket, reason.as_ref()),
                };
                if !accepted {
                    self.cancels.refused(&self.core, &asker);
                }
            }
        }
    }

    /// Cancels a promise, through its hook if it has one.
    pub(crate) fn cancel_promise(self: &Rc<Self>, ticket: u64, reason: Option<&Rc<str>>) -> bool {
        let Some(slot) = self.core.slot_of(ticket).filter(|slot| !slot.is_done()) else {
            return false;
        };
        match self.core.extra(slot, |extra| extra.hook.clone()).flatten() {
            Some(hook) => hook(reason),
            None => self.end_promise(ticket, reason),
        }
    }

    /// Ends a promise as cancelled, past any hook; false if it is done.
    pub(crate) fn end_promise(self: &Rc<Self>, ticket: u64, reason: Option<&Rc<str>>) -> bool {
        let Some(slot) = self.core.slot_of(ticket).filter(|slot| !slot.is_done()) else {
            return false;
        };
        if let Some(reason) = reason {
            (self.core).extra_mut(slot, |extra| extra.reason = Some(reason.clone()));
        }
        self.cancels.bring_back(&self.core, ticket, slot);
        self.complete(ticket, slot, Ending::Cancelled);
        true
    }

    /// Drops the future of a task and ends it as cancelled.
    pub(super) fn end_cancelled(self: &Rc<Self>, entry: u64, slot: &Slot, root: &mut dyn Root) {
        self.drop_future(slot, root);
        self.cancels.bring_back(&self.core, entry, slot);
        self.complete(entry, slot, Ending::Cancelled);
    }
}
