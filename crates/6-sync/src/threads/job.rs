//! One job, between the thread that awaits it and its worker.
//!
//! The problem: the awaiter and the worker both reach the job. The awaiter may leave before the job
//! begins, while it runs, or after it has ended. In each case the function and its result are used
//! or dropped once.
//!
//! ```text
//!            1 begin           2 end            3 poll
//!   Queued ──────────> Running ─────> Ended ─────────────> Over
//!     │ │                 │             ^ │                  ^
//!     │ └── 4 take back ──┼─────────────┘ └─── 6 leave ──────┤
//!     │                   └── 5 leave ──> Abandoned ── end ──┤
//!     └────────────────────── 6 leave ───────────────────────┘
//! ```
//!
//! | move | made by | what happens |
//! |---|---|---|
//! | 1 | the worker | takes the function, and calls it under a catch |
//! | 2 | the worker | stores the result, and wakes the awaiter |
//! | 3 | the awaiter | takes the result |
//! | 4 | the pool | drops the function, and stores the reason as an error |
//! | 5 | the awaiter | the job runs on; its worker drops the result |
//! | 6 | the awaiter | drops the function or the result |
//!
//! Invariants:
//! 1. Each move takes the old state out of the lock. Functions, results and wakers are called and
//!    dropped outside of it.
//! 2. The guard of the loop's clock stands in the state of an awaiter, and is dropped after the
//!    wake, or when the awaiter leaves.
//! 3. A panic reaches the awaiter. If no awaiter is left, it is reported.
//!
//! Read next: `threads/turns.rs`.

use std::mem::replace;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use groundup_combinators::executor::{AtWork, remote, try_iteration};
use groundup_combinators::task::{Address, Panic, Reason, Scheduler, drop_told};
use parking_lot::Mutex;

use super::error::{JobError, Place};
use super::lost::report_lost;
use super::turns::Turn;

/// The awaiter's part of a job that has not ended.
#[derive(Default)]
struct Awaiter {
    waker: Option<Waker>,
    clock: Option<HeldClock>,
}

/// Holds the clock of a loop still while the job is at work for it, if the clock is one that jumps.
struct HeldClock {
    address: Address,
    _at_work: AtWork,
}

impl HeldClock {
    /// Holds the clock of the running loop, if there is one.
    fn of_running_loop() -> Option<HeldClock> {
        try_iteration()?;
        Some(HeldClock {
            address: here()?,
            _at_work: remote().at_work(),
        })
    }
}

/// Returns the address of the loop of this thread.
fn here() -> Option<Address> {
    Scheduler::current().map(|scheduler| scheduler.address())
}

enum JobState<F, T> {
    Queued(F, Awaiter),
    Running(Awaiter),
    Abandoned,
    Ended(Result<T, JobError>),
    Over,
}

/// A job: a function, and then its result.
pub(super) struct Job<F, T> {
    state: Mutex<JobState<F, T>>,
    place: Place,
    /// The loop that reports a panic which no awaiter has taken.
    address: Option<Address>,
    turn: Option<Turn>,
}

/// The worker's side of a job, whatever its types.
pub(super) trait Run: Send + Sync {
    /// Runs the job on this thread, unless its awaiter has left.
    fn run(self: Arc<Self>);
    /// Ends a queued job without running it.
    fn take_back(&self, why: JobError);
}

/// The awaiter's side of a job, whatever its function.
pub(super) trait Outcome<T> {
    /// Takes the result, or stores the waker.
    fn poll_result(&self, cx: &mut Context<'_>) -> Poll<Result<T, JobError>>;
    /// Leaves the job. Returns true if it may still be queued.
    fn leave(&self) -> bool;
}

impl<F, T> Job<F, T> {
    /// Makes a job that is submitted at `place`, by the running loop if there is one.
    pub(super) fn new(work: F, place: Place, turn: Option<Turn>) -> Self {
        let (waker, clock) = (None, HeldClock::of_running_loop());
        Job {
            address: clock.as_ref().map(|clock| clock.address),
            state: Mutex::new(JobState::Queued(work, Awaiter { waker, clock })),
            place,
            turn,
        }
    }

    /// Ends the job: move 2, or the end of an abandoned job.
    fn end(&self, result: Result<T, JobError>) {
        let mut state = self.state.lock();
        match &mut *state {
            JobState::Running(awaiter) => {
                let awaiter = std::mem::take(awaiter);
                *state = JobState::Ended(result);
                drop(state);
                awaiter.wake();
            }
            _ => {
                *state = JobState::Over;
                drop(state);
                self.lose(result);
            }
        }
    }

    /// Drops a result that no awaiter takes.
    #[cold]
    fn lose(&self, result: Result<T, JobError>) {
        match result {
            Err(JobError::Panicked(panic)) => report_lost(self.address, self.place, &panic),
            result => drop_told(result),
        }
    }
}

impl Awaiter {
    /// Wakes the awaiter, and then lets the clock of its loop go on.
    fn wake(self) {
        let Awaiter { waker, clock } = self;
        if let Some(waker) = waker {
            match Scheduler::current() {
                Some(scheduler) => scheduler.wake_foreign(waker),
                None => waker.wake(),
            }
        }
        drop(clock);
    }
}

impl<F, T> Run for Job<F, T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    fn run(self: Arc<Self>) {
        let mut state = self.state.lock();
        let work = match replace(&mut *state, JobState::Over) {
            JobState::Queued(work, awaiter) => {
                *state = JobState::Running(awaiter);
                work
            }
            other => {
                *state = other;
                return;
            }
        };
        drop(state);
        let ran = catch_unwind(AssertUnwindSafe(work));
        let result = ran.map_err(|payload| JobError::Panicked(Panic::new(payload)));
        if self.turn.is_none() {
            return self.end(result);
        }
        let delivery = Delivery(self, Some(result));
        if let Some(turn) = &delivery.0.turn.clone() {
            turn.deliver(delivery);
        }
    }

    fn take_back(&self, why: JobError) {
        if let Some(turn) = &self.turn {
            turn.leave();
        }
        let mut state = self.state.lock();
        match replace(&mut *state, JobState::Ended(Err(why))) {
            JobState::Queued(work, awaiter) => {
                drop(state);
                drop_told(work);
                awaiter.wake();
            }
            other => drop(replace(&mut *state, other)),
        }
    }
}

/// A result on its way to the loop, which its drop delivers.
struct Delivery<F, T>(Arc<Job<F, T>>, Option<Result<T, JobError>>);

impl<F, T> Drop for Delivery<F, T> {
    fn drop(&mut self) {
        if let Some(result) = self.1.take() {
            self.0.end(result);
        }
    }
}

impl<F: Send, T: Send> Outcome<T> for Job<F, T> {
    fn poll_result(&self, cx: &mut Context<'_>) -> Poll<Result<T, JobError>> {
        // The clone and the drop of a waker may run any code, so they are not under the lock.
        let fresh = cx.waker().clone();
        let clock = self.clock_of_another_loop();
        let mut state = self.state.lock();
        let before = match &mut *state {
            JobState::Queued(_, awaiter) | JobState::Running(awaiter) => {
                let clock = clock.map(|clock| awaiter.clock.replace(clock));
                (awaiter.waker.replace(fresh), clock)
            }
            _ => {
                drop(state);
                return self.take_result(cx);
            }
        };
        drop(state);
        drop(before);
        if let Some(scheduler) = Scheduler::current() {
            scheduler.waits_for(cx, Reason::Outside);
        }
        Poll::Pending
    }

    fn leave(&self) -> bool {
        if let Some(turn) = &self.turn {
            turn.leave();
        }
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
            JobState::Ended(result) => {
                drop(state);
                self.lose(result);
            }
            other => *state = other,
        }
        false
    }
}

impl<F, T> Job<F, T> {
    /// Holds the clock of the running loop, if the job was submitted elsewhere.
    #[inline]
    fn clock_of_another_loop(&self) -> Option<HeldClock> {
        if self.address.is_some() && self.address == here() {
            return None;
        }
        HeldClock::of_running_loop()
    }

    fn take_result(&self, cx: &mut Context<'_>) -> Poll<Result<T, JobError>> {
        if Scheduler::holds_back(cx) {
            return Poll::Pending;
        }
        let mut state = self.state.lock();
        match replace(&mut *state, JobState::Over) {
            JobState::Ended(result) => Poll::Ready(result),
            other => {
                *state = other;
                drop(state);
                panic!("a job was polled after it had finished: await it once");
            }
        }
    }
}
