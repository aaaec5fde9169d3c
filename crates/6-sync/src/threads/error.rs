//! The errors of jobs and pools.
//!
//! The problem: a job may panic, may be taken back before it begins, or may find no thread. A pool
//! may not end, because a job does not. Each has a text that says the cause and the cure.
//!
//! Invariant: each error is `Send + Sync`, and its text says the cause and the cure.
//!
//! Read next: `threads/lost.rs`.

use std::error::Error;
use std::fmt;
use std::io;
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use groundup_combinators::task::Panic;
use groundup_combinators::trace::Visible;

/// The place at which a job was submitted: its name in reports.
pub(crate) type Place = &'static Location<'static>;

/// Says why a job on a thread gave no value.
///
/// ```
/// # mod groundup { pub use groundup_sync::*; pub use groundup_sync::executor::*; }
/// use groundup::{JobError, run, to_thread};
///
/// # std::panic::set_hook(Box::new(|_| ()));
/// run(async {
///     let Err(JobError::Panicked(panic)) = to_thread(|| panic!("no disk")).await else {
///         unreachable!()
///     };
///     assert_eq!(panic.message(), "no disk");
/// });
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum JobError {
    /// The job panicked; the awaiter may [resume](Panic::resume) the panic.
    Panicked(Panic),
    /// The pool was shut down before the job was submitted. The job did not run.
    PoolShutDown,
    /// The pool gave the job up before it began, by
    /// [`take_back_jobs`](crate::ThreadPool::take_back_jobs). The job did not run.
    TakenBack,
    /// The system refused a thread, and the pool has no other. The job did not run.
    NoThread(Arc<io::Error>),
}

impl fmt::Display for JobError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JobError::Panicked(panic) => write!(f, "the job panicked: {}", panic.message()),
            JobError::PoolShutDown => f.write_str(
                "the job did not run: its pool was shut down before; submit jobs before that, or \
                 make a new pool",
            ),
            JobError::TakenBack => f.write_str(
                "the job did not run: its pool took back the jobs that had not begun; submit it to \
                 another pool",
            ),
            JobError::NoThread(error) => write!(
                f,
                "the job did not run: the system refused a thread for it ({error}); use a smaller \
                 stack, or fewer threads"
            ),
        }
    }
}

/// So that `to_thread(..).await?` works in a function that returns an `io::Result`. The kind is `Other`,
/// and `get_ref` has the error itself.
///
/// ```
/// # mod groundup { pub use groundup_sync::*; pub use groundup_sync::executor::*; }
/// use groundup::{run, to_thread};
/// use std::{fs, io};
///
/// let read: io::Result<String> = run(async { to_thread(|| fs::read_to_string("/no/such")).await? });
/// assert_eq!(read.unwrap_err().kind(), io::ErrorKind::NotFound);
/// # std::panic::set_hook(Box::new(|_| ()));
/// let job: io::Result<()> = run(async { Ok(to_thread(|| panic!("no disk")).await?) });
/// assert_eq!(job.unwrap_err().to_string(), "the job panicked: no disk");
/// ```
impl From<JobError> for io::Error {
    fn from(error: JobError) -> Self {
        io::Error::other(error)
    }
}

impl Error for JobError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            JobError::NoThread(error) => Some(&**error),
            _ => None,
        }
    }
}

/// A job that had not ended when the limit of a shutdown was over. [`UnfinishedJobs`] has an example.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct UnfinishedJob {
    /// Sequence number of the job in its pool, starting at 1.
    pub number: u64,
    /// Where the job was submitted.
    pub place: &'static Location<'static>,
    /// The name of the thread that runs it.
    pub thread: String,
}

impl fmt::Display for UnfinishedJob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let UnfinishedJob {
            number,
            place,
            thread,
        } = self;
        let thread = Visible(thread);
        write!(f, "job {number}, submitted at {place}, on thread {thread}")
    }
}

/// Says that a pool had not ended within a limit, and which jobs kept it.
///
/// ```
/// # mod groundup { pub use groundup_sync::*; pub use groundup_sync::executor::*; }
/// use std::sync::mpsc::channel;
/// use std::time::Duration;
///
/// use groundup::{ThreadPool, run, run_in_executor};
///
/// let (begin, begun) = channel();
/// let (end, ended) = channel::<()>();
/// run(async {
///     let pool = ThreadPool::new(1);
///     let stuck = run_in_executor(&pool, move || {
///         begin.send(()).unwrap();
///         ended.recv()
///     });
///     begun.recv().unwrap(); // the job runs
///     let error = pool.join(Duration::from_millis(1)).await.unwrap_err();
///     assert_eq!(error.jobs[0].thread, "worker-1");
///     drop(end);
///     stuck.await.unwrap().unwrap_err();
///     pool.join(Duration::from_secs(60)).await.unwrap();
/// });
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct UnfinishedJobs {
    /// The jobs that were running when the limit was over.
    pub jobs: Vec<UnfinishedJob>,
    /// Number of jobs that had not begun.
    pub queued: usize,
    /// The numbers by which the system knows the processes that had not ended, when all jobs had. A
    /// pool of threads has none.
    pub processes: Vec<u32>,
    /// The limit.
    pub limit: Duration,
}

impl fmt::Display for UnfinishedJobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the pool has not ended within {:?}", self.limit)?;
        match self.queued {
            0 => {}
            1 => f.write_str(", 1 job has not begun")?,
            queued => write!(f, ", {queued} jobs have not begun")?,
        }
        for (at, job) in self.jobs.iter().enumerate() {
            write!(
                f,
                "{}{job}",
                if at == 0 { "; still running: " } else { "; " }
            )?;
        }
        if self.processes.is_empty() {
            return f.write_str(
                ". A thread cannot be ended from outside: let the job read a flag, or close what it \
                 waits for",
            );
        }
        let list: Vec<_> = self.processes.iter().map(u32::to_string).collect();
        let list = list.join(", ");
        write!(
            f,
            "; processes have not ended: {list}. They are killed a second after their jobs"
        )
    }
}

impl Error for UnfinishedJobs {}
