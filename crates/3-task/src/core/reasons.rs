//! Stores the reasons of waits that do not fit into a word.
//!
//! The problem: a lock, a queue and any primitive outside these crates wait for something with a
//! name, perhaps with a holder, and the holder changes. A word in the slot has no room for that.
//! So the word has the number of an entry of this table, which belongs to the primitive and not to
//! one wait: a wait still costs one store.
//!
//! Invariant: no reason is dropped while the table is borrowed.
//!
//! Read next: `core/starts.rs`.

use groundup_interweave::trace::Wait;

use crate::core::Core;

impl Core {
    /// Adds a reason, and returns its number.
    pub(crate) fn enter_reason(&self, wait: Wait) -> u32 {
        self.reasons.borrow_mut().insert(|_| wait)
    }

    /// Replaces a reason; returns the previous one for the caller to drop.
    pub(crate) fn replace_reason(&self, number: u32, wait: Wait) -> Option<Wait> {
        let mut reasons = self.reasons.borrow_mut();
        Some(std::mem::replace(reasons.get_mut(number)?, wait))
    }

    /// Removes a reason; returns it for the caller to drop.
    pub(crate) fn leave_reason(&self, number: u32) -> Option<Wait> {
        self.reasons.borrow_mut().remove(number)
    }

    /// Returns the reason with this number.
    pub(crate) fn wait_reason(&self, number: u32) -> Option<Wait> {
        self.reasons.borrow().get(number).cloned()
    }
}
