//! The names asyncio's programs use, to import with one line.
//!
//! Read next: the crate's front page.

pub use crate::{
    EventLoop, Promise, Task, TaskError, call_later, call_soon, catch_cancel, current_task, run,
    sleep, spawn, yield_now,
};
