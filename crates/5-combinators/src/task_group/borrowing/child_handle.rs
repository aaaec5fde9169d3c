//! The handle of a child, and the outcome that it waits for.
//!
//! The problem: the child and its awaiter are futures in one task, or the awaiter is elsewhere. So
//! the outcome stands beside both, with the waker of the awaiter.
//!
//! ```text
//!   the future ends, or is dropped ──> Outcome: the value, or why there is none ──> a wake
//! ```
//!
//! Invariants:
//! 1. The handle learns of the end in each case, also if the future is dropped unfinished.
//! 2. A handle keeps nothing of its group alive.
//!
//! Read next: `task_group/borrowing/children.rs`.

use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use groundup_executor::task::{
    Await, Awaitable, ForeignWaker, RaiseCancelled, Scheduler, drop_told,
};

use crate::members::child_ended::{ChildEnded, GroupClosed};
use crate::task_group::borrowing::control::ChildControl;

/// The outcome of a child, between its future and its handle.
struct Outcome<T> {
    value: Cell<Option<Result<T, ChildEnded>>>,
    ended: Cell<bool>,
    waiter: Cell<Option<ForeignWaker>>,
}

impl<T> Default for Outcome<T> {
    fn default() -> Self {
        Outcome {
            value: Cell::new(None),
            ended: Cell::new(false),
            waiter: Cell::new(None),
        }
    }
}

impl<T> Outcome<T> {
    fn settle(&self, value: Result<T, ChildEnded>) {
        if self.ended.replace(true) {
            return;
        }
        self.value.set(Some(value));
        if let Some(waiter) = self.waiter.take() {
            match Scheduler::current() {
                Some(scheduler) => scheduler.wake_foreign(waiter.into_waker()),
                None => waiter.into_waker().wake(),
            }
        }
    }
}

impl<T> Drop for Outcome<T> {
    /// Drops a value that no code has read: it may panic, and others go with it.
    fn drop(&mut self) {
        drop_told(self.value.take());
    }
}

/// The outcome on the side of the future. If the future is dropped before its end, the child has
/// ended as cancelled.
pub(super) struct Settling<T>(Rc<Outcome<T>>);

impl<T> Settling<T> {
    pub(super) fn settle(&self, value: Result<T, ChildEnded>) {
        self.0.settle(value);
    }
}

impl<T> Drop for Settling<T> {
    fn drop(&mut self) {
        self.0.settle(Err(ChildEnded::cancelled_without_reason()));
    }
}

/// A child of a borrowing group: awaiting it gives its value, of type `T`.
///
/// ```text
/// child.await           ->  value
/// child.result().await  ->  Ok(value) | Err(ChildEnded)
/// ```
///
/// If the child has no value, the await is cancelled, as that of a [`Child`](crate::Child) is.
/// Dropping the handle changes nothing: the child belongs to the group, which waits for it.
///
/// ```
/// # mod groundup { pub use groundup_combinators::{executor::*, task::*, *}; }
/// use groundup::{BorrowingGroup, ChildEnded, borrowing_group, run};
///
/// let text = String::from("ten");
/// let length = run(borrowing_group(async |group: BorrowingGroup<'_, String>| {
///     let length = group.spawn(async { Ok(text.len()) });
///     let cancelled = group.spawn(async { Ok(4) });
///     cancelled.cancel();
///     assert!(matches!(cancelled.result().await, Err(ChildEnded::Cancelled(_))));
///     Ok(length.await)
/// }));
/// assert_eq!(length.unwrap(), 3);
/// ```
///
/// # Panics
///
/// When it is polled after it has given its value. When a child awaits itself, except by
/// [`result`](BorrowingChild::result), which returns [`ChildEnded::AwaitedItself`]. When it has no value
/// and is polled outside a task of a running loop: there is nothing to cancel.
///
/// # Cancel safety
///
/// A cancel of the awaiter stays with the awaiter; the child runs on. Dropping the await takes no
/// value away.
pub struct BorrowingChild<T> {
    outcome: Rc<Outcome<T>>,
    /// `None` if the child was refused.
    control: Option<Rc<ChildControl>>,
    /// The cancel that an await has raised, because there is no value.
    raising: Option<RaiseCancelled>,
}

impl<T> BorrowingChild<T> {
    /// Makes the handle and the other side of its outcome.
    pub(super) fn new(control: &Rc<ChildControl>) -> (Self, Settling<T>) {
        let outcome = Rc::new(Outcome::default());
        let child = BorrowingChild {
            outcome: outcome.clone(),
            control: Some(control.clone()),
            raising: None,
        };
        (child, Settling(outcome))
    }

    /// Makes the handle of a child that was refused.
    pub(super) fn refused(why: GroupClosed) -> Self {
        let outcome = Outcome::default();
        outcome.settle(Err(ChildEnded::Refused(why)));
        BorrowingChild {
            outcome: Rc::new(outcome),
            control: None,
            raising: None,
        }
    }

    /// Asks the child to stop; returns false if it has ended. A child that has not begun takes no
    /// step. Any other child may catch the cancel and clean up. Until the child has ended, the
    /// cancel counts on the task of the group: see [`borrowing_group`](crate::borrowing_group()).
    pub fn cancel(&self) -> bool {
        self.control
            .as_ref()
            .is_some_and(|control| control.cancel())
    }

    /// Returns true if the child has ended, in any way.
    pub fn done(&self) -> bool {
        self.outcome.ended.get()
    }

    /// Awaits the end of the child, and returns why there is no value if there is none.
    ///
    /// # Cancel safety
    ///
    /// As that of the child.
    pub fn result(self) -> Await<BorrowingChild<T>> {
        Await::new(self)
    }
}

impl<T> Awaitable for BorrowingChild<T> {
    type Output = Result<T, ChildEnded>;

    fn poll_output(&mut self, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let outcome = &self.outcome;
        if outcome.ended.get() {
            if Scheduler::holds_back(cx) {
                return Poll::Pending;
            }
            let value = outcome.value.take();
            if let Some(Err(ended)) = &value {
                outcome.value.set(Some(Err(ended.clone()))); // an awaiter may ask again
            }
            return Poll::Ready(
                value.expect("a child was polled after it had finished: await it once"),
            );
        }
        if self.control.as_ref().is_some_and(|control| control.steps()) {
            return Poll::Ready(Err(ChildEnded::AwaitedItself));
        }
        let waiter = outcome.waiter.take().filter(|waiter| waiter.is_of(cx));
        let waiter = waiter.unwrap_or_else(|| ForeignWaker::of(cx));
        outcome.waiter.set(Some(waiter));
        if let Some(control) = &self.control {
            control.is_awaited();
        }
        Poll::Pending
    }
}

impl<T> Future for BorrowingChild<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        if self.raising.is_none() {
            let ended = match ready!(self.poll_output(cx)) {
                Ok(value) => return Poll::Ready(value),
                Err(ended) => ended,
            };
            self.raising = Some(ended.raise());
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

impl<T> fmt::Debug for BorrowingChild<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = if self.done() { "done" } else { "pending" };
        write!(f, "<BorrowingChild {state}>")
    }
}
