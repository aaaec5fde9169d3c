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

use super::awaiter::{AwaitedIn, Awaiter};
use crate::threads::error::{JobError, Place};
use crate::threads::lost::report_lost;
use crate::threads::turns::Turns;
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
    /// That loop has turns.
    has_turns: bool,
    /// Returns false for a value that does not wait for its turn.
    pub(super) waits: fn(&T) -> bool,
}

impl<F, T> Job<F, T> {
    /// Makes a job that is submitted at `place`. It is awaited in the running loop, and has no turn yet.
    pub(in crate::threads) fn new(work: F, place: Place, line: TurnLine) -> Self {
        let awaited_in = AwaitedIn::running_loop();
        let address = awaited_in.as_ref().map(AwaitedIn::address);
        let awaiter = Awaiter {
            waker: None,
            place: awaited_in,
        };
        Job {
            address,
            has_turns: address.is_some() && Turns::of_running_loop().is_some(),
            state: Mutex::new(JobState::Queued(work, awaiter)),
            place,
            line,
            waits: |_| true,
        }
    }

    /// Returns true if the loop that has submitted the job has turns.
    pub(in crate::threads) fn has_turns(&self) -> bool {
        self.has_turns
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
