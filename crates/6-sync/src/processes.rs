//! Runs listed functions in other processes, while the loop goes on.
//!
//! The problem: a job on a thread can overwrite nothing of another one, but it can end the whole
//! program: its stack overflows, it exits, a library in C reads a wrong address. And a thread that
//! computes for ever cannot be stopped. A process can be killed, and its end harms no other process.
//!
//! A new process knows no closure of the program. So the program lists the functions, and each
//! process is the same executable again, which calls one of them when it is asked to:
//!
//! ```text
//!   the program                                     a worker: the same executable
//!   -----------                                     -----------------------------
//!   main: serve_jobs(&[..])  returns                main: serve_jobs(&[..])  never returns
//!   run_in_process(&pool, fib, 30)
//!     │ a job on a thread of the pool
//!     v
//!   thread: writes "fib", 30   ── a socket ──────>  standard input: reads, and calls fib(30)
//!   thread: reads             <─ the same socket ─  writes 832040
//!     │ wakes the task
//!     v
//!   .await == 832040
//! ```
//!
//! Threads share the memory of the program, and need no copy of an argument. So take
//! [`to_thread`](crate::to_thread) unless a job may end the program, or must be killed.
//!
//! Invariants:
//! 1. A job is sent to a worker once. If the worker dies, its awaiter gets an error, and the next job
//!    gets another worker.
//! 2. A worker has at most one job. So its death is charged to the job that it had.
//! 3. A worker ends when the socket is closed at the other end, also in the middle of a job. So no
//!    worker survives the program.
//! 4. The pool waits for each worker that has ended. So none is left as a zombie for longer than to the
//!    next call that looks at it: of a job, of `workers`, or of the end of the pool.
//!
//! Access: nothing else of this floor uses this folder. It stands on `threads/`, whose pool runs the
//! threads that read and wait.
//!
//! Read next: `processes/error.rs`.

// Without workers, a part of the pages is not used.
#![cfg_attr(not(unix), allow(dead_code))]

mod call;
pub(crate) mod error;
mod frame;
pub(crate) mod jobs;
#[cfg(not(unix))]
mod no_worker;
pub(crate) mod pool;
pub(crate) mod run_in_process;
pub(crate) mod serve;
mod shutdown;
#[cfg(unix)]
mod worker;
mod workers;

pub use self::error::ProcessError;
pub use self::jobs::{ProcessJob, process_job};
pub use self::pool::{ProcessPool, ProcessPoolBuilder};
pub use self::run_in_process::RunInProcess;
pub use self::serve::serve_jobs;

#[cfg(not(unix))]
use no_worker as worker;
