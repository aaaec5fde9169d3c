//! The errors of a loop: when it is made, run, and closed.
//!
//! The problem: a loop can be misused in a handful of ways. Each misuse must end in a
//! message that names the cause and the cure, never in a hang, and never in a loop that
//! cannot be used afterwards. Each call has an enum of its own, so that a `match` names only
//! what that call can return.
//!
//! Invariant: after each of these errors, the loop that returned it can be run again unless
//! it is closed, and a loop that was running goes on.
//!
//! Read next: floor 5, `groundup-combinators`.

use std::error::Error;
use std::fmt;

use groundup_task::trace::{Name, Visible};
use groundup_task::{Cancelled, Deadlock, MAX_LOOPS, TaskError};

/// Says why [`run_until_complete`](crate::EventLoop::run_until_complete) or a similar method
/// returned no value. After each of these except `Closed`, the loop can be run again.
///
/// ```
/// # mod groundup { pub use groundup_executor::*; }
/// use groundup::{EventLoop, RunError};
///
/// let event_loop = EventLoop::builder().virtual_time().build();
/// let promise = event_loop.create_promise::<u8>();
/// let error = event_loop.run_until_complete(promise).unwrap_err();
/// assert!(matches!(error, RunError::Deadlock(_)));
/// println!("{error}"); // a paragraph that names each task and its wait
/// assert!(event_loop.run_until_complete(async {}).is_ok());
/// ```
///
/// Its `Debug` is its text, too, so that `unwrap` prints the cause and the cure.
#[non_exhaustive]
pub enum RunError {
    /// This loop is already running, further up on this stack.
    AlreadyRunning,
    /// Another loop is running on this thread.
    AnotherLoopRuns,
    /// The loop is closed.
    Closed,
    /// The task belongs to another loop than the one that is to run it.
    ForeignTask,
    /// `stop` was called before the future was done.
    Stopped,
    /// The main future was cancelled.
    Cancelled(Cancelled),
    /// Ctrl-C was pressed: the main future was cancelled, and has cleaned up. If it ended with a value
    /// before the loop could cancel it, the value is dropped. From a runner that handles interrupts;
    /// asyncio's `KeyboardInterrupt`.
    Interrupted,
    /// Nothing can ever happen any more.
    Deadlock(Deadlock),
    /// The task that was run ended without a value.
    Task(TaskError),
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
            RunError::ForeignTask => f.write_str(
                "The task belongs to a different loop than the one that is to run it: run it on the \
                 loop on which it was spawned",
            ),
            RunError::Stopped => f.write_str(
                "Event loop stopped before the future completed: call stop only when it is done, or \
                 use run_forever",
            ),
            RunError::Cancelled(cancelled) => write!(f, "the main future was {cancelled}"),
            RunError::Interrupted => f.write_str(
                "the run was interrupted (Ctrl-C): its main future has cleaned up and ended; \
                 end the program, or run the next future",
            ),
            RunError::Deadlock(deadlock) => deadlock.fmt(f),
            RunError::Task(error) => error.fmt(f),
        }
    }
}

impl fmt::Debug for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for RunError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            RunError::Cancelled(cancelled) => Some(cancelled),
            // Its text is the text of this error, so the chain goes on below it.
            RunError::Task(error) => error.source(),
            _ => None,
        }
    }
}

/// Says why [`try_build`](crate::Builder::try_build) made no loop.
///
/// ```
/// # mod groundup { pub use groundup_executor::*; }
/// use groundup::BuildError;
///
/// assert!(BuildError::TooManyLoops.to_string().starts_with("too many event loops"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BuildError {
    /// The process has its maximum of [`MAX_LOOPS`](groundup_task::MAX_LOOPS) loops, 4,093, alive.
    TooManyLoops,
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BuildError::TooManyLoops => write!(
                f,
                "too many event loops: {MAX_LOOPS} are alive in this process; drop those that are \
                 not used, and all handles to them: a `LoopHandle`, a `Task`, a `Promise`, or a \
                 lock or another object for which a task has waited keeps the place of a closed loop"
            ),
        }
    }
}

impl Error for BuildError {}

/// Says why [`EventLoop::close`](crate::EventLoop::close) or
/// [`Runner::close`](crate::Runner::close) did not close the loop, or closed it before its tasks
/// had cleaned up.
///
/// ```
/// # mod groundup { pub use groundup_executor::{*, task::*}; }
/// use groundup::{CloseError, EventLoop, RunError, Runner, catch_cancel, spawn, yield_now};
/// use std::future::pending;
///
/// let runner = Runner::with_loop(EventLoop::builder().virtual_time().build());
/// runner.run(async {
///     spawn(async {
///         let _ = catch_cancel(pending::<()>()).await;
///         pending::<()>().await; // its clean-up never ends
///     });
///     yield_now().await;
/// }).unwrap();
/// let Err(CloseError::CleanUp(error)) = runner.close() else { panic!() };
/// assert!(matches!(error, RunError::Deadlock(_)));
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum CloseError {
    /// The loop is running. It is not closed.
    StillRunning,
    /// Tasks remain, and cannot clean up, since another loop runs on this thread. The loop is
    /// not closed.
    AnotherLoopRuns,
    /// The clean-up of the tasks ended early, for this reason. The loop is closed.
    CleanUp(RunError),
    /// These tasks had not ended when the limit of [`shutdown`](crate::Runner::shutdown) was
    /// over, although they were cancelled. The loop is closed, and they were dropped.
    Unfinished(Vec<Name>),
}

impl fmt::Display for CloseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CloseError::StillRunning => f.write_str(
                "Cannot close a running event loop: call stop, and close it when its run has returned",
            ),
            CloseError::AnotherLoopRuns => f.write_str(
                "Cannot close the runner while another loop is running on this thread: its tasks \
                 could not clean up; close it when that run has returned",
            ),
            CloseError::CleanUp(_) => f.write_str(
                "the loop is closed, but its tasks did not all clean up: the run in which they \
                 were to do it ended early",
            ),
            CloseError::Unfinished(tasks) => write!(
                f,
                "the loop is closed, but tasks that were cancelled had not ended within the limit, \
                 and were dropped: {}; a task that catches its cancel must end soon after",
                Visible(&tasks.join(", "))
            ),
        }
    }
}

impl Error for CloseError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            CloseError::CleanUp(error) => Some(error),
            _ => None,
        }
    }
}
