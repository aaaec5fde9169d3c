//! Lends a box out of its slot.
//!
//! The problem: the content of a box is the user's, and its `Drop` or `Clone` may lead back to
//! the slot. So the box leaves the slot first. It comes back also after a panic, because the
//! next occupant of its type moves into it.
//!
//! Invariant: a box comes back to the occupant that it was taken from, or is dropped.
//!
//! Read next: `store/slot/marks.rs`.

use std::pin::Pin;

use crate::store::object::Object;
use crate::store::slot::{Boxed, Slot};

impl Slot {
    /// Takes the box out until the returned guard is dropped.
    #[inline]
    pub(crate) fn lend(&self) -> Lent<'_> {
        Lent {
            slot: self,
            tag: self.tag(),
            object: self.take_box(),
        }
    }
}

/// A guard: the box is out of its slot while it lives.
pub(crate) struct Lent<'a> {
    slot: &'a Slot,
    tag: u64,
    object: Option<Boxed>,
}

impl Lent<'_> {
    /// Returns the box itself, to take it for good.
    #[inline]
    pub(crate) fn boxed(&mut self) -> &mut Option<Boxed> {
        &mut self.object
    }

    /// Returns the content of the box; `None` if the slot had no box.
    #[inline]
    pub(crate) fn object(&mut self) -> Option<Pin<&mut (dyn Object + 'static)>> {
        self.object.as_mut().map(|object| object.as_mut())
    }
}

impl Drop for Lent<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.slot.tag() == self.tag {
            self.slot.put_box(self.object.take());
        }
    }
}
