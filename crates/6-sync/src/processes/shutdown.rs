//! Ends a pool, its jobs and its processes.
//!
//! The problem: a program ends, and jobs run in other processes. It may wait for them, for a limit of
//! time, or kill them. Idle processes must end, too, and the loop must not wait for them.
//!
//! ```text
//!   open ── shutdown ──> the queued jobs run, each idle worker ends
//!              │
//!              ├── join(limit): waits for the jobs and the processes, or names the jobs
//!              └── kill_workers: the running jobs end with an error
//! ```
//!
//! Invariants:
//! 1. A shutdown loses no job: it runs, or its awaiter gets an error.
//! 2. After a `join` that was in time, no process of the pool is left, not even as a zombie.
//! 3. A `join` has one limit, for the jobs and the processes together.
//!
//! Read next: `fleet.rs`.

use std::future::Future;
use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use super::pool::{ProcessCore, ProcessPool};
use crate::threads::error::UnfinishedJobs;
use crate::threads::shutdown::{GivenUp, join_on_thread};
use crate::threads::sync::Deadline;

impl ProcessPool {
    /// Kills all processes. The awaiters of their jobs get
    /// [`WorkerDied`](crate::ProcessError::WorkerDied), and the next jobs get new processes. Processes
    /// that a job has started itself are not killed.
    ///
    /// After [`shutdown`](ProcessPool::shutdown) this ends jobs that do not end by themselves.
    pub fn kill_workers(&self) {
        let idle = Arc::new(self.core.workers.kill_all());
        if idle.is_empty() {
            return;
        }
        let (core, killed) = (self.core.clone(), idle.clone());
        let named = thread::Builder::new().name("process-pool".into());
        if named
            .spawn(move || core.workers.wait_killed(&killed))
            .is_err()
        {
            self.core.workers.wait_killed(&idle);
        }
    }

    /// Refuses further jobs, and returns at once. The queued jobs still run, and then the processes
    /// end. A second call does nothing.
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
    ///         let pool = ProcessPool::new(1).unwrap();
    ///         let before = run_in_process(&pool, double, 1);
    ///         pool.shutdown();
    ///         let after = run_in_process(&pool, double, 2);
    ///         assert_eq!(before.await.unwrap(), 2);
    ///         assert!(after.await.unwrap_err().to_string().contains("was shut down before"));
    ///     });
    /// }
    /// ```
    pub fn shutdown(&self) {
        self.core.threads.shutdown();
        let first = !self.core.closing.swap(true, Ordering::SeqCst);
        if !first || (self.core.threads.threads() == 0 && !self.core.workers.any_idle()) {
            return;
        }
        let core = self.core.clone();
        let named = thread::Builder::new().name("process-pool".into());
        // Without a thread the workers end when the pool is dropped.
        let _ = named.spawn(move || {
            core.workers.end_idle();
            let _ = core.threads.core.wait_ended(Duration::MAX);
            core.workers.end_idle(); // one may have been kept for a job that was given up
        });
    }

    /// Shuts the pool down, and waits until all jobs and processes have ended, for at most `limit` of
    /// real time. The loop goes on meanwhile. Afterwards no process of the pool is left.
    ///
    /// # Errors
    ///
    /// [`UnfinishedJobs`] names the jobs that run when the limit is over. They run on;
    /// [`kill_workers`](ProcessPool::kill_workers) ends them, and `join` can be called again. If all jobs
    /// have ended, it names the processes that have not: one that is stopped is killed after a second.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the pool stays shut down.
    ///
    /// # Virtual time
    ///
    /// As for [`ThreadPool::join`](crate::ThreadPool::join).
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::{*, executor::*}; }
    /// use std::time::Duration;
    ///
    /// use groundup::{ProcessPool, process_job, run, run_in_process, serve_jobs};
    ///
    /// fn double(n: i32) -> i32 {
    ///     2 * n
    /// }
    ///
    /// fn main() {
    ///     serve_jobs(&[process_job(double)]);
    ///     run(async {
    ///         let pool = ProcessPool::new(1).unwrap();
    ///         run_in_process(&pool, double, 1).await.unwrap();
    ///         pool.join(Duration::from_secs(60)).await.unwrap();
    ///         assert!(pool.workers().is_empty());
    ///     });
    /// }
    /// ```
    #[track_caller]
    pub fn join(
        &self,
        limit: Duration,
    ) -> impl Future<Output = Result<(), UnfinishedJobs>> + use<> {
        self.shutdown();
        let (core, looks) = (self.core.clone(), self.core.clone());
        let ended = join_on_thread(
            ("process-join", Location::caller()),
            move |given_up| core.wait_ended(limit, given_up),
            Result::is_ok,
            move || {
                looks.threads.core.look_again();
                looks.workers.look_again();
            },
        );
        let core = self.core.clone();
        async move {
            // Without a thread that waits, the answer is the present state.
            ended
                .await
                .unwrap_or_else(|| core.wait_ended(Duration::ZERO, &GivenUp::default()))
        }
    }
}

impl ProcessCore {
    /// Blocks this thread until all jobs and processes have ended, for at most `limit`.
    fn wait_ended(&self, limit: Duration, given_up: &GivenUp) -> Result<(), UnfinishedJobs> {
        let deadline = Deadline::after(limit);
        let given_up = || given_up.is_true();
        let threads = &self.threads.core;
        threads.wait_ended_unless(limit, given_up)?;
        let processes = self.workers.wait_gone(deadline.left(), given_up);
        match processes.is_empty() {
            true => Ok(()),
            false => Err(UnfinishedJobs {
                jobs: Vec::new(),
                queued: 0,
                processes,
                limit,
            }),
        }
    }
}
