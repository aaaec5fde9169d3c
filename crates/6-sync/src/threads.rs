//! Runs calls that block on threads, while the loop goes on.
//!
//! The problem: a loop runs one step at a time. While a step reads a file or computes for a second,
//! no other task runs, no timer fires, and no message is read. The call cannot be cut into steps, so
//! it goes to another thread, and its task waits for the end of it.
//!
//! ```text
//!   a blocking call in a step           the same call on a thread
//!
//!   task A  ████████████░░░░            task A   █░░░░░░░░░░░░█
//!   task B  ░░░░░░░░░░░░██░░            task B   ░██░░██░░██░░░      ░ waits
//!   timer   ░░░░░░░░░░░░░░█ late        timer    ░░░░█░░░░█░░░░      █ runs
//!                                       thread   ░████████████░
//! ```
//!
//! Rust's threads have no global lock. So jobs that compute run in parallel on as many processors,
//! and no processes are needed for that.
//!
//! Invariants:
//! 1. Each job is run once, or its awaiter gets an error, or its awaiter has left.
//! 2. A loop is never blocked by a job, except while it is closed, and except on a clock that jumps:
//!    there it waits for the job whose turn it is (`turns.rs`).
//! 3. Only `sync.rs` waits by the clock of the machine.
//!
//! Access: this folder uses nothing else of this floor. `processes/` and `fleet/` stand on it. Only
//! `handover.rs` counts workers, only `job.rs` changes the state of a job, and only `pool.rs` starts
//! threads.
//!
//! Read next: `threads/sync.rs`.

use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};

use groundup_combinators::executor::try_iteration;

pub(crate) mod default_pool;
pub(crate) mod error;
mod handover;
mod job;
pub(crate) mod job_list;
pub(crate) mod lost;
pub(crate) mod pool;
pub(crate) mod run_in_executor;
pub(crate) mod shutdown;
pub(crate) mod sync;
mod turns;

pub use self::default_pool::DefaultPool;
pub use self::error::{JobError, UnfinishedJob, UnfinishedJobs};
pub use self::pool::{ThreadPool, ThreadPoolBuilder};
pub use self::run_in_executor::RunInExecutor;

use default_pool::default_pool;
use error::Place;
use run_in_executor::submit;

/// Runs `work` on a thread of the loop's [default pool](crate::DefaultPool), and gives its value:
/// asyncio's `to_thread`. Nothing happens before the future is polled.
///
/// It is for calls that block: file systems, name resolution, a library without futures, a long
/// computation. While the job runs, other tasks of the loop run.
///
/// asyncio copies the context to the thread. Here [locals](crate::task::Local) stay with their loop,
/// since they need not be `Send`: a closure takes along the values that it needs.
///
/// # Errors
///
/// See [`JobError`]. The panic of a job is a value, as the panic of a task is.
///
/// # Panics
///
/// If it is polled outside a running loop. [`run_in_executor`](crate::run_in_executor) with a pool of
/// the program's own works everywhere.
///
/// # Cancel safety
///
/// As [`run_in_executor`](crate::run_in_executor): if the future is dropped, a job that has not begun
/// is dropped, and a job that runs is not stopped. Closing the loop waits for it.
///
/// # Virtual time
///
/// As [`run_in_executor`](crate::run_in_executor): jobs end in turn, so a test with two jobs repeats.
/// On such a clock the default pool has five threads on every machine.
///
/// ```
/// # mod groundup { pub use groundup_sync::{*, combinators::*, executor::*}; }
/// use groundup::{gather, run_virtual, to_thread};
///
/// run_virtual(async {
///     let sums = [10u64, 20].map(|last| to_thread(move || (1..=last).sum::<u64>()));
///     let [small, large] = gather(sums).await.unwrap().try_into().unwrap();
///     assert_eq!((small.unwrap(), large.unwrap()), (55, 210));
/// });
/// ```
///
/// # Files
///
/// No system offers files that a loop can wait for, so every runtime reads them on threads. Give one
/// job a whole piece of work, and not a single read: each job costs a trip to the thread and back.
///
/// ```
/// # mod groundup { pub use groundup_sync::*; pub use groundup_sync::executor::*; }
/// use std::{fs, io};
///
/// use groundup::{run, to_thread};
///
/// async fn two_lines() -> io::Result<usize> {
///     let path = std::env::temp_dir().join(format!("groundup-{}.txt", std::process::id()));
///     let job = to_thread(move || {
///         fs::write(&path, "one\ntwo\n")?;
///         let lines = fs::read_to_string(&path)?.lines().count();
///         fs::remove_file(&path)?;
///         Ok(lines)
///     });
///     job.await? // the job did not panic; what it returns is an `io::Result`
/// }
/// assert_eq!(run(two_lines()).unwrap(), 2);
/// ```
///
/// # Standard input and output
///
/// `to_thread(|| io::stdin().lines().next())` reads a line while the loop goes on. But a thread that
/// reads standard input cannot be stopped: a cancel ends the wait, and the job takes the next line
/// all the same, and drops it. Closing the loop waits for that line, too. So a program that may end
/// before its input reads it on one thread of its own, which sends each line to the loop:
///
/// ```no_run
/// # mod groundup { pub use groundup_sync::*; pub use groundup_sync::executor::*; }
/// use std::{io, thread};
///
/// use groundup::{remote, run};
///
/// run(async {
///     let remote = remote();
///     thread::spawn(move || {
///         for line in io::stdin().lines().map_while(Result::ok) {
///             if remote.call_soon(move || println!("read: {line}")).is_err() {
///                 break; // the loop is closed
///             }
///         }
///     });
///     // .. the rest of the program; the thread ends with the process
/// });
/// ```
///
/// A `println!` blocks only if a reader of the output, such as a pipe, is slow. A program with much
/// output writes it on a pool of one thread, which keeps the order of the jobs:
///
/// ```
/// # mod groundup { pub use groundup_sync::*; pub use groundup_sync::executor::*; }
/// use groundup::{ThreadPool, run, run_in_executor};
///
/// run(async {
///     let writer = ThreadPool::builder().threads(1).name("writer").build();
///     let first = run_in_executor(&writer, || println!("first"));
///     let second = run_in_executor(&writer, || println!("second"));
///     first.await.unwrap();
///     second.await.unwrap();
/// });
/// ```
#[doc(alias("spawn_blocking", "unblock"))]
#[track_caller]
pub fn to_thread<F, T>(work: F) -> ToThread<F, T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    ToThread {
        progress: Progress::New(work, Location::caller()),
    }
}

/// The future of [`to_thread`].
#[must_use = "nothing runs before the future is awaited"]
pub struct ToThread<F, T> {
    progress: Progress<F, T>,
}

enum Progress<F, T> {
    /// Not polled yet.
    New(F, Place),
    /// Submitted by the first poll.
    Submitted(RunInExecutor<T>),
    /// In between, if the submission panics.
    Nowhere,
}

// No field is pinned: the function is moved out, and the future of the job is `Unpin`.
impl<F, T> Unpin for ToThread<F, T> {}

impl<F, T> Future for ToThread<F, T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    type Output = Result<T, JobError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let Progress::New(..) = self.progress {
            assert!(
                try_iteration().is_some(),
                "no running event loop: to_thread works only inside one, whose pool it uses; \
                 run_in_executor works everywhere"
            );
            let new = std::mem::replace(&mut self.progress, Progress::Nowhere);
            if let Progress::New(work, place) = new {
                let job = submit(&default_pool().core, work, place);
                self.progress = Progress::Submitted(job);
            }
        }
        match &mut self.progress {
            Progress::Submitted(job) => Pin::new(job).poll(cx),
            _ => panic!("a job was polled after it had finished: await it once"),
        }
    }
}

impl<F, T> fmt::Debug for ToThread<F, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let submitted = matches!(self.progress, Progress::Submitted(_));
        f.debug_struct("ToThread")
            .field("submitted", &submitted)
            .finish()
    }
}
