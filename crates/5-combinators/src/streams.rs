//! Streams: tasks do the work, and a reader takes the results.
//!
//! The problem: a stream or a future does nothing while its reader does not poll it. A reader
//! that is busy for a second stops every download for that second. So tasks do the work, and
//! the reader takes the results that are there. (An interval has no work to do, and no task.)
//!
//! ```text
//!   async_map, buffered   source --feeds--> one task --spawns--> the calls
//!                         the calls --store--> the results --are taken by--> the reader
//!
//!   merge, zip            each stream --feeds--> its task --reads--> one item ahead
//!                         the items --are taken by--> the reader
//! ```
//!
//! | file (it uses files below it) | has |
//! |---|---|
//! | `streams/run_on.rs` | the results of an async map in a `for` loop outside the event loop |
//! | `streams/map.rs` | one function, many items: `async_map` |
//! | `streams/iterables.rs`, `streams/maybe_async.rs` | the items and functions it takes |
//! | `streams/buffered.rs` | a stream of futures, a limited number of them at once |
//! | `streams/merge.rs`, `streams/zip.rs` | several streams as one |
//! | `streams/interval.rs` | a stream of times, one every period |
//! | `streams/interval/missed_ticks.rs` | the three ways to treat those that were missed |
//! | `streams/in_flight.rs` | a limited number of tasks at once, and their results |
//! | `streams/read_ahead.rs` | a stream driven by a task, one item ahead |
//! | `streams/origin.rs` | the name of a stream, and the place of its call, for reports |
//! | `streams.rs` | the order of results; passes a panic or a cancel of a task to the reader |
//!
//! Invariants:
//! 1. Nothing runs before the first poll.
//! 2. A cancel of the reader ends one read: it takes no result away and stops no task.
//! 3. Dropping a stream cancels its tasks.
//! 4. A panic or a cancel of a source goes on in the reader.
//!
//! Access: tasks and results are private to `in_flight.rs` and `read_ahead.rs`; the verbs only
//! poll and drop them. Only `run_on.rs` sees the stage of an async map. No other folder imports
//! from this one.
//!
//! Read next: `streams/map.rs`. Second reading: `streams/origin.rs`, a stream in a report.

pub(crate) mod buffered;
mod in_flight;
pub(crate) mod interval;
pub(crate) mod iterables;
pub(crate) mod map;
pub(crate) mod maybe_async;
pub(crate) mod merge;
mod origin;
mod read_ahead;
pub(crate) mod run_on;
pub(crate) mod zip;

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use groundup_executor::task::{RaiseCancelled, TaskError};

/// Order in which results are returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    /// In the order of the source.
    Source,
    /// In the order of the ends.
    Ends,
}

/// Continues the failure of a stream's task in the running task: a panic as a panic, a cancel
/// as a cancel. The cancel stays in `raising` until the running task has taken it.
fn rethrow(
    error: TaskError,
    raising: &mut Option<RaiseCancelled>,
    cx: &mut Context<'_>,
) -> Poll<<RaiseCancelled as Future>::Output> {
    match error {
        TaskError::Panicked(panic) => panic.resume(),
        TaskError::Cancelled(cancelled) => Pin::new(raising.insert(cancelled.raise())).poll(cx),
        error => panic!("{error}"),
    }
}
