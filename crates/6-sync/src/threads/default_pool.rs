//! The pool of a loop, on which `to_thread` runs its jobs.
//!
//! The problem: most programs have a few blocking calls, and want no pool object for them. So each
//! loop keeps a pool of its own, made when the first job comes. When the loop is closed, its jobs
//! may be in the middle of something. A process whose main function returns ends their threads at
//! once, so the close waits for them.
//!
//! ```text
//!   to_thread(f) ── keep::<DefaultPool> ──> the pool of this loop
//!   close: the tasks ──> the pool: waits for its jobs
//!                            5 s later:   a report names them
//!                            the limit:   a report names them, and the close goes on
//! ```
//!
//! Invariants:
//! 1. A loop has one default pool, from the first use to the close.
//! 2. The close waits after the tasks are dropped, so no queued job has an awaiter in the loop.
//! 3. The loop closes the pool by a value of its own (`Closing`), so no handle of the program delays
//!    the close. A pool that `default_pool` has never returned is closed by its last `Rc`.
//!
//! Read next: `processes.rs`.

use std::cell::Cell;
use std::ops::Deref;
use std::rc::Rc;
use std::time::Duration;

use groundup_combinators::executor::{current_loop, keep};
use groundup_combinators::task::{Report, ReportKind};

use super::error::UnfinishedJobs;
use super::pool::{ThreadPool, WIDTH};
use super::turns::Turns;

/// asyncio's limit for the end of the default executor.
const LIMIT: Duration = Duration::from_secs(300);
/// After so long the jobs are named.
const NAMED_AFTER: Duration = Duration::from_secs(5);

/// The pool on which a loop runs the jobs of [`to_thread`](crate::to_thread).
///
/// A loop makes it at its first use, with the default size of a [`ThreadPool`]. A program that wants
/// another one has the loop [keep](crate::executor::EventLoop::keep) it before that: asyncio's
/// `set_default_executor`.
///
/// Closing the loop shuts the pool down and waits for its jobs, as `asyncio.run` does, also if the
/// program still has an `Rc` of the pool: for at most 300 s of real time. After 5 s a report names the jobs that run; when the limit is over, another
/// one does, and their threads run on. While the thread panics, the close does not wait.
///
/// ```
/// # mod groundup { pub use groundup_sync::*; pub use groundup_sync::executor::*; }
/// use std::time::Duration;
///
/// use groundup::{DefaultPool, EventLoop, ThreadPool, to_thread};
///
/// let event_loop = EventLoop::new();
/// let pool = ThreadPool::builder().threads(1).name("disk").build();
/// event_loop.keep(|| DefaultPool::new(pool).limit(Duration::from_secs(10)));
/// let name = event_loop.run_until_complete(to_thread(|| {
///     std::thread::current().name().map(String::from)
/// }));
/// assert!(matches!(name, Ok(Ok(Some(name))) if name == "disk-1"));
/// ```
#[doc(alias = "set_default_executor")]
#[derive(Debug)]
pub struct DefaultPool {
    pool: ThreadPool,
    limit: Duration,
    /// The loop keeps a `Closing` of it.
    kept: Cell<bool>,
    closed: Cell<bool>,
}

/// Closes the pool when the loop drops it, whatever `Rc`s of the pool there are.
struct Closing(Rc<DefaultPool>);

impl Drop for Closing {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Returns the default pool of the running loop. If the loop has none, it makes a pool of CPython's
/// default size, or of five threads if its clock jumps.
///
/// # Panics
///
/// Outside a running loop.
///
/// ```
/// # mod groundup { pub use groundup_sync::*; pub use groundup_sync::executor::*; }
/// use groundup::{default_pool, run, to_thread};
///
/// run(async {
///     assert_eq!(default_pool().threads(), 0);
///     to_thread(|| ()).await.unwrap();
///     assert_eq!(default_pool().threads(), 1);
/// });
/// ```
#[track_caller]
pub fn default_pool() -> Rc<DefaultPool> {
    let pool = keep(|| {
        let builder = ThreadPool::builder().name("to_thread");
        let builder = match Turns::of_running_loop() {
            Some(_) => builder.threads(WIDTH),
            None => builder,
        };
        DefaultPool::new(builder.build())
    });
    if !pool.kept.replace(true) {
        keep(|| Closing(pool.clone()));
    }
    pool
}

impl DefaultPool {
    /// Makes a pool the default pool of the loop that will keep it.
    pub fn new(pool: ThreadPool) -> Self {
        DefaultPool {
            pool,
            limit: LIMIT,
            kept: Cell::new(false),
            closed: Cell::new(false),
        }
    }

    /// Sets how long the close of the loop waits for the jobs, in real time: 300 s unless set.
    #[must_use]
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }
}

impl Deref for DefaultPool {
    type Target = ThreadPool;

    fn deref(&self) -> &ThreadPool {
        &self.pool
    }
}

impl DefaultPool {
    /// Shuts the pool down, and waits for its jobs, once.
    fn close(&self) {
        if self.closed.replace(true) {
            return;
        }
        if std::thread::panicking() {
            return self.pool.shutdown();
        }
        let first = self.limit.min(NAMED_AFTER);
        let Err(unfinished) = self.pool.core.wait_ended(first) else {
            return;
        };
        let rest = self.limit - first;
        if rest.is_zero() {
            return report(
                "the loop is closed, and jobs of its default pool run on",
                unfinished,
            );
        }
        report(
            "the loop is closing, and waits for jobs of its default pool",
            unfinished,
        );
        if let Err(unfinished) = self.pool.core.wait_ended(rest) {
            report(
                "the loop is closed, and jobs of its default pool run on",
                unfinished,
            );
        }
    }
}

impl Drop for DefaultPool {
    fn drop(&mut self) {
        self.close();
    }
}

#[cold]
fn report(what: &str, unfinished: UnfinishedJobs) {
    let mut report = Report::new(format!("{what}: {unfinished}"));
    report.kind = ReportKind::StillRunning;
    match groundup_combinators::executor::try_iteration() {
        Some(_) => current_loop().call_exception_handler(report),
        None => eprintln!("{report}"),
    }
}
