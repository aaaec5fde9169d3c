//! Follows a round while the loop asks for its order.
//!
//! The problem: the loop asks for one place of a round at a time: of the entries that are left, which
//! one comes next? A plan that looks at whole orders must know which entries were placed before, and
//! from where.
//!
//! ```text
//!   left   0 1 2 3    picks 2     placed   2
//!   left   0 1 3      picks 0     placed   2 0
//!   left   1 3        picks 1     placed   2 0 3      and then 1, without a question
//! ```
//!
//! Invariants:
//! 1. An entry has the place at which it stood when its round began.
//! 2. A question with another number of options than are left begins a round.
//!
//! Read next: `schedule/normal_form.rs`.

use groundup::trace::Candidate;

/// An entry of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RoundEntry {
    /// Its place in the usual order.
    pub(crate) place: usize,
    pub(crate) candidate: Candidate,
}

/// The entries of the round whose order is being asked for.
#[derive(Default)]
pub(crate) struct RoundOrder {
    left: Vec<RoundEntry>,
    placed: Vec<RoundEntry>,
}

impl RoundOrder {
    /// Sees a question of so many options. Returns true if it begins a round.
    pub(crate) fn see(&mut self, options: usize, candidate: &dyn Fn(usize) -> Candidate) -> bool {
        if self.left.len() == options {
            return false;
        }
        self.placed.clear();
        self.left.clear();
        let entry = |place| RoundEntry {
            place,
            candidate: candidate(place),
        };
        self.left.extend((0..options).map(entry));
        true
    }

    /// Returns the entries that are left.
    pub(crate) fn left(&self) -> &[RoundEntry] {
        &self.left
    }

    /// Returns the entries that were placed, in their new order.
    pub(crate) fn placed(&self) -> &[RoundEntry] {
        &self.placed
    }

    /// Places the entry that was picked. The loop does not ask for the last one.
    pub(crate) fn place(&mut self, pick: usize) {
        let entry = self.left.remove(pick);
        self.placed.push(entry);
        if self.left.len() < 2 {
            self.left.clear();
        }
    }
}
