//! Raising a cancel by hand: Python's `raise CancelledError`.
//!
//! The problem: code that has caught a cancel and cleaned up must let it through, and
//! sometimes code wants to end its task as cancelled without being asked. In Python
//! both are an exception. Here they are a future that never gives a value: it leaves a
//! mark on the running task, and the innermost region around it, or the end of the
//! step, takes the mark.
//!
//! Invariant: raising costs no iteration, and changes no count.
//!
//! Read next: `inside/reason.rs`.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use crate::core::rare::Extra;
use crate::error::Cancelled;
use crate::run::Scheduler;
use crate::store::key::Mark;

/// Ends the running task as cancelled, or leaves the innermost
/// [`catch_cancel`](crate::catch_cancel) around it: Python's `raise CancelledError` (C11).
///
/// It costs no iteration. The task's [`cancelling`](crate::TaskRef::cancelling)
/// does not change.
///
/// # Panics
///
/// If it is awaited outside a task of this library.
///
/// ```
/// use groundup_task::{Scheduler, catch_cancel, raise_cancelled};
///
/// # let scheduler = groundup_task::Scheduler::new().unwrap();
/// # let _entered = scheduler.enter();
/// # let task = scheduler.spawn(async {
/// assert!(catch_cancel(raise_cancelled()).await.is_err());
/// let scheduler = Scheduler::current().unwrap();
/// let task = scheduler.spawn(async {
///     raise_cancelled().await;
/// });
/// assert!(task.await.unwrap_err().is_cancelled());
/// # });
/// # while !scheduler.is_idle() {
/// #     scheduler.run_round(&mut groundup_task::NoRoot);
/// # }
/// # assert!(task.done() && !task.panicked());
/// ```
pub fn raise_cancelled() -> RaiseCancelled {
    Cancelled::default().raise()
}

impl Cancelled {
    /// A cancel with a reason, to [`raise`](Cancelled::raise).
    pub fn with_reason(reason: &str) -> Self {
        Cancelled {
            reason: Some(Rc::from(reason)),
        }
    }

    /// Goes on being cancelled, with the same reason: what a `catch_cancel` that
    /// has cleaned up does to let the cancel through.
    ///
    /// # Panics
    ///
    /// If it is awaited outside a task of this library.
    ///
    /// ```
    /// use groundup_task::{Scheduler, catch_cancel, yield_now};
    ///
    /// # let scheduler = groundup_task::Scheduler::new().unwrap();
    /// # let _entered = scheduler.enter();
    /// # let task = scheduler.spawn(async {
    /// let scheduler = Scheduler::current().unwrap();
    /// let task = scheduler.spawn(async {
    ///     if let Err(cancelled) = catch_cancel(std::future::pending::<()>()).await {
    ///         yield_now().await; // clean up, for as long as it takes
    ///         cancelled.raise().await;
    ///     }
    /// });
    /// yield_now().await;
    /// task.cancel_with("shutting down");
    /// let error = task.await.unwrap_err();
    /// assert_eq!(error.to_string(), "the task was cancelled: shutting down");
    /// # });
    /// # while !scheduler.is_idle() {
    /// #     scheduler.run_round(&mut groundup_task::NoRoot);
    /// # }
    /// # assert!(task.done() && !task.panicked());
    /// ```
    pub fn raise(self) -> RaiseCancelled {
        RaiseCancelled { cancelled: self }
    }
}

/// What [`raise_cancelled`] returns; it never gives a value.
#[must_use = "futures do nothing unless awaited"]
#[derive(Debug)]
pub struct RaiseCancelled {
    cancelled: Cancelled,
}

impl Future for RaiseCancelled {
    type Output = std::convert::Infallible;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        let scheduler = Scheduler::current_or_panic("raise_cancelled");
        let Some(slot) = scheduler.core.running() else {
            panic!("raise_cancelled works only in a task; await it in one, not in a callback");
        };
        let reason = self.get_mut().cancelled.reason.take();
        if reason.is_some() || slot.extra() != 0 {
            let set = |extra: &mut Extra| std::mem::replace(&mut extra.reason, reason);
            drop(scheduler.core.extra_mut(slot, set));
        }
        slot.mark(Mark::Raised, true);
        Poll::Pending
    }
}
