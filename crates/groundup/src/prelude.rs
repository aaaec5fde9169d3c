//! The names that nearly every program uses, for one import line.
//!
//! Like Python's `from asyncio import *`, but short: no name of this module shadows a
//! name of the standard library's prelude.
//!
//! ```
//! use groundup::prelude::*;
//!
//! run(async {
//!     let task = spawn(async { 6 * 7 });
//!     assert_eq!(task.await.unwrap(), 42);
//! });
//! ```
//!
//! Invariant: every name of this module is also at the crate's root.
//!
//! Read next: nothing, the path ends here. The names of tasks and promises are re-exported from
//! floor 3, and those of the loop and the sleep from floor 4.

pub use crate::{
    EventLoop, Promise, Task, TaskError, call_later, call_soon, catch_cancel, current_task, run,
    sleep, spawn, yield_now,
};
