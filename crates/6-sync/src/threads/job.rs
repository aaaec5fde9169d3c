//! One job, between the thread that awaits it and its worker.
//!
//! The problem: the awaiter and the worker both reach the job. The awaiter may leave before the job
//! begins, while it runs, or after it has ended. In each case the function and its result are used
//! or dropped once.
//!
//! ```text
//!            1 begin           2 end            3 deliver         4 poll
//!   Queued ──────────> Running ─────> Ended ────────────> Told ─────────> Over
//!     │ │                 │             │                  ^ │              ^
//!     │ └── 5 take back ──┼─────────────┼──────────────────┘ │              │
//!     │                   │             └── 4 poll, 7 leave ─┴── 7 leave ───┤
//!     │                   └── 6 leave ──> Abandoned ── end ─────────────────┤
//!     └────────────────────── 7 leave ──────────────────────────────────────┘
//! ```
//!
//! | move | made by | what happens |
//! |---|---|---|
//! | 1 | the worker | takes the function, and calls it under a catch |
//! | 2 | the worker | stores the result; wakes the awaiter, unless it has a turn |
//! | 3 | the loop | the turn has come: wakes the awaiter |
//! | 4 | the awaiter | takes the result; from `Ended` only if it has no turn |
//! | 5 | the pool | drops the function, and stores the reason as an error |
//! | 6 | the awaiter | the job runs on; its worker drops the result |
//! | 7 | the awaiter | drops the function or the result |
//!
//! Invariants:
//! 1. Each move takes the old state out of the lock. Functions, results and wakers are called and
//!    dropped outside of it.
//! 2. The clock and the turn stand in the state of an awaiter (`job/awaiter.rs`).
//! 3. A panic reaches the awaiter. If no awaiter is left, it is reported.
//!
//! Read next: `threads/pool.rs`.

use std::mem::replace;
use std::panic::{AssertUnwindSafe, catch_unwind};

use groundup_combinators::task::{Panic, drop_told};

use super::error::JobError;
use super::turns::OfJob;
use super::turns::line::InTurn;

pub(super) mod awaiter;
pub(super) mod outcome;
pub(super) mod state;

use awaiter::Awaiter;
use state::{Job, JobState};

/// The worker's side of a job, whatever its types.
pub(super) trait Run: Send + Sync {
    /// Runs the job on this thread, unless its awaiter has left. Returns its turn, if it waits for
    /// one.
    fn run(&self) -> Option<OfJob>;
    /// Says that the job is over, which waits for its turn.
    fn say_over(&self, turn: &OfJob);
    /// Ends a queued job without running it.
    fn take_back(&self, why: JobError);
}

impl<F, T> Job<F, T> {
    /// Ends the job: move 2, or the end of an abandoned job.
    fn end(&self, result: Result<T, JobError>) -> Option<OfJob>
    where
        F: Send,
        T: Send,
    {
        let waits = result.as_ref().is_ok_and(self.waits) || result.is_err();
        let mut state = self.state.lock();
        let awaiter = match &mut *state {
            JobState::Running(awaiter) => std::mem::take(awaiter),
            _ => {
                *state = JobState::Over;
                drop(state);
                self.lose(result);
                return None;
            }
        };
        match awaiter.turn() {
            Some(turn) if waits => {
                *state = JobState::Ended(result, awaiter);
                Some(turn)
            }
            turn => {
                *state = match turn {
                    Some(_) => JobState::Told(result),
                    None => JobState::Ended(result, Awaiter::default()),
                };
                drop(state);
                awaiter.wake();
                None
            }
        }
    }
}

impl<F: Send, T: Send> InTurn for Job<F, T> {
    fn deliver(&self) -> bool {
        let mut state = self.state.lock();
        match replace(&mut *state, JobState::Over) {
            JobState::Ended(result, awaiter) => {
                *state = JobState::Told(result);
                drop(state);
                awaiter.wake();
                true
            }
            other => {
                let is_over = !matches!(other, JobState::Queued(..) | JobState::Running(_));
                *state = other;
                is_over
            }
        }
    }

    fn is_queued(&self) -> bool {
        matches!(&*self.state.lock(), JobState::Queued(..))
    }
}

impl<F, T> Run for Job<F, T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    fn run(&self) -> Option<OfJob> {
        let mut state = self.state.lock();
        let work = match replace(&mut *state, JobState::Over) {
            JobState::Queued(work, awaiter) => {
                *state = JobState::Running(awaiter);
                work
            }
            other => {
                *state = other;
                return None;
            }
        };
        drop(state);
        let ran = catch_unwind(AssertUnwindSafe(work));
        self.end(ran.map_err(|payload| JobError::Panicked(Panic::new(payload))))
    }

    fn say_over(&self, turn: &OfJob) {
        if turn.is_over() {
            self.deliver();
        }
    }

    fn take_back(&self, why: JobError) {
        let mut state = self.state.lock();
        match replace(&mut *state, JobState::Told(Err(why))) {
            JobState::Queued(work, awaiter) => {
                drop(state);
                drop_told(work);
                awaiter.wake();
            }
            other => drop(replace(&mut *state, other)),
        }
    }
}
