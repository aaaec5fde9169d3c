//! Locks that threads share, and waits with a limit of real time.
//!
//! The problem: an idle thread ends after some seconds, and a shutdown has a limit. Threads live in
//! real time, also if the clock of their loop jumps. So these waits go by the clock of the machine, and
//! no other page of this floor knows that clock.
//!
//! Invariant: this page has no state, and decides nothing. A model checker puts a module of its own in
//! its place (`tests/park-model`).
//!
//! Read next: `threads/error.rs`.

use std::time::Duration;
#[cfg(feature = "processes")]
use std::time::Instant;

pub(crate) use parking_lot::{Condvar, Mutex, MutexGuard};

/// Waits for a notification, for at most `limit`. Returns true if the limit is over.
pub(crate) fn wait_at_most<T>(
    changed: &Condvar,
    guard: &mut MutexGuard<'_, T>,
    limit: Duration,
) -> bool {
    changed.wait_for(guard, limit).timed_out()
}

/// Waits while `waits` returns true, for at most `limit`.
pub(crate) fn wait_while<T>(
    changed: &Condvar,
    guard: &mut MutexGuard<'_, T>,
    waits: impl FnMut(&mut T) -> bool,
    limit: Duration,
) {
    changed.wait_while_for(guard, waits, limit);
}

/// The end of a limit that several waits share.
#[cfg(feature = "processes")]
#[derive(Clone, Copy)]
pub(crate) struct Deadline {
    begin: Instant,
    limit: Duration,
}

#[cfg(feature = "processes")]
impl Deadline {
    /// Begins a limit now.
    pub(crate) fn after(limit: Duration) -> Self {
        let begin = Instant::now();
        Deadline { begin, limit }
    }

    /// Returns the rest of the limit.
    pub(crate) fn left(self) -> Duration {
        self.limit.saturating_sub(self.begin.elapsed())
    }
}
