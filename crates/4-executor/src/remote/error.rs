//! Errors of a task that was spawned from another thread.
//!
//! The problem: the thread that waits is not the one on which the task ended, and the
//! payload of a panic may not be able to change threads. So each kind of end is a plain variant.
//!
//! Invariant: each way in which a task or its loop can end has its variant here.
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
    /// The task was cancelled.
    Cancelled,
    /// The task panicked, with this message. The payload itself may not be able to change threads.
    Panicked(String),
    /// The loop was closed before the task was done.
    Closed,
    /// The task is done, and an earlier await or wait took its result.
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
