//! Errors: what can go wrong with a shared object.
//!
//! The problem: the caller of a shared object may ask for something that the object's state does
//! not allow. The error says the cause and the cure, and no task waits for ever.
//!
//! Invariant: each error is `Send + Sync`, and its text says the cause and the cure.
//!
//! Read next: the facade, `groundup`.

use std::error::Error;
use std::fmt;

/// Says that a task released an object that no task had acquired.
///
/// ```
/// # mod groundup { pub use groundup_sync::*; }
/// use groundup::NotAcquired;
/// assert!(NotAcquired.to_string().contains("not acquired"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAcquired;

impl fmt::Display for NotAcquired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("released although it is not acquired: release once for each acquire")
    }
}

impl Error for NotAcquired {}
