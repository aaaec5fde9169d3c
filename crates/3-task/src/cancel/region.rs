//! Regions: how a cancel gets to one, and which of them is the innermost.
//!
//! The problem: a region is a future somewhere inside a task, and only polling reaches
//! it. So a cancel of its scope is a note, left where the region looks when it is
//! polled, and the task is woken so that it is.
//!
//! The innermost region catches, but only the futures know how they are nested. So it
//! shows while polling: a region that suspends leaves a mark, and one that finds a mark
//! from further in is not the innermost.
//!
//! ```text
//!   enter   outside := marks so far; marks := none ──> poll what is inside
//!   leave   ended:      marks := outside
//!           suspended:  marks := outside and inside, and "a region was alive"
//! ```
//!
//! Invariants:
//! 1. A request ends at most one region.
//! 2. A region that is polled with a foreign waker is woken through that.
//! 3. A task or promise awaited in the region is cancelled first, and may refuse (C05).
//!    Whether it did is noted at its end, for by the next poll it may have gone.
//! 4. Each region knows what the futures in it wait for, apart from those beside
//!    it; so an aimed cancel goes to the right awaited task (C05).
//! 5. Marks of one step do not reach the next: the turn clears them.
//! 6. While a cancel that was raised beside a region is out, the region is not polled, and
//!    its own request waits.
//!
//! Read next: `run.rs`, the roof.

use std::task::Waker;

use crate::cancel::deliver::came_back;
use crate::cancel::scopes::place_of;
use crate::cancel::{Asker, Cancels, Next, Scope};
use crate::core::Core;
use crate::observe::Trace;
use crate::store::key::{Ending, Mark};
use crate::store::slot::Slot;
use crate::wait::{add_wait, open};

/// The marks that the futures before and around a region have left in this step.
pub(crate) struct Outside {
    region: bool,
    wait: u64,
}

impl Outside {
    /// Takes back what was awaited inside, also if it was only lent.
    #[inline]
    pub(crate) fn restore_wait(&self, slot: &Slot) {
        slot.set_wait(self.wait);
    }
}

/// While it lives, what is polled is in the region of a scope.
pub(crate) struct Inside<'a> {
    cancels: &'a Cancels,
    /// The scope around it, or 0.
    around: u64,
}

impl Drop for Inside<'_> {
    #[inline]
    fn drop(&mut self) {
        self.cancels.inside.set(self.around);
    }
}

/// What a region asks while it is polled.
impl Cancels {
    /// Whether a cancel is to be delivered into a region now, be it the task's or
    /// one of its scope. Asking takes that of the scope.
    #[inline]
    pub(crate) fn delivers_into(&self, core: &Core, ticket: u64) -> bool {
        if self.requests.get() != 0
            && let Some(scope) = self.scope_due(core, ticket)
        {
            self.join_delivery(scope);
        }
        self.is_delivering()
    }

    /// The ticket of a scope, if a cancel of it is to be delivered into its region now. One
    /// that is delivered already, into this region or one around it, takes it along.
    #[cold]
    fn scope_due(&self, core: &Core, ticket: u64) -> Option<u64> {
        let requested = |scope: &mut Scope| scope.requested.then_some(scope.forwarded);
        let forwarded = self.scope(ticket, requested).flatten()?;
        let (due, answered) = match core.slot_of(forwarded) {
            None => (forwarded == 0, true),
            Some(target) => (target.exit() == Some(Ending::Cancelled), target.is_done()),
        };
        if answered {
            self.scope(ticket, |scope| {
                self.end_request(scope);
                scope.forwarded = 0;
            });
        }
        due.then_some(ticket)
    }

    /// Takes the marks of this step out, so that those set from here on are of what is
    /// inside the region.
    #[inline]
    pub(crate) fn enter(&self, slot: &Slot) -> Outside {
        Outside {
            region: self.region.replace(false),
            wait: slot.set_wait(0),
        }
    }

    /// Begins to poll in the region of a scope, which learns what is around it if
    /// `fresh` says that this is its first poll.
    #[inline]
    pub(crate) fn enter_scope(&self, ticket: u64, fresh: bool) -> Inside<'_> {
        let around = self.inside.replace(ticket);
        if fresh {
            self.scope(ticket, |scope| scope.around = place_of(around));
        }
        let cancels = self;
        Inside { cancels, around }
    }

    /// The region has ended: the mark of a region in it is over.
    #[inline]
    pub(crate) fn leave_ended(&self, outside: &Outside) {
        self.region.set(outside.region);
    }

    /// The region has suspended; gives whether there was a region inside it.
    #[inline]
    pub(crate) fn leave_suspended(&self, slot: &Slot, outside: &Outside) -> bool {
        if outside.wait != 0 {
            add_wait(slot, outside.wait);
        }
        slot.mark(Mark::Region, true);
        self.region.replace(true)
    }

    /// The region is not polled now, and stays as it is.
    #[cold]
    pub(crate) fn pass_by(&self, slot: &Slot) {
        slot.mark(Mark::Region, true);
        self.region.set(true);
    }

    /// A region suspended: where it is, and what is waited for in it. Returns true if a
    /// cancel came while it ran, which now has a place to be [aimed](Self::aim) at. A waker
    /// is given where the task itself does not poll.
    #[inline(always)]
    pub(crate) fn scope_suspended(
        &self,
        core: &Core,
        scope: u64,
        wait: u64,
        foreign: Option<&Waker>,
    ) -> bool {
        let ticket = core.current();
        let kept = self.scope(scope, |scope| {
            if scope.counted != 0 {
                self.move_counts(core, scope, ticket);
            }
            scope.ticket = ticket;
            scope.wait = wait;
            scope.waker.is_some()
        });
        if foreign.is_some() || kept == Some(true) {
            drop(self.set_waker(scope, foreign));
        }
        let ready = |scope: &mut Scope| scope.requested && scope.forwarded == 0;
        self.requests.get() != 0 && self.scope(scope, ready) == Some(true)
    }

    /// Sets by which waker the region is woken, none if it is polled by the task
    /// itself; gives the one before, if it was another.
    #[cold]
    pub(super) fn set_waker(&self, scope: u64, waker: Option<&Waker>) -> Option<Waker> {
        let same = |scope: &mut Scope| match (&scope.waker, waker) {
            (Some(known), Some(waker)) => known.will_wake(waker),
            _ => false,
        };
        if self.scope(scope, same) == Some(true) {
            return None;
        }
        // If the scope has gone meanwhile, the clone is dropped here, under no borrow.
        let mut waker = waker.cloned();
        let swapped = self.scope(scope, |scope| std::mem::swap(&mut scope.waker, &mut waker));
        swapped.and(waker)
    }
}

/// How a cancel gets to it.
impl Cancels {
    /// Cancels what runs in a scope.
    pub(crate) fn ask_scope(&self, (core, trace): (&Core, &Trace), scope: u64) -> Option<Next> {
        let number = place_of(scope);
        let suspended = self.scope(scope, |scope| {
            if !std::mem::replace(&mut scope.requested, true) {
                self.requests.set(self.requests.get() + 1);
            }
            scope.called = true;
            scope.ticket
        })?;
        let ticket = match suspended {
            0 => core.current(),
            _ => suspended,
        };
        let slot = core.slot_of(ticket).filter(|slot| !slot.is_done())?;
        self.count((core, trace), (ticket, slot), None);
        self.own_scope(number, |scope| scope.counted += 1);
        self.count_by_scopes(core, suspended, |count| count + 1);
        if core.current() != ticket {
            return self.aim(core, number);
        }
        self.may_be_revoked(core, number, slot);
        if suspended == 0 {
            return None;
        }
        // Another part of the running task cancels it: one more step is due.
        let waker = self.set_waker(scope, None);
        Some(waker.map_or(Next::Wake(ticket), Next::WakeForeign))
    }

    /// The cancel of a scope waits for the next step of the task in this slot, and
    /// nothing has happened by it yet.
    pub(super) fn may_be_revoked(&self, core: &Core, number: u32, slot: &Slot) {
        self.own_scope(number, |scope| scope.revocable = true);
        core.extra_mut(slot, |extra| extra.revocable.insert(number));
    }

    /// Brings a cancel on its way: to what the region awaits, or to the region.
    pub(crate) fn aim(&self, core: &Core, number: u32) -> Option<Next> {
        let (ticket, wait, waker) = self.own_scope(number, |scope| {
            (scope.ticket, scope.wait, scope.waker.take())
        })?;
        if let Some(waker) = waker {
            return Some(Next::WakeForeign(waker));
        }
        let slot = core.slot_of(ticket)?;
        if slot.is_scheduled() {
            came_back(core, slot);
            self.may_be_revoked(core, number, slot);
            return None;
        }
        self.own_scope(number, |scope| scope.revocable = false);
        let Some((_, target)) = open(core, wait) else {
            slot.mark(Mark::Asked, true);
            core.extra_mut(slot, |extra| extra.reason_stands = true);
            return Some(Next::Wake(ticket));
        };
        let hand_on = |scope: &mut Scope| std::mem::replace(&mut scope.forwarded, wait) == wait;
        let before = self.own_scope(number, hand_on)?;
        target.mark(Mark::Asked, true);
        core.extra_mut(target, |extra| extra.asked_by.insert(number));
        let asker = Asker {
            ticket,
            scope: number,
            before,
        };
        Some(Next::Cancel(asker, wait, None))
    }
}
