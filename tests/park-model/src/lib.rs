//! The protocols of wakes between threads, under loom and under shuttle.
//!
//! The problem: a lost wake shows itself once in a billion runs, on a user's machine. A
//! model checker runs the code under every order of its atomic steps (loom) or under
//! thousands of chosen orders (shuttle), and reports the order that fails. It does not
//! check a copy: it checks floor 3's `park.rs`, compiled beside another `sync` module.
//!
//! ```text
//!   crates/3-task/src/mailbox/park.rs ──┬── as it is ─┬──> under loom     must pass
//!                                       │             └──> under shuttle  must pass
//!                                       └── build.rs: one change
//!                                                      ──> under loom, shuttle  must fail
//! ```
//!
//! Four protocols are checked in this way. `models.rs` has the park protocol. `woken.rs` has the
//! woken list of floor 5 (`members/woken.rs`), by which a thread wakes one of many futures in one
//! task. `handover.rs` has the hand-over of jobs to the workers of a pool
//! (`crates/6-sync/src/threads/handover.rs`), and `shared_queue.rs` the queue between loops
//! (`crates/6-sync/src/fleet/channel.rs`). Beside these, `first_flag.rs` has the flag of floor 3's
//! first version.
//!
//! Invariants:
//! 1. The models never read the state of the protocol. They use only what a loop and its
//!    callers can see: messages, and whether the caller must unpark.
//! 2. A lost wake is a loop that blocks for ever, which both checkers report.
//!
//! Read next: `models.rs`.

#![forbid(unsafe_code)]
// One source, compiled once under each checker: that is the purpose of this package.
#![allow(clippy::duplicate_mod)]

#[cfg(test)]
mod first_flag;
#[cfg(test)]
mod handover;
#[cfg(test)]
mod locks;
#[cfg(test)]
mod models;
#[cfg(test)]
mod shared_queue;
#[cfg(test)]
mod under_loom;
#[cfg(test)]
mod under_shuttle;
#[cfg(test)]
mod woken;
