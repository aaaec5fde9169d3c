//! Why a task of another thread gave no value.
//!
//! The problem: the thread that waits is not the one on which the task ended, and
//! what ended it may not be able to change threads. So each end has a plain word.
//!
//! Invariant: every way in which a task or its loop can end has its word here.
//!
//! Read next: `answer.rs`.

use std::fmt;

/// Why a task that was spawned from another thread gave no value.
///
/// ```
/// use groundup_executor::{EventLoop, RemoteError};
///
/// let event_loop = EventLoop::new();
/// let task = event_loop.remote().spawn(std::future::pending::<()>);
/// drop(event_loop);
/// assert_eq!(task.wait(), Err(RemoteError::Closed));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RemoteError {
    /// It was cancelled.
    Cancelled,
    /// It panicked, with this message: the payload itself need not be able to
    /// change threads.
    Panicked(String),
    /// The loop was closed before it was done.
    Closed,
    /// It is done, and its result was taken by an earlier await or wait.
    Taken,
}

impl fmt::Display for RemoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RemoteError::Cancelled => f.write_str("the task was cancelled"),
            RemoteError::Panicked(message) => write!(f, "the task panicked: {message}"),
            RemoteError::Closed => f.write_str(
                "the loop was closed before the task was done; keep it running until then",
            ),
            RemoteError::Taken => f.write_str(
                "the value was taken before: a RemoteTask gives it once; keep what the first await \
                 or wait gave",
            ),
        }
    }
}

impl std::error::Error for RemoteError {}
