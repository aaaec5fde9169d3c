//! How often a busy loop looks at the clock.
//!
//! The problem: reading the clock costs as much as several short steps, so a busy
//! loop must not read it before each. But how long a step takes is known only
//! afterwards, and by the clock: after 64 steps of 5 ms, a timer of 10 ms is 300 ms
//! late. So the loop has a budget of steps between two looks, which begins at 1
//! and follows from what the looks find.
//!
//! ```text
//!   two looks lie under 50 µs apart     the budget doubles, up to 64
//!              from 50 to 500 µs        it stays
//!              over 500 µs              it halves, down to 1
//!   after a park, and when the first    it begins at 1
//!   timer is set
//!   no timer is set, and the driver     64, and the clock is not read at all
//!   watches nothing outside
//! ```
//!
//! The loop lets its driver look outside in the same pace.
//!
//! A clock that jumps moves only while nothing is ready, so there the budget is
//! always 64.
//!
//! Invariant: the budget is a power of two from 1 to 64.
//!
//! Read next: `strangers.rs`.

use std::cell::Cell;

/// The largest budget.
const MOST: usize = 64;
/// Looks that are closer than this, in ns, are too many.
const CLOSE: u64 = 50_000;
/// Looks that are further apart are too few.
const FAR: u64 = 500_000;

pub(crate) struct Pace {
    budget: Cell<usize>,
    /// The smallest budget.
    least: Cell<usize>,
    /// The time of the last look for which a budget was spent.
    looked: Cell<u64>,
}

impl Pace {
    /// The pace for a clock that jumps, or for one that runs.
    pub(super) fn new(jumps: bool) -> Self {
        let pace = Pace {
            budget: Cell::new(MOST),
            least: Cell::new(MOST),
            looked: Cell::new(0),
        };
        pace.change(jumps, 0);
        pace
    }

    /// The clock is another one, and it is `now`.
    pub(crate) fn change(&self, jumps: bool, now: u64) {
        self.least.set(if jumps { MOST } else { 1 });
        self.begin(now);
    }

    /// How many steps may be taken between two looks.
    #[inline]
    pub(crate) fn budget(&self) -> usize {
        self.budget.get()
    }

    /// Nothing is known about the steps to come; it is `now`.
    #[inline]
    pub(crate) fn begin(&self, now: u64) {
        self.budget.set(self.least.get());
        self.looked.set(now);
    }

    /// There is nothing for whose sake the clock would be read.
    #[inline]
    pub(crate) fn rest(&self) {
        self.budget.set(MOST);
    }

    /// A budget is spent, and the clock was looked at.
    pub(crate) fn looked(&self, now: u64) {
        let apart = now - self.looked.replace(now);
        let budget = self.budget.get();
        if apart < CLOSE {
            self.budget.set(MOST.min(2 * budget));
        } else if apart > FAR {
            self.budget.set(self.least.get().max(budget / 2));
        }
    }
}
