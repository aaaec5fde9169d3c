//! A schedule: the answers of a run that are not the first option.
//!
//! The problem: a run that fails must be run again, made smaller, told in a sentence and sent
//! to a colleague. So each run has a record of its free choices. First in, first out
//! answers every question with 0. A schedule is the list of the other answers, its
//! *deviations*, and most schedules that fail need one or two.
//!
//! ```text
//!   questions   ready 3   ready 2   branch 2   ready 2   cancel 4
//!   answers        2         0         0          1         0
//!   schedule    (0: 2)                         (3: 1)              two deviations
//!   token       gu1:4zk0120
//! ```
//!
//! Invariants:
//! 1. A deviation answers a question with a number from 1 on; their order is that of the
//!    questions.
//! 2. The same program under the same schedule asks the same questions, or it cannot be
//!    explored.
//!
//! Read next: `run.rs`, one run. Second reading: `schedule/plan.rs`, where the answers come from.

pub(crate) mod guide;
pub(crate) mod normal_form;
pub(crate) mod pick;
pub(crate) mod plan;
mod priorities;
mod round;
pub(crate) mod story;
pub(crate) mod token;

use groundup::trace::Choice;

/// The kind of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// Which entry of the round runs next.
    Ready,
    /// Which branch of a `race` or a `select` is polled first.
    Branch,
    /// Which of several equal things: a job of a pool, or a `pick` of the program.
    Pick,
    /// The seed of the program's random numbers.
    Seed,
    /// How late a park ends.
    Late,
    /// Whether a task is cancelled or the loop is closed before an iteration.
    Cancel,
    /// Whether the future under test is dropped after a poll.
    Drop,
}

impl Kind {
    /// Returns the kind of a question that the loop asks.
    pub(crate) fn of(choice: Choice) -> Self {
        match choice {
            Choice::Branch => Kind::Branch,
            Choice::Pick if pick::asks_for_a_seed() => Kind::Seed,
            Choice::Ready => Kind::Ready,
            _ => Kind::Pick,
        }
    }

    /// Returns true if the kit itself asks, to disturb the run.
    pub(crate) fn disturbs(self) -> bool {
        matches!(self, Kind::Cancel | Kind::Drop)
    }
}

/// An act of the kit that disturbs a run at one point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Disturbance {
    /// A task is cancelled before an iteration.
    Cancel,
    /// The future under test is dropped after a poll.
    Drop,
    /// The loop is closed before an iteration.
    Close,
}

/// A sentence about an answer that the numbers do not tell.
#[derive(Clone, Debug)]
pub(crate) struct Note {
    /// The number of the question.
    pub(crate) at: usize,
    pub(crate) disturbance: Option<Disturbance>,
    pub(crate) text: String,
    /// Where the disturbed task stood.
    pub(crate) stands: String,
}

/// A question and its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Question {
    pub(crate) kind: Kind,
    pub(crate) options: u32,
    pub(crate) picked: u32,
    /// The next higher answer that a search must try; 0 if there is none.
    pub(crate) next: u32,
    /// The answer made no difference.
    pub(crate) moot: bool,
}

impl Question {
    /// Returns true if both are the same question. The answers may differ.
    pub(crate) fn is_like(&self, other: &Question) -> bool {
        (self.kind, self.options) == (other.kind, other.options)
    }
}

/// An answer that is not the first option.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Deviation {
    /// The number of the question, starting at 0.
    pub(crate) at: u32,
    /// The answer, from 1 on.
    pub(crate) pick: u32,
}

/// Returns the deviations in a record.
pub(crate) fn deviations(record: &[Question]) -> Vec<Deviation> {
    let asked = record.iter().zip(0..);
    let others = asked.filter(|(question, _)| question.picked > 0);
    let deviation = |(question, at): (&Question, u32)| Deviation {
        at,
        pick: question.picked,
    };
    others.map(deviation).collect()
}
