//! The awaiter's side of a job.
//!
//! The problem: the future of a job can be polled in any loop, in no loop, before the job is over or
//! after it, and can be dropped at any moment. A result that is there must still not be taken before
//! its turn.
//!
//! Invariants:
//! 1. A result is taken once. Before its turn has come, it is taken only where the job has no turn.
//! 2. Moves 4, 6 and 7 of `job.rs` are made here, and nowhere else.
//!
//! Read next: `threads/job.rs`.

use std::mem::replace;
use std::sync::Arc;
use std::task::{Context, Poll};

use groundup_combinators::task::{Scheduler, drop_told};

use super::awaiter::{AwaitedIn, here};
use super::state::{Job, JobState};
use crate::threads::error::JobError;
use crate::threads::turns::line::InTurn;

/// The awaiter's side of a job, whatever its function.
pub(in crate::threads) trait Outcome<T> {
    /// Awaits the job in the loop that runs on this thread, or in none.
    fn attend(self: Arc<Self>);
    /// Takes the result, or stores the waker.
    fn poll_result(&self, cx: &mut Context<'_>) -> Poll<Result<T, JobError>>;
    /// Leaves the job. Returns true if it may still be queued.
    fn leave(&self) -> bool;
    /// Returns true if the job is awaited where it was awaited before.
    fn is_attended(&self) -> bool;
}

impl<F: Send + 'static, T: Send + 'static> Outcome<T> for Job<F, T>
where
    Self: InTurn,
{
    fn is_attended(&self) -> bool {
        match &*self.state.lock() {
            JobState::Queued(_, awaiter)
            | JobState::Running(awaiter)
            | JobState::Ended(_, awaiter) => awaiter.is_at(here()),
            _ => true,
        }
    }

    fn attend(self: Arc<Self>) {
        let place = AwaitedIn::running_loop(self.line, self.clone());
        let mut state = self.state.lock();
        let (awaiter, ended) = match &mut *state {
            JobState::Queued(_, awaiter) | JobState::Running(awaiter) => (awaiter, false),
            JobState::Ended(_, awaiter) => (awaiter, true),
            _ => {
                drop(state);
                return drop(place);
            }
        };
        let before = replace(&mut awaiter.place, place);
        let turn = awaiter.turn().filter(|_| ended);
        drop(state);
        drop(before);
        if turn.is_some_and(|turn| turn.is_over()) {
            self.deliver();
        }
    }

    fn poll_result(&self, cx: &mut Context<'_>) -> Poll<Result<T, JobError>> {
        // The clone and the drop of a waker may run any code, so they are not under the lock.
        let fresh = cx.waker().clone();
        let mut state = self.state.lock();
        let awaiter = match &mut *state {
            JobState::Queued(_, awaiter) | JobState::Running(awaiter) => awaiter,
            JobState::Ended(_, awaiter) if awaiter.has_turn() => awaiter,
            _ => {
                drop(state);
                return self.take_result(cx);
            }
        };
        let before = awaiter.waker.replace(fresh);
        drop(state);
        drop(before);
        if let Some(scheduler) = Scheduler::current() {
            scheduler.waits_for_nameless(cx, "a job of a pool", self.place);
        }
        Poll::Pending
    }

    fn leave(&self) -> bool {
        let mut state = self.state.lock();
        match replace(&mut *state, JobState::Over) {
            JobState::Queued(work, awaiter) => {
                drop(state);
                drop_told(work);
                drop(awaiter);
                return true;
            }
            JobState::Running(awaiter) => {
                *state = JobState::Abandoned;
                drop(state);
                drop(awaiter);
            }
            JobState::Ended(result, awaiter) => {
                drop(state);
                self.lose(result);
                drop(awaiter);
            }
            JobState::Told(result) => {
                drop(state);
                self.lose(result);
            }
            other => *state = other,
        }
        false
    }
}

impl<F, T> Job<F, T> {
    fn take_result(&self, cx: &mut Context<'_>) -> Poll<Result<T, JobError>> {
        if Scheduler::holds_back(cx) {
            return Poll::Pending;
        }
        let mut state = self.state.lock();
        match replace(&mut *state, JobState::Over) {
            JobState::Ended(result, awaiter) => {
                drop(state);
                drop(awaiter);
                Poll::Ready(result)
            }
            JobState::Told(result) => Poll::Ready(result),
            other => {
                *state = other;
                drop(state);
                panic!("a job was polled after it had finished: await it once");
            }
        }
    }
}
