//! Stands for the futures that a combinator has not polled in a step.
//!
//! The problem: a combinator of many futures makes a waker for each of them, and polls only the
//! woken ones. Two parts of the scheduler learn about a future only while it is polled. A region
//! marks the step in which it suspends, and a task without such a mark is dropped by a cancel at
//! once. A wait under a waker that is not the task's own is hidden (`store/hidden.rs`), and is
//! remembered until the waker is dropped. If the combinator has ended, a task that was only lent
//! to it still stores the waker.
//!
//! ```text
//!   each poll of the combinator
//!     poll(waker of 7, ..) ──> the result, and: has a region suspended in it?
//!     suspend(cx, is there a region in any future?) ──> the step is marked for all of them
//!   end, or drop ──> no wait under these wakers counts any more
//! ```
//!
//! Invariants:
//! 1. A task is marked as if all futures of the combinator had been polled in each of its steps.
//! 2. A wait under a waker of the combinator is hidden as long as the combinator waits, and no
//!    longer.
//!
//! Read next: `inside/futures.rs`, the wakers of such futures.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Waker};

use crate::run::Scheduler;
use crate::run::waker::foreign::hidden_waits;
use crate::store::hidden::HiddenWaits;

/// Accounts for the futures of a combinator that makes a waker for each and polls only the woken
/// ones. So a cancel reaches a region in any of them, and their waits end with the combinator.
///
/// During [a delivery](Scheduler::is_delivering) the combinator must poll all of them.
///
/// ```
/// # mod groundup { pub mod lowlevel { pub use groundup_task::*; } pub use groundup_task::*; }
/// use groundup::lowlevel::{Scheduler, UnpolledFutures};
/// use groundup::catch_cancel;
/// use std::future::{pending, poll_fn};
/// use std::pin::pin;
/// use std::task::{Poll, Waker};
///
/// let scheduler = Scheduler::new().unwrap();
/// let mut task = scheduler.spawn(async {
///     let mut region = pin!(catch_cancel(pending::<()>()));
///     let (unpolled, mut woken, mut has_region) = (UnpolledFutures::new(), true, false);
///     poll_fn(|cx| {
///         let scheduler = Scheduler::current().unwrap();
///         if woken || scheduler.is_delivering() {
///             let polled = unpolled.poll(Waker::noop(), |cx| region.as_mut().poll(cx));
///             let (polled, inside) = polled;
///             has_region = inside;
///             if polled.is_ready() {
///                 return Poll::Ready("cancelled, and caught");
///             }
///         }
///         woken = false; // from the second poll on
///         unpolled.suspend(cx, has_region);
///         Poll::Pending
///     })
///     .await
/// });
/// scheduler.run_until_idle();
/// scheduler.wake(task.ticket()); // the region is not polled in this step
/// scheduler.run_until_idle();
/// task.cancel();
/// scheduler.run_until_idle();
/// assert_eq!(task.take_value(), Some("cancelled, and caught"));
/// ```
#[derive(Default)]
pub struct UnpolledFutures {
    /// The record with which its wakers are stored.
    pub(super) waits: Arc<HiddenWaits>,
}

impl UnpolledFutures {
    /// Makes the account of a combinator that has polled no future yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Calls `poll`, which polls one of the futures with the waker that was made for it. Returns
    /// its result, and true if a [`catch_cancel`](crate::catch_cancel) has suspended in it.
    pub fn poll<R>(&self, waker: &Waker, poll: impl FnOnce(&mut Context<'_>) -> R) -> (R, bool) {
        let mut cx = Context::from_waker(waker);
        let Some(scheduler) = Scheduler::current() else {
            return (poll(&mut cx), false);
        };
        let under = scheduler.cancels.poll_under(waker, &self.waits);
        let polled = poll(&mut cx);
        (polled, under.end())
    }

    /// Marks the step for all futures, when the combinator is about to return `Pending`. `cx` is
    /// the context in which the combinator is polled. `regions` tells whether a region has
    /// suspended in the last poll of any future that has not ended.
    pub fn suspend(&self, cx: &Context<'_>, regions: bool) {
        if let Some(scheduler) = Scheduler::current() {
            self.suspend_in(&scheduler, cx, regions);
        }
    }

    /// Marks the step of this loop.
    #[inline]
    pub(super) fn suspend_in(&self, scheduler: &Scheduler, cx: &Context<'_>, regions: bool) {
        let core = &scheduler.core;
        if regions && let Some(slot) = core.running() {
            scheduler.cancels.pass_by(slot);
        }
        if Arc::strong_count(&self.waits) > 1 {
            let around = hidden_waits(cx.waker());
            self.waits.move_to(core.current(), around);
        }
    }

    /// Ends all waits under the wakers of the futures: the combinator has its result. Dropping it
    /// does the same.
    pub fn end(&self) {
        self.waits.move_to(Default::default(), None);
    }
}

impl Drop for UnpolledFutures {
    fn drop(&mut self) {
        self.end();
    }
}

impl fmt::Debug for UnpolledFutures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnpolledFutures").finish_non_exhaustive()
    }
}
