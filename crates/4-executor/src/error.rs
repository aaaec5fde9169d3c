//! The reasons for which a run returns no value.
//!
//! The problem: a loop can be misused in a handful of ways. Each misuse must end in a
//! message that names the cause and the cure, never in a hang, and never in a loop that
//! cannot be used afterwards.
//!
//! Invariant: after each of these errors, the loop that returned it can be run again unless
//! it is closed, and a loop that was running goes on.
//!
//! Read next: floor 5, `groundup-combinators`.

use std::error::Error;
use std::fmt;

use groundup_task::{Cancelled, Deadlock, MAX_LOOPS, TaskError};

/// Why [`run_until_complete`](crate::EventLoop::run_until_complete) or a relative of it
/// returned no value. After each of these except `Closed`, the loop can be run again.
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
    /// This loop is already running, further up on this stack.
    AlreadyRunning,
    /// Another loop is running on this thread.
    AnotherLoopRuns,
    /// The loop is closed.
    Closed,
    /// `close` was called while the loop was running.
    StillRunning,
    /// The task belongs to another loop than the one that is to run it.
    ForeignTask,
    /// `stop` was called before the future was done.
    Stopped,
    /// The main future was cancelled.
    Cancelled(Cancelled),
    /// Nothing can ever happen any more.
    Deadlock(Deadlock),
    /// The task that was run ended without a value.
    Task(TaskError),
    /// The process has its maximum of [`MAX_LOOPS`](groundup_task::MAX_LOOPS) loops alive.
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
