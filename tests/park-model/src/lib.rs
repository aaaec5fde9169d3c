//! The park protocol of floor 3, under loom and under shuttle.
//!
//! The problem: a lost wake-up shows itself once in a billion runs, on somebody
//! else's machine. A model checker runs the code under every order of its atomic
//! steps (loom) or under thousands of chosen ones (shuttle), and shows the one
//! that fails. What is checked here is not a copy: it is floor 3's `park.rs`,
//! compiled beside another `sync` module.
//!
//! ```text
//!   crates/3-task/src/mailbox/park.rs ──┬── as it is ─┬──> under loom     must pass
//!                               │             └──> under shuttle  must pass
//!                               └── build.rs: one thing wrong
//!                                              ──> under loom, shuttle  must fail
//! ```
//!
//! Invariants:
//! 1. The models never look at the state of the protocol, only at what a loop and
//!    its callers see: letters, and whether one is told to unpark.
//! 2. A lost wake-up is a loop that blocks for ever, which both checkers report.
//!
//! Read next: `models.rs`.

#![forbid(unsafe_code)]
// The point of this package: one source, once under each checker.
#![allow(clippy::duplicate_mod)]

#[cfg(test)]
mod models;
#[cfg(test)]
mod under_loom;
#[cfg(test)]
mod under_shuttle;
