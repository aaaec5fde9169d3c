//! Moves occupants into a slot and out of it, in one fixed order.
//!
//! The problem: an occupant that moves in begins with the locals of its spawner, and a closed
//! loop refuses it. An occupant that moves out leaves a group, a name, locals and a future
//! behind, and dropping each of these may run the user's code. So the order is fixed here,
//! once.
//!
//! ```text
//!   occupy   the slot ──> locals of the running task ──> refused, if closed
//!   vacate   tickets void ──> group's count ──> the future is dropped ──> Leaving:
//!            rare things, locals, the slot is free ──> rare things are dropped
//! ```
//!
//! Invariants:
//! 1. The tickets of an occupant are void before anything of it is dropped: the code of that
//!    drop meets a task that has gone.
//! 2. A slot is freed also if a panic interrupts its emptying.
//! 3. The content of a box is dropped while the box is out of its slot.
//! 4. The output, the locals and the rare things are dropped one by one. A panic in one of these
//!    drops is reported, keeps no other from its drop, and goes no further.
//!
//! Read next: `run/turn.rs`, where steps are taken.

use std::convert::Infallible;
use std::panic::Location;

use groundup_interweave::trace::{Access, Touched, Verb};

use crate::core::{LONG_WAY, NOTED, Tenant, WATCHER};
use crate::locals::LocalContext;
use crate::run::Scheduler;
use crate::store::key::{Mark, SCHED};
use crate::store::object::{CallSite, CallbackObject};
use crate::store::slot::{Boxed, Slot};
use crate::store::ticket::{Entry, Ticket};

impl Scheduler {
    /// Puts an occupant into a slot, and returns its ticket. If its flags say that a step is
    /// due, the step is scheduled.
    #[inline]
    pub(crate) fn occupy<I: 'static>(
        &self,
        input: &mut Option<I>,
        new: impl FnOnce(I) -> Boxed,
        tenant: Tenant,
    ) -> Ticket {
        let (ticket, slot) = self.core.occupy(input, new, tenant);
        let due = tenant.flags & SCHED != 0;
        // Speed: spawn_join. One test for all that is rare.
        if self.core.attends(LONG_WAY | WATCHER) {
            self.occupied_slow(ticket, slot);
            if due {
                self.core.push(Entry::from(ticket));
                self.emit_spawn(ticket);
            }
        } else if due {
            self.core.push(Entry::from(ticket));
        }
        ticket
    }

    /// Puts a callback into a slot; `flags` say whether it is due.
    #[inline]
    pub(crate) fn occupy_callback(
        &self,
        callback: impl FnOnce() + 'static,
        flags: u64,
        call_site: CallSite,
    ) -> Ticket {
        let kind = Mark::Callback.bit() | Mark::Detached.bit() | Mark::Inert.bit();
        let tenant = Tenant::new(kind | flags, call_site);
        let boxed = |callback| {
            Box::pin(CallbackObject {
                callback: Some(callback),
                call_site,
            }) as _
        };
        self.occupy(&mut Some(callback), boxed, tenant)
    }

    /// Puts the main future's task into a slot, and schedules its first step.
    pub(crate) fn occupy_main(&self) -> Ticket {
        let tenant = Tenant::new(SCHED | Mark::Main.bit(), Location::caller());
        let (ticket, slot) =
            (self.core).occupy(&mut None, |never: Infallible| match never {}, tenant);
        drop(slot.take_box()); // the slot may have a spare box
        slot.mark(Mark::Observed, self.core.attends(WATCHER));
        slot.mark(Mark::Noted, self.core.attends(NOTED));
        self.inherit_locals(ticket);
        self.core.push(Entry::from(ticket));
        self.emit_spawn(ticket);
        ticket
    }

    /// Gives an occupant that has moved in the locals of the running task.
    pub(super) fn inherit_locals(&self, ticket: Ticket) {
        if self.core.attends(LONG_WAY) {
            let inherited = self.locals.current(&self.core);
            drop(
                self.locals
                    .put(ticket.index(), inherited.map(LocalContext::Own)),
            );
        }
    }

    /// Emits the spawn of a task. A spawn that a closed loop refused emits nothing.
    #[cold]
    pub(crate) fn emit_spawn(&self, ticket: Ticket) {
        let slot = (self.core.slot_unnoted(ticket)).filter(|slot| slot.is_task());
        if slot.is_some() && self.core.attends(WATCHER) {
            self.core.touch(Touched::Loop, Access::Write); // the number of the task
            let by = self.core.running_id();
            self.emit(self.core.id_of(ticket), Verb::Spawn { by });
        }
    }

    /// Ends the occupancy of a slot: voids its tickets, drops its content, and keeps its box as
    /// a spare one if the box is small enough.
    #[inline]
    pub(crate) fn vacate(&self, ticket: Ticket, slot: &Slot) {
        // Speed: call_soon_chain, spawn_chain, one_shot. A callback that has run, or an output without a
        // drop, leaves nothing of the user's to drop, and no guard is needed.
        if slot.holds_nothing() {
            self.void(slot);
            self.core.keep_bare_box(slot);
            return self.free(ticket, slot);
        }
        let _leaving = Leaving {
            scheduler: self,
            ticket,
            slot,
        };
        self.void(slot);
        self.empty(slot);
    }

    /// Voids the tickets of an occupant that goes.
    #[inline(always)] // Speed: spawn_join. Every value that is taken passes here.
    pub(crate) fn void(&self, slot: &Slot) {
        let (waiter, of_group) = slot.void();
        if of_group {
            let listener = self.groups.one_less((waiter >> 32) as u32);
            self.drop_reported(listener);
        }
    }

    /// Frees a slot with void tickets.
    #[inline(always)] // Speed: spawn_join. Every value that is taken passes here.
    pub(crate) fn free(&self, ticket: Ticket, slot: &Slot) {
        if slot.rare() != 0 || self.core.attends(LONG_WAY) {
            self.free_with_rare(ticket, slot);
        } else {
            self.core.free_slot(ticket, slot);
        }
    }

    /// Drops the rare things of an occupant, when its slot is free.
    #[cold]
    fn free_with_rare(&self, ticket: Ticket, slot: &Slot) {
        let rare = self.core.take_rare(slot);
        let locals = self.locals.put(ticket.index(), None);
        self.core.free_slot(ticket, slot);
        self.drop_reported(rare);
        self.drop_reported(locals);
    }

    /// Drops the content of a box that leaves its occupant, and keeps the box as a spare one.
    #[inline(never)]
    fn empty(&self, slot: &Slot) {
        let mut lent = slot.lend();
        let mut not_kept = self.core.keep_box(lent.boxed());
        let leaves = not_kept.as_mut().map(|object| object.as_mut());
        if let Some(mut content) = lent.object().or(leaves) {
            self.drop_reported_by(&mut || content.as_mut().clear());
        }
        drop(lent);
        drop(not_kept); // an empty box
    }
}

/// A slot whose occupant goes: at the end it is vacant, or retired for good, also if something in
/// between panics.
struct Leaving<'a> {
    scheduler: &'a Scheduler,
    ticket: Ticket,
    slot: &'a Slot,
}

impl Drop for Leaving<'_> {
    #[inline]
    fn drop(&mut self) {
        self.scheduler.free(self.ticket, self.slot);
    }
}
