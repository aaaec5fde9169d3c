//! Cancels one region of a task instead of the whole task.
//!
//! The problem: a deadline must end the future that it guards, and nothing else in the same
//! task. So a region may have a scope, a number by which it can be cancelled from outside: by a
//! timer, by a sibling, by the group it belongs to. A task may hold several futures side by
//! side, each under a deadline of its own. So a scope knows the scope around it. It also knows
//! which of the task's cancels concern it, and which are of a scope beside it.
//!
//! Invariants:
//! 1. A request to cancel a scope ends when the scope is dropped.
//! 2. A cancel of a scope counts on the task until it is taken back.
//!
//! Read next: `inside/root_task.rs`, the slot of the main future.

use std::cell::Cell;
use std::fmt;
use std::future::IntoFuture;
use std::mem::forget;
use std::pin::Pin;
use std::rc::Rc;

use groundup_interweave::trace::{Access, Touched};

use crate::inside::catch_cancel::{CatchCancel, catch_cancel};
use crate::run::Scheduler;
use crate::store::key::Mark;
use crate::store::ticket::{ScopeTicket, loop_number};

/// A handle that cancels one region instead of a whole task.
///
/// ```
/// # mod groundup { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/facade.inc")); }
/// use groundup::{CancelScope, call_soon, run};
/// use std::{future::pending, rc::Rc};
///
/// run(async {
///     let scope = Rc::new(CancelScope::new());
///     assert_eq!(scope.catch(async { 5 }).await, Ok(5));
///     let handle = scope.clone();
///     call_soon(move || handle.cancel());
///     assert!(scope.catch(pending::<()>()).await.is_err() && scope.cancel_called());
///     assert_eq!(scope.uncancel(), 0, "no cancel is left, and the task goes on");
/// });
/// let outside = CancelScope::new(); // in no task, so it is never cancelled
/// outside.cancel();
/// assert!(!outside.cancel_called() && !outside.is_here());
/// assert_eq!((outside.open(), outside.close()), (None, None));
/// ```
///
/// A region that was polled in one scope and is moved into another one gets the cancels of the
/// scope in which it is polled. What a combinator of another crate holds inside it counts for the
/// scope before until it is polled again.
///
/// A cancel of the scope counts on the task ([`cancelling`](crate::TaskRef::cancelling)). The
/// owner of the scope takes it back with [`uncancel`](CancelScope::uncancel), as asyncio's
/// timeouts and task groups do.
pub struct CancelScope {
    /// `None` outside a loop, and when the scope is closed.
    scheduler: Cell<Option<Rc<Scheduler>>>,
    ticket: Cell<ScopeTicket>,
}

impl CancelScope {
    /// Opens a scope for regions of the running task. Outside a running loop the scope is never
    /// cancelled.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        let scheduler = Scheduler::current();
        let ticket = (scheduler.as_ref()).map_or(ScopeTicket::NONE, |scheduler| {
            scheduler.cancels.open_scope(&scheduler.core)
        });
        let (scheduler, ticket) = (Cell::new(scheduler), Cell::new(ticket));
        CancelScope { scheduler, ticket }
    }

    /// Makes a closed scope, which cannot be cancelled. See [`open`](CancelScope::open).
    #[inline(always)]
    pub const fn closed() -> Self {
        CancelScope {
            scheduler: Cell::new(None),
            ticket: Cell::new(ScopeTicket::NONE),
        }
    }

    /// Opens a closed scope for a region that the running task begins now. Returns how many of
    /// the task's cancels concern the scope, as [`cancelling`](CancelScope::cancelling) counts
    /// them. Returns `None` outside a task, where the scope stays closed.
    #[inline]
    pub fn open(&self) -> Option<u32> {
        let scheduler = Scheduler::current()?;
        let asked = scheduler.core.running()?.has(Mark::Asked);
        if self.ticket.get() != ScopeTicket::NONE {
            self.drop_open();
        }
        self.ticket
            .set(scheduler.cancels.open_scope(&scheduler.core));
        // The cell holds `None` here, so there is nothing to drop.
        forget(self.scheduler.replace(Some(scheduler)));
        Some(if asked { self.cancelling() } else { 0 })
    }

    /// Closes the scope after its region has ended. If the scope was cancelled, one cancel is
    /// taken back, and the result is that of [`uncancel`](CancelScope::uncancel).
    #[inline]
    pub fn close(&self) -> Option<u32> {
        let scheduler = self.scheduler.take()?;
        if (scheduler.cancels).close_scope(&scheduler.core, self.ticket.get(), false) {
            self.ticket.set(ScopeTicket::NONE);
            return None;
        }
        self.scheduler.set(Some(scheduler));
        let left = self.uncancel();
        if left > 0
            && let Some(scheduler) = self.scheduler()
        {
            (scheduler.cancels).leave_echo(&scheduler.core, self.ticket.get());
        }
        self.drop_open();
        Some(left)
    }

    /// Runs `future` in this scope, and returns `Err(Cancelled)` if a cancel of the scope or of
    /// the task reaches it, as [`catch_cancel`] does. A cancel that is aimed at a scope around
    /// this one goes through to that scope. A scope may have several regions one after another,
    /// but only one at a time.
    pub fn catch<F: IntoFuture>(&self, future: F) -> CatchCancel<F::IntoFuture> {
        let mut region = self.catch_all(future);
        region.own_only = true;
        region
    }

    /// Does what [`catch`](CancelScope::catch) does, and returns `Err(Cancelled)` also for a
    /// cancel that is aimed at a scope around this one. So the code behind it can clean up, and
    /// then raises [the part that must go on](crate::Cancelled::beyond).
    pub fn catch_all<F: IntoFuture>(&self, future: F) -> CatchCancel<F::IntoFuture> {
        let tag = |scheduler: Rc<Scheduler>| scheduler.core.loop_field();
        let mut region = catch_cancel(future);
        region.scope = self.ticket.get();
        region.of_loop = loop_number(self.scheduler().map_or(0, tag));
        region
    }

    /// Returns true if the scope is open in the loop that runs on this thread.
    pub fn is_here(&self) -> bool {
        let both = self.scheduler().zip(Scheduler::current());
        both.is_some_and(|(own, here)| Rc::ptr_eq(&own, &here))
    }

    /// Returns true if the scope is open in a loop that is closed, and can no longer be
    /// cancelled.
    #[inline]
    pub fn is_orphan(&self) -> bool {
        let scheduler = self.scheduler.take();
        let closed = scheduler.as_ref().is_some_and(|own| own.is_closed());
        forget(self.scheduler.replace(scheduler)); // the cell is empty: nothing to drop
        closed
    }

    /// Returns the loop in which the scope is open.
    fn scheduler(&self) -> Option<Rc<Scheduler>> {
        let scheduler = self.scheduler.take();
        self.scheduler.set(scheduler.clone());
        scheduler
    }

    /// Cancels the region of the scope. The cancel is delivered in the next iteration, or at
    /// the next suspension if the region is running now.
    pub fn cancel(&self) {
        let is_open = |own: &Rc<Scheduler>| own.cancels.task_of_scope(self.ticket.get()).is_some();
        if !self.scheduler().as_ref().is_some_and(is_open) {
            Scheduler::touch(Touched::Everything, Access::Write); // any entry may have closed it
        }
        if let Some(scheduler) = self.scheduler() {
            let (cancels, beneath) = (&scheduler.cancels, (&scheduler.core, &scheduler.trace));
            scheduler.carry_out(cancels.ask_scope(beneath, self.ticket.get()));
        }
    }

    /// Returns true if [`cancel`](CancelScope::cancel) was ever called.
    pub fn cancel_called(&self) -> bool {
        let called = |own: Rc<Scheduler>| own.cancels.was_called(self.ticket.get());
        self.scheduler().is_some_and(called)
    }

    /// Returns how many cancels concern the region of the scope and were not taken back: those
    /// of the task, of the scopes around this one, and its own.
    pub fn cancelling(&self) -> u32 {
        self.scheduler().map_or(0, |scheduler| {
            (scheduler.cancels).concerning(&scheduler.core, self.ticket.get())
        })
    }

    /// Takes one cancel of this scope back, if one counts; a cancel of the task stays. Returns how
    /// many are left that concern its region, as [`cancelling`](CancelScope::cancelling) counts them.
    pub fn uncancel(&self) -> u32 {
        self.scheduler().map_or(0, |scheduler| {
            let (cancels, core, ticket) = (&scheduler.cancels, &scheduler.core, self.ticket.get());
            cancels.uncancel_scope(core, ticket);
            cancels.concerning(core, ticket)
        })
    }

    /// Returns the scope's ticket, or [`ScopeTicket::NONE`] outside a loop. [`Scheduler::fire`]
    /// puts the ticket into the ready queue, and a round that reaches it cancels the scope.
    #[inline]
    pub fn ticket(&self) -> ScopeTicket {
        self.ticket.get()
    }

    /// Closes the scope, cancelled or not.
    #[cold]
    fn drop_open(&self) {
        if let Some(scheduler) = self.scheduler.take() {
            let ticket = self.ticket.replace(ScopeTicket::NONE);
            (scheduler.cancels).close_scope(&scheduler.core, ticket, true);
        }
    }
}

impl<F> CatchCancel<F> {
    /// Puts the region into a scope that was just [opened](CancelScope::open), right before the
    /// first poll.
    ///
    /// # Panics
    ///
    /// If it has been polled.
    #[inline]
    pub fn begin_in(self: Pin<&mut Self>, scope: &CancelScope) {
        assert!(
            !self.live,
            "a region enters its scope before its first poll"
        );
        let this = self.project();
        *this.scope = scope.ticket();
        *this.of_loop = 0; // the scope knows already which scope is around it
    }
}

impl Drop for CancelScope {
    #[inline]
    fn drop(&mut self) {
        if self.ticket.get() != ScopeTicket::NONE {
            self.drop_open();
        }
    }
}

impl fmt::Debug for CancelScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CancelScope(cancel_called: {})", self.cancel_called())
    }
}
