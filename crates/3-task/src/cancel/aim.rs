//! Aiming: how a cancel gets from a scope to its region.
//!
//! The problem: a region is a future somewhere inside a task, and only polling it
//! reaches it. So a cancel of its scope is a note, left where the region looks when
//! it is polled, and the task has to be woken so that it is polled.
//!
//! ```text
//!   scope.cancel()   the region awaits a task or a promise: that one is cancelled
//!        |           first, and the answer is looked at when it has ended   (C05)
//!        v           else: the task is woken, and the region finds the request
//!   next iteration   poll(region): due? -> drop what it holds, Err(Cancelled)
//! ```
//!
//! Invariants:
//! 1. A request ends at most one region.
//! 2. A region that is polled with a foreign waker is woken through that.
//! 3. What is awaited in the region is cancelled first, and may refuse. Whether it
//!    did is noted at its end, for by the next poll it may have gone.
//!
//! Read next: `cancel/catch.rs`.

use std::task::Waker;

use crate::cancel::deliver::{Beneath, came_back};
use crate::cancel::scope::Scope;
use crate::cancel::{Asker, Cancels, Next};
use crate::core::Core;
use crate::core::caller::Caller;
use crate::store::key::Mark;
use crate::store::slot::Slot;
use crate::store::ticket::index;
use crate::wait::open;

impl Cancels {
    /// A region suspended: where it is, and what is waited for in it. A cancel
    /// that came while it ran now has a place to go to.
    #[inline]
    pub(crate) fn scope_suspended(
        &self,
        core: &Core,
        number: u32,
        wait: u64,
        caller: Caller<'_>,
    ) -> Next {
        let ticket = core.current();
        let kept = self.own_scope(number, |scope| {
            scope.ticket = ticket;
            scope.wait = wait;
            scope.waker.is_some()
        });
        if !caller.is(ticket) {
            self.keep_waker(number, caller.waker());
        } else if kept == Some(true) {
            self.forget_waker(number);
        }
        if self.requests.get() != 0 {
            return self.aim_requested(core, number);
        }
        Next::Nothing
    }

    #[cold]
    fn aim_requested(&self, core: &Core, number: u32) -> Next {
        let ready = |scope: &mut Scope| scope.requested && scope.forwarded == 0;
        match self.own_scope(number, ready) {
            Some(true) => self.aim(core, number),
            _ => Next::Nothing,
        }
    }

    /// The region was polled with a foreign waker: a cancel goes through that.
    #[cold]
    fn keep_waker(&self, number: u32, waker: &Waker) {
        let same = |known: &Waker| known.will_wake(waker);
        if self.own_scope(number, |scope| scope.waker.as_ref().is_some_and(same)) != Some(true) {
            let waker = waker.clone();
            let before = self.own_scope(number, |scope| scope.waker.replace(waker));
            drop(before);
        }
    }

    /// The region is polled by the task itself again: the executor that polled it before
    /// would be woken for nothing.
    #[cold]
    fn forget_waker(&self, number: u32) {
        let before = self.own_scope(number, |scope| scope.waker.take());
        drop(before);
    }

    /// Whether a cancel of a scope is to be delivered into its region now. Asking takes
    /// it, and it is then the task's.
    #[cold]
    pub(super) fn scope_due(&self, core: &Core, number: u32) -> bool {
        let requested = self.own_scope(number, |scope| scope.requested.then_some(scope.forwarded));
        let Some(forwarded) = requested.flatten() else {
            return false;
        };
        let (due, answered) = match core.slot_of(forwarded) {
            _ if forwarded == 0 => (true, true),
            None => (false, true),
            Some(target) => (target.is_cancelled(), target.is_done()),
        };
        if answered {
            self.own_scope(number, |scope| {
                self.end_request(scope);
                scope.forwarded = 0;
            });
        }
        due
    }

    /// What the scopes handed their cancel on to has ended by it: from now on the
    /// cancel is due in their own regions.
    pub(super) fn bring_back_scopes(&self, from: u64, scopes: Vec<u32>) {
        for number in scopes {
            self.own_scope(number, |scope| {
                // The number may have gone to another scope since.
                if scope.forwarded == from {
                    scope.forwarded = 0;
                }
            });
        }
    }

    /// Cancels what runs in a scope.
    pub(crate) fn ask_scope(&self, beneath: Beneath<'_>, scope: u64) -> Next {
        let core = beneath.core;
        let number = index(scope);
        let ticket = self.scope(scope, |scope| {
            if !std::mem::replace(&mut scope.requested, true) {
                self.requests.set(self.requests.get() + 1);
            }
            scope.called = true;
            scope.ticket
        });
        let Some(suspended) = ticket else {
            return Next::Nothing;
        };
        let ticket = self.task_of(core, suspended);
        let Some(slot) = core.slot_of(ticket).filter(|slot| !slot.is_done()) else {
            return Next::Nothing;
        };
        self.count(beneath, ticket, slot, None);
        self.own_scope(number, |scope| scope.counted += 1);
        if core.current() != ticket {
            return self.aim(core, number);
        }
        self.may_be_revoked(core, number, slot);
        if suspended == 0 {
            return Next::Nothing;
        }
        // Another part of the running task cancels it: one more step is due.
        match self.take_waker(number) {
            Some(waker) => Next::WakeForeign(waker),
            None => Next::Wake(ticket),
        }
    }

    /// The cancel of a scope waits for the next step of the task in this slot, and
    /// nothing has happened by it yet.
    pub(super) fn may_be_revoked(&self, core: &Core, number: u32, slot: &Slot) {
        self.own_scope(number, |scope| scope.revocable = true);
        core.extra_mut(slot, |extra| extra.revocable = true);
    }

    /// No cancel of this task counts any more: what waits for its next step does
    /// not take place (C10).
    pub(super) fn revoke(&self, core: &Core, ticket: u64, slot: &Slot) {
        if !core.extra_mut(slot, |extra| std::mem::take(&mut extra.revocable)) {
            return;
        }
        // A scope that has not suspended is the running task's.
        let fresh = if core.current() == ticket { 0 } else { ticket };
        for scope in self.scopes.borrow_mut().iter_mut() {
            if [ticket, fresh].contains(&scope.ticket) && scope.revocable {
                self.end_request(scope);
            }
        }
    }

    /// Takes the waker out by which the region is woken, if it is not the task itself.
    fn take_waker(&self, number: u32) -> Option<Waker> {
        self.own_scope(number, |scope| scope.waker.take()).flatten()
    }

    /// Brings a cancel on its way: to what the region awaits, or to the region.
    fn aim(&self, core: &Core, number: u32) -> Next {
        let place = self.own_scope(number, |scope| {
            (scope.ticket, scope.wait, scope.waker.take())
        });
        let (ticket, wait) = match place {
            None => return Next::Nothing,
            Some((_, _, Some(waker))) => return Next::WakeForeign(waker),
            Some((ticket, wait, None)) => (ticket, wait),
        };
        if let Some(slot) = core.slot_of(ticket).filter(|slot| slot.is_scheduled()) {
            came_back(core, slot);
            self.may_be_revoked(core, number, slot);
            return Next::Nothing;
        }
        self.own_scope(number, |scope| scope.revocable = false);
        let Some((_, target)) = open(core, wait) else {
            if let Some(slot) = core.slot_of(ticket) {
                slot.mark(Mark::Asked, true);
                core.extra_mut(slot, |extra| extra.reason_stands = true);
            }
            return Next::Wake(ticket);
        };
        let before = self.own_scope(number, |scope| {
            std::mem::replace(&mut scope.forwarded, wait)
        });
        core.extra_mut(target, |extra| {
            if !extra.asked_by.contains(&number) {
                extra.asked_by.push(number);
            }
        });
        let asker = Asker::Scope {
            number,
            ticket,
            before: before == Some(wait),
        };
        match target.has(Mark::Promise) {
            true => Next::CancelPromise {
                asker,
                ticket: wait,
                reason: None,
            },
            false => Next::CancelTask {
                asker,
                ticket: wait,
            },
        }
    }
}
