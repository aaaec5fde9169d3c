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
//!   a step suspends -> deliver      ──Next──>            └─> cancel ──┐
//!                      Cancels::refused(asker) <── not accepted ──────┘
//! ```
//!
//! Invariants:
//! 1. The hook of a promise is called here, and nowhere else.
//! 2. A task or scope that handed a cancel on learns if it was refused.
//!
//! Read next: `run/close.rs`.

use std::rc::Rc;

use crate::cancel::Next;
use crate::run::Scheduler;
use crate::store::key::{Ending, Mark};
use crate::store::object::Root;
use crate::store::slot::Slot;

impl Scheduler {
    /// Asks a task to stop, or ends a promise, through its hook if it has one: for a
    /// caller that kept only the ticket, as another thread must. False if it is done.
    pub fn cancel(self: &Rc<Self>, ticket: u64, reason: Option<&Rc<str>>) -> bool {
        let open = |slot: &&Slot| !slot.is_done() && !slot.has(Mark::Callback);
        let Some(slot) = self.core.slot_of(ticket).filter(open) else {
            return false;
        };
        if slot.has(Mark::Promise) {
            return match self.core.extra(slot, |extra| extra.hook.clone()).flatten() {
                Some(hook) => hook(reason),
                None => self.end_promise(ticket, slot, reason.cloned()),
            };
        }
        let beneath = (&self.core, &self.trace);
        self.carry_out(self.cancels.ask(beneath, (ticket, slot), reason));
        true
    }

    /// Does what a cancel wants done next.
    #[cold]
    pub(crate) fn carry_out(self: &Rc<Self>, next: Option<Next>) {
        match next {
            None => {}
            Some(Next::Wake(ticket)) => self.wake(ticket),
            Some(Next::WakeForeign(waker)) => self.wake_stranger(waker),
            Some(Next::Cancel(asker, ticket, reason)) => {
                let accepted = self.cancel(ticket, reason.as_ref());
                if !accepted {
                    self.cancels.refused(&self.core, &asker);
                }
            }
        }
    }

    /// Ends a promise that is not done as cancelled, past any hook; gives true.
    pub(crate) fn end_promise(
        self: &Rc<Self>,
        ticket: u64,
        slot: &Slot,
        reason: Option<Rc<str>>,
    ) -> bool {
        if reason.is_some() {
            (self.core).extra_mut(slot, |extra| extra.reason = reason);
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
