//! What a slot says of its occupant, and the marks that are set on it.
//!
//! The problem: thirty pages ask a slot what stands in it, how it ended, who waits.
//! Each of them once knew the bits of the key. Now each asks a question in words, and
//! the bits can change on one page. All of this compiles to the test of a mask.
//!
//! ```text
//!   what it is      is_promise  is_callback  is_main
//!   how it stands   state  is_done  exit  is_scheduled
//!   who looks       is_observed  is_detached  was_seen
//!   who waits       waiter: nobody, a ticket, or a group and a member
//! ```
//!
//! Invariants:
//! 1. A mark is set and cleared by one pair of verbs.
//! 2. `GROUP` is set only while `waiter` names a group.
//!
//! Read next: `store/slots.rs`, the table of slots.

use crate::store::key::{
    ASKED, CALLBACK, CANCEL, CANCELLED, DETACHED, DONE, Ending, FAILED, GROUP, MAIN, OBSERVED,
    PENDING, PROMISE, RAISED, REGION, RETRIEVED, SCHED, TaskState, VACANT,
};
use crate::store::slot::Slot;
use crate::store::ticket::{LOOP, TAG};

/// A member of a group, as one word: the group above, the member below.
#[inline]
pub(crate) fn member_word(group: u32, member: u32) -> u64 {
    u64::from(group) << 32 | u64::from(member)
}

/// What it is, and how it stands.
impl Slot {
    #[inline]
    fn has(&self, flags: u64) -> bool {
        self.key.get() & flags != 0
    }

    #[inline]
    fn set(&self, flags: u64) {
        self.key.set(self.key.get() | flags);
    }

    #[inline]
    fn unset(&self, flags: u64) {
        self.key.set(self.key.get() & !flags);
    }

    /// The loop and the generation: what a ticket of the occupant has above its index.
    #[inline]
    pub(crate) fn tag(&self) -> u64 {
        self.key.get() & TAG
    }

    /// Returns true if a ticket was made for the occupant.
    #[inline]
    pub(crate) fn is_of(&self, ticket: u64) -> bool {
        let key = self.key.get();
        (key ^ ticket) & TAG == 0 && key & VACANT == 0
    }

    /// Returns true if an entry that is no step was made for the occupant.
    #[inline]
    pub(crate) fn is_entry_of(&self, entry: u64) -> bool {
        (self.key.get() ^ entry) & TAG & !LOOP == 0
    }

    /// Reads the state; `running` says whether the occupant's step is being taken.
    #[inline]
    pub(crate) fn state(&self, running: bool) -> TaskState {
        TaskState::unpack(self.key.get(), running)
    }

    /// Returns true if no occupant lives here.
    pub(crate) fn is_vacant(&self) -> bool {
        self.has(VACANT)
    }

    /// Returns true if the occupant has ended.
    #[inline]
    pub(crate) fn is_done(&self) -> bool {
        self.has(DONE)
    }

    /// How the occupant ended; `None` if it has not.
    #[inline]
    pub(crate) fn exit(&self) -> Option<Ending> {
        let key = self.key.get();
        (key & DONE != 0).then(|| Ending::of(key))
    }

    /// Returns true if the occupant has ended with a value.
    #[inline]
    pub(crate) fn has_returned(&self) -> bool {
        self.key.get() & (DONE | CANCELLED | FAILED) == DONE
    }

    /// Returns true if the occupant has ended as cancelled.
    #[inline]
    pub(crate) fn is_cancelled(&self) -> bool {
        self.key.get() & (DONE | CANCELLED) == DONE | CANCELLED
    }

    /// Returns true if a step of the occupant is due.
    #[inline]
    pub(crate) fn is_scheduled(&self) -> bool {
        self.has(SCHED)
    }

    /// Returns true if the occupant is a promise.
    #[inline]
    pub(crate) fn is_promise(&self) -> bool {
        self.has(PROMISE)
    }

    /// Returns true if the occupant is a callback.
    #[inline]
    pub(crate) fn is_callback(&self) -> bool {
        self.has(CALLBACK)
    }

    /// Returns true if the occupant is a task.
    #[inline]
    pub(crate) fn is_task(&self) -> bool {
        !self.has(CALLBACK | PROMISE)
    }

    /// Returns true if the occupant is a task that has not ended.
    #[inline]
    pub(crate) fn is_living_task(&self) -> bool {
        !self.has(VACANT | DONE | CALLBACK | PROMISE)
    }

    /// Returns true if the future is the main one, on the caller's stack.
    #[inline]
    pub(crate) fn is_main(&self) -> bool {
        self.has(MAIN)
    }

    /// Sequence number of the occupant, starting at 1; tasks and promises are counted
    /// apart.
    #[inline]
    pub(crate) fn number(&self) -> u32 {
        self.number.get()
    }

    /// Sets the sequence number.
    #[inline]
    pub(crate) fn set_number(&self, number: u32) {
        self.number.set(number);
    }
}

/// Who looks at it, and who holds it.
impl Slot {
    /// Returns true if no cancel is pending and nobody is told how the occupant ends.
    #[inline]
    pub(crate) fn ends_plainly(&self) -> bool {
        !self.has(PENDING | OBSERVED)
    }

    /// Returns true if a sink or debug mode looks on.
    #[inline]
    pub(crate) fn is_observed(&self) -> bool {
        self.has(OBSERVED)
    }

    /// Sets or clears the mark of the observer.
    pub(crate) fn observe(&self, observed: bool) {
        self.unset(OBSERVED);
        self.set(if observed { OBSERVED } else { 0 });
    }

    /// Returns true if no handle is left that could ask for the output.
    #[inline]
    pub(crate) fn is_detached(&self) -> bool {
        self.has(DETACHED)
    }

    /// Marks that the last handle that could ask for the output has gone.
    pub(crate) fn detach(&self) {
        self.set(DETACHED);
    }

    /// Marks that a failure of the occupant was looked at.
    #[inline]
    pub(crate) fn mark_seen(&self) {
        self.set(RETRIEVED);
    }

    /// Returns true if the end of the occupant was looked at.
    pub(crate) fn was_seen(&self) -> bool {
        self.has(RETRIEVED)
    }

    /// Returns true if the occupant failed, and nobody has looked at it.
    #[inline]
    pub(crate) fn failed_unseen(&self) -> bool {
        self.key.get() & (FAILED | RETRIEVED) == FAILED
    }

    /// Returns true for a task that is looked at by a sink or by debug mode.
    #[inline]
    pub(crate) fn is_observed_task(&self) -> bool {
        self.key.get() & (OBSERVED | CALLBACK) == OBSERVED
    }

    /// How many handles a promise has.
    pub(crate) fn handles(&self) -> u64 {
        self.wait.get()
    }

    /// Sets how many handles a promise has.
    pub(crate) fn set_handles(&self, handles: u64) {
        self.wait.set(handles);
    }
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
        if self.has(GROUP) {
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

    /// Returns true if the first waiter is a group.
    #[inline]
    pub(crate) fn has_group(&self) -> bool {
        self.has(GROUP)
    }

    /// Makes a group's member the first waiter.
    pub(crate) fn set_group(&self, word: u64) {
        self.waiter.set(word);
        self.set(GROUP);
    }

    /// Takes the group's member out.
    #[inline]
    pub(crate) fn take_group(&self) -> (u32, u32) {
        let word = self.waiter.replace(0);
        self.unset(GROUP);
        ((word >> 32) as u32, word as u32)
    }

    /// The group's member that is the first waiter.
    #[inline]
    pub(crate) fn group(&self) -> (u32, u32) {
        let word = self.waiter.get();
        ((word >> 32) as u32, word as u32)
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

    /// Returns true if a cancel was ever asked for.
    #[inline]
    pub(crate) fn was_asked(&self) -> bool {
        self.has(ASKED)
    }

    /// Marks that a cancel was asked for.
    pub(crate) fn mark_asked(&self) {
        self.set(ASKED);
    }

    /// Marks that a region was alive when the step suspended.
    #[inline]
    pub(crate) fn mark_region(&self) {
        self.set(REGION);
    }

    /// Returns true if a cancel was raised by hand in this step.
    #[inline]
    pub(crate) fn is_raised(&self) -> bool {
        self.has(RAISED)
    }

    /// Sets or clears the mark of a raised cancel.
    #[inline]
    pub(crate) fn set_raised(&self, raised: bool) {
        self.key
            .set(self.key.get() & !RAISED | if raised { RAISED } else { 0 });
    }
}
