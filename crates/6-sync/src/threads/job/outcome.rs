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

use std::cell::Cell;
use std::mem::replace;
use std::sync::Arc;
use std::task::{Context, Poll};

use groundup_combinators::executor::address_here;
use groundup_combinators::task::{Address, Scheduler, drop_told};
use parking_lot::MutexGuard;

use super::awaiter::{AwaitedIn, Awaiter};
use super::state::{Job, JobState};
use crate::threads::error::JobError;
use crate::threads::turns::line::InTurn;

/// The awaiter's side of a job, whatever its function.
pub(in crate::threads) trait Outcome<T> {
    /// Awaits the job in the loop that runs on this thread, or in none.
    fn attend(self: Arc<Self>);
    /// Takes the result, or stores the waker. Returns `None`, and changes nothing, if the job was awaited
    /// elsewhere before: then `attend` comes first.
    fn poll_result(&self, cx: &mut Context<'_>) -> Option<Poll<Result<T, JobError>>>;
    /// Leaves the job. Returns true if it may still be queued.
    fn leave(&self) -> bool;
}

impl<F: Send + 'static, T: Send + 'static> Outcome<T> for Job<F, T>
where
    Self: InTurn,
{
    fn attend(self: Arc<Self>) {
        let place = AwaitedIn::in_turn(self.line, self.clone());
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

    fn poll_result(&self, cx: &mut Context<'_>) -> Option<Poll<Result<T, JobError>>> {
        let here = address_here();
        // The clone and the drop of a waker may run any code, so they are not under the lock.
        let fresh = cx.waker().clone();
        let mut state = self.state.lock();
        let awaiter = match &mut *state {
            JobState::Queued(_, awaiter) | JobState::Running(awaiter) => awaiter,
            JobState::Ended(_, awaiter) if self.waits_for_turn(awaiter, here) => awaiter,
            _ => return Some(self.take_result(state, cx)),
        };
        if !awaiter.is_at(here) {
            return None;
        }
        let before = awaiter.waker.replace(fresh);
        drop(state);
        drop(before);
        // A job belongs to no loop, so any loop is its home.
        let home = Cell::new(None);
        Scheduler::running_waits_for_nameless(cx, "a job of a pool", self.place, &home);
        Some(Poll::Pending)
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
    /// Returns true if a result that is there waits for a turn in the loop at this address, or must
    /// first get one there.
    fn waits_for_turn(&self, awaiter: &Awaiter, here: Option<Address>) -> bool {
        let may_have_turns = here.is_some() && (self.has_turns() || here != self.address);
        awaiter.has_turn() || may_have_turns && !awaiter.is_at(here)
    }

    fn take_result<'a>(
        &'a self,
        mut state: MutexGuard<'a, JobState<F, T>>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<T, JobError>> {
        let mut cancel_comes = false;
        Scheduler::holds_back_if(cx, || {
            cancel_comes = true;
            false
        });
        if cancel_comes {
            drop(state); // the refusal wakes the caller
            if Scheduler::holds_back(cx) {
                return Poll::Pending;
            }
            state = self.state.lock();
        }
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
