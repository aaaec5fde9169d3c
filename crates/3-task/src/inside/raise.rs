//! Raises a cancel outward, so that it is not lost on the way.
//!
//! The problem: code that was cancelled has cleaned up, and lets the cancel go on. In Python
//! that is an exception, which leaves frame after frame. Here it is a future that never returns
//! a value and leaves a mark on the running task. The innermost region around the future takes
//! the mark, or the end of the step does. But in the same step a sibling in a `select` may be
//! ready, and the future is dropped. So the future owns the cancel until the cancel is taken.
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
//! 2. A future whose cancel is out stays pending, however often it is polled.
//! 3. A future that was made with `raise` and never polled gives nothing back when it is
//!    dropped.
//!
//! Read next: `inside/cancel_scope.rs`, a cancel that is aimed at one region.

use std::fmt;
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::error::{CancelAddress, Cancelled};
use crate::handles::task_ref::TaskRef;
use crate::run::Scheduler;
use crate::store::ticket::ScopeTicket;

/// Ends the running task as cancelled, or only the innermost
/// [`catch_cancel`](crate::catch_cancel) around it: Python's `raise CancelledError`. It costs
/// no iteration, and does not change the task's [`cancelling`](crate::TaskRef::cancelling).
///
/// # Panics
///
/// If it is awaited outside a task of this library.
///
/// ```
/// # mod groundup { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/facade.inc")); }
/// use groundup::{catch_cancel, raise_cancelled, run, spawn};
///
/// run(async {
///     let task = spawn(async {
///         assert!(catch_cancel(raise_cancelled()).await.is_err());
///         raise_cancelled().await;
///     });
///     assert!(task.await.unwrap_err().is_cancelled());
/// });
/// ```
#[doc(alias = "CancelledError")]
pub fn raise_cancelled() -> RaiseCancelled {
    Cancelled::default().raise()
}

impl Cancelled {
    /// Makes a cancel with a reason, to [`raise`](Cancelled::raise).
    pub fn with_reason(reason: &str) -> Self {
        Cancelled::new(Some(Arc::from(reason)))
    }

    /// Lets the cancel go on outward, with the same reason, after a `catch_cancel` has cleaned
    /// up. Awaiting it panics where [`raise_cancelled`] does.
    ///
    /// ```
    /// # mod groundup { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/facade.inc")); }
    /// use groundup::{catch_cancel, run, spawn, yield_now};
    ///
    /// run(async {
    ///     let task = spawn(async {
    ///         if let Err(cancelled) = catch_cancel(std::future::pending::<()>()).await {
    ///             yield_now().await; // clean up, for as long as it takes
    ///             cancelled.raise().await;
    ///         }
    ///     });
    ///     yield_now().await;
    ///     task.cancel_with("shutting down");
    ///     let error = task.await.unwrap_err();
    ///     assert_eq!(error.to_string(), "the task was cancelled: shutting down");
    /// });
    /// ```
    pub fn raise(self) -> RaiseCancelled {
        RaiseCancelled {
            cancelled: self,
            stage: RaiseStage::Made,
        }
    }

    /// Keeps the cancel for the running task, to be raised later. If the returned future is
    /// dropped before, the task gets the cancel back, and is cancelled at its next suspension.
    ///
    /// ```
    /// # mod groundup { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/facade.inc")); }
    /// use groundup::{catch_cancel, run, spawn, yield_now};
    ///
    /// run(async {
    ///     let task = spawn(async {
    ///         if let Err(cancelled) = catch_cancel(std::future::pending::<()>()).await {
    ///             drop(cancelled.hold()); // dropped before it was raised
    ///             yield_now().await;
    ///             unreachable!("it is cancelled here");
    ///         }
    ///     });
    ///     yield_now().await;
    ///     task.cancel();
    ///     assert!(task.await.unwrap_err().is_cancelled());
    /// });
    /// ```
    pub fn hold(self) -> RaiseCancelled {
        RaiseCancelled {
            cancelled: self,
            stage: running_task().map_or(RaiseStage::Made, RaiseStage::Held),
        }
    }

    /// Returns the cancel that must go on outward, after the scope with this ticket has caught
    /// this one; `None` if none must. A cancel for another scope, or for the task, goes on, unless
    /// it was taken back. Any other cancel goes on unless `own` is true: by the counts, the scope has
    /// caught its own.
    pub fn beyond(mut self, scope: ScopeTicket, own: bool) -> Option<Cancelled> {
        if self.address == scope.into() {
            // Another cancel was counted with it, and is on its way.
            self.address = CancelAddress::ECHO;
        } else if self.address.is_known()
            && let Some(scheduler) = Scheduler::current()
        {
            self.address = (scheduler.cancels).standing(&scheduler.core, self.address);
        }
        (self.address.is_known() || !own).then_some(self)
    }
}

/// The future of [`raise_cancelled`]. Its `await` never returns, so `raise_cancelled().await`
/// can stand in the place of a value of any type.
///
/// # Cancel safety
///
/// If it is dropped before the cancel was caught or has ended the task, it gives the cancel
/// back: the task is cancelled at its next suspension.
#[must_use = "futures do nothing unless awaited"]
pub struct RaiseCancelled {
    cancelled: Cancelled,
    stage: RaiseStage,
}

/// The states of the picture.
enum RaiseStage {
    Made,
    Held(TaskRef),
    /// Polled: the task, and the number of the outing.
    Out(TaskRef, u64),
}

impl RaiseCancelled {
    /// Merges a cancel that was caught while this one was held. The outer of the two addresses
    /// is kept, with its reason; of two equal ones, the first. The running task holds both from
    /// now on: it may be another one than before, if the block that holds them was moved.
    pub fn merge(&mut self, other: Cancelled) {
        if let RaiseStage::Held(task) = &mut self.stage {
            let cancels = &task.scheduler().cancels;
            let core = &task.scheduler().core;
            let address = cancels.outer(core, [self.cancelled.address, other.address]);
            if address != self.cancelled.address {
                self.cancelled = Cancelled { address, ..other };
            }
            if let Some(here) = running_task() {
                *task = here;
            }
        }
    }

    /// Returns the part that must go on outward, as [`Cancelled::beyond`] does.
    pub fn beyond(mut self, scope: ScopeTicket, own: bool) -> Option<RaiseCancelled> {
        let stage = mem::replace(&mut self.stage, RaiseStage::Made);
        let cancelled = mem::take(&mut self.cancelled).beyond(scope, own)?;
        Some(RaiseCancelled { cancelled, stage })
    }

    /// Returns true if the raised cancel has not been taken yet.
    pub fn is_out(&self) -> bool {
        let RaiseStage::Out(task, outing) = &self.stage else {
            return false;
        };
        task.scheduler().cancels.is_out(*outing)
    }

    /// Gives the cancel back behind the errors that the running task returns now: it is delivered at
    /// the next suspension, and does not replace the end of the task. It has no reason any
    /// more, as in asyncio, whose groups cancel their task anew. It follows only if cancels
    /// still count on the task (`counted`). Otherwise it was taken back meanwhile, was the end
    /// of another task, or was raised by hand, and is over.
    pub fn follow(mut self, counted: bool) {
        if let RaiseStage::Held(task) = mem::replace(&mut self.stage, RaiseStage::Made) {
            let address = mem::take(&mut self.cancelled).address;
            if !counted {
                return;
            }
            let task = running_task().unwrap_or(task);
            (task.scheduler()).give_back(task.ticket(), (address, None), true);
        }
    }
}

/// Returns the task that takes a step now.
fn running_task() -> Option<TaskRef> {
    Scheduler::current().and_then(|scheduler| scheduler.current_task())
}

/// Names the type `!`, which stable Rust takes only where a function returns.
pub trait Returns {
    /// The type that the function returns.
    type Output;
}

impl<T> Returns for fn() -> T {
    type Output = T;
}

impl Future for RaiseCancelled {
    type Output = <fn() -> ! as Returns>::Output;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        if self.is_out() {
            return Poll::Pending;
        }
        let RaiseCancelled { cancelled, stage } = self.get_mut();
        let scheduler = Scheduler::current_or_panic("raise_cancelled");
        let slot = (scheduler.core.running())
            .expect("raise_cancelled works only in a task; await it in one, not in a callback");
        let reason = &cancelled.reason;
        if reason.is_some() || slot.rare() != 0 {
            (scheduler.core).rare_mut(slot).reason = reason.clone();
        }
        let outing = (scheduler.cancels).raise(&scheduler.core, slot, cancelled.address);
        *stage = RaiseStage::Out(TaskRef::new(&scheduler, scheduler.core.current()), outing);
        Poll::Pending
    }
}

impl Drop for RaiseCancelled {
    fn drop(&mut self) {
        let mut cancelled = mem::take(&mut self.cancelled);
        let task = match mem::replace(&mut self.stage, RaiseStage::Made) {
            RaiseStage::Made => return,
            RaiseStage::Held(task) => task,
            RaiseStage::Out(task, outing) => {
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
