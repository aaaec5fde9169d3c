//! Awaitables: what ends without being a task of its own.
//!
//! The problem: a promise, a child of a group, a gather, a shield is no task, and yet
//! asyncio takes each as it is wherever it takes a task: all are futures there, with
//! done-callbacks. Were they Rust futures, a combinator could not tell them from a future
//! that is to be spawned, and would wrap each in a task of its own, an iteration late. So
//! they are what a [`Task`](crate::Task) is: they can be awaited, `&mut` of them is a
//! future, and a combinator that wants a task gets a handle that stands for one, see
//! `handles/proxy.rs`.
//!
//! ```text
//!   promise.await, join, timeout, ...   Await<Promise<T>>    awaited in place
//!   gather, wait, shield, ...           Task<T>              a proxy of the promise
//! ```
//!
//! Invariant: a member whose original has ended gives its output at the next poll.
//!
//! Read next: `handles/promise.rs`, the plainest of them.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::error::TaskError;
use crate::handles::task_ref::TaskRef;
use crate::store::key::Ending;

/// What can be awaited, and is no future: a combinator that wants a task takes it as one.
pub trait Awaitable: Unpin {
    /// What awaiting it gives.
    type Output;

    /// Polls for the output.
    fn poll_output(&mut self, cx: &mut Context<'_>) -> Poll<Self::Output>;
}

/// An awaitable that ends when a task or a promise does, its *original*, and so can have a
/// [proxy](crate::Scheduler::proxy).
pub trait Member: Awaitable + 'static {
    /// The value, if it has one: what a task in its place would give.
    type Value: 'static;

    /// Whose end is the end of this.
    fn original(&self) -> &TaskRef;

    /// The task that it asks for its output, if it has a handle of one: a proxy of many
    /// such, each behind the other, has their outcomes fetched from the last to the first.
    fn source(&self) -> Option<&TaskRef> {
        None
    }

    /// How it ends when its original ends in this way. Called in the middle of a turn: it
    /// must call nothing of the user's.
    fn ending(&self, original: Ending) -> Ending {
        original
    }

    /// The outcome of a task that would end as this does.
    ///
    /// # Errors
    ///
    /// Why it has no value.
    fn outcome(output: Self::Output) -> Result<Self::Value, TaskError>;

    /// What awaiting it gives, from such an outcome.
    ///
    /// # Errors
    ///
    /// Why there is none, if awaiting this has no such output.
    fn output(outcome: Result<Self::Value, TaskError>) -> Result<Self::Output, TaskError>;
}

/// An [`Awaitable`] being awaited.
///
/// # Cancel safety
///
/// As the awaitable itself says. A cancel of the awaiting task goes to the original.
#[must_use = "futures do nothing unless awaited"]
pub struct Await<A> {
    awaitable: A,
}

impl<A: Awaitable> Await<A> {
    /// Awaits `awaitable`.
    pub fn new(awaitable: A) -> Self {
        Await { awaitable }
    }

    /// Stops awaiting and gives the awaitable back.
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

impl<A: fmt::Debug> fmt::Debug for Await<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Await").field(&self.awaitable).finish()
    }
}
