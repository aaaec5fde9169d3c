//! Why a loop did not run, or did not give a result.
//!
//! The problem: a loop can be misused in a handful of ways, and each must end in
//! a sentence that says what happened and what to do, never in a hang, and never
//! in a loop that is unusable afterwards.
//!
//! Invariant: after any of these errors, the loop that gave it, and the loop
//! that was running, are as they were.
//!
//! Read next: floor 5, `groundup-combinators`.

use std::error::Error;
use std::fmt;

use groundup_task::{Cancelled, Deadlock, MAX_LOOPS, TaskError};

/// Why [`run_until_complete`](crate::EventLoop::run_until_complete) and its
/// relatives gave no result. After any of them the loop can be run again.
///
/// ```
/// use groundup_executor::{EventLoop, RunError};
///
/// let event_loop = EventLoop::builder().virtual_time().build();
/// let promise = event_loop.create_promise::<u8>();
/// let error = event_loop.run_until_complete(promise).unwrap_err();
/// assert!(matches!(error, RunError::Deadlock(_)));
/// println!("{error}"); // who waits for what, in a paragraph
/// assert!(event_loop.run_until_complete(async {}).is_ok());
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum RunError {
    /// This very loop is running already, further up (L22).
    AlreadyRunning,
    /// Another loop is running on this thread (L22).
    AnotherLoopRuns,
    /// The loop was closed (L15).
    Closed,
    /// `close` was called while the loop was running (L17).
    StillRunning,
    /// The task that was to be run belongs to another loop (F14).
    ForeignTask,
    /// `stop` was called before the future was done (L21).
    Stopped,
    /// The main future was cancelled.
    Cancelled(Cancelled),
    /// Nothing can ever happen any more.
    Deadlock(Deadlock),
    /// The task that was run did not give its value.
    Task(TaskError),
    /// [`MAX_LOOPS`](groundup_task::MAX_LOOPS) are alive in this process.
    TooManyLoops,
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RunError::AlreadyRunning => f.write_str(
                "This event loop is already running: inside it, await the future or spawn it",
            ),
            RunError::AnotherLoopRuns => f.write_str(
                "Cannot run the event loop while another loop is running on this thread: await the \
                 future there, or use another thread",
            ),
            RunError::Closed => f.write_str("Event loop is closed: make a new one"),
            RunError::StillRunning => f.write_str(
                "Cannot close a running event loop: call stop, and close it when its run has returned",
            ),
            RunError::ForeignTask => f.write_str(
                "The task belongs to a different loop than the one that is to run it: run it on the \
                 loop on which it was spawned",
            ),
            RunError::Stopped => f.write_str(
                "Event loop stopped before the future completed: call stop only when it is done, or \
                 use run_forever",
            ),
            RunError::Cancelled(cancelled) => write!(f, "the main future was {cancelled}"),
            RunError::Deadlock(deadlock) => deadlock.fmt(f),
            RunError::Task(error) => error.fmt(f),
            RunError::TooManyLoops => write!(
                f,
                "too many event loops: {MAX_LOOPS} are alive in this process; drop those that are \
                 not used, and what is held of their tasks"
            ),
        }
    }
}

impl Error for RunError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            RunError::Deadlock(deadlock) => Some(deadlock),
            RunError::Task(error) => Some(error),
            RunError::Cancelled(cancelled) => Some(cancelled),
            _ => None,
        }
    }
}
