//! A pool of processes: bounded, and started when needed.
//!
//! The problem: as many jobs as the machine has processors should run at once, and no more. Each
//! running job needs a thread that waits for its reply. So the pool is a pool of threads, and each
//! thread takes one of the idle workers for a job.
//!
//! ```text
//!   ProcessPool ──> ProcessCore { threads: ThreadPool, workers } <── each queued or running job
//!      │ drop
//!      └── shuts the threads down: the queued jobs run, and the workers end
//! ```
//!
//! Invariants:
//! 1. There are at most as many busy workers as threads.
//! 2. After a shutdown a worker ends when no job is queued for it, and no worker outlives the threads.
//! 3. The loop's thread neither starts a process nor waits for one.
//!
//! Read next: `processes/call.rs`.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use super::error::ProcessError;
use super::jobs;
use super::worker::{PATIENCE, SUPPORTED, Worker};
use super::workers::Workers;
use crate::threads::pool::ThreadPool;

/// The most bytes of arguments and of a result, unless the builder sets another limit.
const LIMIT: u64 = 64 << 20;

/// The state of a pool, shared by the pool and its jobs.
pub(super) struct ProcessCore {
    pub(super) threads: ThreadPool,
    pub(super) workers: Workers,
    pub(super) limit: u64,
    pub(super) kill_on_cancel: bool,
    /// The pool was shut down.
    pub(super) closing: AtomicBool,
    numbers: AtomicU64,
}

impl ProcessCore {
    pub(super) fn next_number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// Keeps a worker for the next job, or ends it if no job will come.
    pub(super) fn give_back(&self, worker: &Arc<Worker>) {
        let threads = &self.threads;
        let keep = |idle| !threads.is_shut_down() || idle < threads.queued();
        self.workers.give_back(worker, keep);
    }
}

impl Drop for ProcessCore {
    fn drop(&mut self) {
        self.workers.end_idle();
    }
}

/// A pool of processes: `concurrent.futures.ProcessPoolExecutor`. Needs the feature `processes`, and a
/// Unix system.
///
/// [`run_in_process`](crate::run_in_process) runs a function in one of its processes. They are started
/// when jobs come, and kept. Dropping the pool shuts it down: the queued jobs still run, and then the
/// processes end. If the program ends in any other way, its processes end, too.
///
/// ```
/// # mod groundup { pub use groundup_sync::{*, executor::*}; }
/// use groundup::{ProcessPool, process_job, run, run_in_process, serve_jobs};
///
/// fn double(n: i32) -> i32 {
///     2 * n
/// }
///
/// fn main() {
///     serve_jobs(&[process_job(double)]);
///     run(async {
///         let pool = ProcessPool::builder().processes(1).limit(1024).build().unwrap();
///         assert!(pool.workers().is_empty()); // none is started yet
///         assert_eq!(run_in_process(&pool, double, 21).await.unwrap(), 42);
///         assert_eq!(pool.workers().len(), 1);
///     });
/// }
/// ```
#[doc(alias("ProcessPoolExecutor"))]
pub struct ProcessPool {
    pub(super) core: Arc<ProcessCore>,
}

/// The options of a new [`ProcessPool`].
#[derive(Clone, Debug)]
#[must_use = "a builder makes no pool before `build` is called"]
pub struct ProcessPoolBuilder {
    processes: usize,
    limit: u64,
    kill_on_cancel: bool,
    test: Option<String>,
    patience: Duration,
}

impl ProcessPool {
    /// Makes a pool of at most `processes` processes. None of them is started yet.
    ///
    /// # Errors
    ///
    /// [`ProcessError::NotServed`] and [`ProcessError::Unsupported`].
    ///
    /// # Panics
    ///
    /// If `processes` is zero.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// use groundup::{ProcessError, ProcessPool};
    ///
    /// // This `main` does not call `serve_jobs`.
    /// assert!(matches!(ProcessPool::new(4), Err(ProcessError::NotServed)));
    /// ```
    #[track_caller]
    pub fn new(processes: usize) -> Result<Self, ProcessError> {
        Self::builder().processes(processes).build()
    }

    /// Begins a pool with other options. Without a call of
    /// [`processes`](ProcessPoolBuilder::processes) it has CPython's default: as many processes as the
    /// machine has processors.
    pub fn builder() -> ProcessPoolBuilder {
        ProcessPoolBuilder {
            processes: thread::available_parallelism().map_or(1, usize::from),
            limit: LIMIT,
            kill_on_cancel: false,
            test: None,
            patience: PATIENCE,
        }
    }

    /// Returns the numbers by which the system knows the processes of the pool that live. One that was
    /// killed is replaced when the next job needs it.
    pub fn workers(&self) -> Vec<u32> {
        self.core.workers.ids()
    }

    /// Returns the number of jobs that have not begun.
    pub fn queued(&self) -> usize {
        self.core.threads.queued()
    }
}

impl Drop for ProcessPool {
    fn drop(&mut self) {
        self.shutdown();
    }
}

impl fmt::Debug for ProcessPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProcessPool")
            .field("workers", &self.workers())
            .field("queued", &self.queued())
            .finish()
    }
}

impl ProcessPoolBuilder {
    /// Sets the greatest number of processes.
    pub fn processes(mut self, processes: usize) -> Self {
        self.processes = processes;
        self
    }

    /// Sets the most bytes of the arguments and of the result of a job: 64 MiB unless set. Larger ones
    /// are an error.
    pub fn limit(mut self, bytes: u64) -> Self {
        self.limit = bytes;
        self
    }

    /// Sets whether a job that runs is killed, with its process, when its future is dropped. Unless
    /// set, the job runs to its end.
    pub fn kill_on_cancel(mut self, kill: bool) -> Self {
        self.kill_on_cancel = kill;
        self
    }

    /// Says which test is the program of a worker, where the pool is used in a test.
    ///
    /// A test program has no `main` of its own: the workers run this test alone, by its full path, and
    /// it calls [`serve_jobs`](crate::serve_jobs). Each test that makes a pool calls `serve_jobs`, too.
    ///
    /// ```no_run
    /// # mod groundup { pub use groundup_sync::{*, executor::*}; }
    /// use groundup::{ProcessPool, process_job, run_in_process, run_virtual, serve_jobs};
    ///
    /// fn double(n: i32) -> i32 {
    ///     2 * n
    /// }
    ///
    /// #[test]
    /// fn worker() {
    ///     serve_jobs(&[process_job(double)]);
    /// }
    ///
    /// #[test]
    /// fn a_number_is_doubled() {
    ///     worker();
    ///     run_virtual(async {
    ///         let pool = ProcessPool::builder().test_worker("worker").build().unwrap();
    ///         assert_eq!(run_in_process(&pool, double, 2).await.unwrap(), 4);
    ///     });
    /// }
    /// ```
    pub fn test_worker(mut self, test: &str) -> Self {
        self.test = Some(test.into());
        self
    }

    /// Sets how long the processes may take to end by themselves, before they are killed. For tests.
    #[doc(hidden)]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Makes the pool. None of its processes is started yet.
    ///
    /// # Errors
    ///
    /// [`ProcessError::NotServed`] if `main` has not called [`serve_jobs`](crate::serve_jobs), and
    /// [`ProcessError::Unsupported`] on a system that is no Unix.
    ///
    /// # Panics
    ///
    /// If the number of processes is zero.
    #[track_caller]
    pub fn build(self) -> Result<ProcessPool, ProcessError> {
        assert!(
            self.processes > 0,
            "a pool of no processes would run no job: give it at least one"
        );
        if !SUPPORTED {
            return Err(ProcessError::Unsupported);
        }
        if !jobs::is_listed() {
            return Err(ProcessError::NotServed);
        }
        let threads = ThreadPool::builder()
            .threads(self.processes)
            .name("process");
        let core = ProcessCore {
            threads: threads.build(),
            workers: Workers::new(self.test, self.patience),
            limit: self.limit,
            kill_on_cancel: self.kill_on_cancel,
            closing: AtomicBool::new(false),
            numbers: AtomicU64::new(1),
        };
        Ok(ProcessPool {
            core: Arc::new(core),
        })
    }
}
