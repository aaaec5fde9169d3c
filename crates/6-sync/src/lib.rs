//! Floor 6 of groundup: the objects that several tasks share.
//!
//! # The problem
//!
//! Between two awaits a task has the thread to itself, so a [`Cell`](std::cell::Cell) is enough
//! for state that several tasks share. A task that awaits in the middle of a change needs more:
//! other tasks run while it waits, and they must not see half of the change. And a task that can
//! go on only after another task did its part must wait for that, without asking again and again.
//! This floor has the objects for both cases, with the names and the rules of asyncio.
//!
//! # First path
//!
//! 1. `error.rs`: the errors of this floor.
//!
//! Read next: `error.rs`.
#![forbid(unsafe_code)]
pub use groundup_combinators as combinators;
pub use groundup_combinators::{executor, generator, interweave, task, trace};

mod error;
mod threads;

pub use error::NotAcquired;
pub use threads::default_pool::{DefaultPool, default_pool};
pub use threads::error::{JobError, UnfinishedJob, UnfinishedJobs};
pub use threads::pool::{ThreadPool, ThreadPoolBuilder};
pub use threads::run_in_executor::{RunInExecutor, run_in_executor};
pub use threads::{ToThread, to_thread};
