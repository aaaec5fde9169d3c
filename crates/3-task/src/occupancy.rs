//! Moving into a slot and out of it, and the empty boxes in between.
//!
//! The problem: a task needs a box, since its size is its own, and to allocate one
//! costs as much as all the rest of spawning. But programs spawn the same few
//! futures again and again. So a slot that is vacated keeps its box, the shell, and
//! the next task of the same type is moved into it.
//!
//! ```text
//!   vacant, with or without shell ── occupy ──> occupied ── vacate ──> vacant
//!                                                             │
//!                            the last generation: retired, without a shell
//! ```
//!
//! Invariants:
//! 1. The tickets of an occupant are void before anything of it is dropped: what
//!    its drop does meets a task that has gone.
//! 2. A slot is given back whatever panics while it is emptied.
//! 3. Shells are bounded: each, and all together.
//!
//! Read next: `identity.rs`, what its occupant is called.

use std::any::Any;

use crate::object::{Object, Place};
use crate::scheduler::Scheduler;
use crate::slot::{Boxed, Slot};
use crate::ticket::{CALLBACK, GENERATION, GENERATION_ONE, GROUP, PROMISE, TAG, VACANT, index};

/// No empty box larger than this is kept for the next task of its type, in bytes.
const SHELL_BYTES: usize = 1024;

/// All empty boxes together are no larger than this, in bytes.
const SHELLS_BYTES: usize = 8 << 20;

impl Scheduler {
    /// Puts something into a slot; the flags decide what it is, and `waiter` who is
    /// told of its end. What comes in is lent and taken: it goes from where the caller
    /// has it straight into its box.
    #[inline]
    pub(crate) fn occupy<I: 'static>(
        &self,
        input: &mut Option<I>,
        new: impl FnOnce(I) -> Boxed,
        waiter: u64,
        flags: u64,
        place: Place,
    ) -> u64 {
        let (index, slot) = self.slots.claim();
        let mut object = slot.object.borrow_mut();
        let refilled = match object.as_mut() {
            None => false,
            Some(shell) => {
                let size = size_of_val::<dyn Object>(&**shell);
                self.shells.set(self.shells.get() - size);
                shell.as_mut().refill(input as &mut dyn Any, place)
            }
        };
        if !refilled && let Some(input) = input.take() {
            *object = Some(new(input));
        }
        drop(object);
        if flags & (CALLBACK | PROMISE) == 0 {
            slot.number.set(self.next_number());
        }
        slot.wait.set(0);
        slot.waiter.set(waiter);
        let tag = slot.key.get() & TAG;
        slot.key.set(tag | flags | self.observed.get());
        let ticket = tag | u64::from(index);
        if self.long_way.get() {
            self.occupied_slow(ticket, slot);
        }
        ticket
    }

    #[cold]
    fn occupied_slow(&self, ticket: u64, slot: &Slot) {
        self.inherit_locals(index(ticket));
        self.refuse_if_closed(ticket, slot);
    }

    /// Ends the occupancy of a slot: everything in it is dropped, its box is
    /// kept as a shell if it is worth it, and its tickets are void.
    #[inline]
    pub(crate) fn vacate(&self, ticket: u64, slot: &Slot) {
        let _leaving = self.void(ticket, slot);
        let mut object = slot.object.borrow_mut();
        // Counted first: emptying it may panic, and the shell stays all the same.
        let not_kept = self.keep_shell(&mut object);
        if let Some(shell) = object.as_mut() {
            shell.as_mut().clear();
        }
        drop(object);
        drop(not_kept);
    }

    /// Makes the tickets of a slot's occupant void. The slot is given back when
    /// what this gives is dropped, also when something in between panics.
    #[inline]
    pub(crate) fn void<'a>(&'a self, ticket: u64, slot: &'a Slot) -> Leaving<'a> {
        let key = slot.key.get();
        let next = key.wrapping_add(GENERATION_ONE) & GENERATION;
        slot.key.set(self.tag | next | VACANT);
        let leaving = Leaving {
            scheduler: self,
            ticket,
            slot,
        };
        let waiter = slot.waiter.replace(0);
        if key & GROUP != 0 {
            self.end_registration((waiter >> 32) as u32);
        }
        leaving
    }

    /// Keeps an empty box for the next task of its type, or takes it out to be
    /// dropped, if it is large or enough are kept.
    #[inline]
    pub(crate) fn keep_shell(&self, object: &mut Option<Boxed>) -> Option<Boxed> {
        let size = size_of_val::<dyn Object>(&**object.as_ref()?);
        let kept = self.shells.get() + size;
        if size > SHELL_BYTES || kept > SHELLS_BYTES {
            return object.take();
        }
        self.shells.set(kept);
        None
    }

    /// Drops the shell of a claimed slot whose occupant will need no box.
    pub(crate) fn discard_shell(&self, slot: &Slot) {
        if let Some(shell) = slot.object.take() {
            let size = size_of_val::<dyn Object>(&*shell);
            self.shells.set(self.shells.get() - size);
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
    #[inline]
    fn give_back(&self) {
        // Once the generation has wrapped, an old ticket could fit again: such a slot
        // is retired.
        if self.slot.key.get() & GENERATION == 0 {
            self.scheduler.discard_shell(self.slot);
        } else {
            let index = index(self.ticket);
            self.scheduler.slots.release(index, self.slot);
        }
    }

    /// What was rare about the occupant is dropped when its slot is free.
    #[cold]
    fn give_back_extra(&self) {
        let extra = self.scheduler.take_extra(self.slot);
        let locals = self.scheduler.put_locals(index(self.ticket), None);
        self.give_back();
        drop((extra, locals));
    }
}

impl Drop for Leaving<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.slot.extra.get() != 0 || self.scheduler.long_way.get() {
            self.give_back_extra();
        } else {
            self.give_back();
        }
    }
}
