//! Keeps the largest charges of a run one by one, and adds up the others.
//!
//! The problem: of N tasks that are ready together, each delays all that run after it. That is
//! N² / 2 charges, fifty million for ten thousand tasks, and a reader looks at the first few.
//!
//! ```text
//!   charge ──► the 10,000 largest ────────► hog delayed cook by 2 s
//!                 │ the smallest one
//!                 ▼
//!              the sum of its culprit ────► hog delayed 90 others by 0.1 s
//! ```
//!
//! Invariants
//! 1. The listed charges and the sums add up to all charges that came.
//! 2. Of two equal charges, the list begins with the one that came first.
//!
//! Read next: `ledger.rs`.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The most charges that a list has one by one.
const LISTED: usize = 10_000;

/// A charge: its delay, when it came, the holder and the victim. The later of two equal
/// delays is the smaller charge.
type Item = (u128, Reverse<usize>, usize, usize);

/// A delay, its holder, and its victim or the number of them.
pub(super) type Row = (u128, usize, usize);

/// The largest charges, and for each holder the sum of the others.
pub(super) struct Largest {
    /// The smallest one is on top.
    listed: BinaryHeap<Reverse<Item>>,
    /// The delays and the number of the charges that are not listed.
    others: Vec<(u128, usize)>,
    came: usize,
}

impl Largest {
    pub(super) fn new(holders: usize) -> Self {
        Self {
            listed: BinaryHeap::new(),
            others: vec![(0, 0); holders],
            came: 0,
        }
    }

    /// Adds a charge of a holder to a victim.
    pub(super) fn add(&mut self, delay: u128, by: usize, to: usize) {
        let mut least = (delay, Reverse(self.came), by, to);
        self.came += 1;
        if self.listed.len() < LISTED {
            self.listed.push(Reverse(least));
            return;
        }
        if let Some(mut top) = self.listed.peek_mut()
            && top.0 < least
        {
            std::mem::swap(&mut top.0, &mut least);
        }
        let others = &mut self.others[least.2];
        *others = (others.0 + least.0, others.1 + 1);
    }

    /// Returns the listed charges as delay, holder and victim, and the others as delay,
    /// holder and number. Both have the largest first.
    pub(super) fn finish(self) -> [Vec<Row>; 2] {
        let listed = self.listed.into_sorted_vec().into_iter();
        let listed = listed.map(|Reverse((delay, _, by, to))| (delay, by, to));
        let others = self.others.iter().enumerate();
        let others = others.filter(|(_, (_, count))| *count > 0);
        let mut others: Vec<_> = others
            .map(|(by, (delay, count))| (*delay, by, *count))
            .collect();
        others.sort_by_key(|(delay, ..)| Reverse(*delay));
        [listed.collect(), others]
    }
}
