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
//! Read next: the crate `groundup-combinators`, from which all of these come.

pub use crate::{
    EventLoop, Promise, Task, TaskError, call_later, call_soon, catch_cancel, current_task, run,
    sleep, spawn, yield_now,
};
