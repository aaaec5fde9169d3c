//! The future of one child of a borrowing group.
//!
//! The problem: a child is a future in the group's task, and yet it is cancelled by itself, its
//! panic is an error of the group and not of the task, and its value is awaited elsewhere. So
//! its future is wrapped: it catches panics, in a region with a scope, and stores its outcome
//! where the handle finds it.
//!
//! ```text
//!   ChildRun [ region of the child's scope [ catches panics [ the user's future ]]]
//!      │ the error: to the group           │ the value, or why there is none
//!      v                                   v
//!   ChildExit                            Outcome <── BorrowingChild, the handle
//! ```
//!
//! Invariants:
//! 1. A panic of the user's future goes no further than this file.
//! 2. A child that is cancelled before its first step takes none.
//!
//! Read next: `task_group/borrowing/child_handle.rs`.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use groundup_executor::task::{
    CancelScope, Cancelled, CatchCancel, Panic, Told, catch_cancel, drop_told_by,
};
use pin_project_lite::pin_project;

use crate::task_group::borrowing::child_handle::{BorrowingChild, Settling};
use crate::task_group::borrowing::control::ChildControl;
use crate::task_group::error::{ChildEnded, ChildError};

/// The future of a child, as the group polls it.
pub(super) type ChildFuture<'env, E> = Pin<Box<dyn Future<Output = ChildExit<E>> + 'env>>;

/// How a child has ended, for its group.
pub(super) enum ChildExit<E> {
    /// It has returned, or was cancelled alone.
    Quiet,
    Failed(ChildError<E>),
    /// It was ended by a cancel that is for the group's task, or for a scope around the group.
    Outward(Cancelled),
}

pin_project! {
    /// Drops a future when it has ended, and returns its panic, or that of its drop.
    struct CatchPanic<F> {
        #[pin]
        future: Option<F>,
    }
}

impl<F: Future> Future for CatchPanic<F> {
    type Output = Result<F::Output, Panic>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut future = self.project().future;
        let running = future.as_mut().as_pin_mut();
        let running = running.expect("a child is polled until it has ended");
        match catch_unwind(AssertUnwindSafe(|| running.poll(cx))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(output)) => {
                let output = Told::new(output);
                let dropped = catch_unwind(AssertUnwindSafe(|| future.set(None)));
                Poll::Ready(match dropped {
                    Ok(()) => Ok(output.into_inner()),
                    Err(payload) => Err(Panic::new(payload)),
                })
            }
            Err(payload) => {
                drop_told_by(|| future.set(None));
                Poll::Ready(Err(Panic::new(payload)))
            }
        }
    }
}

pin_project! {
    struct ChildRun<F, T> {
        #[pin]
        region: CatchCancel<CatchPanic<F>>,
        control: Rc<ChildControl>,
        scope: Option<Rc<CancelScope>>,
        outcome: Settling<T>,
    }
}

/// Makes the future of a child, for the group, and its handle.
pub(super) fn new<'env, F, T, E>(
    future: F,
    control: &Rc<ChildControl>,
) -> (ChildFuture<'env, E>, BorrowingChild<T>)
where
    F: Future<Output = Result<T, E>> + 'env,
    T: 'env,
    E: 'env,
{
    let (child, outcome) = BorrowingChild::new(control);
    let run = ChildRun {
        region: catch_cancel(CatchPanic {
            future: Some(future),
        }),
        control: control.clone(),
        scope: None,
        outcome,
    };
    (Box::pin(run), child)
}

impl<F: Future<Output = Result<T, E>>, T, E> Future for ChildRun<F, T> {
    type Output = ChildExit<E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<ChildExit<E>> {
        let mut this = self.project();
        let scope = match this.scope {
            Some(scope) => scope,
            // Cancelled in this iteration, by code that was polled before it.
            None if this.control.is_called_off() => return Poll::Ready(ChildExit::Quiet),
            None => {
                let scope = this.control.begin();
                this.region.as_mut().begin_in(&scope);
                this.scope.insert(scope)
            }
        };
        this.control.steps.set(true);
        let polled = this.region.poll(cx);
        this.control.steps.set(false);
        let (outcome, exit) = match ready!(polled) {
            Ok(Ok(Ok(value))) => (Ok(value), ChildExit::Quiet),
            Ok(Ok(Err(error))) => (
                Err(ChildEnded::Failed),
                ChildExit::Failed(ChildError::Failed(error)),
            ),
            Ok(Err(panic)) => (
                Err(ChildEnded::Failed),
                ChildExit::Failed(ChildError::Panicked(panic)),
            ),
            Err(cancelled) => {
                let copy = cancelled.reason().map(Cancelled::with_reason);
                let exit = match cancelled.beyond(scope.ticket(), true) {
                    None => ChildExit::Quiet,
                    Some(outward) => ChildExit::Outward(outward),
                };
                (Err(ChildEnded::Cancelled(copy.unwrap_or_default())), exit)
            }
        };
        this.outcome.settle(outcome);
        Poll::Ready(exit)
    }
}
