//! Aiming: how a cancel gets from a scope to its region.
//!
//! The problem: a region is a future somewhere inside a task, and only polling reaches
//! it. So a cancel of its scope is a note, left where the region looks when it is
//! polled, and the task is woken so that it is.
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

use crate::cancel::deliver::came_back;
use crate::cancel::scope::{Scope, ticket_or_current};
use crate::cancel::{Asker, Cancels, Next};
use crate::core::Core;
use crate::core::caller::Caller;
use crate::observe::trace::Trace;
use crate::store::key::Mark;
use crate::store::slot::Slot;
use crate::store::ticket::index;
use crate::wait::words::open;

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
            self.set_waker(number, Some(caller.waker()));
        } else if kept == Some(true) {
            self.set_waker(number, None);
        }
        let ready = |scope: &mut Scope| scope.requested && scope.forwarded == 0;
        match self.requests.get() {
            0 => Next::Nothing,
            _ if self.own_scope(number, ready) == Some(true) => self.aim(core, number),
            _ => Next::Nothing,
        }
    }

    /// Sets by which waker the region is woken, none if it is polled by the task
    /// itself; gives the one before, if it was another.
    #[cold]
    fn set_waker(&self, number: u32, waker: Option<&Waker>) -> Option<Waker> {
        let same = |scope: &mut Scope| match (&scope.waker, waker) {
            (Some(known), Some(waker)) => known.will_wake(waker),
            _ => false,
        };
        if self.own_scope(number, same) == Some(true) {
            return None;
        }
        let waker = waker.cloned();
        let set = |scope: &mut Scope| std::mem::replace(&mut scope.waker, waker);
        self.own_scope(number, set).flatten()
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
            None => (forwarded == 0, true),
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

    /// Cancels what runs in a scope.
    pub(crate) fn ask_scope(&self, (core, trace): (&Core, &Trace), scope: u64) -> Next {
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
        let ticket = ticket_or_current(core, suspended);
        let Some(slot) = core.slot_of(ticket).filter(|slot| !slot.is_done()) else {
            return Next::Nothing;
        };
        self.count((core, trace), ticket, slot, None);
        self.own_scope(number, |scope| scope.counted += 1);
        if core.current() != ticket {
            return self.aim(core, number);
        }
        self.may_be_revoked(core, number, slot);
        if suspended == 0 {
            return Next::Nothing;
        }
        // Another part of the running task cancels it: one more step is due.
        let waker = self.set_waker(number, None);
        waker.map_or(Next::Wake(ticket), Next::WakeForeign)
    }

    /// The cancel of a scope waits for the next step of the task in this slot, and
    /// nothing has happened by it yet.
    pub(super) fn may_be_revoked(&self, core: &Core, number: u32, slot: &Slot) {
        self.own_scope(number, |scope| scope.revocable = true);
        core.extra_mut(slot, |extra| extra.revocable = true);
    }

    /// Brings a cancel on its way: to what the region awaits, or to the region.
    fn aim(&self, core: &Core, number: u32) -> Next {
        let (ticket, wait) = match self.own_scope(number, |scope| {
            (scope.ticket, scope.wait, scope.waker.take())
        }) {
            Some((ticket, wait, None)) => (ticket, wait),
            Some((_, _, Some(waker))) => return Next::WakeForeign(waker),
            None => return Next::Nothing,
        };
        let Some(slot) = core.slot_of(ticket) else {
            return Next::Nothing;
        };
        if slot.is_scheduled() {
            came_back(core, slot);
            self.may_be_revoked(core, number, slot);
            return Next::Nothing;
        }
        let awaited = open(core, wait);
        let before = self.own_scope(number, |scope| {
            scope.revocable = false;
            match awaited {
                Some(_) => std::mem::replace(&mut scope.forwarded, wait) == wait,
                None => false,
            }
        });
        let Some((_, target)) = awaited else {
            slot.mark(Mark::Asked, true);
            core.extra_mut(slot, |extra| extra.reason_stands = true);
            return Next::Wake(ticket);
        };
        core.extra_mut(target, |extra| {
            if !extra.asked_by.contains(&number) {
                extra.asked_by.push(number);
            }
        });
        let asker = Asker {
            ticket,
            scope: number,
            before: before == Some(true),
        };
        Next::Cancel(asker, wait, None)
    }
}
