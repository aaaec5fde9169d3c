//! Moves an occupant into a slot and out of it, and keeps empty boxes.
//!
//! The problem: a task needs a box, since tasks differ in size, and the allocation costs as much
//! as all the rest of a spawn. But programs spawn the same few types of future again and again.
//! So a vacated slot keeps its box, the *spare box*, for the next task of the same type.
//!
//! ```text
//!   vacant, with or without a spare box ── occupy ──> occupied ── void, free_slot ──> vacant
//!                                                                     │
//!                                      the last generation: retired, without a box
//! ```
//!
//! Invariant: each spare box is bounded in size, and so are all together: a program that has had a million
//! tasks keeps its slots, and spare boxes of as many bytes.
//!
//! Read next: `core/calls.rs`, the calls that are under way.

use std::any::Any;

use crate::core::{Core, LONG_WAY};
use crate::store::key::Mark;
use crate::store::object::{CallSite, Object};
use crate::store::slot::{Boxed, Slot};
use crate::store::ticket::{GENERATION, Ticket};

/// Largest spare box, in bytes.
const SPARE_BYTES: usize = 1024;
/// Largest size of all spare boxes together, in bytes, unless the slots are larger.
const ALL_SPARE_BYTES: usize = 8 << 20;

/// An occupant that moves into a slot, without its content.
#[derive(Clone, Copy)]
pub(crate) struct Tenant {
    /// The first waiter for its end: a ticket, the word of a group's member, or 0.
    pub(crate) waiter: u64,
    /// The number of handles of a promise; else 0.
    pub(crate) wait: u64,
    /// The flags for its kind, and whether it is due.
    pub(crate) flags: u64,
    /// The place in the caller's source that made it.
    pub(crate) call_site: CallSite,
}

impl Tenant {
    /// Makes an occupant without a waiter.
    #[inline]
    pub(crate) fn new(flags: u64, call_site: CallSite) -> Self {
        Tenant {
            waiter: 0,
            wait: 0,
            flags,
            call_site,
        }
    }
}

impl Core {
    /// Moves an occupant into a slot, and returns its ticket. The content moves from the
    /// caller's `input` straight into the box: into the slot's spare box if the type is the same,
    /// else into a new box made by `new`.
    #[inline]
    pub(crate) fn occupy<I: 'static>(
        &self,
        input: &mut Option<I>,
        new: impl FnOnce(I) -> Boxed,
        tenant: Tenant,
    ) -> (Ticket, &Slot) {
        let (index, slot) = self.slots.claim();
        let mut object = slot.take_box();
        let refilled = match object.as_mut() {
            None => false,
            Some(spare) => {
                let size = size_of_val::<dyn Object>(&**spare);
                self.spare_bytes.set(self.spare_bytes.get() - size);
                spare
                    .as_mut()
                    .refill(input as &mut dyn Any, tenant.call_site)
            }
        };
        if !refilled && let Some(input) = input.take() {
            object = Some(new(input));
        }
        slot.put_box(object);
        // A callback has no number.
        if tenant.flags & Mark::Callback.bit() == 0 {
            let promise = tenant.flags & Mark::Promise.bit() != 0;
            let last = if promise { &self.promises } else { &self.tasks };
            last.set(last.get() + 1);
            if !slot.set_number(last.get()) {
                self.number_beside(slot, last.get());
            }
        }
        let tag = slot.settle(tenant.waiter, tenant.wait, tenant.flags);
        (Ticket::from_bits(tag | u64::from(index)), slot)
    }

    /// Marks a slot with void tickets as vacant. Retires it if its generation has wrapped: an old
    /// ticket could fit again.
    #[inline]
    pub(crate) fn free_slot(&self, ticket: Ticket, slot: &Slot) {
        if slot.tag() & GENERATION != 0 {
            self.slots.put_vacant(ticket.index());
        } else {
            self.retire(slot);
        }
    }

    /// Voids the tickets of an occupant that leaves nothing but its box, which is in the slot, frees
    /// the slot with the box, and returns true. Returns false and does nothing if the box cannot be
    /// kept, or the end of an occupant takes more.
    #[inline(always)] // Speed: call_soon_chain, call_soon_fanout, spawn_chain.
    pub(crate) fn free_with_box(&self, ticket: Ticket, slot: &Slot) -> bool {
        let size = slot.content(|object| size_of_val::<dyn Object>(&*object));
        let plain = !self.attends(LONG_WAY) && size.is_some_and(|size| self.keeps(size));
        if plain {
            slot.void();
            self.free_slot(ticket, slot);
        }
        plain
    }

    #[cold]
    fn retire(&self, slot: &Slot) {
        let spare = slot.take_box();
        if let Some(spare) = spare {
            let size = size_of_val::<dyn Object>(&*spare);
            self.spare_bytes.set(self.spare_bytes.get() - size);
        }
    }

    /// Keeps the box of a slot, as [`keep_box`](Self::keep_box) does, or drops it. The box has nothing
    /// in it that has a drop, so none of the user's code runs.
    #[inline(always)] // Speed: spawn_join. A box that is kept does not move.
    pub(crate) fn keep_bare_box(&self, slot: &Slot) {
        let size = slot.content(|object| size_of_val::<dyn Object>(&*object));
        if size.is_some_and(|size| !self.keeps(size)) {
            drop(slot.take_box());
        }
    }

    /// Keeps the box of a slot for the next task of its type. A box that is too large, or one
    /// too many, is taken out and returned for the caller to drop.
    #[inline]
    pub(crate) fn keep_box(&self, object: &mut Option<Boxed>) -> Option<Boxed> {
        let size = size_of_val::<dyn Object>(&**object.as_ref()?);
        match self.keeps(size) {
            true => None,
            false => object.take(),
        }
    }

    /// Counts a spare box of this size and returns true, if it is small enough, and so are all.
    #[inline(always)]
    fn keeps(&self, size: usize) -> bool {
        let all = self.spare_bytes.get() + size;
        let fits = size <= SPARE_BYTES && (all <= ALL_SPARE_BYTES || all <= self.slots.bytes());
        if fits {
            self.spare_bytes.set(all);
        }
        fits
    }
}
