//! What ties a slot to others: its wait, its waiters, its cancel.
//!
//! The problem: a wait has two ends. The occupant of one slot waits for that of
//! another, and the other must find it. Both ends are words in the slots, and so is a
//! cancel on its way from one to the other.
//!
//! ```text
//!   waiting task            awaited task or promise
//!   wait ────────────────>  the ticket of the awaited
//!   the ticket  <────────── waiter: nobody, a ticket, or a group and a member
//!                           extra ──> the list of all other waiters
//! ```
//!
//! Invariants:
//! 1. `GROUP` is set only while `waiter` names a group.
//! 2. A promise never waits, so its `wait` counts its handles.
//!
//! Read next: `store/slots.rs`, the table of slots.

use crate::store::key::{CANCEL, Mark};
use crate::store::slot::Slot;

/// A member of a group, as one word: the group above, the member below.
#[inline]
pub(crate) fn member_word(group: u32, member: u32) -> u64 {
    u64::from(group) << 32 | u64::from(member)
}

/// What it waits for, and who waits for it.
impl Slot {
    /// The word of what the occupant waits for.
    #[inline]
    pub(crate) fn wait(&self) -> u64 {
        self.wait.get()
    }

    /// Sets the word of what the occupant waits for; gives the one before.
    #[inline]
    pub(crate) fn set_wait(&self, word: u64) -> u64 {
        self.wait.replace(word)
    }

    /// The first waiter: a ticket, the word of a group's member, or 0.
    #[inline]
    pub(crate) fn waiter(&self) -> u64 {
        self.waiter.get()
    }

    /// The first waiter, if it is a ticket; 0 if there is none.
    #[inline]
    pub(crate) fn waiting_ticket(&self) -> u64 {
        if self.has(Mark::Group) {
            0
        } else {
            self.waiter.get()
        }
    }

    /// Sets the ticket of the first waiter, or takes it back with 0.
    #[inline]
    pub(crate) fn set_waiter(&self, ticket: u64) {
        self.waiter.set(ticket);
    }

    /// Takes the ticket of the first waiter out.
    #[inline]
    pub(crate) fn take_waiter(&self) -> u64 {
        self.waiter.replace(0)
    }

    /// Makes a group's member the first waiter.
    pub(crate) fn set_group(&self, word: u64) {
        self.waiter.set(word);
        self.mark(Mark::Group, true);
    }

    /// Takes the group's member out.
    #[inline]
    pub(crate) fn take_group(&self) -> (u32, u32) {
        let word = self.waiter.replace(0);
        self.mark(Mark::Group, false);
        ((word >> 32) as u32, word as u32)
    }

    /// The group's member that is the first waiter.
    #[inline]
    pub(crate) fn group(&self) -> (u32, u32) {
        let word = self.waiter.get();
        ((word >> 32) as u32, word as u32)
    }

    /// How many handles a promise has.
    pub(crate) fn handles(&self) -> u64 {
        self.wait.get()
    }

    /// Sets how many handles a promise has.
    pub(crate) fn set_handles(&self, handles: u64) {
        self.wait.set(handles);
    }

    /// The entry of the side table, or 0.
    #[inline]
    pub(crate) fn extra(&self) -> u32 {
        self.extra.get()
    }

    /// Sets the entry of the side table; gives the one before.
    #[inline]
    pub(crate) fn set_extra(&self, number: u32) -> u32 {
        self.extra.replace(number)
    }
}

/// Marks of a cancel; the states are in `cancel/state.rs`.
impl Slot {
    /// The bits of the cancel.
    #[inline]
    pub(crate) fn cancel_bits(&self) -> u64 {
        self.key.get() & CANCEL
    }

    /// Sets the bits of the cancel.
    #[inline]
    pub(crate) fn set_cancel_bits(&self, bits: u64) {
        self.key.set(self.key.get() & !CANCEL | bits);
    }
}
