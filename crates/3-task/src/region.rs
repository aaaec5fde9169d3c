//! Regions: where a cancel is caught.
//!
//! The problem: a cancel should be caught by the innermost `catch_cancel` in
//! which the task is suspended, and only the futures themselves know how they
//! are nested. So it shows itself while polling: a region that suspends leaves a
//! mark, and a region that finds the mark left by one further in knows that it is
//! not the innermost.
//!
//! A cancel can also be aimed at one region, from outside, through a
//! [`CancelScope`]: that is how a deadline ends what it guards and nothing else.
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
//! 3. A scope that is dropped takes its request with it.
//!
//! Read next: `task.rs`.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::error::Cancelled;
use crate::scheduler::Scheduler;
use crate::slot::Slot;
use crate::ticket::{CANCELLED, DONE, GENERATION, LOOP, PROMISE, RAISED, REGION, SCHED, index};
use crate::wait::{SEVERAL, WATCHED};

/// What is known of a scope while it lives.
#[derive(Default)]
pub(crate) struct Scope {
    /// How many scopes came before it, so far as a ticket can count.
    generation: u64,
    /// The task in which its region is; 0 before it was polled.
    ticket: u64,
    /// What the futures in the region wait for.
    wait: u64,
    /// A cancel is on its way into the region.
    requested: bool,
    /// It was handed on to this task or promise, and is to come back from there.
    forwarded: u64,
    /// `cancel` was called, ever.
    called: bool,
}

/// A cancel that is aimed at one region instead of a whole task.
///
/// ```
/// use groundup_task::CancelScope;
///
/// # futures::executor::block_on(async {
/// let scope = CancelScope::new();
/// assert_eq!(scope.catch(async { 5 }).await, Ok(5));
/// # });
/// ```
///
/// Cancelling it counts as a request on the task
/// ([`cancelling`](crate::TaskRef::cancelling)); whoever aimed it takes it back
/// with [`uncancel`](crate::TaskRef::uncancel), as asyncio's timeouts and task
/// groups do.
pub struct CancelScope {
    scheduler: Option<Rc<Scheduler>>,
    ticket: u64,
}

impl CancelScope {
    /// A scope for regions of the running task. Outside a running loop it is
    /// never cancelled.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        let scheduler = Scheduler::current();
        let ticket = scheduler
            .as_ref()
            .map_or(0, |scheduler| scheduler.open_scope());
        CancelScope { scheduler, ticket }
    }

    /// Runs `future` in this scope, and gives `Err(Cancelled)` if a cancel of the
    /// scope or of the task reaches it, as [`catch_cancel`] does. A scope may have
    /// one region after the other, not two at once.
    pub fn catch<F: Future>(&self, future: F) -> CatchCancel<F> {
        CatchCancel {
            future: Some(future),
            scope: index(self.ticket),
            live: false,
            inner: false,
        }
    }

    /// Cancels what runs in the scope: delivered in the next iteration, or at the
    /// next suspension if it is just running.
    pub fn cancel(&self) {
        if let Some(scheduler) = &self.scheduler {
            scheduler.cancel_scope(self.ticket);
        }
    }

    /// Whether [`cancel`](CancelScope::cancel) was called, ever.
    pub fn cancel_called(&self) -> bool {
        let scheduler = self.scheduler.as_ref();
        let called = |scheduler: &Rc<Scheduler>| scheduler.scope(self.ticket, |scope| scope.called);
        scheduler.and_then(called).unwrap_or(false)
    }

    /// The scope's ticket, 0 outside a loop. [`Scheduler::fire`] redeems it: it
    /// cancels the scope, from its place in the ready queue.
    pub fn ticket(&self) -> u64 {
        self.ticket
    }
}

impl Drop for CancelScope {
    fn drop(&mut self) {
        if let Some(scheduler) = &self.scheduler {
            scheduler.scopes.borrow_mut().remove(index(self.ticket));
        }
    }
}

impl fmt::Debug for CancelScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CancelScope")
            .field("cancel_called", &self.cancel_called())
            .finish()
    }
}

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
/// use groundup_task::catch_cancel;
///
/// # futures::executor::block_on(async {
/// assert_eq!(catch_cancel(async { 5 }).await, Ok(5));
/// # });
/// ```
pub fn catch_cancel<F: Future>(future: F) -> CatchCancel<F> {
    CatchCancel {
        future: Some(future),
        scope: 0,
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
        // The scope through which it can be aimed at, or 0.
        scope: u32,
        // It has suspended: a cancel may be delivered here.
        live: bool,
        // At its last suspension there was a region inside it.
        inner: bool,
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
        let aimed = *this.scope != 0 && *this.live && scheduler.scope_due(*this.scope);
        let mine = *this.live && (aimed || scheduler.delivering.get());
        if mine && !*this.inner {
            scheduler.delivering.set(false);
            this.future.set(None);
            return Poll::Ready(Err(scheduler.cancelled_here(slot)));
        }
        if aimed {
            scheduler.delivering.set(true);
        }
        let outside = scheduler.region.replace(false);
        let wait_outside = slot.wait.replace(0);
        let polled = this
            .future
            .as_mut()
            .as_pin_mut()
            .expect(POLLED_AGAIN)
            .poll(cx);
        let wait_inside = slot.wait.get();
        slot.wait.set(both(wait_outside, wait_inside));
        let raised = slot.key.get() & RAISED != 0;
        let taken = mine && scheduler.delivering.get();
        match polled {
            Poll::Ready(output) if !taken => {
                scheduler.region.set(outside);
                slot.key.set(slot.key.get() & !RAISED);
                this.future.set(None);
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
                slot.key.set(slot.key.get() & !RAISED);
                slot.wait.set(wait_outside);
                this.future.set(None);
                Poll::Ready(Err(scheduler.cancelled_here(slot)))
            }
            _ => {
                *this.live = true;
                *this.inner = scheduler.region.replace(true);
                slot.key.set(slot.key.get() | REGION);
                if *this.scope != 0 {
                    scheduler.scope_suspended(*this.scope, wait_inside);
                }
                Poll::Pending
            }
        }
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

impl Scheduler {
    fn open_scope(&self) -> u64 {
        let generation = self.scope_count.get() & (GENERATION >> 32);
        self.scope_count.set(self.scope_count.get() + 1);
        let scope = Scope {
            generation,
            ..Scope::default()
        };
        let number = self.scopes.borrow_mut().insert(scope);
        WATCHED | generation << 32 | u64::from(number)
    }

    /// The scope of a ticket, if it is still there.
    fn scope<R>(&self, ticket: u64, change: impl FnOnce(&mut Scope) -> R) -> Option<R> {
        let mut scopes = self.scopes.borrow_mut();
        let scope = scopes.get_mut(index(ticket))?;
        let same = scope.generation == (ticket & GENERATION) >> 32;
        same.then(|| change(scope))
    }

    /// The scope with a number: for its own region, which does not outlive it.
    fn own_scope<R>(&self, number: u32, change: impl FnOnce(&mut Scope) -> R) -> Option<R> {
        self.scopes.borrow_mut().get_mut(number).map(change)
    }

    /// A region suspended: where it is, and what is waited for in it. A cancel
    /// that came while it ran now has a place to go to.
    fn scope_suspended(self: &Rc<Self>, number: u32, wait: u64) {
        let ticket = self.current.get();
        let requested = self.own_scope(number, |scope| {
            scope.ticket = ticket;
            scope.wait = wait;
            scope.requested && scope.forwarded == 0
        });
        if requested == Some(true) {
            self.aim(number);
        }
    }

    /// Whether a cancel is to be delivered into the region now. Asking takes it.
    fn scope_due(&self, number: u32) -> bool {
        let requested = self.own_scope(number, |scope| scope.requested.then_some(scope.forwarded));
        let Some(forwarded) = requested.flatten() else {
            return false;
        };
        let (due, answered) = match self.slot_of(forwarded) {
            _ if forwarded == 0 => (true, true),
            None => (false, true),
            Some(target) => {
                let key = target.key.get();
                let cancelled = key & (DONE | CANCELLED) == DONE | CANCELLED;
                (cancelled, key & DONE != 0)
            }
        };
        if answered {
            self.own_scope(number, |scope| {
                scope.requested = false;
                scope.forwarded = 0;
            });
        }
        due
    }

    /// Cancels what runs in a scope.
    pub(crate) fn cancel_scope(self: &Rc<Self>, scope: u64) {
        let number = index(scope);
        let ticket = self.scope(scope, |scope| {
            scope.requested = true;
            scope.called = true;
            scope.ticket
        });
        let Some(suspended) = ticket else { return };
        let ticket = if suspended == 0 {
            self.current.get()
        } else {
            suspended
        };
        let Some(slot) = self
            .slot_of(ticket)
            .filter(|slot| slot.key.get() & DONE == 0)
        else {
            return;
        };
        self.note_cancel(ticket, slot, None);
        if self.current.get() != ticket {
            self.aim(number);
        } else if suspended != 0 {
            // Another part of the running task cancels it: one more step is due.
            self.wake(ticket);
        }
    }

    /// Brings a cancel on its way: to what the region awaits, or to the region.
    fn aim(self: &Rc<Self>, number: u32) {
        let Some((ticket, wait)) = self.own_scope(number, |scope| (scope.ticket, scope.wait))
        else {
            return;
        };
        let scheduled = |slot: &Slot| slot.key.get() & SCHED != 0;
        if self.slot_of(ticket).is_some_and(scheduled) {
            return;
        }
        let open = |slot: &&Slot| slot.key.get() & DONE == 0;
        let target = (wait & LOOP == self.tag)
            .then(|| self.slot_of(wait))
            .flatten();
        let Some(target) = target.filter(open) else {
            return self.wake(ticket);
        };
        self.own_scope(number, |scope| scope.forwarded = wait);
        let accepted = match target.key.get() & PROMISE {
            0 => self.cancel(wait, None),
            _ => self.cancel_promise(wait, None),
        };
        if !accepted {
            self.own_scope(number, |scope| scope.forwarded = 0);
        }
    }
}
