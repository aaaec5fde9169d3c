//! Takes letters from other threads to a loop, and wakes the loop.
//!
//! The problem: a waker is used on any thread, at any time, also while its loop sleeps or after
//! the loop has gone. Everything else of a loop belongs to one thread. So the little that threads
//! share is in this folder alone: `letters` is the content of a box, `park` the protocol,
//! `station` a box that several loops use in turn, and `remote` has one station for each loop.
//!
//! ```text
//!   another thread                  static memory                    the loop's thread
//!   wake, call_soon ──post──> Station { mailbox, unpark } ──collect──> Core
//!                                    │
//!                                    └── unpark: only if the loop sleeps
//! ```
//!
//! A wake of a task whose loop sleeps:
//!
//! ```text
//!   the loop's thread                             another thread
//!   ─────────────────                             ──────────────
//!   1 may_sleep: AWAKE -> ASLEEP
//!   2 parks  ░
//!            ░                                    3 waker.wake(): puts the ticket into the box
//!            ░                                    4 rings: ASLEEP -> ASKED
//!            ░ <───────────────────────────────── 5 unparks the loop, because it was ASLEEP
//!   6 rises, and collects: the state is AWAKE,
//!     and the ticket stands in the ready queue
//!   7 the next round polls the task
//!
//!   If step 4 comes before step 1, the state is ASKED there. The loop does not park.
//! ```
//!
//! Invariants:
//! 1. These pages and the waker in `run/waker.rs` are the only code of this floor that other
//!    threads run.
//! 2. No loop sleeps while there is a letter for it.
//! 3. A box holds at most one letter for each task that was woken, whichever threads have woken
//!    it, and in any order.
//!
//! Who may touch what: `Core::home` is the loop's end of the mailbox; `run/waker.rs` posts.
//!
//! Read next: `mailbox/letters.rs`.

pub(crate) mod letters;
pub(crate) mod park;
pub(crate) mod remote;
mod station;

/// The types of all shared state of `park` and `station`. Under a model checker the same
/// pages have another module of this name beside them.
mod sync {
    pub(crate) use parking_lot::Mutex;
    pub(crate) use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

    /// Declares a constructor: `const` here, because mailboxes stand in a static.
    macro_rules! constructor {
        ($(#[$attribute:meta])* $visibility:vis fn $($rest:tt)*) => {
            $(#[$attribute])* $visibility const fn $($rest)*
        };
    }
    pub(crate) use constructor;
}

// Beside `letters.rs`, which the model checkers compile as it is.
#[cfg(test)]
#[path = "../tests/unit/letters.rs"]
mod letters_tests;
