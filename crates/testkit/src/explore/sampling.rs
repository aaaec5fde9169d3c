//! The ways to draw a random schedule.
//!
//! The problem: a bug that needs an order which lasts, a bug that needs one unusual answer, and a bug that
//! needs many are found by random schedules of different sorts. So the seeds take turns.
//!
//! Invariant: half of the usual seeds have priorities.
//!
//! Read next: `explore/engine.rs`.

/// The depth of the seeds with priorities, if none is set.
pub(super) const DEPTH: usize = 3;

/// How the answers of a random schedule are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sampling {
    /// Each answer at random.
    Uniform,
    /// First in, first out, but for about three answers of a run.
    Sparse,
    /// Each task gets a priority at random, and the highest one comes first. At `depth` - 1 random
    /// questions of a run, the task that would be first gets the lowest priority.
    Pct {
        /// How many orders of two tasks a bug needs; 1 is the least.
        depth: usize,
    },
}

/// Half of the seeds with priorities, and a quarter drawn in each other way.
pub(super) fn by_halves(depth: usize) -> Vec<Sampling> {
    let pct = Sampling::Pct { depth };
    vec![Sampling::Uniform, pct, Sampling::Sparse, pct]
}
