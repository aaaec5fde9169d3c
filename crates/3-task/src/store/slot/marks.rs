//! What a slot says of its occupant, and the marks that are set on it.
//!
//! The problem: thirty pages ask a slot what stands in it, how it ended, who waits.
//! Each of them once knew the bits of the key. Now each asks a question in words, and
//! the bits can change on one page. All of this compiles to the test of a mask.
//!
//! Invariant: the questions change nothing, and a mark is changed by one verb.
//!
//! Read next: `store/slot/links.rs`, what ties a slot to others.

use crate::store::key::{
    CALLBACK, CANCELLED, DONE, Ending, FAILED, Mark, OBSERVED, PENDING, PROMISE, RETRIEVED, SCHED,
    TaskState, VACANT,
};
use crate::store::slot::Slot;
use crate::store::ticket::{LOOP, TAG};

/// What it is, and how it stands.
impl Slot {
    #[inline]
    fn any(&self, flags: u64) -> bool {
        self.key.get() & flags != 0
    }

    /// Returns true if a mark is set.
    #[inline]
    pub(crate) fn has(&self, mark: Mark) -> bool {
        self.any(mark as u64)
    }

    /// Sets or clears a mark.
    #[inline]
    pub(crate) fn mark(&self, mark: Mark, set: bool) {
        let others = self.key.get() & !(mark as u64);
        self.key.set(others | if set { mark as u64 } else { 0 });
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
        self.any(VACANT)
    }

    /// Returns true if the occupant has ended.
    #[inline]
    pub(crate) fn is_done(&self) -> bool {
        self.any(DONE)
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
        self.any(SCHED)
    }

    /// Returns true if the occupant is a task.
    #[inline]
    pub(crate) fn is_task(&self) -> bool {
        !self.any(CALLBACK | PROMISE)
    }

    /// Returns true if the occupant is a task that has not ended.
    #[inline]
    pub(crate) fn is_living_task(&self) -> bool {
        !self.any(VACANT | DONE | CALLBACK | PROMISE)
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
        !self.any(PENDING | OBSERVED)
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
}
