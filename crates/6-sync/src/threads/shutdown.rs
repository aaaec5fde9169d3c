//! Ends a pool, waits for its jobs, and names the ones that do not end.
//!
//! The problem: a program ends, and jobs run. If it waits for them without a limit, one job that
//! blocks for ever keeps it alive for ever. If it does not wait, a file is half written. So it waits
//! for a limit of time, and then an error names the jobs that have not ended.
//!
//! ```text
//!   open ── shutdown ──> shut down ── the last job has ended ──> ended
//!              │             │
//!              │             └── join(limit): waits for the end, or names the jobs
//!              └── take_back_jobs: the jobs that have not begun end with `TakenBack`
//! ```
//!
//! A join needs a thread that waits: of its own, since those of the pool may be busy for ever.
//!
//! Invariants:
//! 1. A limit is real time, since the threads run in real time. A clock that jumps stands still.
//! 2. A shutdown loses no job: it runs, or its awaiter gets an error.
//! 3. The thread of a join ends with the wait, or when the future is dropped.
//!
//! Read next: `threads/default_pool.rs`.

use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use groundup_combinators::executor::try_iteration;

use super::error::{JobError, Place, UnfinishedJobs};
use super::job::Run;
use super::job::outcome::Outcome;
use super::job::state::Job;
use super::pool::ThreadPool;
use super::run_in_executor::RunInExecutor;
use super::turns::line::TurnLine;

impl ThreadPool {
    /// Refuses further jobs, and returns at once. The queued jobs still run, and then the threads
    /// end: `executor.shutdown(wait=False)`. A second call does nothing.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; pub use groundup_sync::executor::*; }
    /// use groundup::{JobError, ThreadPool, run, run_in_executor};
    ///
    /// run(async {
    ///     let pool = ThreadPool::new(1);
    ///     let before = run_in_executor(&pool, || "before");
    ///     pool.shutdown();
    ///     let after = run_in_executor(&pool, || "after");
    ///     assert_eq!(before.await.unwrap(), "before");
    ///     assert!(matches!(after.await, Err(JobError::PoolShutDown)));
    /// });
    /// ```
    pub fn shutdown(&self) {
        self.core.handover.shut_down();
    }

    /// Ends the jobs that have not begun, and returns their number: their awaiters get
    /// [`JobError::TakenBack`]. Which jobs have begun depends on the threads, on virtual time, too. After [`shutdown`](ThreadPool::shutdown) this is
    /// `executor.shutdown(cancel_futures=True)`.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; pub use groundup_sync::executor::*; }
    /// use std::sync::mpsc::channel;
    ///
    /// use groundup::{JobError, ThreadPool, run, run_in_executor};
    ///
    /// let (begin, begun) = channel();
    /// let (end, ended) = channel::<()>();
    /// run(async {
    ///     let pool = ThreadPool::new(1);
    ///     let first = run_in_executor(&pool, move || {
    ///         begin.send(()).unwrap();
    ///         ended.recv()
    ///     });
    ///     let second = run_in_executor(&pool, || unreachable!());
    ///     begun.recv().unwrap();
    ///     assert_eq!(pool.take_back_jobs(), 1);
    ///     assert!(matches!(second.await, Err::<(), _>(JobError::TakenBack)));
    ///     drop(end);
    ///     first.await.unwrap().unwrap_err();
    /// });
    /// ```
    pub fn take_back_jobs(&self) -> usize {
        let jobs = self.core.handover.take_all();
        for job in &jobs {
            job.take_back(JobError::TakenBack);
        }
        jobs.len()
    }

    /// Shuts the pool down, and waits until all jobs have ended and the threads are free, for at most
    /// `limit`: asyncio's `shutdown_default_executor(timeout)`. The loop goes on meanwhile.
    ///
    /// The limit is real time, also on a virtual clock, which stands still meanwhile. There the future
    /// is ready when its turn comes: the loop is idle, and awaits no job. Of several joins, the first
    /// comes first. An error comes when the limit is over. As in asyncio, a thread of its own does the
    /// waiting.
    ///
    /// # Errors
    ///
    /// [`UnfinishedJobs`] names the jobs that run when the limit is over. They run on, and `join` can
    /// be called again.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the pool stays shut down.
    #[track_caller]
    pub fn join(
        &self,
        limit: Duration,
    ) -> impl Future<Output = Result<(), UnfinishedJobs>> + use<> {
        self.shutdown();
        let (core, looks) = (self.core.clone(), self.core.clone());
        let ended = join_on_thread(
            ("pool-join", Location::caller()),
            move |given_up| core.wait_ended_unless(limit, || given_up.is_true()),
            Result::is_ok,
            move || looks.look_again(),
        );
        let core = self.core.clone();
        async move {
            // Without a thread that waits, the answer is the present state.
            ended
                .await
                .unwrap_or_else(|| core.wait_ended(Duration::ZERO))
        }
    }

    /// Does what [`join`](ThreadPool::join) does, and blocks this thread meanwhile.
    ///
    /// # Errors
    ///
    /// As `join`.
    ///
    /// # Panics
    ///
    /// If a loop is running on this thread, since it would stand still meanwhile.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; pub use groundup_sync::executor::*; }
    /// use std::time::Duration;
    ///
    /// use groundup::{ThreadPool, run, run_in_executor};
    ///
    /// let pool = ThreadPool::new(2);
    /// run(async { run_in_executor(&pool, || ()).await.unwrap() });
    /// pool.join_real_time(Duration::from_secs(60)).unwrap();
    /// assert_eq!(pool.threads(), 0);
    /// ```
    pub fn join_real_time(&self, limit: Duration) -> Result<(), UnfinishedJobs> {
        assert!(
            try_iteration().is_none(),
            "ThreadPool::join_real_time would block the event loop that runs on this thread: await \
             join instead"
        );
        self.core.wait_ended(limit)
    }
}

/// Says whether the future of a join was dropped.
#[derive(Clone, Default)]
pub(crate) struct GivenUp(Arc<AtomicBool>);

impl GivenUp {
    pub(crate) fn is_true(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// Ends the wait of a join's thread when it is dropped, with the future of the join.
struct GivesUp<L: Fn()>(GivenUp, L);

impl<L: Fn()> Drop for GivesUp<L> {
    fn drop(&mut self) {
        self.0.0.store(true, Ordering::SeqCst);
        (self.1)();
    }
}

/// Calls `wait` on a thread of its own, with this name. The future gives its value, or `None` if there
/// is no thread. A value for which `is_in_time` returns true waits for the turn of a join.
///
/// `wait` returns when it is given up. `look` has it ask again.
pub(crate) fn join_on_thread<T: Send + 'static, L: Fn()>(
    (name, place): (&'static str, Place),
    wait: impl FnOnce(&GivenUp) -> T + Send + 'static,
    is_in_time: fn(&T) -> bool,
    look: L,
) -> impl Future<Output = Option<T>> {
    let given_up = GivenUp::default();
    let gives_up = GivesUp(given_up.clone(), look);
    let job = Job::new(move || wait(&given_up), place, TurnLine::Joins);
    let job = Arc::new(job.out_of_turn_unless(is_in_time));
    job.clone().attend();
    let waiting = job.clone();
    let work = move || {
        if let Some(turn) = waiting.run() {
            waiting.say_over(&turn);
        }
    };
    if let Err(error) = thread::Builder::new().name(name.into()).spawn(work) {
        job.take_back(JobError::NoThread(Arc::new(error)));
    }
    let ended = RunInExecutor::without_queue(job);
    async move {
        let _gives_up = gives_up;
        ended.await.ok()
    }
}
