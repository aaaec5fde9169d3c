//! Turns a handle into a future, for combinators that know only futures.
//!
//! The problem: a [`Task`] is no future, so that `gather` can tell it from one that must be
//! spawned. `FuturesUnordered` and the macros of other crates take futures alone. They need the
//! future that an `await` makes of a task, under a name that a program can write.
//!
//! ```text
//!   task.await            ┐
//!   task.into_future()    ├──> Join<T>, which returns Result<T, TaskError>
//!   task.join()           ┘
//! ```
//!
//! A program that gives a task to such a combinator does not compile, and the compiler should say the
//! cure. It says the words of the trait that is not implemented, which is `Future`, of the standard
//! library. So a task has an impl of `Future` under a bound that nothing fulfils, [`UseJoin`], and the
//! words are those of the bound.
//!
//! Invariant: a `Join` owns its handle: a drop of the one is a drop of the other.
//!
//! Read next: `handles/task_value.rs`, how the value is taken.

use std::future::IntoFuture;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::error::TaskError;
use crate::handles::awaitable::Await;
use crate::handles::task::Task;
use crate::handles::task_ref::TaskRef;

impl<T> Task<T> {
    /// Returns the future that `task.await` awaits. A combinator of another crate needs it,
    /// because a `Task` itself is no future. The example needs the crate `futures` with its feature
    /// `std`; the default features may be off.
    ///
    /// ```
    /// # mod groundup { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/facade.inc")); }
    /// use futures::stream::{FuturesUnordered, StreamExt};
    /// use groundup::{Join, run, spawn};
    ///
    /// run(async {
    ///     let [one, two] = [1, 2].map(|n| spawn(async move { n }));
    ///     let mut joins: FuturesUnordered<Join<i32>> = [one.join(), two.join()].into_iter().collect();
    ///     let mut sum = 0;
    ///     while let Some(value) = joins.next().await {
    ///         sum += value.unwrap();
    ///     }
    ///     assert_eq!(sum, 3);
    /// });
    /// ```
    ///
    /// # Cancel safety
    ///
    /// Dropping it detaches the task, which runs on. A cancel of the awaiting task goes to this
    /// task if it awaits nothing else. A combinator that polls its members with wakers of its own,
    /// such as `FuturesUnordered`, hides what it awaits: then the cancel goes to the awaiting task
    /// alone.
    #[track_caller]
    pub fn join(self) -> Join<T>
    where
        T: 'static,
    {
        let TaskRef { scheduler, ticket } = &self.task;
        scheduler.core.note_await_of(*ticket);
        Await::new(self)
    }
}

impl<T: 'static> IntoFuture for Task<T> {
    type Output = Result<T, TaskError>;
    type IntoFuture = Join<T>;

    #[inline]
    #[track_caller]
    fn into_future(self) -> Join<T> {
        self.join()
    }
}

#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a future: `task.join()` is its future",
    label = "a combinator of another crate takes `task.join()`"
)]
/// Leads from a task in the place of a future to [`Task::join`]. No type implements it.
pub trait UseJoin {}

#[doc(hidden)]
impl<T: 'static> Future for Task<T>
where
    Task<T>: UseJoin,
{
    type Output = Result<T, TaskError>;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        unreachable!("no type is `UseJoin`")
    }
}

/// The future of a [`Task`], while the task is awaited: the result of [`Task::join`]. Dropping it
/// detaches the task, which runs on. [`into_inner`](Await::into_inner) returns the task.
pub type Join<T> = Await<Task<T>>;

impl<T: 'static> Join<T> {
    /// Returns the awaited task, to cancel it or to ask for its state.
    pub fn as_task_ref(&self) -> &TaskRef {
        self.awaitable().as_task_ref()
    }
}
