//! Cancellation: a request, its delivery, and who may catch it.
//!
//! The problem: Rust can drop a future, which is final and instant. Python
//! throws an error into it, which can be caught, and the catcher may await its
//! clean-up. Both are needed. Dropping is what Rust does by itself. The other
//! works like this:
//!
//! ```text
//!  task.cancel()      marks the task; nothing runs yet                (C01)
//!        |
//!        |  does it await another task or a promise?  -> that one is cancelled
//!        |  first, and the cancel comes back one iteration a level    (C05)
//!        v
//!  next iteration     is a catch_cancel region alive in it?
//!     no:  the future is dropped, the task ends cancelled             (C02)
//!     yes: the innermost region drops what it holds, and yields
//!          Err(Cancelled) to the code around it, which goes on        (C07)
//! ```
//!
//! Invariants:
//! 1. `cancel` never runs anything of the task's inline.
//! 2. Several cancels before the next step are delivered as one (C08). One that
//!    only marks the task (it is running, or ready anyway) can be taken back;
//!    one that has struck the thing the task waits for cannot (C10).
//! 3. A cancel that meets a result in the same iteration wins (C06).
//! 4. What a region held is dropped before its `Err(Cancelled)` is seen.
//!
//! Read next: `region.rs`, where that is caught.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use groundup_interweave::trace::Verb;

use crate::error::Cancelled;
use crate::scheduler::Scheduler;
use crate::slot::Slot;
use crate::ticket::{
    ASKED, CALLBACK, CANCELLED, DONE, FORWARDED, LOOP, MUST_CANCEL, OBSERVED, PROMISE, RAISED,
    SCHED, STRUCK,
};

impl Scheduler {
    /// Asks a task to stop; false if it is done already.
    pub(crate) fn cancel(self: &Rc<Self>, ticket: u64, reason: Option<&Rc<str>>) -> bool {
        let Some(slot) = self.slot_of(ticket) else {
            return false;
        };
        let key = slot.key.get();
        if key & (DONE | CALLBACK) != 0 {
            return false;
        }
        self.note_cancel(ticket, slot, reason);
        if self.current.get() == ticket {
            slot.key.set(slot.key.get() | MUST_CANCEL);
        } else if key & SCHED != 0 {
            // If it is about to learn of a cancel anyway, that one says why.
            self.came_back(slot);
            slot.key.set(slot.key.get() | MUST_CANCEL);
        } else {
            self.deliver(ticket);
        }
        true
    }

    /// Cancels the task of a ticket: for those who kept only the number, as
    /// another thread must. False if it is done or has gone.
    pub fn cancel_ticket(self: &Rc<Self>, ticket: u64) -> bool {
        self.cancel(ticket, None)
    }

    /// Takes one cancel back, and gives how many are left. With none left, one that
    /// was not delivered yet is not delivered (C10).
    pub(crate) fn uncancel(&self, ticket: u64) -> u32 {
        let slot = self.slot_of(ticket).filter(|slot| slot.extra.get() != 0);
        let Some(slot) = slot else { return 0 };
        let left = self.extra_mut(slot, |extra| {
            extra.cancelling = extra.cancelling.saturating_sub(1);
            extra.cancelling
        });
        if left == 0 {
            slot.key.set(slot.key.get() & !MUST_CANCEL);
            self.revoke(ticket, slot);
        }
        left
    }

    pub(crate) fn note_cancel(&self, ticket: u64, slot: &Slot, reason: Option<&Rc<str>>) {
        let struck = slot.key.get() & STRUCK != 0;
        slot.key.set(slot.key.get() | ASKED);
        self.extra_mut(slot, |extra| {
            extra.cancelling += 1;
            if !struck && !extra.reason_stands {
                extra.reason = reason.cloned();
            }
        });
        if slot.key.get() & OBSERVED != 0 {
            self.emit(
                self.name_of(ticket),
                Verb::Cancel {
                    by: self.running_name(),
                },
            );
        }
    }

    /// Takes a cancel to where the task waits: to what it awaits, if that can be
    /// cancelled in its place, or to the task itself, which then steps.
    pub(crate) fn deliver(self: &Rc<Self>, ticket: u64) {
        let mut ticket = ticket;
        let mut passed = Vec::new();
        loop {
            let Some(slot) = self.slot_of(ticket) else {
                return;
            };
            let Some((awaited, target)) = self.awaited(slot) else {
                break;
            };
            // Tasks may await each other in a circle; then the last of it is struck.
            passed.push(ticket);
            if passed.contains(&awaited) {
                break;
            }
            let reason = self.extra(slot, |extra| extra.reason.clone()).flatten();
            if target.key.get() & PROMISE != 0 {
                let before = slot.key.get() & FORWARDED;
                slot.key.set(slot.key.get() | FORWARDED);
                if !self.cancel_promise(awaited, reason.as_ref()) {
                    // It will end by itself; the cancel then wins over its value. An
                    // earlier one that it had accepted may still come back.
                    let key = slot.key.get() & !FORWARDED;
                    slot.key.set(key | before | MUST_CANCEL);
                }
                return;
            }
            slot.key.set(slot.key.get() | FORWARDED);
            self.note_cancel(awaited, target, reason.as_ref());
            if self.current.get() == awaited || target.key.get() & SCHED != 0 {
                target.key.set(target.key.get() | MUST_CANCEL);
                return;
            }
            ticket = awaited;
        }
        if let Some(slot) = self.slot_of(ticket) {
            self.wake(ticket);
            slot.key.set((slot.key.get() | STRUCK) & !FORWARDED);
        }
    }

    /// What the task of this slot awaits, if it is one thing that is not done.
    fn awaited(&self, slot: &Slot) -> Option<(u64, &Slot)> {
        let word = slot.wait.get();
        if word & LOOP != self.tag {
            return None;
        }
        let target = self.slot_of(word)?;
        (target.key.get() & DONE == 0).then_some((word, target))
    }

    /// A cancel was handed on, and what it was handed to has ended by it. What
    /// that one said last is the reason now (C14).
    pub(crate) fn came_back(&self, slot: &Slot) -> bool {
        let ended = |target: &&Slot| target.key.get() & (DONE | CANCELLED) == DONE | CANCELLED;
        let Some(target) = self.slot_of(slot.wait.get()).filter(ended) else {
            return false;
        };
        let reason = self.extra(target, |extra| extra.reason.clone()).flatten();
        self.extra_mut(slot, |extra| extra.reason = reason);
        true
    }

    /// A cancel was handed on, and the answer is still out.
    pub(crate) fn still_forwarded(&self, slot: &Slot, delivered: bool) -> bool {
        slot.key.get() & FORWARDED != 0 && !delivered && self.awaited(slot).is_some()
    }

    /// The slot of the running task; `None` in a callback and outside.
    #[inline]
    pub(crate) fn running(&self) -> Option<&Slot> {
        let slot = self.slot_of(self.current.get())?;
        (slot.key.get() & CALLBACK == 0).then_some(slot)
    }

    pub(crate) fn cancelled_here(&self, slot: &Slot) -> Cancelled {
        Cancelled {
            reason: self.extra(slot, |extra| extra.reason.clone()).flatten(),
        }
    }
}

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
        let Some(slot) = scheduler.running() else {
            panic!("raise_cancelled works only in a task; await it in one, not in a callback");
        };
        let reason = self.get_mut().cancelled.reason.take();
        if reason.is_some() || slot.extra.get() != 0 {
            scheduler.extra_mut(slot, |extra| extra.reason = reason);
        }
        slot.key.set(slot.key.get() | RAISED);
        Poll::Pending
    }
}
