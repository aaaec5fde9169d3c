//! The errors of jobs in processes.
//!
//! The problem: a job in a process can fail in more ways than a call. Its value must be written and
//! read again, the process may die, and the program may have forgotten to list the function.
//!
//! Invariant: each error is `Send + Sync`, names the job, and says the cause and the cure.
//!
//! Read next: `processes/jobs.rs`.

use std::error::Error;
use std::fmt;
use std::io;
use std::process::ExitStatus;
use std::sync::Arc;

use crate::threads::error::JobError;

/// Says why a job in a process gave no value, or why there is no pool.
///
/// ```
/// # mod groundup { pub use groundup_sync::*; pub use groundup_sync::executor::*; }
/// use groundup::{ProcessError, ProcessPool, process_job, run, run_in_process, serve_jobs};
///
/// fn listed(n: u64) -> u64 {
///     n + 1
/// }
///
/// fn forgotten(n: u64) -> u64 {
///     n + 2
/// }
///
/// fn main() {
///     serve_jobs(&[process_job(listed)]);
///     run(async {
///         let pool = ProcessPool::new(1).unwrap();
///         let error = run_in_process(&pool, forgotten, 1).await.unwrap_err();
///         assert!(matches!(error, ProcessError::NotListed { .. }));
///     });
/// }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ProcessError {
    /// The system is no Unix. There is no pool.
    Unsupported,
    /// `main` has not called [`serve_jobs`](crate::serve_jobs). There is no pool.
    NotServed,
    /// The function is not in the list of [`serve_jobs`](crate::serve_jobs). The job did not run.
    NotListed {
        /// The name of the function.
        job: &'static str,
    },
    /// The arguments or the result are larger than the pool allows.
    TooLarge {
        /// The name of the function.
        job: &'static str,
        /// `arguments`, then the job did not run; or `result`.
        what: &'static str,
        /// Number of bytes.
        bytes: u64,
        /// The limit of the pool.
        limit: u64,
    },
    /// The arguments or the result cannot be written or read by serde and postcard.
    Unreadable {
        /// The name of the function.
        job: &'static str,
        /// `arguments` or `result`.
        what: &'static str,
        /// The error of postcard.
        why: String,
    },
    /// The job panicked. Its worker goes on.
    Panicked {
        /// The name of the function.
        job: &'static str,
        /// The message of the panic.
        message: String,
        /// File, line and column of the panic.
        place: String,
    },
    /// The worker ended in the middle of the job. The job may have done a part of its work.
    WorkerDied {
        /// The name of the function.
        job: &'static str,
        /// The exit status or the signal of the worker.
        status: ExitStatus,
    },
    /// The worker has sent bytes that are no reply, and was killed.
    Garbage {
        /// The name of the function.
        job: &'static str,
        /// The fault of the bytes.
        why: String,
    },
    /// The system refused a process. The job did not run.
    NoWorker {
        /// The name of the function.
        job: &'static str,
        /// The error of the system.
        error: Arc<io::Error>,
    },
    /// The job did not reach a thread of the pool, for example because the pool is shut down.
    NotRun {
        /// The name of the function.
        job: &'static str,
        /// The reason.
        error: JobError,
    },
}

impl fmt::Display for ProcessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ProcessError::Unsupported => f.write_str(
                "a pool of processes needs a Unix system: use to_thread or a ThreadPool here",
            ),
            ProcessError::NotServed => f.write_str(
                "a worker is this executable once more, and would run the whole program: call \
                 serve_jobs in the first line of main",
            ),
            ProcessError::NotListed { job } => write!(
                f,
                "{job} did not run: it is not in the list of serve_jobs; add process_job({})",
                job.rsplit("::").next().unwrap_or(job)
            ),
            ProcessError::TooLarge {
                job,
                what,
                bytes,
                limit,
            } => {
                let have = if *what == "result" { "has" } else { "have" };
                write!(
                    f,
                    "the {what} of {job} {have} {bytes} bytes, and the limit is {limit}: set a \
                     larger limit of the pool, or pass the name of a file"
                )
            }
            ProcessError::Unreadable { job, what, why } => write!(
                f,
                "postcard cannot write or read the {what} of {job} ({why}): use types that serde \
                 derives, without `untagged` and `flatten`"
            ),
            ProcessError::Panicked {
                job,
                message,
                place,
            } => {
                write!(f, "{job} panicked in its worker, at {place}: {message}")
            }
            ProcessError::WorkerDied { job, status } => write!(
                f,
                "the worker that ran {job} died ({status}): the job may be half done, and is not \
                 run again; look for its cause in the job, or await another run of it"
            ),
            ProcessError::Garbage { job, why } => write!(
                f,
                "the worker that ran {job} sent bytes that are no reply ({why}), and was killed: \
                 the job must not write to the socket of its worker"
            ),
            ProcessError::NoWorker { job, error } => write!(
                f,
                "{job} did not run: the system refused a process for it ({error}); use fewer \
                 processes"
            ),
            ProcessError::NotRun { job, error } => write!(f, "{job}: {error}"),
        }
    }
}

impl Error for ProcessError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            ProcessError::NoWorker { error, .. } => Some(&**error),
            ProcessError::NotRun { error, .. } => Some(error),
            _ => None,
        }
    }
}
