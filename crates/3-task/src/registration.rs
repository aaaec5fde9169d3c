//! Entering and leaving the list of those who wait.
//!
//! The problem: nearly every task and every promise has exactly one waiter, a
//! task of the same loop, and that must cost no more than writing its ticket
//! down. All others (a second waiter, a waker from elsewhere, somebody who
//! leaves before the end) stand in the list of `waiters.rs`.
//!
//! | who waits | how it is registered | when it leaves |
//! |---|---|---|
//! | `promise.await` | in the slot, if it is the first; else in the list | when its future is dropped |
//! | `task.await`, `&mut task` | in the slot, if it is the first; else in the list | when the handle is dropped |
//! | `task_ref.ended()` | in the list | when its future is dropped |
//! | `poll_ended` | in the list, once a waker | never |
//!
//! A registration that was not taken back costs its task at most one step for
//! nothing.
//!
//! Invariants:
//! 1. The ticket in a slot came before everybody in the list, and is told first.
//! 2. A wait that is polled again moves its registration to the waker it is
//!    polled with, and keeps its place.
//! 3. A waker of the user's is cloned before and dropped after the table is
//!    borrowed.
//!
//! Read next: `error.rs`, what may come instead of a value.

use std::task::Context;

use crate::callback::DoneCallback;
use crate::scheduler::Scheduler;
use crate::slot::Slot;
use crate::ticket::{DONE, FORWARDED, GROUP, LOOP, STRUCK};
use crate::waiters::{Waiter, Waiters};
use crate::waker::ticket_of;
use std::rc::Rc;

/// The place of a registration whose ticket stands in the slot itself.
const IN_SLOT: u64 = 1;

impl Scheduler {
    fn no_more(&self, slot: &Slot) -> bool {
        let empty = |extra: &crate::extra::Extra| extra.waiters.is_empty();
        self.extra(slot, empty).unwrap_or(true)
    }

    /// The context's waker as a ticket of this loop; says on the way what the
    /// running task waits for.
    #[inline]
    fn ticket_waiting(&self, cx: &Context<'_>, on: u64) -> Option<u64> {
        let waiter = ticket_of(cx).filter(|waiter| waiter & LOOP == self.tag)?;
        if waiter == self.current.get() {
            self.say(on);
        }
        Some(waiter)
    }

    /// Registers the await of a promise; `place` is where it stands, 0 at first.
    #[inline]
    pub(crate) fn register(&self, ticket: u64, slot: &Slot, cx: &Context<'_>, place: &mut u64) {
        let first =
            *place == IN_SLOT || (*place == 0 && slot.waiter.get() == 0 && self.no_more(slot));
        if first && let Some(waiter) = self.ticket_waiting(cx, ticket) {
            slot.waiter.set(waiter);
            *place = IN_SLOT;
            return;
        }
        self.register_more(ticket, slot, cx, place);
    }

    /// Registers in the list; `place` is where it stands, 0 at first.
    #[cold]
    pub(crate) fn register_more(
        &self,
        ticket: u64,
        slot: &Slot,
        cx: &Context<'_>,
        place: &mut u64,
    ) {
        if *place == IN_SLOT {
            slot.waiter.set(0); // it has moved to another executor
        }
        let here = self.ticket_waiting(cx, ticket).map(Waiter::Ticket);
        let same = |waiters: &Waiters| match (waiters.get(*place), &here) {
            (Some(Waiter::Waker(waker)), None) => waker.will_wake(cx.waker()),
            (Some(known), Some(waiter)) => known.same(waiter),
            _ => false,
        };
        if self.extra(slot, |extra| same(&extra.waiters)) == Some(true) {
            return;
        }
        let waiter = here.unwrap_or_else(|| Waiter::Waker(cx.waker().clone()));
        let (number, before) = self.extra_mut(slot, |extra| extra.waiters.put(*place, waiter));
        *place = number;
        drop(before);
    }

    /// Registers the one handle that can take the task's value.
    #[inline]
    pub(crate) fn register_joiner(&self, ticket: u64, slot: &Slot, cx: &Context<'_>) {
        // A ticket in a task's slot is its joiner's, if it is no group's.
        let in_slot = slot.waiter.get() != 0 && slot.key.get() & GROUP == 0;
        let first = in_slot || (slot.waiter.get() == 0 && self.no_more(slot));
        if first && let Some(waiter) = self.ticket_waiting(cx, ticket) {
            slot.waiter.set(waiter);
            return;
        }
        let known = self.extra(slot, |extra| extra.waiters.joiner).unwrap_or(0);
        let mut place = if in_slot { IN_SLOT } else { known };
        self.register_more(ticket, slot, cx, &mut place);
        self.extra_mut(slot, |extra| extra.waiters.joiner = place);
    }

    /// Registers a waker once, and for good.
    pub(crate) fn register_to_stay(&self, ticket: u64, slot: &Slot, cx: &Context<'_>) {
        let ours = self.ticket_waiting(cx, ticket).map(Waiter::Ticket);
        let waiter = ours.unwrap_or_else(|| Waiter::Waker(cx.waker().clone()));
        let known = self.extra_mut(slot, |extra| extra.waiters.stay_once(waiter));
        drop(known);
    }

    /// The handle that could take the value goes while the task runs on.
    #[inline]
    pub(crate) fn unregister_joiner(&self, ticket: u64, slot: &Slot) {
        if slot.waiter.get() != 0 || slot.extra.get() != 0 {
            self.unregister_joiner_slow(ticket, slot);
        }
    }

    #[cold]
    fn unregister_joiner_slow(&self, ticket: u64, slot: &Slot) {
        if slot.key.get() & GROUP == 0 {
            slot.waiter.set(0);
        }
        let joiner = self.extra(slot, |extra| extra.waiters.joiner).unwrap_or(0);
        self.unregister(ticket, slot, joiner);
    }

    /// Takes a registration back.
    pub(crate) fn unregister(&self, ticket: u64, slot: &Slot, place: u64) {
        self.unsay(ticket);
        if place == IN_SLOT {
            slot.waiter.set(0);
        } else if slot.extra.get() != 0 {
            let left = self.extra_mut(slot, |extra| extra.waiters.leave(place));
            drop(left);
        }
    }

    /// The task or promise of this slot ends as cancelled: those who had handed
    /// their own cancel on to it are struck by it now, also if the slot will be
    /// gone by the time they step.
    #[cold]
    pub(crate) fn bring_back(&self, ticket: u64, slot: &Slot) {
        let mut waiting = Vec::new();
        if slot.key.get() & GROUP == 0 {
            waiting.push(slot.waiter.get());
        }
        if slot.extra.get() != 0 {
            let scopes = self.extra_mut(slot, |extra| std::mem::take(&mut extra.asked_by));
            self.bring_back_scopes(ticket, scopes);
        }
        let reason = self.extra(slot, |extra| {
            waiting.extend(extra.waiters.iter().filter_map(|waiter| match waiter {
                Waiter::Ticket(ticket) => Some(*ticket),
                _ => None,
            }));
            extra.reason.clone()
        });
        for waiter in waiting {
            let Some(other) = self.slot_of(waiter) else {
                continue;
            };
            let key = other.key.get();
            if key & FORWARDED != 0 && other.wait.get() == ticket {
                other.key.set((key & !FORWARDED) | STRUCK);
                let reason = reason.clone().flatten();
                self.extra_mut(other, |extra| extra.reason = reason);
            }
        }
    }
}

impl Scheduler {
    pub(crate) fn add_done(self: &Rc<Self>, ticket: u64, callback: DoneCallback) {
        let locals = self.locals();
        match self.slot_of(ticket) {
            Some(slot) if slot.key.get() & DONE == 0 => {
                let waiter = Waiter::Callback(callback, locals);
                self.extra_mut(slot, |extra| extra.waiters.stay(waiter));
            }
            _ => self.schedule_done(callback, locals),
        }
    }

    pub(crate) fn remove_done(&self, ticket: u64, callback: &DoneCallback) -> usize {
        let Some(slot) = self.slot_of(ticket) else {
            return 0;
        };
        if slot.extra.get() == 0 {
            return 0;
        }
        let same = |waiter: &Waiter| matches!(waiter, Waiter::Callback(c, _) if c == callback);
        let removed = self.extra_mut(slot, |extra| extra.waiters.take(same));
        removed.len()
    }
}
