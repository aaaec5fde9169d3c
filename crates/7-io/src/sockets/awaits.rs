//! Notes the line at which a program awaits a socket.
//!
//! The problem: a report names a connection, and a person looks for the line that waits for it. A
//! function such as `accept` knows the line that calls it, and its future notes the line whenever it
//! waits. `poll_read` and the other methods of traits know no line: the caller is code of another
//! crate. Such a wait makes the loop forget the line of an earlier one.
//!
//! ```text
//!   listener.accept()         the future has the line, and its poll notes it
//!   reader.readline()         the same: the reader polls `poll_read`, and notes the line then
//!   stream.read(&mut buf)     `AsyncReadExt` of the crate futures: no line
//! ```
//!
//! Invariant: while no loop of the process is watched, a wait costs a load and a branch more.
//!
//! Read next: `sockets/operation.rs`.

use std::future::{Future, poll_fn};
use std::panic::Location;
use std::pin::pin;
use std::task::Context;

use groundup_sync::task::Scheduler;

/// A place of the program, see `std::panic::Location`.
pub(crate) type CallSite = &'static Location<'static>;

/// Notes that a future which the program has made at `place` waits, if a loop is watched.
#[inline(always)]
pub(crate) fn note_place(cx: &Context<'_>, place: Option<CallSite>) {
    if Scheduler::any_is_watched() && place.is_some() {
        Scheduler::note_poll_made_at(cx, place);
    }
}

/// Forgets the line at which the task has awaited the socket before, if a loop is watched. The future
/// that waits now may note its own line.
#[inline(always)]
pub(crate) fn forget_place(cx: &Context<'_>) {
    if Scheduler::any_is_watched() {
        Scheduler::note_poll_made_at(cx, None);
    }
}

/// Awaits a future for a function that the program has called at `place`.
pub(crate) async fn awaited_at<F: Future>(place: CallSite, future: F) -> F::Output {
    let mut future = pin!(future);
    let poll = |cx: &mut Context<'_>| {
        let polled = future.as_mut().poll(cx);
        if polled.is_pending() {
            note_place(cx, Some(place));
        }
        polled
    };
    poll_fn(poll).await
}
