//! Turns: the children that wait until the limit lets them begin.
//!
//! The problem: the children begin in the order in which they were spawned, and any of them may be
//! cancelled before. A group may have many thousands of them, and a cancel must not look at the
//! others.
//!
//! ```text
//!   waiting   3  4  5  6  7 ──the limit allows two──> 3 and 4 begin
//!             5 is called off ──> looked up by its number, and taken out
//! ```
//!
//! Invariants:
//! 1. The children that wait stand in the order of their numbers, which is that of their spawns.
//! 2. To take one out costs a look-up, however many wait.
//!
//! Read next: `task_group/borrowing/control.rs`.

use std::collections::BTreeMap;

/// Children that wait, by their numbers.
pub(super) struct Turns<N, C> {
    waiting: BTreeMap<N, C>,
}

impl<N: Ord, C> Turns<N, C> {
    pub(super) fn new() -> Self {
        Turns {
            waiting: BTreeMap::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn add(&mut self, number: N, child: C) {
        self.waiting.insert(number, child);
    }

    /// Takes the child that was spawned first.
    pub(super) fn next(&mut self) -> Option<C> {
        self.waiting.pop_first().map(|(_, child)| child)
    }

    /// Takes out those of the children with these numbers that wait, in the order of their spawns.
    pub(super) fn take_out(&mut self, mut numbers: Vec<N>) -> Vec<C> {
        numbers.sort_unstable();
        let taken = numbers
            .iter()
            .filter_map(|number| self.waiting.remove(number));
        taken.collect()
    }
}
