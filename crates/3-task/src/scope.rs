//! Scopes: a cancel aimed at one region instead of a whole task.
//!
//! The problem: a deadline must end what it guards and nothing else, although both
//! are in the same task. So a region may have a scope, a name by which it can be
//! cancelled from outside: by a timer, by a sibling, by the group it belongs to.
//!
//! ```text
//!   scope.cancel()   the region awaits a task or a promise: that one is cancelled
//!        |           first, and the answer is looked at when it has ended   (C05)
//!        v           else: the task is woken, and the region finds the request
//!   next iteration   poll(region): due? -> drop what it holds, Err(Cancelled)
//! ```
//!
//! Invariants:
//! 1. A request ends at most one region, and goes when its scope is dropped.
//! 2. A cancel of a scope counts on the task, so that `uncancel` can take it back.
//!
//! Read next: `local.rs`, what a task has for itself.

use std::fmt;
use std::future::Future;
use std::rc::Rc;

use crate::region::CatchCancel;
use crate::scheduler::Scheduler;
use crate::slot::Slot;
use crate::ticket::{CANCELLED, DONE, GENERATION, LOOP, PROMISE, SCHED, index};
use crate::wait::WATCHED;

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
    /// Its ticket stands in the ready queue, and has not been taken back.
    posted: bool,
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
    /// scope or of the task reaches it, as [`catch_cancel`](crate::catch_cancel) does. A scope may have
    /// one region after the other, not two at once.
    pub fn catch<F: Future>(&self, future: F) -> CatchCancel<F> {
        CatchCancel::new(future, index(self.ticket))
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

impl Scheduler {
    pub(crate) fn open_scope(&self) -> u64 {
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
    pub(crate) fn scope_suspended(self: &Rc<Self>, number: u32, wait: u64) {
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
    pub(crate) fn scope_due(&self, number: u32) -> bool {
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

    /// Puts the ticket of a scope into the ready queue: it is cancelled from there.
    pub(crate) fn post_scope(&self, scope: u64) {
        self.scope(scope, |scope| scope.posted = true);
        self.push(scope);
    }

    /// Takes a ticket back that was put into the ready queue by
    /// [`fire`](Scheduler::fire), if it has not been redeemed.
    pub fn retract_scope(&self, scope: u64) {
        self.scope(scope, |scope| scope.posted = false);
    }

    /// The ticket of a scope is redeemed.
    pub(crate) fn redeem_posted(self: &Rc<Self>, scope: u64) {
        let posted = self.scope(scope, |scope| std::mem::take(&mut scope.posted));
        if posted == Some(true) {
            self.cancel_scope(scope);
        }
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
        if let Some(slot) = self.slot_of(ticket).filter(|slot| scheduled(slot)) {
            self.came_back(slot);
            return;
        }
        let open = |slot: &&Slot| slot.key.get() & DONE == 0;
        let target = (wait & LOOP == self.tag)
            .then(|| self.slot_of(wait))
            .flatten();
        let Some(target) = target.filter(open) else {
            if let Some(slot) = self.slot_of(ticket) {
                self.extra_mut(slot, |extra| extra.reason_stands = true);
            }
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
