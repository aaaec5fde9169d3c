//! Raising: a cancel goes on outward, and is not lost on the way.
//!
//! The problem: code that was cancelled has cleaned up, and lets the cancel through. In
//! Python that is an exception, which leaves frame after frame. Here it is a future that
//! never gives a value and leaves a mark on the running task: the innermost region around
//! it takes that, or the end of the step does. But a sibling in a `select` may be ready in
//! the same step, and the future is dropped. So it owns the cancel until that is taken.
//!
//! ```text
//!   raise ──> Made ──poll──> Out ── a region catches, the task ends ──> over
//!   hold  ──> Held ──poll──>  │
//!               │ drop        │ drop while it is out
//!               └─────────────┴──> given back (`cancel/owner.rs`)
//! ```
//!
//! Invariants:
//! 1. Raising costs no iteration, and changes no count.
//! 2. While what it raised is out, it stays pending, however often it is polled.
//! 3. What was made and never polled was nobody's, and is dropped with it.
//!
//! Read next: `inside/cancel_scope.rs`, a cancel that is aimed at one region.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use crate::error::{CancelAddress, Cancelled};
use crate::handles::task_ref::TaskRef;
use crate::run::Scheduler;

/// Ends the running task as cancelled, or leaves the innermost [`catch_cancel`](crate::catch_cancel) around
/// it: Python's `raise CancelledError` (C11). It costs no iteration, and does not change
/// the task's [`cancelling`](crate::TaskRef::cancelling).
///
/// # Panics
///
/// If it is awaited outside a task of this library.
///
/// ```
/// use groundup_task::{Scheduler, catch_cancel, raise_cancelled};
///
/// let scheduler = Scheduler::new().unwrap();
/// let mut task = scheduler.spawn(async {
///     assert!(catch_cancel(raise_cancelled()).await.is_err());
///     raise_cancelled().await;
/// });
/// scheduler.run_until_idle();
/// assert!(task.take_result().unwrap().unwrap_err().is_cancelled());
/// ```
pub fn raise_cancelled() -> RaiseCancelled {
    Cancelled::default().raise()
}

impl Cancelled {
    /// A cancel with a reason, to [`raise`](Cancelled::raise).
    pub fn with_reason(reason: &str) -> Self {
        Cancelled::new(Some(Rc::from(reason)))
    }

    /// Goes on being cancelled, with the same reason: a `catch_cancel` that has cleaned
    /// up lets the cancel through. To await it panics where [`raise_cancelled`] does.
    ///
    /// ```
    /// use groundup_task::{Scheduler, catch_cancel, yield_now};
    ///
    /// let scheduler = Scheduler::new().unwrap();
    /// let mut task = scheduler.spawn(async {
    ///     if let Err(cancelled) = catch_cancel(std::future::pending::<()>()).await {
    ///         yield_now().await; // clean up, for as long as it takes
    ///         cancelled.raise().await;
    ///     }
    /// });
    /// scheduler.run_until_idle();
    /// task.cancel_with("shutting down");
    /// scheduler.run_until_idle();
    /// let error = task.take_result().unwrap().unwrap_err();
    /// assert_eq!(error.to_string(), "the task was cancelled: shutting down");
    /// ```
    pub fn raise(self) -> RaiseCancelled {
        RaiseCancelled {
            cancelled: self,
            stage: Stage::Made,
        }
    }

    /// Keeps the cancel for the running task, to be raised later: if what this gives is
    /// dropped before, the task gets the cancel back, and is cancelled where it suspends.
    ///
    /// ```
    /// use groundup_task::{Scheduler, catch_cancel, yield_now};
    ///
    /// let scheduler = Scheduler::new().unwrap();
    /// let task = scheduler.spawn(async {
    ///     if let Err(cancelled) = catch_cancel(std::future::pending::<()>()).await {
    ///         drop(cancelled.hold()); // begun, and given up
    ///         yield_now().await;
    ///         unreachable!("it is cancelled here");
    ///     }
    /// });
    /// scheduler.run_until_idle();
    /// task.cancel();
    /// scheduler.run_until_idle();
    /// assert!(task.cancelled());
    /// ```
    pub fn hold(self) -> RaiseCancelled {
        let scheduler = Scheduler::current();
        let task = scheduler.and_then(|scheduler| scheduler.current_task());
        RaiseCancelled {
            cancelled: self,
            stage: task.map_or(Stage::Made, Stage::Held),
        }
    }

    /// What goes on outward of a cancel that was caught in the scope with this ticket.
    /// `own` says that, as cancels are counted, the scope has caught its own. It is
    /// another's all the same if it was for another scope, or for the task.
    pub fn beyond(mut self, scope: u64, own: bool) -> Option<Cancelled> {
        let for_scope = self.address == CancelAddress(scope);
        if !for_scope && self.address.is_known() {
            return Some(self);
        }
        if for_scope {
            // Another cancel was counted with it, and is on its way.
            self.address = CancelAddress::ECHO;
        }
        (!own).then_some(self)
    }
}

/// What [`raise_cancelled`] returns; it never gives a value.
///
/// # Cancel safety
///
/// Dropped before the cancel has ended the task or was caught, it gives the cancel back:
/// the task is cancelled where it suspends next.
#[must_use = "futures do nothing unless awaited"]
pub struct RaiseCancelled {
    cancelled: Cancelled,
    stage: Stage,
}

/// The states of the picture.
enum Stage {
    Made,
    Held(TaskRef),
    /// In this outing of the task's loop.
    Out(TaskRef, u64),
}

impl RaiseCancelled {
    /// Takes along what was caught while this one was held. The outer one of the two says
    /// why, else the first.
    pub fn merge(&mut self, other: Cancelled) {
        if let Stage::Held(task) = &self.stage {
            let cancels = &task.scheduler().cancels;
            let address = cancels.outer(self.cancelled.address, other.address);
            if address != self.cancelled.address {
                self.cancelled = Cancelled { address, ..other };
            }
        }
    }

    /// What goes on outward of it, as [`Cancelled::beyond`] says.
    pub fn beyond(mut self, scope: u64, own: bool) -> Option<RaiseCancelled> {
        let stage = mem::replace(&mut self.stage, Stage::Made);
        let cancelled = mem::take(&mut self.cancelled).beyond(scope, own)?;
        Some(RaiseCancelled { cancelled, stage })
    }

    /// Returns true if what it has raised has not been taken yet.
    pub fn is_out(&self) -> bool {
        let Stage::Out(task, outing) = &self.stage else {
            return false;
        };
        task.scheduler().cancels.is_out(*outing)
    }

    /// Gives it back, behind what the task tells now: it is delivered where the task
    /// suspends next, and does not take the place of what it ends with. It has no reason
    /// any more, as in asyncio, whose groups ask their task anew. It follows only if cancels
    /// still count on the task: else it was taken back while it was held, or it was the end
    /// of another task, or raised by hand.
    pub fn follow(mut self, counted: bool) {
        if let Stage::Held(task) = mem::replace(&mut self.stage, Stage::Made) {
            let address = mem::take(&mut self.cancelled).address;
            if !counted {
                return;
            }
            (task.scheduler()).give_back(task.ticket(), (address, None), true);
        }
    }
}

impl Future for RaiseCancelled {
    type Output = Infallible;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Infallible> {
        if self.is_out() {
            return Poll::Pending;
        }
        let RaiseCancelled { cancelled, stage } = self.get_mut();
        let scheduler = Scheduler::current_or_panic("raise_cancelled");
        let slot = (scheduler.core.running())
            .expect("raise_cancelled works only in a task; await it in one, not in a callback");
        let reason = &cancelled.reason;
        if reason.is_some() || slot.extra() != 0 {
            (scheduler.core).extra_mut(slot, |extra| extra.reason = reason.clone());
        }
        let outing = scheduler.cancels.raise(slot, cancelled.address);
        *stage = Stage::Out(TaskRef::new(&scheduler, scheduler.core.current()), outing);
        Poll::Pending
    }
}

impl Drop for RaiseCancelled {
    fn drop(&mut self) {
        let mut cancelled = mem::take(&mut self.cancelled);
        let task = match mem::replace(&mut self.stage, Stage::Made) {
            Stage::Made => return,
            Stage::Held(task) => task,
            Stage::Out(task, outing) => {
                let cancels = &task.scheduler().cancels;
                let out = task.slot().filter(|_| cancels.is_out(outing));
                let Some(address) = out.and_then(|slot| cancels.withdraw(slot)) else {
                    return;
                };
                cancelled.address = address;
                task
            }
        };
        let Cancelled { address, reason } = cancelled;
        task.scheduler()
            .give_back(task.ticket(), (address, reason), false);
    }
}

impl fmt::Debug for RaiseCancelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RaiseCancelled({})", self.cancelled)
    }
}
