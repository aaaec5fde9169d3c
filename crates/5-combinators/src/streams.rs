//! Streams: many of a kind, each driven by a task.
//!
//! The problem: a stream and a future do nothing while their reader does not poll
//! them. A reader that is busy for a second stops every download for that second. So
//! tasks do the work, and the reader takes the results that are there.
//!
//! ```text
//!   async_map, buffered    source --> driver --spawns--> calls --> results --> reader
//!   merge, zip             each stream --> its task --> one item ahead ------> reader
//! ```
//!
//! | file, above those it uses | has |
//! |---|---|
//! | `streams/run_on.rs` | the results of an async map in a `for` loop outside the event loop |
//! | `streams/map.rs` | one function, many items: `async_map` |
//! | `streams/iterables.rs`, `streams/maybe_async.rs` | the items and functions it takes |
//! | `streams/buffered.rs` | a stream of futures, a limited number of them at once |
//! | `streams/merge.rs`, `streams/zip.rs` | several streams as one |
//! | `streams/in_flight.rs` | at most so many tasks at once, and their results |
//! | `streams/read_ahead.rs` | a stream driven by a task, one item ahead |
//! | `streams.rs` | the way of a panic from a task to the reader |
//!
//! Invariants:
//! 1. Nothing runs before the first poll.
//! 2. A cancel of the reader ends one read: it takes no result away and stops no task.
//! 3. Dropping a stream cancels its tasks.
//! 4. A panic or a cancel of a source goes on in the reader.
//!
//! Access: tasks and results are private to `in_flight.rs` and
//! `read_ahead.rs`; the verbs poll them and drop them. `run_on.rs` alone sees the stage of
//! an async map. No other folder imports from this one.
//!
//! Read next: `streams/map.rs`.

pub(crate) mod buffered;
mod in_flight;
pub(crate) mod iterables;
pub(crate) mod map;
pub(crate) mod maybe_async;
pub(crate) mod merge;
mod read_ahead;
pub(crate) mod run_on;
pub(crate) mod zip;

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use groundup_executor::task::{RaiseCancelled, TaskError};

/// Goes on here with what ended a task that works for the running one: a panic
/// goes on as a panic, a cancel as a cancel, which stays with the stream until it is taken.
fn rethrow(
    error: TaskError,
    raising: &mut Option<RaiseCancelled>,
    cx: &mut Context<'_>,
) -> Poll<Infallible> {
    match error {
        TaskError::Panicked(panic) => panic.resume(),
        TaskError::Cancelled(cancelled) => Pin::new(raising.insert(cancelled.raise())).poll(cx),
        error => panic!("{error}"),
    }
}
