//! Moving into a slot and out of it, and the empty boxes in between.
//!
//! The problem: a task needs a box, since its size is its own, and to allocate one costs
//! as much as all the rest of spawning. But programs spawn the same few futures again
//! and again. So a vacated slot keeps its box, the shell, for the next task of its type.
//!
//! ```text
//!   vacant, with or without shell ── occupy ──> occupied ── void, give_back ──> vacant
//!                                                             │
//!                            the last generation: retired, without a shell
//! ```
//!
//! Invariant: shells are bounded, each, and all together.
//!
//! Read next: `core/rare.rs`, what few tasks have.

use std::any::Any;

use crate::core::Core;
use crate::store::key::Mark;
use crate::store::object::{Object, Place};
use crate::store::slot::{Boxed, Slot};
use crate::store::ticket::{GENERATION, index};

/// No empty box larger than this is kept for the next task of its type, in bytes.
const SHELL_BYTES: usize = 1024;
/// All empty boxes together are no larger than this, in bytes.
const SHELLS_BYTES: usize = 8 << 20;

/// What moves into a slot.
#[derive(Clone, Copy)]
pub(crate) struct Tenant {
    /// Who is told of its end: a ticket, the word of a group's member, or 0.
    pub(crate) waiter: u64,
    /// The flags that say what it is, and whether it is due.
    pub(crate) flags: u64,
    /// Where it comes from.
    pub(crate) place: Place,
}

impl Core {
    /// Puts something into a slot. What comes in is lent and taken: it goes from where
    /// the caller has it straight into its box.
    #[inline]
    pub(crate) fn occupy<I: 'static>(
        &self,
        input: &mut Option<I>,
        new: impl FnOnce(I) -> Boxed,
        tenant: Tenant,
    ) -> (u64, &Slot) {
        let (index, slot) = self.slots.claim();
        let mut object = slot.object();
        let refilled = match object.as_mut() {
            None => false,
            Some(shell) => {
                let size = size_of_val::<dyn Object>(&**shell);
                self.shells.set(self.shells.get() - size);
                shell.as_mut().refill(input as &mut dyn Any, tenant.place)
            }
        };
        if !refilled && let Some(input) = input.take() {
            *object = Some(new(input));
        }
        drop(object);
        // A callback has no number.
        if tenant.flags & Mark::Callback as u64 == 0 {
            let promise = tenant.flags & Mark::Promise as u64 != 0;
            let last = if promise { &self.promises } else { &self.tasks };
            last.set(last.get() + 1);
            if !slot.set_number(last.get()) {
                self.number_beside(slot, last.get());
            }
        }
        let tag = slot.settle(tenant.waiter, tenant.flags);
        (tag | u64::from(index), slot)
    }

    /// Gives a void slot back, or retires it: once its generation has wrapped, an old
    /// ticket could fit again.
    #[inline]
    pub(crate) fn give_back(&self, ticket: u64, slot: &Slot) {
        if slot.tag() & GENERATION != 0 {
            self.slots.release(index(ticket), slot);
        } else {
            self.retire(slot);
        }
    }

    #[cold]
    fn retire(&self, slot: &Slot) {
        let shell = slot.object().take();
        if let Some(shell) = shell {
            let size = size_of_val::<dyn Object>(&*shell);
            self.shells.set(self.shells.get() - size);
        }
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
}
