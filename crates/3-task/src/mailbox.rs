//! Takes messages from other threads to a loop, and unparks the loop.
//!
//! The problem: a waker is used on any thread, at any time, also while its loop is parked or after
//! the loop has gone. Everything else of a loop belongs to one thread. So the little that threads
//! share is in this folder alone: `messages` is the content of a mailbox, `park` the protocol,
//! `lent_mailbox` a mailbox that several loops use in turn, and `remote` has one of these for
//! each loop.
//!
//! ```text
//!   another thread                  static memory                    the loop's thread
//!   wake, call_soon ──post──> LentMailbox { mailbox, unpark } ──collect──> Core
//!                                    │
//!                                    └── unpark: only if the loop is parked
//! ```
//!
//! A wake of a task whose loop is parked:
//!
//! ```text
//!   the loop's thread                             another thread
//!   ─────────────────                             ──────────────
//!   1 try_park: AWAKE -> PARKED
//!   2 parks  ░
//!            ░                                    3 waker.wake(): posts the ticket
//!            ░                                    4 notifies: PARKED -> NOTIFIED
//!            ░ <───────────────────────────────── 5 unparks the loop, because it was PARKED
//!   6 ends the park, and collects: the state is AWAKE,
//!     and the ticket stands in the ready queue
//!   7 the next round polls the task
//!
//!   If step 4 comes before step 1, the state is NOTIFIED there. The loop does not park.
//! ```
//!
//! Invariants:
//! 1. These pages and the waker in `run/waker.rs` are the only code of this floor that other
//!    threads run, but for the drop of a record (`store/hidden.rs`).
//! 2. No loop stays parked while there is a message for it.
//! 3. A mailbox holds at most one message for each task that was woken, whichever threads have woken
//!    it, and in any order.
//!
//! Access: `Core::loop_side` is the loop's side of the mailbox; `run/waker.rs` posts.
//!
//! Read next: `mailbox/messages.rs`.

mod lent_mailbox;
pub(crate) mod messages;
pub(crate) mod park;
pub(crate) mod remote;

/// The types of all shared state of `park` and `lent_mailbox`. Under a model checker the same
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

// Beside `messages.rs`, which the model checkers compile as it is.
#[cfg(test)]
#[path = "../tests/unit/messages.rs"]
mod messages_tests;
