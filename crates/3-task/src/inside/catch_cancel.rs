//! Catches a cancel: regions of a task, and how they nest.
//!
//! The problem: code that is cancelled may want to clean up, await something more, or go on as
//! if no cancel had come. So a region holds a future, and drops it when a cancel reaches the
//! region. The code around the region may raise the cancel again. Then the next region outward
//! takes it, or the end of the step does.
//!
//! ```text
//!   poll(region)  is there a cancel for this region, and no region inside that takes it?
//!       yes: drop the future, return Err(Cancelled)
//!       no:  poll the future; a region in it may take the cancel
//! ```
//!
//! Which of three nested regions takes a cancel, while the task sleeps in the innermost:
//!
//! ```text
//!   a  catch_cancel   ┌─────────────────────┐      cancel of     c is a           c is the catch
//!   b  scope.catch    │ ┌─────────────────┐ │                    catch_cancel     of another scope
//!   c                 │ │ ┌─────────────┐ │ │      the task      c              c
//!                     │ │ │ sleep.await │ │ │      the scope b   c              b
//!                     └─┴─┴─────────────┴─┴─┘      scope of c     -              c
//!
//!   If the code after a region raises the cancel, the next region outward takes it: c, b, a.
//!   If no region is left, the task ends cancelled.
//! ```
//!
//! Invariants:
//! 1. A region catches only at a suspension: its future was polled before.
//! 2. A region takes a cancel that no region inside has taken, also if its future has a value
//!    at the same moment.
//! 3. A region does not catch a cancel that a future beside it has raised.
//! 4. If the drop of the future panics, so may the drop of its output: the output is then dropped
//!    by itself (`store/told.rs`).
//! 5. A region that is polled in another loop than its scope's cannot be cancelled by the
//!    scope, nor can a region whose scope has gone.
//!
//! Read next: `inside/raise.rs`, how a cancel goes on.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::mem;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::cancel::Cancels;
use crate::cancel::gate::holds_back;
use crate::error::Cancelled;
use crate::run::Scheduler;
use crate::run::waker::ticket_of;
use crate::store::key::Mark;
use crate::store::slab::Name;
use crate::store::slot::Slot;
use crate::store::ticket::{ScopeTicket, WaitWord, loop_number};
use crate::store::told::Told;

/// Runs `future`, and returns `Err(Cancelled)` if a cancel reaches it: Python's `try: ...
/// except CancelledError`.
///
/// If the task is cancelled while it is suspended in here, and in no `catch_cancel` further in,
/// `future` is dropped, and the code after this await goes on. It may await again, return a
/// value (then the task is not cancelled), or end the task as cancelled with
/// [`Cancelled::raise`]. If `future` awaits another *task or promise*, and that one is
/// cancelled, this is not a cancel of the running task: it is the value of that await.
///
/// # Cancel safety
///
/// Dropping it drops `future`. Outside a task of this library, for example under another
/// executor, no cancel can reach it, and it returns `Ok`. A combinator of another crate that polls
/// only its woken members (`FuturesUnordered`) does not poll it when a cancel of the task is
/// delivered: the task then ends cancelled.
///
/// ```
/// # mod groundup { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/facade.inc")); }
/// use groundup::{catch_cancel, run, spawn, yield_now};
///
/// run(async {
///     let task = spawn(async {
///         match catch_cancel(std::future::pending::<()>()).await {
///             Ok(()) => "not cancelled",
///             Err(_) => "cancelled, and caught",
///         }
///     });
///     yield_now().await;
///     task.cancel();
///     assert_eq!(task.await.unwrap(), "cancelled, and caught");
/// });
/// ```
#[doc(alias = "CancelledError")]
pub fn catch_cancel<F: IntoFuture>(future: F) -> CatchCancel<F::IntoFuture> {
    CatchCancel {
        future: Some(future.into_future()),
        scope: ScopeTicket::NONE,
        of_loop: 0,
        own_only: false,
        live: false,
        inner: false,
    }
}

pin_project! {
    /// The future of [`catch_cancel`].
    #[must_use = "futures do nothing unless awaited"]
    pub struct CatchCancel<F> {
        #[pin]
        future: Option<F>,
        // The ticket of the scope that can cancel the region, or 0. The scope may be dropped
        // before the region.
        pub(super) scope: ScopeTicket,
        // The loop of the scope. 0 before the first poll if there is no scope, or if the scope
        // knows already which scope is around it.
        pub(super) of_loop: u16,
        // Whether it lets through a cancel that is aimed at another scope.
        pub(super) own_only: bool,
        // Whether it has suspended: a cancel may be delivered here.
        pub(super) live: bool,
        // Whether there was a region inside it at its last suspension.
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
    #[inline(always)] // Speed: timeout. A part of `poll`.
    fn poll_in_task(
        self: Pin<&mut Self>,
        scheduler: &Rc<Scheduler>,
        slot: &Slot,
        cx: &mut Context<'_>,
    ) -> Poll<Result<F::Output, Cancelled>> {
        let mut this = self.project();
        let (core, cancels) = (&scheduler.core, &scheduler.cancels);
        let here = loop_number(core.loop_field());
        let fresh = !*this.live && *this.of_loop != 0;
        if *this.of_loop == 0 {
            *this.of_loop = here;
        }
        // In another loop, the same ticket names another scope.
        let scope = if *this.of_loop == here {
            *this.scope
        } else {
            ScopeTicket::NONE
        };
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
        let outside = cancels.enter(core, slot);
        let future = this.future.as_mut().as_pin_mut().expect(POLLED_AGAIN);
        let inside = (scope != ScopeTicket::NONE).then(|| cancels.enter_scope(scope, fresh));
        let unwound = Unwound::of(cancels, this.live, this.inner);
        let polled = future.poll(cx);
        mem::forget(unwound);
        drop(inside);
        // The cancel was for this region or one inside, and no region inside took it. It wins
        // over a value, and over a suspension in which the inner region was not reached.
        let untaken = mine && cancels.is_delivering();
        let caught = untaken || (slot.has(Mark::Raised) && polled.is_pending());
        let ended = match polled {
            _ if caught && !lets_through() => Err(taken(scheduler, slot, untaken)),
            Poll::Ready(output) => Ok(Told::new(output)),
            Poll::Pending => {
                let wait_inside = slot.wait();
                *this.live = true;
                *this.inner = cancels.leave_suspended(outside);
                if scope != ScopeTicket::NONE {
                    scope_suspended(scheduler, scope, wait_inside, cx);
                }
                return Poll::Pending;
            }
        };
        this.future.set(None); // it may panic beside the output
        drop(outside);
        Poll::Ready(ended.map(Told::into_inner))
    }
}

/// Keeps what a region knows of the regions inside it when a poll panics. A combinator that catches
/// the panic may poll the region again, and those inside are alive.
struct Unwound<'a> {
    cancels: &'a Cancels,
    live: &'a mut bool,
    inner: &'a mut bool,
}

impl<'a> Unwound<'a> {
    #[inline(always)] // Speed: timeout. A part of `poll`.
    fn of(cancels: &'a Cancels, live: &'a mut bool, inner: &'a mut bool) -> Self {
        Unwound {
            cancels,
            live,
            inner,
        }
    }
}

impl Drop for Unwound<'_> {
    #[cold]
    fn drop(&mut self) {
        *self.live = true;
        *self.inner |= self.cancels.has_region_inside();
    }
}

/// Returns true if a future beside the region has raised, and its cancel goes first. A request
/// waits then.
#[cold]
fn let_pass(scheduler: &Scheduler, slot: &Slot, cx: &Context<'_>) -> bool {
    let held_back = holds_back(cx);
    if held_back {
        scheduler.cancels.pass_by(slot);
    }
    held_back
}

/// Takes the cancel that the region catches now, with its reason.
fn taken(scheduler: &Scheduler, slot: &Slot, delivered: bool) -> Cancelled {
    let address = (scheduler.cancels).catch(&scheduler.core, slot, delivered);
    let reason = scheduler.core.reason(slot);
    Cancelled { reason, address }
}

/// Notes that the region of a scope has suspended: a cancel that came meanwhile has a place
/// now.
#[inline(always)] // Speed: timeout. A part of `poll`.
fn scope_suspended(
    scheduler: &Rc<Scheduler>,
    scope: ScopeTicket,
    wait_inside: WaitWord,
    cx: &Context<'_>,
) {
    let (core, cancels) = (&scheduler.core, &scheduler.cancels);
    let own = ticket_of(cx) == Some(core.current());
    let foreign = (!own).then(|| cx.waker());
    if cancels.scope_suspended(core, scope, wait_inside, foreign) {
        scheduler.carry_out(cancels.forward_or_reach_in_scope(core, scope.position()));
    }
}

impl<F> fmt::Debug for CatchCancel<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CatchCancel")
            .field("live", &self.live)
            .finish_non_exhaustive()
    }
}

const POLLED_AGAIN: &str = "catch_cancel was polled after it had finished: await it once";
