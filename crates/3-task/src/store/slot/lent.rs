//! A box that is out of its slot for a while.
//!
//! The problem: what stands in a box is the user's, and what it does while it is dropped or
//! cloned may lead back to its slot. So the box leaves the slot first, and comes back
//! however that ends: the next of its type moves into it.
//!
//! Invariant: a box comes back to the occupant that it was taken from, or is dropped.
//!
//! Read next: `store/slot/marks.rs`.

use std::pin::Pin;

use crate::store::object::Object;
use crate::store::slot::{Boxed, Slot};

impl Slot {
    /// Takes the box out, until what this gives is dropped.
    pub(crate) fn lend(&self) -> Lent<'_> {
        Lent {
            slot: self,
            tag: self.tag(),
            object: self.object().take(),
        }
    }
}

/// A box out of its slot.
pub(crate) struct Lent<'a> {
    slot: &'a Slot,
    tag: u64,
    object: Option<Boxed>,
}

impl Lent<'_> {
    /// What stands in it; `None` if the slot had no box.
    pub(crate) fn object(&mut self) -> Option<Pin<&mut (dyn Object + 'static)>> {
        self.object.as_mut().map(|object| object.as_mut())
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        if self.object.is_some() && self.slot.tag() == self.tag {
            *self.slot.object() = self.object.take();
        }
    }
}
