//! A job and its state.
//!
//! The problem: the thread that awaits a job and the thread that runs it use one state, and each job
//! has a function and a value of its own types.
//!
//! Invariant: only `job.rs` and `job/outcome.rs` change the state, by the moves of the picture there.
//!
//! Read next: `threads/job/outcome.rs`.

use parking_lot::Mutex;

use groundup_combinators::task::{Address, drop_told};

use super::awaiter::{Awaiter, here};
use crate::threads::error::{JobError, Place};
use crate::threads::lost::report_lost;
use crate::threads::turns::line::TurnLine;

/// The state of a job, and what belongs to it.
pub(super) enum JobState<F, T> {
    Queued(F, Awaiter),
    Running(Awaiter),
    Abandoned,
    Ended(Result<T, JobError>, Awaiter),
    Told(Result<T, JobError>),
    Over,
}

/// A job: a function, and then its result.
pub(in crate::threads) struct Job<F, T> {
    pub(super) state: Mutex<JobState<F, T>>,
    pub(super) place: Place,
    pub(super) line: TurnLine,
    /// The loop that reports a panic which no awaiter has taken.
    pub(super) address: Option<Address>,
    /// Returns false for a value that does not wait for its turn.
    pub(super) waits: fn(&T) -> bool,
}

impl<F, T> Job<F, T> {
    /// Makes a job that is submitted at `place`.
    pub(in crate::threads) fn new(work: F, place: Place, line: TurnLine) -> Self {
        Job {
            address: here(),
            state: Mutex::new(JobState::Queued(work, Awaiter::default())),
            place,
            line,
            waits: |_| true,
        }
    }

    /// Lets the values for which `waits` returns false end out of turn.
    pub(in crate::threads) fn out_of_turn_unless(mut self, waits: fn(&T) -> bool) -> Self {
        self.waits = waits;
        self
    }

    /// Drops a result that no awaiter takes.
    #[cold]
    pub(super) fn lose(&self, result: Result<T, JobError>) {
        match result {
            Err(JobError::Panicked(panic)) => report_lost(self.address, self.place, &panic),
            result => drop_told(result),
        }
    }
}
