//! Counts the steps of a loop, and the time that it was parked.
//!
//! The problem: "is this loop busy, and with what" is asked of a server that runs, so the
//! answer must cost nothing while it is not asked. The steps are counted anyway, for the
//! budget between two looks at the clock (`timers/pace.rs`). A park is a call of the system,
//! beside which two additions cost nothing.
//!
//! Invariants:
//! 1. Every step is counted once, in the budget first, and here when the budget begins anew.
//! 2. The time since a loop was made is the time that it was parked and the time that it was busy.
//!
//! Read next: `iteration/callers.rs`.

use std::cell::Cell;

/// The counts of one loop.
#[derive(Default)]
pub(crate) struct Tally {
    /// The steps since the last reading of the clock: the part of the budget that is spent.
    pub(super) steps: Cell<usize>,
    /// The steps before that.
    before: Cell<u64>,
    /// The time that the loop was parked, in ns.
    parked: Cell<u64>,
    /// The time on the loop's clock when the loop was made, in ns.
    made: u64,
}

impl Tally {
    /// Makes the counts of a loop that is made at this time of its clock.
    pub(super) fn new(made: u64) -> Self {
        Tally {
            made,
            ..Tally::default()
        }
    }

    /// Begins a new budget.
    #[inline]
    pub(super) fn begin(&self) {
        self.before.set(self.steps());
        self.steps.set(0);
    }

    /// Returns the number of steps so far.
    pub(crate) fn steps(&self) -> u64 {
        self.before.get() + self.steps.get() as u64
    }

    /// Adds the length of one park, in ns.
    #[inline]
    pub(super) fn parked_for(&self, time: u64) {
        self.parked.set(self.parked.get() + time);
    }

    /// Returns the time that the loop was parked, in ns.
    pub(crate) fn parked(&self) -> u64 {
        self.parked.get()
    }

    /// Returns the time that the loop was not parked until `now`, in ns.
    pub(crate) fn busy(&self, now: u64) -> u64 {
        now.saturating_sub(self.made)
            .saturating_sub(self.parked.get())
    }
}
