//! Submits a function to a pool, and awaits its result.
//!
//! The problem: a task needs the result of a call that blocks. The call runs on a thread of a pool,
//! and meanwhile the task is suspended and the loop goes on.
//!
//! The essay (`lib.rs`) has a picture of the way to the thread and back.
//!
//! Results that come while the loop is awake lie in its mailbox, and the loop collects all of them
//! at once. So a thousand jobs that end together wake the loop once.
//!
//! Invariants:
//! 1. The job is submitted by the call, as in asyncio, and not by the first poll.
//! 2. A future that is dropped takes its job out of the queue. A job that runs is not stopped: it
//!    runs on, and its result is dropped.
//! 3. While a loop awaits the job, a clock of that loop that jumps stands still, and the job has a
//!    turn there.
//!
//! Read next: `threads/shutdown.rs`.

use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use groundup_combinators::task::Scheduler;
use groundup_combinators::trace::{Access, Touched};

use super::error::{JobError, Place};
use super::handover::Submitted;
use super::job::Run;
use super::job::outcome::Outcome;
use super::job::state::Job;
use super::pool::{PoolCore, ThreadPool};

/// Runs `work` on a thread of `pool`: asyncio's `loop.run_in_executor`. The future gives its value.
///
/// The job is submitted by this call, before the future is polled, and jobs begin in the order of
/// the calls. The future can be awaited in a task of any loop, or by any other executor of the thread.
///
/// # Errors
///
/// See [`JobError`]: the panic of the job; a pool that is shut down.
///
/// # Cancel safety
///
/// If the future is dropped, a job that has not begun is taken out of the queue and dropped. A job
/// that has begun runs to its end, since a thread cannot be stopped. Its value is dropped there, and
/// its panic is reported to the exception handler of the loop.
///
/// # Virtual time
///
/// While the future is alive and the job is not done, a clock that jumps stands still. So a
/// timeout never overtakes a job on virtual time, and a job that waits for a sleep of its own loop
/// waits for ever.
///
/// On such a clock jobs end in turn, so that runs repeat to the byte of their trace. The loop takes
/// one result when it is idle, and one after each 64 steps when it is busy. It takes them in the order
/// of submission, or under a [chooser](crate::executor::Builder::seed) in the chosen order, and waits
/// for a job whose turn it is. A job has its turn in the loop that polled the future last, also if it
/// was submitted elsewhere.
///
/// Three things depend on the threads, and do not repeat: when a job calls the loop through a
/// [`Remote`](crate::executor::Remote); whether a queued job has begun when it is taken back or its
/// future is dropped; and when the panic of a job without an awaiter is reported. If a job waits for
/// the awaiter of a job whose turn comes later, the loop takes the later one after ten seconds of real
/// time, and reports it. If a job waits for a task of a busy loop, by a channel of the standard library
/// for example, the task may stand still for ten seconds of real time: the loop waits for the job. Such a
/// job calls the loop through a [`Remote`](crate::executor::Remote), and the loop goes on at once.
///
/// ```
/// # mod groundup { pub use groundup_sync::*; pub use groundup_sync::executor::*; }
/// use groundup::{ThreadPool, run, run_in_executor};
///
/// let pool = ThreadPool::new(2);
/// let sum = run(async { run_in_executor(&pool, || (1..=1_000_000_u64).sum::<u64>()).await });
/// assert_eq!(sum.unwrap(), 500_000_500_000);
/// ```
#[doc(alias("spawn_blocking", "unblock"))]
#[track_caller]
pub fn run_in_executor<F, T>(pool: &ThreadPool, work: F) -> RunInExecutor<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    submit(&pool.core, work, Location::caller())
}

/// The future of a job on a pool, made by [`run_in_executor`].
#[must_use = "dropping the future takes the job out of the queue"]
pub struct RunInExecutor<T> {
    job: Arc<dyn Outcome<T>>,
    /// The pool in whose queue the job may stand, and its number there.
    queue: Option<(Arc<PoolCore>, u64)>,
    /// The result was taken.
    over: bool,
}

pub(crate) fn submit<F, T>(core: &Arc<PoolCore>, work: F, place: Place) -> RunInExecutor<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    Scheduler::touch(Touched::Loop, Access::Write); // the number of the job
    let job = Arc::new(Job::new(work, place, core.line()));
    if job.has_turns() {
        job.clone().attend();
    }
    let submitted = core.handover.submit(job.clone() as Arc<dyn Run>, place);
    let queue = match submitted {
        Submitted::Queued(number) => Some((core.clone(), number)),
        Submitted::StartWorker(number, worker) => {
            core.start(worker);
            Some((core.clone(), number))
        }
        Submitted::Refused(refused) => {
            refused.take_back(JobError::PoolShutDown);
            None
        }
    };
    let over = false;
    RunInExecutor { job, queue, over }
}

impl<T> RunInExecutor<T> {
    /// Makes the future of a job that stands in no queue.
    pub(super) fn without_queue(job: Arc<dyn Outcome<T>>) -> Self {
        let (queue, over) = (None, false);
        RunInExecutor { job, queue, over }
    }
}

impl<T> Future for RunInExecutor<T> {
    type Output = Result<T, JobError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let polled = loop {
            match self.job.poll_result(cx) {
                Some(polled) => break polled,
                None => self.job.clone().attend(),
            }
        };
        self.over = polled.is_ready();
        polled
    }
}

impl<T> Drop for RunInExecutor<T> {
    fn drop(&mut self) {
        if !self.over
            && self.job.leave()
            && let Some((core, number)) = self.queue.take()
        {
            drop(core.handover.take(number));
        }
    }
}

impl<T> fmt::Debug for RunInExecutor<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.queue.as_ref().map(|(_, number)| number);
        f.debug_struct("RunInExecutor")
            .field("job", &number)
            .finish()
    }
}
