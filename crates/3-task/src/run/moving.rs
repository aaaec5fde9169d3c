//! Moving in and out: a slot, the locals, the group, the drops, in order.
//!
//! The problem: something that moves in begins with the locals of its spawner, and is
//! refused by a loop that is closed. Something that moves out leaves a group, a name,
//! locals and a future behind, and each may be the user's to drop. So the order is fixed
//! here, once.
//!
//! ```text
//!   occupy   the slot ──> locals of the running task ──> refused, if closed
//!   vacate   tickets void ──> group's count ──> the future is dropped ──> Leaving:
//!            rare things, locals, the slot is free ──> rare things are dropped
//! ```
//!
//! Invariants:
//! 1. The tickets of an occupant are void before anything of it is dropped: what
//!    its drop does meets a task that has gone.
//! 2. A slot is given back whatever panics while it is emptied.
//!
//! Read next: `run/turn.rs`, where steps are taken.

use std::convert::Infallible;
use std::panic::Location;

use groundup_interweave::trace::Verb;

use crate::core::{LONG_WAY, Tenant, WATCHER};
use crate::run::Scheduler;
use crate::store::key::{Mark, SCHED};
use crate::store::object::{CallbackObject, Place};
use crate::store::slot::{Boxed, Slot};
use crate::store::ticket::index;

impl Scheduler {
    /// Puts something into a slot, and gives its ticket.
    #[inline]
    pub(crate) fn occupy<I: 'static>(
        &self,
        input: &mut Option<I>,
        new: impl FnOnce(I) -> Boxed,
        tenant: Tenant,
    ) -> u64 {
        let (ticket, slot) = self.core.occupy(input, new, tenant);
        if self.core.attends(LONG_WAY | WATCHER) {
            self.occupied_slow(ticket, slot);
        }
        ticket
    }

    /// Puts something into a slot whose first step is due, and gives its ticket.
    #[inline]
    pub(crate) fn occupy_due<I: 'static>(
        &self,
        input: &mut Option<I>,
        new: impl FnOnce(I) -> Boxed,
        tenant: Tenant,
    ) -> u64 {
        let (ticket, slot) = self.core.occupy(input, new, tenant);
        // Speed: spawn_join. It is asked once who looks on.
        if self.core.attends(LONG_WAY | WATCHER) {
            self.occupied_slow(ticket, slot);
            self.scheduled(ticket);
        } else {
            self.core.push(ticket);
        }
        ticket
    }

    /// Puts a callback into a slot; the flags say whether it is due.
    #[inline]
    pub(crate) fn occupy_callback(
        &self,
        callback: impl FnOnce() + 'static,
        flags: u64,
        place: Place,
    ) -> u64 {
        let tenant = Tenant {
            waiter: 0,
            flags: Mark::Callback as u64 | Mark::Detached as u64 | flags,
            place,
        };
        let boxed = |callback| {
            Box::pin(CallbackObject {
                callback: Some(callback),
                place,
            }) as _
        };
        self.occupy(&mut Some(callback), boxed, tenant)
    }

    /// Gives the main future a slot, and schedules its first step.
    pub(crate) fn occupy_main(&self) -> u64 {
        let tenant = Tenant {
            waiter: 0,
            flags: SCHED | Mark::Main as u64,
            place: Location::caller(),
        };
        let (ticket, slot) =
            (self.core).occupy(&mut None, |never: Infallible| match never {}, tenant);
        drop(slot.object().take()); // the shell of a task
        slot.mark(Mark::Observed, self.core.attends(WATCHER));
        if self.core.attends(LONG_WAY) {
            let inherited = self.locals.current(&self.core);
            drop(self.locals.put_own(index(ticket), inherited));
        }
        self.scheduled(ticket);
        ticket
    }

    /// Pushes the ticket of something that has moved in as due.
    pub(crate) fn scheduled(&self, ticket: u64) {
        self.core.push(ticket);
        if self.core.attends(WATCHER) {
            self.emit_spawn(ticket);
        }
    }

    /// Tells of a spawn. One that was refused, since the loop is closed, never came to be.
    #[cold]
    fn emit_spawn(&self, ticket: u64) {
        let core = &self.core;
        if let Some(task) = core.id_of(ticket) {
            let by = core.running_id();
            self.emit(Some(task), Verb::Spawn { by });
        }
    }

    /// Ends the occupancy of a slot: everything in it is dropped, its box is
    /// kept as a shell if it is worth it, and its tickets are void.
    #[inline]
    pub(crate) fn vacate(&self, ticket: u64, slot: &Slot) {
        let leaving = self.leaving(ticket, slot);
        leaving.void();
        let mut object = slot.object();
        // Counted first: emptying it may panic, and the shell stays all the same.
        let not_kept = self.core.keep_shell(&mut object);
        if let Some(shell) = object.as_mut() {
            shell.as_mut().clear();
        }
        drop(object);
        drop(not_kept);
    }

    /// The occupant of a slot goes. The slot is given back when what this gives is
    /// dropped, also when something in between panics.
    #[inline(always)] // where a value is taken is where its time goes
    pub(crate) fn leaving<'a>(&'a self, ticket: u64, slot: &'a Slot) -> Leaving<'a> {
        Leaving {
            scheduler: self,
            ticket,
            slot,
        }
    }
}

/// A slot whose occupant goes: at the end it is vacant, or retired for good.
pub(crate) struct Leaving<'a> {
    scheduler: &'a Scheduler,
    ticket: u64,
    slot: &'a Slot,
}

impl Leaving<'_> {
    /// Makes the tickets of the occupant void.
    #[inline(always)] // where a value is taken is where its time goes
    pub(crate) fn void(&self) {
        let (waiter, of_group) = self.slot.void(self.scheduler.core.tag());
        if of_group {
            drop(self.scheduler.groups.one_less((waiter >> 32) as u32));
        }
    }

    /// The rare things of the occupant are dropped when its slot is free.
    #[cold]
    fn give_back_rare(&self) {
        let extra = self.scheduler.core.take_extra(self.slot);
        let locals = self.scheduler.locals.put(index(self.ticket), None);
        self.scheduler.core.give_back(self.ticket, self.slot);
        drop((extra, locals));
    }
}

impl Drop for Leaving<'_> {
    #[inline(always)] // where a value is taken is where its time goes
    fn drop(&mut self) {
        if self.slot.extra() != 0 || self.scheduler.core.attends(LONG_WAY) {
            self.give_back_rare();
        } else {
            self.scheduler.core.give_back(self.ticket, self.slot);
        }
    }
}
