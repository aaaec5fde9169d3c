//! What a region asks while it is polled: is a cancel for me?
//!
//! The problem: a cancel is caught by the innermost `catch_cancel` in which the task is
//! suspended, and only the futures know how they are nested. So it shows while polling:
//! a region that suspends leaves a mark, and one that finds the mark of a region further
//! in knows that it is not the innermost.
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
use crate::wait::words::Word;

/// The marks that the futures before and around a region have left in this step.
pub(crate) struct Outside {
    region: bool,
    raised: bool,
    pub(crate) wait: u64,
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

    /// Takes the marks of this step out, so that those set from here on are of what is
    /// inside the region. Its scope, if it has one, learns what is around it if `fresh`
    /// says that this is its first poll.
    #[inline]
    pub(crate) fn enter(
        &self,
        slot: &Slot,
        scope: u32,
        fresh: bool,
    ) -> (Outside, Option<Inside<'_>>) {
        // What a future beside this one has raised is none of its business.
        let raised = slot.has(Mark::Raised);
        if raised {
            slot.mark(Mark::Raised, false);
        }
        let outside = Outside {
            region: self.region.replace(false),
            raised,
            wait: slot.set_wait(0),
        };
        let enter_scope = || {
            let around = self.inside.replace(scope);
            if fresh {
                self.own_scope(scope, |scope| scope.around = around);
            }
            let cancels = self;
            Inside { cancels, around }
        };
        (outside, (scope != 0).then(enter_scope))
    }

    /// The region has ended, and a cancel that was raised in it is over, or it has
    /// suspended; gives whether there was a region inside it.
    #[inline]
    pub(crate) fn leave(&self, slot: &Slot, outside: &Outside, suspended: bool) -> bool {
        if outside.raised || slot.has(Mark::Raised) {
            slot.mark(Mark::Raised, outside.raised);
        }
        if suspended {
            slot.set_wait(Word::both(outside.wait, slot.wait()));
            slot.mark(Mark::Region, true);
        }
        self.region.replace(suspended || outside.region)
    }
}
