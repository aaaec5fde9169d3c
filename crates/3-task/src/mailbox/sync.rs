//! What the park protocol needs from the outside, and nothing else.
//!
//! The problem: `park.rs` must run under a model checker exactly as it is. So it takes
//! its atomics and its mutex from a module `sync` beside it: here this file, in the
//! model tests another one.
//!
//! Invariant: nothing in `park.rs` touches shared state but through here.
//!
//! Read next: `mailbox/park.rs`.

pub(crate) use parking_lot::Mutex;
pub(crate) use std::sync::atomic::{AtomicU8, Ordering};

/// Declares a constructor: `const` here, because mailboxes stand in a static.
macro_rules! constructor {
    ($(#[$attribute:meta])* $visibility:vis fn $($rest:tt)*) => {
        $(#[$attribute])* $visibility const fn $($rest)*
    };
}
pub(crate) use constructor;
