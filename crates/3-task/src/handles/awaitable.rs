//! Awaits promises and other values that are no tasks.
//!
//! The problem: a promise, a child of a group, a gather and a shield are no tasks. Yet asyncio
//! takes each of them wherever it takes a task: all of them are futures there, with
//! done-callbacks. If they were Rust futures, a combinator could not tell them from a future
//! that must be spawned. It would wrap each in a task of its own, an iteration late. So they
//! work like a [`Task`](crate::Task): they can be awaited, and `&mut` of them is a future. A
//! combinator that needs a task gets a handle that stands for one, see `handles/proxy.rs`.
//!
//! ```text
//!   promise.await, join, timeout, ...   Await<Promise<T>>    awaited in place
//!   gather, wait, shield, ...           Task<T>              a proxy of the promise
//! ```
//!
//! Invariant: a member whose original has ended returns its output at the next poll.
//!
//! Read next: `handles/proxy.rs`, a handle of a task that stands for one of them.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use crate::error::TaskError;
use crate::handles::task_ref::TaskRef;
use crate::run::Scheduler;
use crate::store::key::Exit;
use crate::store::ticket::Ticket;

/// A value that can be awaited and is no future: a combinator that needs a task takes it as
/// one.
pub trait Awaitable: Unpin {
    /// The result of awaiting it.
    type Output;

    /// Polls for the output.
    fn poll_output(&mut self, cx: &mut Context<'_>) -> Poll<Self::Output>;
}

/// An awaitable that ends when a task or a promise does, its *original*, and so can have a
/// [proxy](crate::Scheduler::proxy).
pub trait Member: Awaitable + 'static {
    /// The type of its value: the output of a task in its place.
    type Value: 'static;

    /// Returns the original, whose end ends this.
    fn original(&self) -> &TaskRef;

    /// Returns the task that it asks for its output, if it has a handle of one. If many proxies
    /// stand behind each other, their outcomes are fetched from the last to the first.
    fn source(&self) -> Option<&TaskRef> {
        None
    }

    /// Returns how this ends if its original ends in this way. It is called in the middle of a
    /// turn, so it must not call the user's code.
    fn exit(&self, original: Exit) -> Exit {
        original
    }

    /// Converts its output to the outcome of a task.
    ///
    /// # Errors
    ///
    /// The reason why it has no value.
    fn outcome(output: Self::Output) -> Result<Self::Value, TaskError>;

    /// Converts the outcome of a task to its output.
    ///
    /// # Errors
    ///
    /// The reason why there is no output, if awaiting this has no output for such an outcome.
    fn output(outcome: Result<Self::Value, TaskError>) -> Result<Self::Output, TaskError>;
}

impl TaskRef {
    /// Makes a handle of no task, which answers as that of a task that has gone: the original of
    /// a member that has ended without one.
    ///
    /// ```
    /// # mod groundup { pub use groundup_task::*; pub mod lowlevel { pub use super::*; } }
    /// let scheduler = groundup::lowlevel::Scheduler::new().unwrap();
    /// let gone = groundup::TaskRef::gone(&scheduler);
    /// assert!(gone.done() && gone.exit().is_none() && !gone.cancel());
    /// ```
    #[doc(hidden)] // for new primitives: `lowlevel` names it
    pub fn gone(scheduler: &Rc<Scheduler>) -> Self {
        TaskRef::new(scheduler, Ticket::OF_NOTHING)
    }
}

/// The future that awaits an [`Awaitable`].
///
/// # Cancel safety
///
/// See the awaitable itself. A cancel of the awaiting task goes to the original.
#[must_use = "futures do nothing unless awaited"]
#[derive(Debug)]
pub struct Await<A> {
    awaitable: A,
}

impl<A: Awaitable> Await<A> {
    /// Awaits `awaitable`.
    pub fn new(awaitable: A) -> Self {
        Await { awaitable }
    }

    /// Borrows the awaitable.
    pub(crate) fn awaitable(&self) -> &A {
        &self.awaitable
    }

    /// Stops awaiting and returns the awaitable.
    pub fn into_inner(self) -> A {
        self.awaitable
    }
}

impl<A: Awaitable> Future for Await<A> {
    type Output = A::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<A::Output> {
        self.get_mut().awaitable.poll_output(cx)
    }
}
