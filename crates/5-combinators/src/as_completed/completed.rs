//! Completed: one result, and whose it is.
//!
//! The problem: results come in another order than the arguments. So each says which
//! argument it belongs to.
//!
//! Invariant: the index is that of the argument, from 0.
//!
//! Read next: `line.rs`.

use groundup_executor::task::TaskError;

/// One result, and whose it is: an item of [`AsCompleted`](crate::AsCompleted).
#[derive(Debug)]
#[non_exhaustive]
pub struct Completed<T> {
    /// Which of the arguments, from 0.
    pub index: usize,
    /// What it gave.
    pub result: Result<T, TaskError>,
}
