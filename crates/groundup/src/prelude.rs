//! The names that nearly every program uses, to import with one line.
//!
//! Python's `from asyncio import *`, kept short enough to surprise nobody: no
//! name here shadows one of the standard library's prelude.
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
//! Invariant: every name here is one of the crate's root.
//!
//! Read next: the crate `groundup-combinators`, from which all of these come.

pub use crate::{
    EventLoop, Promise, Task, TaskError, call_later, call_soon, catch_cancel, current_task, run,
    sleep, spawn, yield_now,
};
