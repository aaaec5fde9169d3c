//! The handle of a task in a loop of a fleet.
//!
//! The problem: a loop spawns a task in another loop, and awaits its value. The floor below has the
//! handle for that, `RemoteTask`. If the other loop ends, it says that the loop was closed. In a fleet
//! the awaiter also learns which loop it was, and why it ended.
//!
//! Invariant: an await ends when the task ends, or its loop does.
//!
//! Read next: `fleet/shutdown.rs`.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use groundup_combinators::executor::{RemoteError, RemoteTask};
use groundup_combinators::task::Scheduler;

use super::error::{FleetError, LoopEnd};
use super::member::Member;

/// Handle of a task in a loop of a [`Fleet`](crate::Fleet): await it in any loop, or block for it.
///
/// Dropping the handle lets the task run on. If it panics then, its own loop gets a report.
///
/// # Cancel safety
///
/// Dropping the await loses nothing; the handle can be awaited again.
///
/// ```
/// # mod groundup { pub use groundup_sync::{*, executor::*}; }
/// use groundup::{Fleet, run};
///
/// run(async {
///     let fleet = Fleet::new(2);
///     let task = fleet.spawn_on(1, async || std::thread::current().name().map(String::from));
///     assert_eq!(task.loop_number(), 1);
///     assert_eq!(task.await.unwrap().as_deref(), Some("loop-1"));
/// });
/// ```
pub struct FleetTask<T> {
    /// `None` if the fleet was shut down.
    task: Option<RemoteTask<T>>,
    member: Arc<Member>,
}

impl<T> FleetTask<T> {
    pub(super) fn new(task: Option<RemoteTask<T>>, member: &Arc<Member>) -> Self {
        let member = member.clone();
        FleetTask { task, member }
    }

    /// Returns the number of the loop.
    pub fn loop_number(&self) -> usize {
        self.member.number
    }

    /// Returns true if the task or its loop has ended.
    pub fn done(&self) -> bool {
        self.task.as_ref().is_none_or(RemoteTask::done)
    }

    /// Requests that the task stop, as [`TaskRef::cancel`](crate::task::TaskRef::cancel) does. Returns
    /// false if the task or its loop has ended.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::{*, executor::*}; }
    /// use groundup::{Fleet, FleetError, run};
    ///
    /// run(async {
    ///     let task = Fleet::new(1).spawn_balanced(std::future::pending::<()>);
    ///     assert!(task.cancel());
    ///     assert_eq!(task.await, Err(FleetError::Cancelled));
    /// });
    /// ```
    pub fn cancel(&self) -> bool {
        self.task.as_ref().is_some_and(RemoteTask::cancel)
    }

    /// Blocks this thread until the task is done.
    ///
    /// # Errors
    ///
    /// See [`FleetError`](crate::FleetError).
    ///
    /// # Panics
    ///
    /// If a loop is running on this thread, since it would stand still meanwhile.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// let fleet = groundup::Fleet::new(1);
    /// assert_eq!(fleet.spawn_balanced(async || 5).wait(), Ok(5));
    /// ```
    pub fn wait(self) -> Result<T, FleetError> {
        match self.task {
            Some(task) => task.wait().map_err(|error| why(&self.member, error)),
            None => Err(FleetError::ShutDown),
        }
    }
}

/// Says why a task gave no value.
fn why(member: &Member, error: RemoteError) -> FleetError {
    match error {
        RemoteError::Cancelled => FleetError::Cancelled,
        RemoteError::Panicked(message) => FleetError::Panicked(message),
        RemoteError::Taken => FleetError::Taken,
        _ => FleetError::LoopEnded {
            number: member.number,
            end: member.end().unwrap_or(LoopEnd::Stopped),
        },
    }
}

impl<T> Future for FleetTask<T> {
    type Output = Result<T, FleetError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(task) = &mut self.task else {
            if Scheduler::holds_back(cx) {
                return Poll::Pending;
            }
            return Poll::Ready(Err(FleetError::ShutDown));
        };
        let ended = ready!(Pin::new(task).poll(cx));
        Poll::Ready(ended.map_err(|error| why(&self.member, error)))
    }
}

impl<T> fmt::Debug for FleetTask<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FleetTask")
            .field("loop_number", &self.loop_number())
            .field("done", &self.done())
            .finish()
    }
}
