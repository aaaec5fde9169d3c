//! Notes the line of the program that awaits a tick.
//!
//! The problem: an interval waits by a sleep that it makes itself. A report of a watched loop would name the
//! line of this crate that has made the sleep, and a reader looks for the line of the tick.
//!
//! ```text
//!   day.tick()         a note: key of the interval ─> src/main.rs:7:9
//!   its first poll     the sleep's own note is forgotten; the key is linked to the deadline
//!   day.poll_tick(cx)  the sleep's own note is forgotten: a poll has no line
//! ```
//!
//! Invariant: no report names a line of this crate.
//!
//! Read next: `streams/interval/missed_ticks.rs`.

use groundup_executor::Instant;
use groundup_executor::task::{Reason, Scheduler};

/// Links the note of a key to the deadline of the tick, for which the running task waits now.
#[cold]
pub(super) fn link(key: u64, home: Option<&Scheduler>, due: Option<Instant>) {
    if let (Some(home), Some(due)) = (home, due) {
        home.link_await(key, Reason::Timer(due.since_start().as_nanos() as u64));
    }
}

/// Takes the line that has made the sleep out of the notes: a call from the standard library takes its
/// place, and has no line of the program.
#[cold]
pub(super) fn forget(key: u64, home: Option<&Scheduler>, due: Option<Instant>) {
    let own = key + 1; // an address inside of the interval
    std::iter::once(own).for_each(Scheduler::note_await_as);
    link(own, home, due);
}
