//! Streams: many of a kind, each driven by a task.
//!
//! The problem: a stream and a future do nothing while their reader does not poll
//! them. A reader that is busy for a second stops every download for that second. So
//! tasks do the work, and the reader takes results that are there.
//!
//! | verb | takes | gives | tasks |
//! |---|---|---|---|
//! | `async_map` | a function and items | results in argument order | one a call, all at once or up to a limit |
//! | `buffered` | a stream of futures | results in the source's order | one a future, up to a limit, and a driver |
//! | `buffer_unordered` | a stream of futures | results in the order of the ends | the same |
//! | `merge` | streams | items in the order in which they come | one a stream |
//! | `zip` | streams | tuples, one item of each | one a stream |
//!
//! ```text
//!   map, buffered    in_flight     source --> driver --spawns--> calls --> reader
//!   merge, zip       read_ahead    each stream --> a task --> one item --> reader
//!   run_on           an async map, read by a `for` loop outside the event loop
//! ```
//!
//! Invariants:
//! 1. Nothing runs before the first poll.
//! 2. A cancel of the reader ends one read: it takes no result away and stops no task.
//! 3. Dropping a stream cancels its tasks.
//! 4. A panic or a cancel of a source goes on in the reader (`rethrow`).
//!
//! Who may touch what: the tasks and their results belong to `in_flight.rs` and
//! `read_ahead.rs`, whose fields are private; the verbs poll and drop them. Nothing
//! else of the crate imports from this folder.
//!
//! Read next: `map.rs`; then `in_flight.rs` and `read_ahead.rs`.

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

use groundup_executor::task::TaskError;

/// Goes on here with what ended a task that works for the running one: a panic
/// goes on as a panic, a cancel as a cancel.
fn rethrow(error: TaskError, cx: &mut Context<'_>) -> Poll<Infallible> {
    match error {
        TaskError::Panicked(panic) => panic.resume(),
        TaskError::Cancelled(cancelled) => Pin::new(&mut cancelled.raise()).poll(cx),
        error => panic!("{error}"),
    }
}
