//! What a region asks while it is polled: is a cancel for me?
//!
//! The problem: a cancel should be caught by the innermost `catch_cancel` in
//! which the task is suspended, and only the futures themselves know how they
//! are nested. So it shows itself while polling: a region that suspends leaves a
//! mark, and a region that finds the mark left by one further in knows that it is
//! not the innermost.
//!
//! ```text
//!   enter   outside := marks so far; marks := none ──> poll what is inside
//!   leave   ended:      marks := outside
//!           suspended:  marks := outside and inside, and "a region was alive"
//! ```
//!
//! Invariants:
//! 1. Marks of one step do not reach the next: the turn clears them.
//! 2. Each region knows what the futures in it wait for, apart from those beside
//!    it; so an aimed cancel goes to the right awaited task (C05).
//! 3. A cancel that was raised beside a region is not caught by it.
//!
//! Read next: `run.rs`, the roof.

use crate::cancel::Cancels;
use crate::core::Core;
use crate::store::key::Mark;
use crate::store::slot::Slot;
use crate::wait::Word;

/// The marks that the futures before and around a region have left in this step.
pub(crate) struct Outside {
    region: bool,
    raised: bool,
    wait: u64,
}

impl Outside {
    /// Takes back what was awaited inside, also if it was only lent.
    #[inline]
    pub(crate) fn restore_wait(&self, slot: &Slot) {
        slot.set_wait(self.wait);
    }
}

/// While it lives, what is polled is in the region of a scope.
pub(crate) struct Inside<'a> {
    cancels: &'a Cancels,
    /// The scope around it, or 0.
    around: u32,
}

impl Drop for Inside<'_> {
    #[inline]
    fn drop(&mut self) {
        self.cancels.inside.set(self.around);
    }
}

impl Cancels {
    /// Whether a cancel is to be delivered into a region now, be it the task's or
    /// one of its scope. Asking takes that of the scope, which is then the task's.
    #[inline]
    pub(crate) fn delivers_into(&self, core: &Core, number: u32) -> bool {
        if self.requests.get() != 0 && self.scope_due(core, number) {
            self.delivering.set(true);
        }
        self.delivering.get()
    }

    /// Returns true if the running step is one into which a cancel is delivered, and no
    /// region has taken it yet.
    #[inline]
    pub(crate) fn is_delivering(&self) -> bool {
        self.delivering.get()
    }

    /// Begins or ends a delivery into the running step; gives whether there was one.
    #[inline]
    pub(crate) fn set_delivering(&self, delivering: bool) -> bool {
        self.delivering.replace(delivering)
    }

    /// Takes the marks of this step out, so that those set from here on are of what is
    /// inside the region.
    #[inline]
    pub(crate) fn enter_region(&self, slot: &Slot) -> Outside {
        // What a future beside this one has raised is none of its business.
        let raised = slot.has(Mark::Raised);
        if raised {
            slot.mark(Mark::Raised, false);
        }
        Outside {
            region: self.region.replace(false),
            raised,
            wait: slot.set_wait(0),
        }
    }

    /// The region has ended: the marks of a region and of a raised cancel inside it are
    /// over.
    #[inline]
    pub(crate) fn leave_ended(&self, slot: &Slot, outside: &Outside) {
        self.region.set(outside.region);
        if outside.raised || slot.has(Mark::Raised) {
            slot.mark(Mark::Raised, outside.raised);
        }
    }

    /// The region has suspended; gives whether there was a region inside it.
    #[inline]
    pub(crate) fn leave_suspended(&self, slot: &Slot, outside: Outside) -> bool {
        slot.set_wait(Word::both(outside.wait, slot.wait()));
        slot.mark(Mark::Region, true);
        if outside.raised {
            slot.mark(Mark::Raised, true);
        }
        self.region.replace(true)
    }

    /// Begins to poll in the region of a scope, which learns what is around it if
    /// `fresh` says that this is its first poll.
    #[inline]
    pub(crate) fn enter_scope(&self, number: u32, fresh: bool) -> Inside<'_> {
        let around = self.inside.replace(number);
        if fresh {
            self.own_scope(number, |scope| scope.around = around);
        }
        Inside {
            cancels: self,
            around,
        }
    }
}
