//! Priorities at random: schedules that keep to an order.
//!
//! The problem: a bug shows if one task is first in each of four rounds. A uniform seed draws a new
//! order for each round. With six tasks, one seed of 1,296 has the right task first four times. So here
//! each task draws a *priority*, once, and the highest one is always first: one seed of six suffices.
//! An order that must change in the middle is found, too: at a few random questions, the task
//! that would be first gets the lowest priority. The method is PCT, probabilistic concurrency testing
//! (Burckhardt and others, 2010). A bug that needs `depth` such orders among n tasks and k questions is
//! found by at least one seed of n * k^(depth - 1).
//!
//! ```text
//!   priorities  a 7   b 9   c 4             depth 2: one change, at the fourth question
//!   rounds      b a c | b a c | a c b       b would be first, and is the last from there on
//! ```
//!
//! Invariants:
//! 1. A timer, a deadline and the notice of an end have the priority of their task.
//! 2. Equal seeds and equal questions have equal answers.
//!
//! Read next: `schedule/token.rs`.

use std::collections::BTreeMap;

use groundup::trace::{Candidate, Choice, Chooser, Seeded};

use crate::schedule::round::RoundEntry;

/// The priorities of the entries of one run.
pub(crate) struct Priorities {
    random: Seeded,
    known: BTreeMap<Candidate, usize>,
    /// The numbers of the questions at which a priority changes.
    changes: Vec<usize>,
    asked: usize,
}

/// The number of priorities at random. Those that are given later are beneath them.
const PRIORITIES: usize = 1 << 40;

impl Priorities {
    /// Makes the priorities of a seed. A run has about `questions` questions about orders.
    pub(crate) fn new(seed: u64, depth: usize, questions: usize) -> Self {
        let mut random = Seeded::new(seed);
        let mut change = |_| random.choose(Choice::Ready, questions.max(1));
        let changes = (1..depth).map(&mut change).collect();
        Priorities {
            random,
            known: BTreeMap::new(),
            changes,
            asked: 0,
        }
    }

    /// Answers a question about the order of a round.
    pub(crate) fn pick(&mut self, left: &[RoundEntry]) -> usize {
        let changes = self.changes.iter().filter(|at| **at == self.asked).count();
        self.asked += 1;
        let first = self.highest(left);
        if changes == 0 {
            return first;
        }
        // Beneath all others, and beneath those that fell before.
        let lowest = self.known.values().min().copied().unwrap_or(0);
        self.known
            .insert(owner(left[first].candidate), lowest.saturating_sub(1));
        self.highest(left)
    }

    fn highest(&mut self, left: &[RoundEntry]) -> usize {
        let (mut highest, mut first) = (0, 0);
        for (at, entry) in left.iter().enumerate() {
            let priority = self.of(owner(entry.candidate));
            if at == 0 || priority > highest {
                (highest, first) = (priority, at);
            }
        }
        first
    }

    fn of(&mut self, owner: Candidate) -> usize {
        let random = &mut self.random;
        let draw = || PRIORITIES + random.choose(Choice::Ready, PRIORITIES);
        *self.known.entry(owner).or_insert_with(draw)
    }

    /// Answers another question at random.
    pub(crate) fn draw(&mut self, options: usize) -> usize {
        self.random.choose(Choice::Pick, options)
    }
}

/// Returns the task of an entry, or the entry itself.
fn owner(candidate: Candidate) -> Candidate {
    candidate.task().map_or(candidate, Candidate::Task)
}
