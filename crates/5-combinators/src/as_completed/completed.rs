//! Completed: one result, with the index of its argument.
//!
//! The problem: results come in another order than the arguments. So each result carries the
//! index of its argument.
//!
//! Invariant: the index counts the arguments from 0.
//!
//! Read next: `as_completed/line.rs`.

use groundup_executor::task::TaskError;

/// One result and the index of its argument: an item of [`AsCompleted`](crate::AsCompleted).
#[derive(Debug)]
#[non_exhaustive]
pub struct Completed<T> {
    /// Index of the argument, from 0.
    pub index: usize,
    /// Outcome of the member.
    pub result: Result<T, TaskError>,
}
