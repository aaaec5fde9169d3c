//! A pool of threads: bounded, named, and started when needed.
//!
//! The problem: each blocking call needs a thread of its own while it blocks. A thread per call
//! costs its start, and a million calls at once would be a million threads. So a pool has at most a
//! given number of threads. It starts one when a job comes and no thread is free, and a thread that
//! has been idle for ten seconds ends.
//!
//! ```text
//!   ThreadPool ──> PoolCore { handover, name } <── each worker
//!      │ drop
//!      └── shut_down: the workers run the queued jobs, and end
//! ```
//!
//! Invariants:
//! 1. A pool without jobs has no threads after its idle time.
//! 2. A job that no thread will run is ended with an error.
//! 3. A worker outlives the panics of its jobs and of their drops.
//!
//! Read next: `threads/run_in_executor.rs`.

use std::fmt;
use std::ptr;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use groundup_combinators::task::drop_told_by;

use super::error::{JobError, Place, UnfinishedJob, UnfinishedJobs};
use super::handover::Handover;
use super::job::Run;
use super::turns::line::TurnLine;

/// An idle thread ends after so long, in real time, unless the builder sets another time.
const IDLE: Duration = Duration::from_secs(10);

/// The width of a pool whose size the program does not say: the least size that such a pool has, on a
/// machine of one processor. So the order in which its jobs end does not depend on the machine.
pub(super) const WIDTH: usize = 5;

/// The state of a pool, shared by the pool, its workers and the futures of its jobs.
pub(crate) struct PoolCore {
    pub(super) handover: Handover<Arc<dyn Run>, Place>,
    /// So many jobs of the pool are side by side, in the order in which jobs end on virtual time.
    width: usize,
    name: String,
    stack_size: Option<usize>,
}

impl PoolCore {
    fn thread_name(&self, worker: usize) -> String {
        format!("{}-{}", self.name, worker + 1)
    }

    /// Starts a worker. If the system refuses, ends the jobs for which no worker is left.
    pub(super) fn start(self: &Arc<Self>, worker: usize) {
        let mut thread = thread::Builder::new().name(self.thread_name(worker));
        if let Some(size) = self.stack_size {
            thread = thread.stack_size(size);
        }
        let core = self.clone();
        if let Err(error) = thread.spawn(move || core.work(worker)) {
            let error = Arc::new(error);
            for job in self.handover.not_started(worker) {
                job.take_back(JobError::NoThread(error.clone()));
            }
        }
    }

    fn work(&self, worker: usize) {
        while let Some(job) = self.handover.next_job(worker) {
            let mut turn = None;
            drop_told_by(|| turn = job.run());
            let Some(turn) = turn else {
                continue;
            };
            self.handover.job_is_over(worker);
            drop_told_by(|| job.say_over(&turn));
            drop(job);
            turn.hold(|held| self.handover.is_full(held));
        }
    }

    /// Returns where the turns of the jobs of this pool stand.
    pub(super) fn line(&self) -> TurnLine {
        TurnLine::Jobs {
            pool: ptr::from_ref(self).addr(),
            width: self.width,
        }
    }

    /// Has the threads in `wait_ended_unless` ask `given_up` again.
    pub(crate) fn look_again(&self) {
        self.handover.look_again();
    }

    /// Shuts the pool down and blocks this thread until its workers have ended.
    pub(crate) fn wait_ended(&self, limit: Duration) -> Result<(), UnfinishedJobs> {
        self.wait_ended_unless(limit, || false)
    }

    /// Does what `wait_ended` does, at most until `given_up` returns true. After a change of its answer
    /// the caller calls `look_again`.
    pub(crate) fn wait_ended_unless(
        &self,
        limit: Duration,
        given_up: impl Fn() -> bool,
    ) -> Result<(), UnfinishedJobs> {
        self.handover.shut_down();
        if self.handover.wait_ended(limit, given_up) {
            return Ok(());
        }
        let unfinished = |(worker, number, place)| UnfinishedJob {
            number,
            place,
            thread: self.thread_name(worker),
        };
        Err(UnfinishedJobs {
            jobs: self
                .handover
                .running()
                .into_iter()
                .map(unfinished)
                .collect(),
            queued: self.handover.counts().1,
            processes: Vec::new(),
            limit,
        })
    }
}

/// A pool of threads for calls that block: `concurrent.futures.ThreadPoolExecutor`.
///
/// [`run_in_executor`](crate::run_in_executor) runs a function on it. Its threads start when jobs
/// come, and end when they have been idle for long. Dropping the pool
/// [shuts it down](ThreadPool::shutdown); the queued jobs still run. It is `Send` and `Sync`: several
/// loops may share it in an `Arc`.
///
/// ```
/// # mod groundup { pub use groundup_sync::{*, combinators::*, executor::*}; }
/// use groundup::{ThreadPool, gather, run, run_in_executor};
///
/// run(async {
///     let pool = ThreadPool::builder().threads(2).name("reader").build();
///     let name = || std::thread::current().name().map(String::from);
///     let first = run_in_executor(&pool, name).await.unwrap();
///     assert_eq!(first.as_deref(), Some("reader-1"));
///     let squares = (1..=10).map(|n| run_in_executor(&pool, move || n * n));
///     let sum: i32 = gather(squares).await.unwrap().into_iter().map(Result::unwrap).sum();
///     assert_eq!(sum, 385);
/// });
/// ```
#[doc(alias("ThreadPoolExecutor", "spawn_blocking"))]
pub struct ThreadPool {
    pub(crate) core: Arc<PoolCore>,
}

/// The options of a new [`ThreadPool`].
#[derive(Clone, Debug)]
#[must_use = "a builder makes no pool before `build` is called"]
pub struct ThreadPoolBuilder {
    threads: Option<usize>,
    name: String,
    idle: Duration,
    stack_size: Option<usize>,
}

impl ThreadPool {
    /// Makes a pool of at most `threads` threads. None of them is started yet.
    ///
    /// # Panics
    ///
    /// If `threads` is zero.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// assert_eq!(groundup::ThreadPool::new(4).threads(), 0);
    /// ```
    #[track_caller]
    pub fn new(threads: usize) -> Self {
        Self::builder().threads(threads).build()
    }

    /// Begins a pool with other options than its size. Without a call of
    /// [`threads`](ThreadPoolBuilder::threads) it has CPython's default: four threads more than the
    /// machine has processors, and at most 32. On virtual time five of its jobs are side by side in
    /// the order of ends, on every machine.
    pub fn builder() -> ThreadPoolBuilder {
        ThreadPoolBuilder {
            threads: None,
            name: "worker".into(),
            idle: IDLE,
            stack_size: None,
        }
    }

    /// Returns the number of threads that live.
    pub fn threads(&self) -> usize {
        self.core.handover.counts().0
    }

    /// Returns the number of jobs that have not begun.
    pub fn queued(&self) -> usize {
        self.core.handover.counts().1
    }

    /// Returns true if the pool was shut down.
    pub fn is_shut_down(&self) -> bool {
        self.core.handover.is_shut_down()
    }
}

impl Drop for ThreadPool {
    fn drop(&mut self) {
        self.core.handover.shut_down();
    }
}

impl fmt::Debug for ThreadPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThreadPool")
            .field("name", &self.core.name)
            .field("threads", &self.threads())
            .field("queued", &self.queued())
            .finish()
    }
}

impl ThreadPoolBuilder {
    /// Sets the greatest number of threads.
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = Some(threads);
        self
    }

    /// Sets the name of the threads: `name-1`, `name-2`, and so on.
    pub fn name(mut self, name: &str) -> Self {
        self.name = name.into();
        self
    }

    /// Sets the time, in real time, after which an idle thread ends: ten seconds unless set.
    pub fn idle(mut self, idle: Duration) -> Self {
        self.idle = idle;
        self
    }

    /// Sets the size of the threads' stacks, in bytes.
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.stack_size = Some(bytes);
        self
    }

    /// Makes the pool. None of its threads is started yet.
    ///
    /// # Panics
    ///
    /// If the number of threads is zero, or if the name contains a zero byte.
    #[track_caller]
    pub fn build(self) -> ThreadPool {
        let threads = self.threads.unwrap_or_else(|| {
            let processors = thread::available_parallelism().map_or(1, usize::from);
            (processors + 4).min(32)
        });
        assert!(
            threads > 0,
            "a pool of no threads would run no job: give it at least one"
        );
        assert!(
            !self.name.contains('\0'),
            "the name of a thread cannot contain a zero byte"
        );
        ThreadPool {
            core: Arc::new(PoolCore {
                handover: Handover::new(threads, self.idle),
                width: self.threads.unwrap_or(WIDTH),
                name: self.name,
                stack_size: self.stack_size,
            }),
        }
    }
}
