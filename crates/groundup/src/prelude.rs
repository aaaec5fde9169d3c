//! The names that nearly every program uses, for one import line.
//!
//! Like Python's `from asyncio import *`, but short: no name of this module shadows a
//! name of the standard library's prelude.
//!
//! ```
//! use groundup::prelude::*;
//! use std::time::Duration;
//!
//! async fn answer() -> Result<i32, Box<dyn std::error::Error>> {
//!     let task = spawn(async { 6 * 7 }).timeout(Duration::from_secs(5));
//!     Ok(task.await??) // the time, the task
//! }
//! assert_eq!(run(answer()).unwrap(), 42);
//! ```
//!
//! Of the objects that tasks share, it has the four that asyncio's own tutorials use: [`Lock`],
//! [`Event`], [`Semaphore`] and [`Queue`], and [`to_thread`]. A barrier, a condition or a pool of the
//! program's own is a decision of one place in a program, and its import shows it there.
//!
//! Invariant: every name of this module is also at the crate's root.
//!
//! Read next: nothing, the path ends here. The names of tasks and promises are re-exported from
//! floor 3, those of the loop and the sleep from floor 4, the shared objects and `to_thread` from floor
//! 6, and the others from floor 5.

pub use crate::{
    Event, EventLoop, Lock, Promise, Queue, Semaphore, Task, TaskError, TimeoutExt, call_later,
    call_soon, catch_cancel, current_task, gather, run, sleep, spawn, task_group, time, timeout,
    to_thread, yield_now,
};
