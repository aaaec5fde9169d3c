//! Regions: where a cancel is caught.
//!
//! The problem: a cancel should be caught by the innermost `catch_cancel` in
//! which the task is suspended, and only the futures themselves know how they
//! are nested. So it shows itself while polling: a region that suspends leaves a
//! mark, and a region that finds the mark left by one further in knows that it is
//! not the innermost.
//!
//! A cancel can also be aimed at one region, from outside (`scope.rs`).
//!
//! ```text
//!   poll(region)  a cancel for me, or for anyone, and I am the innermost?
//!       yes: drop what I hold, give Err(Cancelled)
//!       no:  poll what I hold; a cancel aimed at me is for the innermost in me
//! ```
//!
//! Invariants:
//! 1. A region catches only at a suspension: what it holds was polled before.
//! 2. Each region knows what the futures in it wait for, apart from those beside
//!    it; so an aimed cancel goes to the right awaited task (C05).
//! 3. A cancel that nobody in a region has taken is the region's, also when what
//!    it holds has a value at the same moment (C06).
//! 4. What a future beside a region has raised is not caught by that region.
//! 5. In another loop than that of its scope nobody can aim at it.
//!
//! Read next: `scope.rs`, a cancel that is aimed at one region.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::error::Cancelled;
use crate::scheduler::Scheduler;
use crate::scope::CancelScope;
use crate::ticket::{RAISED, REGION, index, loop_of};
use crate::wait::SEVERAL;

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
            .and_then(|s| s.running().map(|slot| (s, slot)));
        let Some((scheduler, slot)) = task else {
            let future = this.future.as_pin_mut().expect(POLLED_AGAIN);
            return future.poll(cx).map(Ok);
        };
        let known = *this.live || *this.home == 0;
        if *this.home == 0 {
            *this.home = loop_of(scheduler.tag);
        }
        // In another loop the number of its scope is somebody else's.
        let at_home = *this.home == loop_of(scheduler.tag);
        let scope = if at_home { *this.scope } else { 0 };
        let mine = *this.live && scheduler.delivers_into(scope);
        if mine && !*this.inner {
            scheduler.delivering.set(false);
            this.future.set(None);
            return Poll::Ready(Err(scheduler.cancelled_here(slot)));
        }
        // What a future beside this one has raised is none of its business.
        let raised_beside = slot.key.get() & RAISED;
        if raised_beside != 0 {
            slot.key.set(slot.key.get() & !RAISED);
        }
        let outside = scheduler.region.replace(false);
        let wait_outside = slot.wait.replace(0);
        let future = this.future.as_mut().as_pin_mut().expect(POLLED_AGAIN);
        let inside = (scope != 0).then(|| Inside::enter(scheduler, scope));
        if let Some(inside) = inside.as_ref().filter(|_| !known) {
            scheduler.own_scope(scope, |scope| scope.around = inside.around);
        }
        let polled = future.poll(cx);
        drop(inside);
        let wait_inside = slot.wait.get();
        let raised = slot.key.get() & RAISED != 0;
        let taken = mine && scheduler.delivering.get();
        match polled {
            Poll::Ready(output) if !taken => {
                scheduler.region.set(outside);
                if raised || raised_beside != 0 {
                    slot.key.set(slot.key.get() & !RAISED | raised_beside);
                }
                this.future.set(None);
                // What was awaited inside is so no more, also if it was only lent.
                slot.wait.set(wait_outside);
                Poll::Ready(Ok(output))
            }
            // Meant for in here and taken by nobody, who would then go on with a
            // value, or for a region that was not reached: it wins (C06). Or raised
            // by hand inside.
            _ if raised || taken => {
                scheduler.region.set(outside);
                scheduler
                    .delivering
                    .set(scheduler.delivering.get() && !taken);
                slot.key.set(slot.key.get() & !RAISED | raised_beside);
                slot.wait.set(wait_outside);
                this.future.set(None);
                Poll::Ready(Err(scheduler.cancelled_here(slot)))
            }
            _ => {
                slot.wait.set(both(wait_outside, wait_inside));
                *this.live = true;
                *this.inner = scheduler.region.replace(true);
                slot.key.set(slot.key.get() | REGION | raised_beside);
                if scope != 0 {
                    scheduler.scope_suspended(scope, wait_inside, cx);
                }
                Poll::Pending
            }
        }
    }
}

impl<F> CatchCancel<F> {
    /// Puts the region into a scope, so that it can be aimed at: for one that was
    /// made where no loop ran.
    ///
    /// # Panics
    ///
    /// If it has been polled.
    pub fn enter_scope(self: Pin<&mut Self>, scope: &CancelScope) {
        self.put_in(scope, scope.home());
    }

    /// The same for a scope that was just [opened](CancelScope::open), right before
    /// the first poll.
    ///
    /// # Panics
    ///
    /// If it has been polled.
    #[inline]
    pub fn begin_in(self: Pin<&mut Self>, scope: &CancelScope) {
        self.put_in(scope, 0);
    }

    #[inline]
    fn put_in(self: Pin<&mut Self>, scope: &CancelScope, home: u16) {
        assert!(
            !self.live,
            "a region enters its scope before its first poll"
        );
        let this = self.project();
        *this.scope = index(scope.ticket());
        *this.home = home;
    }
}

/// While it lives, what is polled is in the region of a scope.
struct Inside<'a> {
    scheduler: &'a Scheduler,
    around: u32,
}

impl<'a> Inside<'a> {
    #[inline]
    fn enter(scheduler: &'a Scheduler, scope: u32) -> Self {
        let around = scheduler.inside.replace(scope);
        Inside { scheduler, around }
    }
}

impl Drop for Inside<'_> {
    #[inline]
    fn drop(&mut self) {
        self.scheduler.inside.set(self.around);
    }
}

const POLLED_AGAIN: &str = "catch_cancel was polled after it had finished";

/// What a task waits for whose parts wait for these.
fn both(a: u64, b: u64) -> u64 {
    match (a, b) {
        (0, wait) | (wait, 0) => wait,
        (a, b) if a == b => a,
        _ => SEVERAL,
    }
}

impl<F> fmt::Debug for CatchCancel<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CatchCancel")
            .field("live", &self.live)
            .finish_non_exhaustive()
    }
}
