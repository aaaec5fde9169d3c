//! Aiming: how a cancel gets from a scope to its region.
//!
//! The problem: a region is a future somewhere inside a task, and only polling it
//! reaches it. So a cancel of its scope is a note, left where the region looks when
//! it is polled, and somebody has to see to it that it is polled.
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
//! 2. A region that somebody polls with a waker of their own is woken through that.
//! 3. What is awaited in the region is cancelled first, and may refuse. Whether it
//!    did is noted at its end, for by the next poll it may have gone.
//!
//! Read next: `local.rs`, what a task has for itself.

use std::rc::Rc;
use std::task::{Context, Waker};

use crate::scheduler::Scheduler;
use crate::scopes::Scope;
use crate::slot::Slot;
use crate::ticket::{ASKED, CANCELLED, DONE, LOOP, PROMISE, SCHED, index};
use crate::waker::ticket_of;

impl Scheduler {
    /// A region suspended: where it is, and what is waited for in it. A cancel
    /// that came while it ran now has a place to go to.
    #[inline]
    pub(crate) fn scope_suspended(self: &Rc<Self>, number: u32, wait: u64, cx: &Context<'_>) {
        let ticket = self.current.get();
        let kept = self.own_scope(number, |scope| {
            scope.ticket = ticket;
            scope.wait = wait;
            scope.waker.is_some()
        });
        if ticket_of(cx) != Some(ticket) {
            self.keep_waker(number, cx);
        } else if kept == Some(true) {
            self.forget_waker(number);
        }
        if self.requests.get() != 0 {
            self.aim_requested(number);
        }
    }

    #[cold]
    fn aim_requested(self: &Rc<Self>, number: u32) {
        let ready = |scope: &mut Scope| scope.requested && scope.forwarded == 0;
        if self.own_scope(number, ready) == Some(true) {
            self.aim(number);
        }
    }

    /// The region was polled with somebody's own waker: a cancel goes through that.
    #[cold]
    fn keep_waker(&self, number: u32, cx: &Context<'_>) {
        let same = |waker: &Waker| waker.will_wake(cx.waker());
        if self.own_scope(number, |scope| scope.waker.as_ref().is_some_and(same)) != Some(true) {
            let waker = cx.waker().clone();
            let before = self.own_scope(number, |scope| scope.waker.replace(waker));
            drop(before);
        }
    }

    /// The region is polled by the task itself again: whoever polled it before would
    /// be woken for nothing.
    #[cold]
    fn forget_waker(&self, number: u32) {
        let before = self.own_scope(number, |scope| scope.waker.take());
        drop(before);
    }

    /// Whether a cancel is to be delivered into a region now, be it the task's or
    /// one of its scope. Asking takes that of the scope, which is then the task's.
    #[inline]
    pub(crate) fn delivers_into(&self, number: u32) -> bool {
        if self.requests.get() != 0 && self.scope_due(number) {
            self.delivering.set(true);
        }
        self.delivering.get()
    }

    #[cold]
    fn scope_due(&self, number: u32) -> bool {
        let requested = self.own_scope(number, |scope| scope.requested.then_some(scope.forwarded));
        let Some(forwarded) = requested.flatten() else {
            return false;
        };
        let (due, answered) = match self.slot_of(forwarded) {
            _ if forwarded == 0 => (true, true),
            None => (false, true),
            Some(target) => {
                let key = target.key.get();
                let cancelled = key & (DONE | CANCELLED) == DONE | CANCELLED;
                (cancelled, key & DONE != 0)
            }
        };
        if answered {
            self.own_scope(number, |scope| {
                self.end_request(scope);
                scope.forwarded = 0;
            });
        }
        due
    }

    /// Nothing is on its way into the region any more.
    pub(crate) fn end_request(&self, scope: &mut Scope) {
        scope.revocable = false;
        if std::mem::take(&mut scope.requested) {
            self.requests.set(self.requests.get() - 1);
        }
    }

    /// What the scopes handed their cancel on to has ended by it: from now on the
    /// cancel is due in their own regions.
    pub(crate) fn bring_back_scopes(&self, from: u64, scopes: Vec<u32>) {
        for number in scopes {
            self.own_scope(number, |scope| {
                // The number may have gone to another scope since.
                if scope.forwarded == from {
                    scope.forwarded = 0;
                }
            });
        }
    }

    /// Puts the ticket of a scope into the ready queue: it is cancelled from there.
    pub(crate) fn post_scope(&self, scope: u64) {
        self.scope(scope, |scope| scope.posted = true);
        self.push(scope);
    }

    /// Takes a ticket back that was put into the ready queue by
    /// [`fire`](Scheduler::fire), if it has not been redeemed.
    pub fn retract_scope(&self, scope: u64) {
        self.scope(scope, |scope| scope.posted = false);
    }

    /// The ticket of a scope is redeemed.
    pub(crate) fn redeem_posted(self: &Rc<Self>, scope: u64) {
        let posted = self.scope(scope, |scope| std::mem::take(&mut scope.posted));
        if posted == Some(true) {
            self.cancel_scope(scope);
        }
    }

    /// Cancels what runs in a scope.
    pub(crate) fn cancel_scope(self: &Rc<Self>, scope: u64) {
        let number = index(scope);
        let ticket = self.scope(scope, |scope| {
            if !std::mem::replace(&mut scope.requested, true) {
                self.requests.set(self.requests.get() + 1);
            }
            scope.called = true;
            scope.ticket
        });
        let Some(suspended) = ticket else { return };
        let ticket = self.ticket_or_current(suspended);
        let Some(slot) = self
            .slot_of(ticket)
            .filter(|slot| slot.key.get() & DONE == 0)
        else {
            return;
        };
        self.note_cancel(ticket, slot, None);
        self.own_scope(number, |scope| scope.counted += 1);
        if self.current.get() != ticket {
            return self.aim(number);
        }
        self.may_be_revoked(number, slot);
        if suspended != 0 && !self.wake_elsewhere(number) {
            // Another part of the running task cancels it: one more step is due.
            self.wake(ticket);
        }
    }

    /// The cancel of a scope waits for the next step of the task in this slot, and
    /// nothing has happened by it yet.
    fn may_be_revoked(&self, number: u32, slot: &Slot) {
        self.own_scope(number, |scope| scope.revocable = true);
        self.extra_mut(slot, |extra| extra.revocable = true);
    }

    /// No cancel of this task counts any more: what waits for its next step does
    /// not take place (C10).
    pub(crate) fn revoke(&self, ticket: u64, slot: &Slot) {
        if !self.extra_mut(slot, |extra| std::mem::take(&mut extra.revocable)) {
            return;
        }
        // A scope that has not suspended is the running task's.
        let fresh = if self.current.get() == ticket {
            0
        } else {
            ticket
        };
        for scope in self.scopes.borrow_mut().iter_mut() {
            if [ticket, fresh].contains(&scope.ticket) && scope.revocable {
                self.end_request(scope);
            }
        }
    }

    /// Wakes whoever polls the region, if that is not the task itself.
    fn wake_elsewhere(&self, number: u32) -> bool {
        let waker = self.own_scope(number, |scope| scope.waker.take()).flatten();
        waker.map(|waker| self.wake_stranger(waker)).is_some()
    }

    /// Brings a cancel on its way: to what the region awaits, or to the region.
    fn aim(self: &Rc<Self>, number: u32) {
        let Some((ticket, wait)) = self.own_scope(number, |scope| (scope.ticket, scope.wait))
        else {
            return;
        };
        if self.wake_elsewhere(number) {
            return;
        }
        let scheduled = |slot: &Slot| slot.key.get() & SCHED != 0;
        if let Some(slot) = self.slot_of(ticket).filter(|slot| scheduled(slot)) {
            self.came_back(slot);
            return self.may_be_revoked(number, slot);
        }
        self.own_scope(number, |scope| scope.revocable = false);
        let open = |slot: &&Slot| slot.key.get() & DONE == 0;
        let target = (wait & LOOP == self.tag)
            .then(|| self.slot_of(wait))
            .flatten();
        let Some(target) = target.filter(open) else {
            if let Some(slot) = self.slot_of(ticket) {
                slot.key.set(slot.key.get() | ASKED);
                self.extra_mut(slot, |extra| extra.reason_stands = true);
            }
            return self.wake(ticket);
        };
        let before = self.own_scope(number, |scope| {
            std::mem::replace(&mut scope.forwarded, wait)
        });
        self.extra_mut(target, |extra| {
            if !extra.asked_by.contains(&number) {
                extra.asked_by.push(number);
            }
        });
        let accepted = match target.key.get() & PROMISE {
            0 => self.cancel(wait, None),
            _ => self.cancel_promise(wait, None),
        };
        if !accepted && before != Some(wait) {
            self.own_scope(number, |scope| scope.forwarded = 0);
            if let Some(slot) = self.slot_of(ticket) {
                self.may_be_revoked(number, slot);
            }
        }
    }
}
