//! Regions: where a cancel is caught.
//!
//! The problem: code that is cancelled may want to clean up, await something more, or
//! go on as if nothing had been. So a region holds a future, and when a cancel reaches
//! it, drops what it holds and gives `Err(Cancelled)` to the code around it.
//!
//! A cancel can also be aimed at one region, from outside (`cancel_scope.rs`).
//!
//! ```text
//!   poll(region)  a cancel for me, or for any region, and I am the innermost?
//!       yes: drop what I hold, give Err(Cancelled)
//!       no:  poll what I hold; a cancel aimed at me is for the innermost in me
//! ```
//!
//! Invariants:
//! 1. A region catches only at a suspension: what it holds was polled before.
//! 2. A cancel that no region inside has taken is the region's, also when what
//!    it holds has a value at the same moment (C06).
//! 3. A cancel that a future beside it has raised is not caught by a region.
//! 4. In another loop than that of its scope nothing can aim at it.
//!
//! Read next: `inside/cancel_scope.rs`, a cancel that is aimed at one region.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::error::Cancelled;
use crate::run::Scheduler;
use crate::store::key::Mark;
use crate::store::ticket::loop_of;

/// Runs `future`, and gives `Err(Cancelled)` if a cancel reaches it: Python's
/// `try: ... except CancelledError`.
///
/// When the task is cancelled while it is suspended in here, and in no
/// `catch_cancel` further in, `future` is dropped, and the code after this
/// await goes on. It may await again, return a value (then the task is not
/// cancelled, C07), or end the task as cancelled with
/// [`Cancelled::raise`].
///
/// A cancel of a *task or promise* that is awaited in here, by somebody else, is
/// not a cancel of this task: it is a value of that await.
///
/// # Cancel safety
///
/// Dropping it drops `future`. Outside a task of this library, as under another
/// executor, no cancel can reach it, and it gives `Ok`. In a combinator that polls
/// only what was woken (`FuturesUnordered`), a cancel of the task cannot be
/// brought here: the task then ends cancelled.
///
/// ```
/// use groundup_task::{Scheduler, catch_cancel, yield_now};
///
/// # let scheduler = groundup_task::Scheduler::new().unwrap();
/// # let _entered = scheduler.enter();
/// # let task = scheduler.spawn(async {
/// let task = Scheduler::current().unwrap().spawn(async {
///     match catch_cancel(std::future::pending::<()>()).await {
///         Ok(()) => "not cancelled",
///         Err(_) => "cancelled, and caught",
///     }
/// });
/// yield_now().await;
/// task.cancel();
/// assert_eq!(task.await.unwrap(), "cancelled, and caught");
/// # });
/// # while !scheduler.is_idle() {
/// #     scheduler.run_round(&mut groundup_task::NoRoot);
/// # }
/// # assert!(task.done() && !task.panicked());
/// ```
pub fn catch_cancel<F: Future>(future: F) -> CatchCancel<F> {
    CatchCancel::new(future, 0, 0)
}

pin_project! {
    /// What [`catch_cancel`] returns.
    #[must_use = "futures do nothing unless awaited"]
    pub struct CatchCancel<F> {
        #[pin]
        future: Option<F>,
        // The scope through which it can be aimed at, or 0.
        scope: u32,
        // The loop in which that is its number; 0 before the first poll if there is
        // none, or if the scope knows already what is around it.
        home: u16,
        // It has suspended: a cancel may be delivered here.
        live: bool,
        // At its last suspension there was a region inside it.
        inner: bool,
    }
}

impl<F> CatchCancel<F> {
    pub(crate) fn new(future: F, scope: u32, home: u16) -> Self {
        CatchCancel {
            future: Some(future),
            scope,
            home,
            live: false,
            inner: false,
        }
    }
}

impl<F: Future> Future for CatchCancel<F> {
    type Output = Result<F::Output, Cancelled>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let scheduler = Scheduler::current();
        let task = scheduler
            .as_ref()
            .and_then(|s| s.core.running().map(|slot| (s, slot)));
        let Some((scheduler, slot)) = task else {
            let future = this.future.as_pin_mut().expect(POLLED_AGAIN);
            return future.poll(cx).map(Ok);
        };
        let (core, cancels) = (&scheduler.core, &scheduler.cancels);
        let here = loop_of(core.tag());
        let fresh = !*this.live && *this.home != 0;
        if *this.home == 0 {
            *this.home = here;
        }
        // In another loop the number of its scope is another scope's.
        let scope = if *this.home == here { *this.scope } else { 0 };
        let mine = *this.live && cancels.delivers_into(core, scope);
        if mine && !*this.inner {
            cancels.set_delivering(false);
            this.future.set(None);
            return Poll::Ready(Err(cancels.cancelled_here(core, slot)));
        }
        let outside = cancels.enter_region(slot);
        let future = this.future.as_mut().as_pin_mut().expect(POLLED_AGAIN);
        let inside = (scope != 0).then(|| cancels.enter_scope(scope, fresh));
        let polled = future.poll(cx);
        drop(inside);
        let taken = mine && cancels.is_delivering();
        match polled {
            Poll::Ready(output) if !taken => {
                cancels.leave_ended(slot, &outside);
                this.future.set(None);
                outside.restore_wait(slot);
                Poll::Ready(Ok(output))
            }
            // Meant for in here and taken by no region, so that the task would go on with
            // a value, or for a region that was not reached: it wins (C06). Or raised
            // by hand inside.
            _ if taken || slot.has(Mark::Raised) => {
                if taken {
                    cancels.set_delivering(false);
                }
                cancels.leave_ended(slot, &outside);
                outside.restore_wait(slot);
                this.future.set(None);
                Poll::Ready(Err(cancels.cancelled_here(core, slot)))
            }
            _ => {
                let wait_inside = slot.wait();
                *this.live = true;
                *this.inner = cancels.leave_suspended(slot, outside);
                if scope != 0 {
                    let caller = scheduler.caller(cx);
                    let next = cancels.scope_suspended(core, scope, wait_inside, caller);
                    scheduler.carry_out(next);
                }
                Poll::Pending
            }
        }
    }
}

impl<F> CatchCancel<F> {
    /// Puts the region into the scope with this number, of the loop with number `home`;
    /// 0 if the scope knows already what is around it.
    ///
    /// # Panics
    ///
    /// If the region has been polled.
    #[inline]
    pub(super) fn put_in(self: Pin<&mut Self>, scope: u32, home: u16) {
        assert!(
            !self.live,
            "a region enters its scope before its first poll"
        );
        let this = self.project();
        *this.scope = scope;
        *this.home = home;
    }
}

const POLLED_AGAIN: &str = "catch_cancel was polled after it had finished";

impl<F> fmt::Debug for CatchCancel<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CatchCancel")
            .field("live", &self.live)
            .finish_non_exhaustive()
    }
}
