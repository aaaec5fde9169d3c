//! Observers: who is told what happens, and who chooses the order.
//!
//! The problem: pictures, explorers and blame need to see every move, and a program
//! that nobody observes must not pay for it. A failure that no awaiter will see must be
//! told once. And where order is free, one seed must explain the whole run. These are
//! three parts, each with a hook of the user's in it.
//!
//! ```text
//!   the roof ──event──> Trace ──> sink          observed slots take the slow path
//!            ──report─> Reports ──> handler     at once, or at the end of the iteration
//!            ──choice─> Choices ──> chooser     first in, first out without one
//! ```
//!
//! | page | what it holds |
//! |---|---|
//! | `observe/trace` | the sink, the stamp of time and iteration, causes, the stopwatch |
//! | `observe/report` | the exception handler, and what is told at the end of an iteration |
//! | `observe/choices` | the chooser |
//!
//! Invariants:
//! 1. Being observed changes no order and no time.
//! 2. A sink, a chooser or a handler that panics harms nothing: it is reported, and a
//!    sink is told no more.
//!
//! Who may touch what: each part's fields are private to its page. `Reports` knows
//! `Trace`, which is beneath it and keeps what a sink threw until `Reports` tells it.
//!
//! Read next: `observe/trace.rs`.

pub(crate) mod choices;
pub(crate) mod report;
pub(crate) mod trace;
