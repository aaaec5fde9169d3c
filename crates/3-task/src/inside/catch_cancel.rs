//! Regions: where a cancel is caught.
//!
//! The problem: code that is cancelled may want to clean up, await something more, or
//! go on as if nothing had been. So a region holds a future, and drops it when a cancel
//! reaches it. The code around it may let the cancel through: it raises it, and the
//! innermost region around takes that, or the end of the step.
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
//! 4. In another loop than that of its scope nothing can aim at it, and nothing does when
//!    its scope has gone.
//!
//! Read next: `inside/raise.rs`, how a cancel goes on.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::cancel::gate::holds_back;
use crate::cancel::scopes::place_of;
use crate::error::Cancelled;
use crate::run::Scheduler;
use crate::run::waker::ticket_of;
use crate::store::key::Mark;
use crate::store::slot::Slot;
use crate::store::ticket::loop_of;

/// Runs `future`, and gives `Err(Cancelled)` if a cancel reaches it: Python's
/// `try: ... except CancelledError`.
///
/// When the task is cancelled while it is suspended in here, and in no `catch_cancel`
/// further in, `future` is dropped, and the code after this await goes on. It may await
/// again, return a value (then the task is not cancelled, C07), or end the task as
/// cancelled with [`Cancelled::raise`]. A cancel of a *task or promise* that is awaited
/// in here, by somebody else, is not a cancel of this task: it is a value of that await.
///
/// # Cancel safety
///
/// Dropping it drops `future`. Outside a task of this library, as under another
/// executor, no cancel can reach it, and it gives `Ok`. In a combinator that polls
/// only what was woken (`FuturesUnordered`), a cancel of the task cannot be
/// brought here: the task then ends cancelled.
///
/// ```
/// use groundup_task::{Scheduler, catch_cancel};
///
/// let scheduler = Scheduler::new().unwrap();
/// let mut task = scheduler.spawn(async {
///     match catch_cancel(std::future::pending::<()>()).await {
///         Ok(()) => "not cancelled",
///         Err(_) => "cancelled, and caught",
///     }
/// });
/// scheduler.run_until_idle();
/// task.cancel();
/// scheduler.run_until_idle();
/// assert_eq!(task.take_result().unwrap().unwrap(), "cancelled, and caught");
/// ```
pub fn catch_cancel<F: IntoFuture>(future: F) -> CatchCancel<F::IntoFuture> {
    CatchCancel {
        future: Some(future.into_future()),
        scope: 0,
        home: 0,
        own_only: false,
        live: false,
        inner: false,
    }
}

pin_project! {
    /// What [`catch_cancel`] returns.
    #[must_use = "futures do nothing unless awaited"]
    pub struct CatchCancel<F> {
        #[pin]
        future: Option<F>,
        // The ticket of the scope through which it can be aimed at, or 0. The scope may be
        // dropped before the region.
        pub(super) scope: u64,
        // The loop of the scope; 0 before the first poll if there is none, or if the
        // scope knows already what is around it.
        pub(super) home: u16,
        // It lets through what is aimed at another scope.
        pub(super) own_only: bool,
        // It has suspended: a cancel may be delivered here.
        pub(super) live: bool,
        // At its last suspension there was a region inside it.
        inner: bool,
    }
}

impl<F: Future> Future for CatchCancel<F> {
    type Output = Result<F::Output, Cancelled>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let Some(scheduler) = Scheduler::current()
            && let Some(slot) = scheduler.core.running()
        {
            if slot.has(Mark::Raised) && let_pass(&scheduler, slot, cx) {
                return Poll::Pending;
            }
            return self.poll_in_task(&scheduler, slot, cx);
        }
        let future = self.project().future.as_pin_mut().expect(POLLED_AGAIN);
        future.poll(cx).map(Ok)
    }
}

impl<F: Future> CatchCancel<F> {
    #[inline(always)] // a part of `poll`
    fn poll_in_task(
        self: Pin<&mut Self>,
        scheduler: &Rc<Scheduler>,
        slot: &Slot,
        cx: &mut Context<'_>,
    ) -> Poll<Result<F::Output, Cancelled>> {
        let mut this = self.project();
        let (core, cancels) = (&scheduler.core, &scheduler.cancels);
        let here = loop_of(core.tag());
        let fresh = !*this.live && *this.home != 0;
        if *this.home == 0 {
            *this.home = here;
        }
        // In another loop the ticket of its scope is another scope's.
        let scope = if *this.home == here { *this.scope } else { 0 };
        let lets_through = || *this.own_only && cancels.aims_beyond(scope);
        let mine = *this.live && cancels.delivers_into(core, scope);
        if mine && !*this.inner {
            if lets_through() {
                cancels.pass_by(slot);
                return Poll::Pending;
            }
            let cancelled = taken(scheduler, slot, true);
            this.future.set(None);
            return Poll::Ready(Err(cancelled));
        }
        let outside = cancels.enter(slot);
        let future = this.future.as_mut().as_pin_mut().expect(POLLED_AGAIN);
        let inside = (scope != 0).then(|| cancels.enter_scope(scope, fresh));
        let polled = future.poll(cx);
        drop(inside);
        // Meant for in here and taken by no region, so that the task would go on with a
        // value, or for a region that was not reached: it wins (C06).
        let untaken = mine && cancels.is_delivering();
        let caught = untaken || (slot.has(Mark::Raised) && polled.is_pending());
        match polled {
            _ if caught && !lets_through() => {
                let cancelled = taken(scheduler, slot, untaken);
                cancels.leave_ended(&outside);
                this.future.set(None);
                outside.restore_wait(slot);
                Poll::Ready(Err(cancelled))
            }
            Poll::Ready(output) => {
                cancels.leave_ended(&outside);
                this.future.set(None);
                outside.restore_wait(slot);
                Poll::Ready(Ok(output))
            }
            Poll::Pending => {
                let wait_inside = slot.wait();
                *this.live = true;
                *this.inner = cancels.leave_suspended(slot, &outside);
                if scope != 0 {
                    scope_suspended(scheduler, scope, wait_inside, cx);
                }
                Poll::Pending
            }
        }
    }
}

/// A future beside the region has raised: if that goes first, a request waits.
#[cold]
fn let_pass(scheduler: &Scheduler, slot: &Slot, cx: &Context<'_>) -> bool {
    let held_back = holds_back(cx);
    if held_back {
        scheduler.cancels.pass_by(slot);
    }
    held_back
}

/// What the region catches now, and why it was cancelled.
fn taken(scheduler: &Scheduler, slot: &Slot, delivered: bool) -> Cancelled {
    let address = scheduler.cancels.catch(slot, delivered);
    let reason = scheduler.core.reason(slot);
    Cancelled { reason, address }
}

/// The region of a scope has suspended: a cancel that came meanwhile has a place now.
#[inline(always)] // a part of `poll`
fn scope_suspended(scheduler: &Rc<Scheduler>, scope: u64, wait_inside: u64, cx: &Context<'_>) {
    let (core, cancels) = (&scheduler.core, &scheduler.cancels);
    let own = ticket_of(cx) == Some(core.current());
    let foreign = (!own).then(|| cx.waker());
    if cancels.scope_suspended(core, scope, wait_inside, foreign) {
        scheduler.carry_out(cancels.aim(core, place_of(scope)));
    }
}

impl<F> fmt::Debug for CatchCancel<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CatchCancel")
            .field("live", &self.live)
            .finish_non_exhaustive()
    }
}

const POLLED_AGAIN: &str = "catch_cancel was polled after it had finished";
