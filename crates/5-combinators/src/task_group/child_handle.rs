//! The handle of a child: awaiting it gives the value, or a cancel.
//!
//! The problem: a child's error belongs to its group, which returns it, and cancels the body. So
//! code in the body that awaits the child has no use for the error, nor for a `Result` around
//! the value: the cancel ends the code first. Then the error type of the user is the only one
//! in the body, and `?` works.
//!
//! ```text
//!   child.await           value | a cancel: the child failed, was cancelled, or was refused
//!   child.result().await  Ok(value) | Err(ChildEnded), for code that goes on in each case
//! ```
//!
//! If the child has failed, the group's own cancel of the body is on its way in that iteration,
//! and comes first, as in asyncio. Every other awaiter of such a child raises a cancel here.
//!
//! Invariants:
//! 1. Dropping a [`Child`] changes nothing: the child belongs to the group.
//! 2. An await of a child ends when the child has ended, in each case.
//!
//! Read next: `task_group/block.rs`, how the group ends.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use groundup_executor::task::{
    Abandon, Admission, Await, Awaitable, Exit, Finished, IntoTask, Member, RaiseCancelled,
    Scheduler, Task, TaskError, TaskRef,
};

use crate::members::child_ended::{ChildEnded, GroupClosed};
use crate::task_group::child::{Refused, Running, ValueOf};

/// A child of a group. Awaiting it gives its value, of type `T`.
///
/// ```text
/// child.await           ->  value
/// child.result().await  ->  Ok(value) | Err(ChildEnded)
/// ```
///
/// If the child has no value, the await is cancelled: the group cancels its body when a child
/// fails, and a child that was cancelled alone, or refused, cancels the code that awaits it, as in
/// asyncio. [`result`](Child::result) returns these cases as errors instead.
///
/// Dropping it changes nothing: the child belongs to the group, which waits for it.
///
/// ```
/// # mod groundup { pub use groundup_combinators::{executor::*, task::*, *}; }
/// use groundup::{ChildEnded, TaskGroup, run, task_group};
///
/// let sum = run(task_group(async |group: TaskGroup<String>| {
///     let two = group.spawn(async { Ok(2) });
///     let three = group.spawn(async { Ok(3) });
///     let cancelled = group.spawn(async { Ok(4) });
///     cancelled.as_task_ref().cancel();
///     assert!(matches!(cancelled.result().await, Err(ChildEnded::Cancelled(_))));
///     Ok(two.await + three.await)
/// }));
/// assert_eq!(sum.unwrap(), 5);
/// ```
///
/// # Panics
///
/// When it is polled after it has given its value. When a child awaits itself, except by
/// [`result`](Child::result), which returns [`ChildEnded::AwaitedItself`]. When it has no value and is
/// polled outside a task of a running loop: there is nothing to cancel.
///
/// # Cancel safety
///
/// A cancel of the awaiter goes to the child, as with any awaited task; the group does not
/// count it as an error. Dropping the await takes no value away.
pub struct Child<T> {
    ended: Finished,
    running: Rc<dyn ValueOf<T>>,
    /// The cancel that an await has raised, because there is no value.
    raising: Option<Box<RaiseCancelled>>,
}

impl<T: 'static> Child<T> {
    pub(super) fn new<E: 'static>(ended: Finished, running: Rc<Running<T, E>>) -> Self {
        Child {
            ended,
            running,
            raising: None,
        }
    }

    /// Makes the handle of a child that was refused.
    pub(super) fn refused(scheduler: &Rc<Scheduler>, why: GroupClosed) -> Self {
        Child {
            ended: TaskRef::gone(scheduler).ended(),
            running: Rc::new(Refused(why)),
            raising: None,
        }
    }

    /// Awaits the end of the child, and returns why there is no value if there is none.
    ///
    /// ```
    /// # mod groundup { pub use groundup_combinators::{executor::*, task::*, *}; }
    /// use groundup::{ChildEnded, TaskGroup, catch_cancel, run, task_group};
    ///
    /// let ended = run(task_group(async |group: TaskGroup<&str>| {
    ///     let child = group.spawn(async { Err::<(), _>("no") });
    ///     let ended = catch_cancel(child.result()).await;
    ///     assert!(ended.is_err(), "the group cancels its body at this await");
    ///     Ok(())
    /// }));
    /// assert_eq!(ended.unwrap_err().errors().len(), 1);
    /// ```
    ///
    /// # Cancel safety
    ///
    /// As that of the child.
    pub fn result(self) -> Await<Child<T>> {
        Await::new(self)
    }

    fn own_loop(&self) -> &Rc<Scheduler> {
        self.as_task_ref().scheduler()
    }

    fn poll_value(&mut self, cx: &mut Context<'_>) -> Poll<T> {
        if self.raising.is_none() {
            let ended = match ready!(self.poll_output(cx)) {
                Ok(value) => return Poll::Ready(value),
                Err(ended) => ended,
            };
            self.raising = Some(Box::new(ended.raise()));
        }
        match self
            .raising
            .as_mut()
            .map(|raising| Pin::new(raising).poll(cx))
        {
            Some(Poll::Ready(never)) => never,
            Some(Poll::Pending) | None => Poll::Pending,
        }
    }
}

impl<T> Child<T> {
    /// Returns the child's task, to cancel it or to read its name. A child that was refused has
    /// no task: its handle is that of a task that has gone.
    pub fn as_task_ref(&self) -> &TaskRef {
        self.ended.as_task_ref()
    }
}

impl<T> Awaitable for Child<T> {
    type Output = Result<T, ChildEnded>;

    fn poll_output(&mut self, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if !ready!(self.ended.poll_end(cx)) {
            return Poll::Ready(Err(ChildEnded::AwaitedItself));
        }
        let without = || Err(ChildEnded::cancelled_without_reason());
        Poll::Ready(self.running.value().unwrap_or_else(without))
    }
}

impl<T: 'static> Member for Child<T> {
    type Value = T;

    fn original(&self) -> &TaskRef {
        self.as_task_ref()
    }

    fn exit(&self, original: Exit) -> Exit {
        self.running.exit(original)
    }

    fn outcome(output: Self::Output) -> Result<T, TaskError> {
        output.map_err(|ended| match ended {
            ChildEnded::Failed => TaskError::Failed(Arc::new(ended)),
            ChildEnded::AwaitedItself => TaskError::AwaitedItself,
            ended => TaskError::Cancelled(ended.into_cancelled()),
        })
    }

    fn output(outcome: Result<T, TaskError>) -> Result<Self::Output, TaskError> {
        Ok(outcome.map_err(|error| match error {
            TaskError::Failed(_) | TaskError::Panicked(_) => ChildEnded::Failed,
            TaskError::Cancelled(cancelled) => ChildEnded::Cancelled(cancelled),
            TaskError::AwaitedItself => ChildEnded::AwaitedItself,
            _ => ChildEnded::cancelled_without_reason(),
        }))
    }
}

/// The future of a [`Child`], while it is awaited: gives the value, or raises a cancel.
///
/// # Cancel safety
///
/// See [`Child`].
#[must_use = "futures do nothing unless awaited"]
#[derive(Debug)]
pub struct ChildValue<T> {
    child: Child<T>,
}

impl<T: 'static> Future for ChildValue<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        self.child.poll_value(cx)
    }
}

impl<T: 'static> IntoFuture for Child<T> {
    type Output = T;
    type IntoFuture = ChildValue<T>;

    fn into_future(self) -> ChildValue<T> {
        ChildValue { child: self }
    }
}

impl<T: 'static> Future for &mut Child<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        self.poll_value(cx)
    }
}

impl<T: 'static> Abandon for Child<T> {
    type Output = T;
    type Future = ChildValue<T>;

    fn into_contender(self) -> ChildValue<T> {
        self.into_future()
    }
}

impl<T: 'static> IntoTask for Child<T> {
    type Output = T;
    type Awaited = T;
    type Future = ChildValue<T>;

    #[track_caller]
    fn into_task(self, scheduler: &Rc<Scheduler>) -> Task<T> {
        scheduler.proxy(self)
    }

    #[track_caller]
    fn into_member(self, admission: Admission<'_>) -> (Task<T>, bool) {
        self.into_task(admission.scheduler()).into_member(admission)
    }

    fn home(&self) -> Option<&Rc<Scheduler>> {
        Some(self.own_loop())
    }

    fn into_awaited(self) -> ChildValue<T> {
        self.into_future()
    }

    fn awaited(outcome: Result<T, TaskError>) -> Result<T, TaskError> {
        outcome
    }
}

impl<T> fmt::Debug for Child<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_task_ref().fmt(f)
    }
}
