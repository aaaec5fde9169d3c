//! The names that nearly every program uses, for one import line.
//!
//! Like Python's `from asyncio import *`, but short: no name of this module shadows a
//! name of the standard library's prelude.
//!
//! ```
//! use groundup::prelude::*;
//! use std::time::Duration;
//!
//! run(async {
//!     let task = spawn(async { 6 * 7 }).timeout(Duration::from_secs(5));
//!     assert_eq!(task.await.unwrap().unwrap(), 42);
//! });
//! ```
//!
//! Invariant: every name of this module is also at the crate's root.
//!
//! Read next: nothing, the path ends here. The names of tasks and promises are re-exported from
//! floor 3, those of the loop and the sleep from floor 4, and the others from floor 5.

pub use crate::{
    EventLoop, Promise, Task, TaskError, TimeoutExt, call_later, call_soon, catch_cancel,
    current_task, gather, run, sleep, spawn, task_group, time, timeout, yield_now,
};
