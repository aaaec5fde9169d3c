//! Failures: the kinds of faults that a run can have.
//!
//! The problem: a test that fails under a schedule is made smaller, and the smaller schedule
//! must fail in the same way. So a failure has a kind beside its text.
//!
//! Invariant: the text of a failure is a sentence that says the cause.
//!
//! Read next: `run/disturbance.rs`.

use std::fmt;

/// The kind of a [`Failure`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FailureKind {
    /// The main future panicked, or ended early, or the function that makes it panicked.
    Panicked,
    /// The program returned an `Err`.
    Returned,
    /// The main future waits, and nothing can ever happen any more.
    Deadlock,
    /// A panic of a task or a callback, or an error of a promise, that no code has seen.
    Unread,
    /// The main future has ended, and tasks are left that can never end, or the loop holds something
    /// that no task uses any more: a promise, a callback, a timer, a group, a scope.
    Leftover,
    /// The program goes on after the greatest number of iterations.
    Endless,
    /// A law of a [`Case`](crate::Case) does not hold.
    Law,
    /// Two runs of one schedule are not alike, so the program cannot be explored.
    NotRepeatable,
    /// A token belongs to another program, or to an earlier version of this one.
    Token,
}

/// Says what is wrong with a run.
///
/// ```
/// use groundup_testkit::{Explore, FailureKind};
///
/// let found = Explore::new().check(|| std::future::pending::<()>()).unwrap_err();
/// assert_eq!(found.failure.kind, FailureKind::Deadlock);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// The kind of the failure.
    pub kind: FailureKind,
    /// A sentence about the cause.
    pub text: String,
}

impl Failure {
    pub(crate) fn new(kind: FailureKind, text: impl Into<String>) -> Self {
        let text = text.into();
        Failure { kind, text }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Failure {}
