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
//! 1. A panic of the user's future, or of its drop, goes no further than this file.
//! 2. A child that is cancelled before its first step takes none.
//! 3. A child that is cancelled in the step in which it returns a value has none, as a task.
//!
//! Read next: `task_group/borrowing/child_handle.rs`.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use groundup_executor::task::{
    CancelScope, Cancelled, CatchCancel, Panic, Told, catch_cancel, drop_told, drop_told_by,
};
use pin_project_lite::pin_project;

use crate::members::child_ended::ChildEnded;
use crate::task_group::borrowing::child_handle::{BorrowingChild, Settling};
use crate::task_group::borrowing::control::ChildControl;
use crate::task_group::error::ChildError;

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
        // `None` once the child was called off.
        #[pin]
        region: Option<CatchCancel<CatchPanic<F>>>,
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
        region: Some(catch_cancel(CatchPanic {
            future: Some(future),
        })),
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
            None if this.control.is_called_off() => {
                let dropped = catch_unwind(AssertUnwindSafe(|| this.region.set(None)));
                let (outcome, exit) = match dropped {
                    Ok(()) => (
                        Err(ChildEnded::cancelled_without_reason()),
                        ChildExit::Quiet,
                    ),
                    Err(payload) => failed(ChildError::Panicked(Panic::new(payload))),
                };
                this.outcome.settle(outcome);
                return Poll::Ready(exit);
            }
            None => {
                let scope = this.control.begin();
                if let Some(region) = this.region.as_mut().as_pin_mut() {
                    region.begin_in(&scope);
                }
                this.scope.insert(scope)
            }
        };
        let region = this.region.as_pin_mut();
        let region = region.expect("a child is polled until it has ended");
        this.control.begin_step();
        let polled = catch_unwind(AssertUnwindSafe(|| region.poll(cx)));
        let cancelled = this.control.end_step(matches!(polled, Ok(Poll::Pending)));
        let ended = match polled {
            Ok(polled) => ready!(polled),
            // The future of a cancelled child has panicked in its drop.
            Err(payload) => Ok(Err(Panic::new(payload))),
        };
        let (outcome, exit) = match ended {
            Ok(Ok(Ok(value))) if cancelled => {
                drop_told(value);
                (
                    Err(ChildEnded::cancelled_without_reason()),
                    ChildExit::Quiet,
                )
            }
            Ok(Ok(Ok(value))) => (Ok(value), ChildExit::Quiet),
            Ok(Ok(Err(error))) => failed(ChildError::Failed(error)),
            Ok(Err(panic)) => failed(ChildError::Panicked(panic)),
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

/// The two parts of the end of a child that has failed.
fn failed<T, E>(error: ChildError<E>) -> (Result<T, ChildEnded>, ChildExit<E>) {
    (Err(ChildEnded::Failed), ChildExit::Failed(error))
}
