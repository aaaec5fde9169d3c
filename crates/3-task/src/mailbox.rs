//! The mailbox: what other threads leave for a loop, and how it wakes up.
//!
//! The problem: a waker is used on any thread, at any time, also when its loop
//! sleeps or has gone. Everything else of a loop belongs to one thread. So the little
//! that threads share stands in this folder alone: `park` is the protocol, `remote` a
//! station for each loop.
//!
//! ```text
//!   another thread                  static memory                    the loop's thread
//!   wake, call_soon ──post──> Station { mailbox, unpark } ──collect──> Core
//!                                    │
//!                                    └── unpark: only if the loop sleeps
//! ```
//!
//! Invariants:
//! 1. These pages and the waker in `run/waker.rs` are the only code of this floor
//!    that other threads run.
//! 2. No loop sleeps over a message.
//!
//! Who may touch what: `Core::home` is the loop's end; `run/waker.rs` posts.
//!
//! Read next: `mailbox/park.rs`.

pub(crate) mod park;
pub(crate) mod remote;

/// What `park` takes from outside: all its shared state. Under a model checker the same
/// page has another module of this name beside it.
mod sync {
    pub(crate) use parking_lot::Mutex;
    pub(crate) use std::sync::atomic::{AtomicU8, Ordering};

    /// Declares a constructor: `const` here, because mailboxes stand in a static.
    macro_rules! constructor {
        ($(#[$attribute:meta])* $visibility:vis fn $($rest:tt)*) => {
            $(#[$attribute])* $visibility const fn $($rest)*
        };
    }
    pub(crate) use constructor;
}
