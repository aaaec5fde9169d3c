//! Answers how a task has ended, as long as the answer is known.
//!
//! The problem: the loop keeps nothing of a task whose value was taken, and a handle can be kept for
//! ever. A handle that answered `false` then would say that a cancelled task was not cancelled. So
//! the answers of a handle are `Option`s. But a program often awaits a task and then asks the same
//! handle. This handle has a ticket that names no task any more, so the ticket has room for the exit.
//!
//! ```text
//!   ticket of a task ──take──> NONE               it has returned
//!                              SPENT_ON_CANCEL    it was cancelled
//!                              SPENT_ON_FAILURE   it has panicked, or its original has failed
//! ```
//!
//! Invariant: an answer about a task that has ended is true, or `None`.
//!
//! Read next: `handles/naming.rs`, the names of tasks.

use crate::error::TaskError;
use crate::handles::task_ref::TaskRef;
use crate::store::key::Exit;
use crate::store::slot::Slot;
use crate::store::ticket::Ticket;

impl TaskRef {
    /// Returns how the task has ended; `None` while it runs, and if it has [gone](TaskRef), unless this is
    /// the handle that has returned its outcome.
    ///
    /// ```
    /// # mod groundup { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/facade.inc")); }
    /// use groundup::{Exit, run, spawn};
    ///
    /// run(async {
    ///     let mut task = spawn(async { 5 });
    ///     let handle = task.task_ref();
    ///     handle.ended().await;
    ///     assert_eq!(handle.exit(), Some(Exit::Returned));
    ///     assert_eq!(task.take_value(), Some(5));
    ///     assert!(handle.done() && handle.exit().is_none() && handle.name().is_none(), "it has gone");
    ///     assert_eq!(task.exit(), Some(Exit::Returned), "the handle that took the value knows");
    /// });
    /// ```
    pub fn exit(&self) -> Option<Exit> {
        match self.slot() {
            Some(slot) => slot.exit(),
            None => self.exit_returned(),
        }
    }

    /// Returns how its task has ended, if this is a handle that has returned this outcome.
    fn exit_returned(&self) -> Option<Exit> {
        match self.ticket {
            Ticket::NONE => Some(Exit::Returned),
            Ticket::SPENT_ON_CANCEL => Some(Exit::Cancelled),
            Ticket::SPENT_ON_FAILURE => Some(Exit::Failed),
            _ => None,
        }
    }

    /// Returns whether the task has ended as cancelled; `None` if it has [gone](TaskRef), unless this is
    /// the handle that has returned its outcome.
    ///
    /// ```
    /// # mod groundup { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/facade.inc")); }
    /// use groundup::{run, spawn};
    ///
    /// run(async {
    ///     let mut task = spawn(std::future::pending::<()>());
    ///     let handle = task.task_ref();
    ///     assert_eq!(handle.cancelled(), Some(false), "it runs");
    ///     handle.cancel();
    ///     handle.ended().await;
    ///     assert_eq!(handle.cancelled(), Some(true));
    ///     assert!((&mut task).await.is_err());
    ///     assert_eq!((task.cancelled(), handle.cancelled()), (Some(true), None), "it has gone");
    /// });
    /// ```
    pub fn cancelled(&self) -> Option<bool> {
        self.has_ended_as(Exit::Cancelled)
    }

    /// Returns whether the task has panicked, or, of a task that stands for a promise, whether the promise
    /// has an error; `None` if it has [gone](TaskRef), unless this is the handle
    /// that has returned its outcome.
    pub fn panicked(&self) -> Option<bool> {
        self.has_ended_as(Exit::Failed)
    }

    fn has_ended_as(&self, exit: Exit) -> Option<bool> {
        match self.exit() {
            Some(known) => Some(known == exit),
            None => (!self.done()).then_some(false),
        }
    }

    /// Returns true if the task has ended, in any way.
    #[doc(alias = "is_finished")]
    pub fn done(&self) -> bool {
        self.slot().is_none_or(Slot::is_done)
    }

    /// Returns why the task of this handle has no slot: the handle is spent, or the loop is closed.
    #[cold]
    pub(in crate::handles) fn without_slot(&self) -> TaskError {
        match self.exit_returned() {
            Some(_) => TaskError::Taken,
            None => TaskError::Closed,
        }
    }
}

impl Ticket {
    /// Returns the ticket of a handle that has returned this outcome of a task with this exit. It
    /// names no occupant, and shows how the task has ended.
    pub(in crate::handles) fn spent<T>(
        outcome: &Result<T, TaskError>,
        exit: Option<Exit>,
    ) -> Ticket {
        let exit = match outcome {
            Ok(_) => Some(Exit::Returned),
            Err(TaskError::Cancelled(_)) => Some(Exit::Cancelled),
            Err(TaskError::Taken) => exit,
            Err(TaskError::Closed) => None,
            Err(_) => Some(Exit::Failed),
        };
        match exit {
            Some(Exit::Returned) => Ticket::NONE,
            Some(Exit::Cancelled) => Ticket::SPENT_ON_CANCEL,
            Some(Exit::Failed) => Ticket::SPENT_ON_FAILURE,
            None => Ticket::OF_NOTHING,
        }
    }
}
