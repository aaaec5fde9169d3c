//! Cancelling: what a cancel wants done next, and the answers.
//!
//! The problem: a cancel walks through slots and scopes, which is a matter of tables, for
//! [`Cancels`](crate::cancel::Cancels). At its end it wakes a task, calls a foreign
//! waker, or asks a promise, which may have a hook of the user's. That is done here.
//!
//! ```text
//!   cancel(ticket) ──> Cancels::ask ──Next──> carry_out ─┬─> wake
//!   scope.cancel() ──> ask_scope    ──Next──>            ├─> a foreign waker
//!   a step suspends -> deliver_own  ──Next──>            ├─> cancel (a task)  ──┐
//!                                                        └─> cancel_promise   ──┤
//!                      Cancels::answered(asker, accepted) <─────────────────────┘
//! ```
//!
//! Invariants:
//! 1. The hook of a promise is called here, and nowhere else.
//! 2. Each cancel that was handed on is answered.
//!
//! Read next: `run/close.rs`, the end of all.

use std::rc::Rc;

use crate::cancel::Next;
use crate::cancel::deliver::Beneath;
use crate::run::Scheduler;
use crate::store::key::Ending;
use crate::store::main_future::Root;
use crate::store::slot::Slot;

impl Scheduler {
    pub(super) fn beneath(&self) -> Beneath<'_> {
        Beneath {
            core: &self.core,
            waits: &self.waits,
            trace: &self.trace,
        }
    }

    /// Asks a task to stop; false if it is done already.
    pub(crate) fn cancel(self: &Rc<Self>, ticket: u64, reason: Option<&Rc<str>>) -> bool {
        let Some(next) = self.cancels.ask(self.beneath(), ticket, reason) else {
            return false;
        };
        self.carry_out(next);
        true
    }

    /// Cancels the task of a ticket: for a caller that kept only the number, as
    /// another thread must. False if the task is done or has gone.
    pub fn cancel_ticket(self: &Rc<Self>, ticket: u64) -> bool {
        self.cancel(ticket, None)
    }

    /// Cancels what runs in a scope.
    pub(crate) fn cancel_scope(self: &Rc<Self>, scope: u64) {
        let next = self.cancels.ask_scope(self.beneath(), scope);
        self.carry_out(next);
    }

    /// Does what a cancel wants done next.
    #[inline]
    pub(crate) fn carry_out(self: &Rc<Self>, next: Next) {
        if !matches!(next, Next::Nothing) {
            self.carry_out_slow(next);
        }
    }

    #[cold]
    fn carry_out_slow(self: &Rc<Self>, next: Next) {
        let (asker, accepted) = match next {
            Next::Nothing => return,
            Next::Wake(ticket) => return self.wake(ticket),
            Next::WakeForeign(waker) => return self.wake_stranger(waker),
            Next::CancelTask { asker, ticket } => (asker, self.cancel(ticket, None)),
            Next::CancelPromise {
                asker,
                ticket,
                reason,
            } => (asker, self.cancel_promise(ticket, reason.as_ref())),
        };
        self.cancels.answered(&self.core, asker, accepted);
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
        if let Some(reason) = reason.cloned() {
            let before = self
                .core
                .extra_mut(slot, |extra| extra.reason.replace(reason));
            drop(before);
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
