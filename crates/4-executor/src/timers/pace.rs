//! The pace: how often a busy loop reads the clock.
//!
//! The problem: a reading of the clock costs as much as several short steps, so a busy loop
//! must not read it before each step. But the length of a step is known only afterwards,
//! and by the clock: after 64 steps of 5 ms, a timer of 10 ms is 300 ms late. So the loop
//! has a budget of steps between two readings. The budget begins at 1 and follows from the
//! readings.
//!
//! ```text
//!   two readings lie under 50 µs apart     the budget doubles, up to 64
//!                from 50 to 500 µs         it stays
//!                over 500 µs               it halves, down to 1
//!   after a park, and when the first       it begins at 1
//!   timer is set
//!   no timer is set, and the driver        64, and the clock is not read at all
//!   watches nothing outside
//! ```
//!
//! The driver glances in the same pace.
//!
//! A clock that jumps moves only while nothing is ready, so there the budget is
//! always 64.
//!
//! Invariant: the budget is a power of two from 1 to 64.
//!
//! Read next: `timers/foreign_wakers.rs`.

use std::cell::Cell;

/// The largest budget.
const MOST: usize = 64;
/// Readings that are closer than this, in ns, are too frequent.
const CLOSE: u64 = 50_000;
/// Readings that are further apart than this, in ns, are too rare.
const FAR: u64 = 500_000;

pub(crate) struct Pace {
    budget: Cell<usize>,
    /// The smallest budget.
    least: Cell<usize>,
    /// The time of the last reading that a spent budget caused, or of the beginning of the pace.
    last_reading: Cell<u64>,
    /// The greatest lateness of a timer so far, in ns.
    worst_lateness: Cell<u64>,
}

impl Pace {
    /// Makes the pace for a clock that jumps, or for one that runs.
    pub(super) fn new(jumps: bool) -> Self {
        let pace = Pace {
            budget: Cell::new(MOST),
            least: Cell::new(MOST),
            last_reading: Cell::new(0),
            worst_lateness: Cell::new(0),
        };
        pace.change(jumps, 0);
        pace
    }

    /// Begins anew for another clock, which reads `now`.
    pub(crate) fn change(&self, jumps: bool, now: u64) {
        self.least.set(if jumps { MOST } else { 1 });
        self.begin(now);
    }

    /// Returns the number of steps that may be taken between two readings.
    #[inline]
    pub(crate) fn budget(&self) -> usize {
        self.budget.get()
    }

    /// Begins anew at the time `now`, since nothing is known about the steps to come.
    #[inline]
    pub(crate) fn begin(&self, now: u64) {
        self.budget.set(self.least.get());
        self.last_reading.set(now);
    }

    /// Notes that a timer fired late, by this many ns.
    #[inline]
    pub(super) fn fired(&self, late: u64) {
        self.worst_lateness.set(self.worst_lateness.get().max(late));
    }

    /// Returns the greatest lateness of a timer so far, in ns.
    pub(crate) fn worst_lateness(&self) -> u64 {
        self.worst_lateness.get()
    }

    /// Sets the largest budget, since nothing needs the clock.
    #[inline]
    pub(crate) fn rest(&self) {
        self.budget.set(MOST);
    }

    /// Adapts the budget after a reading that a spent budget caused.
    pub(crate) fn note_reading(&self, now: u64) {
        let apart = now - self.last_reading.replace(now);
        let budget = self.budget.get();
        if apart < CLOSE {
            self.budget.set(MOST.min(2 * budget));
        } else if apart > FAR {
            self.budget.set(self.least.get().max(budget / 2));
        }
    }
}
