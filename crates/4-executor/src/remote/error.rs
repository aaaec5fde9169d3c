//! Errors of other threads: of their tasks, and of calls after the end.
//!
//! The problem: the thread that waits is not the one on which the task ended, and the
//! payload of a panic may not be able to change threads. So each kind of end has a variant, which
//! carries no payload.
//!
//! Invariant: each way in which a task or its loop can end has its variant here.
//!
//! Read next: `remote/origin.rs`.

use std::fmt;

use parking_lot::Mutex;

/// Says why a task that was spawned from another thread gave no value.
///
/// ```
/// # mod groundup { pub use groundup_executor::*; }
/// use groundup::{EventLoop, RemoteError};
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

/// The loop is closed; the error holds the call that was sent.
///
/// ```
/// # mod groundup { pub use groundup_executor::*; }
/// use groundup::{EventLoop, LoopClosed};
///
/// let remote = EventLoop::new().remote();
/// let closed: LoopClosed<_> = remote.call_soon(|| println!("made after all")).unwrap_err();
/// let call = closed.into_inner();
/// call();
/// ```
pub struct LoopClosed<T>(
    // Never locked: it makes an error `Sync` that holds a call, which is only `Send`.
    Mutex<T>,
);

impl<T> LoopClosed<T> {
    pub(super) fn of(sent: T) -> Self {
        LoopClosed(Mutex::new(sent))
    }

    /// Returns the call that was sent.
    pub fn into_inner(self) -> T {
        self.0.into_inner()
    }
}

impl<T> fmt::Debug for LoopClosed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LoopClosed")
    }
}

impl<T> fmt::Display for LoopClosed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Event loop is closed: what was sent to it is in this error")
    }
}

impl<T> std::error::Error for LoopClosed<T> {}
