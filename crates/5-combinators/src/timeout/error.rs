//! Why a deadline could not be moved.
//!
//! The problem: whoever moves a deadline holds a handle to it, and cannot know whether
//! what runs under it has begun, is over, or is being ended. asyncio raises a
//! `RuntimeError` for all three; here each has its name and its cure.
//!
//! Invariant: a deadline that was not moved is as it was.
//!
//! Read next: `deadline.rs`.

use std::error::Error;
use std::fmt;

/// Why a [`Deadline`](crate::Deadline) could not be moved (D03).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeadlineError {
    /// Nothing runs under it yet.
    NotEntered,
    /// It has expired already.
    Expired,
    /// What ran under it has ended.
    Finished,
}

impl fmt::Display for DeadlineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            DeadlineError::NotEntered => {
                "Deadline has not been entered: move it from inside the future that runs under it"
            }
            DeadlineError::Expired => {
                "Cannot change state of expired Deadline: make a new one for what is to come"
            }
            DeadlineError::Finished => {
                "Cannot change state of finished Deadline: make a new one for what is to come"
            }
        })
    }
}

impl Error for DeadlineError {}
