//! The row about a resume through a hundred frames.
//!
//! An `async fn` that awaits an `async fn` that awaits ... is polled from the top
//! each time. To reach the bottom, every frame on the way is entered and left again.
//! The row measures that way. (Python's generators go the same way through
//! `yield from`. A generator with an explicit frame stack does not: that is the row
//! deep_frames, which only our system has. There, too, the stack is a task of the loop.)
//!
//! ```text
//!   poll -> level 100 -> level 99 -> ... -> level 1 -> level 0: yields
//! ```
//!
//! Invariants: one operation is one resume of the bottom. Every level is boxed, as a
//! recursive `async fn` must be, so no compiler can flatten it.
//!
//! Read next: `timers.rs`.

use std::future::Future;
use std::pin::Pin;

use crate::{Sample, System, Work};

/// Number of calls between the task and the yields.
pub const DEPTH: u32 = 100;

/// Runs the row if it belongs to this module.
pub fn serve<S: System>(row: &str, work: Work) -> Option<Sample> {
    (row == "deep_await").then(|| S::run(deep_await::<S>(work)))
}

/// Runs one level; `above` is the number of levels between it and the bottom.
fn level<S: System>(above: u32, yields: u64) -> Pin<Box<dyn Future<Output = u64>>> {
    Box::pin(async move {
        if above > 0 {
            return level::<S>(above - 1, yields).await;
        }
        let mut resumed = 0;
        for _ in 0..yields {
            S::give_way().await;
            resumed += 1;
        }
        resumed
    })
}

/// Runs a task a hundred calls deep that is resumed `size` times at the bottom.
async fn deep_await<S: System>(work: Work) -> Sample {
    work.measure(work.size, async || {
        let resumed = S::spawn(async move { level::<S>(DEPTH, work.size).await }).await;
        assert_eq!(resumed, work.size);
    })
    .await
}
