//! Scopes: a cancel aimed at one region instead of a whole task.
//!
//! The problem: a deadline must end what it guards and nothing else, although both
//! are in the same task. So a region may have a scope, a name by which it can be
//! cancelled from outside: by a timer, by a sibling, by the group it belongs to.
//!
//! A task may hold several futures side by side, each under a deadline of its own.
//! A cancel of one scope is then no business of the scope beside it. So a scope
//! knows the one around it, and can say which of the task's cancels concern it:
//! those of the task, of the scopes around, and its own.
//!
//! Invariants:
//! 1. A request goes when its scope is dropped.
//! 2. A cancel of a scope counts on the task until it is taken back.
//!
//! Read next: `scopes.rs`, the table they stand in.

use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::mem::forget;
use std::rc::Rc;

use crate::region::CatchCancel;
use crate::scheduler::Scheduler;
use crate::ticket::{ASKED, index, loop_of};

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
/// with [`uncancel`](CancelScope::uncancel), as asyncio's timeouts and task groups
/// do.
pub struct CancelScope {
    /// `None` outside a loop, and when it is closed.
    scheduler: Cell<Option<Rc<Scheduler>>>,
    ticket: Cell<u64>,
}

impl CancelScope {
    /// A scope for regions of the running task. Outside a running loop it is
    /// never cancelled.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        let scope = CancelScope::closed();
        if let Some(scheduler) = Scheduler::current() {
            scope.ticket.set(scheduler.open_scope());
            scope.scheduler.set(Some(scheduler));
        }
        scope
    }

    /// A scope that is closed: nobody can cancel what runs in it. See
    /// [`open`](CancelScope::open).
    #[inline(always)]
    pub const fn closed() -> Self {
        CancelScope {
            scheduler: Cell::new(None),
            ticket: Cell::new(0),
        }
    }

    /// Opens a closed scope for a region that the running task begins now. Gives how
    /// many of the task's cancels concern it, as [`cancelling`](CancelScope::cancelling)
    /// counts them; `None` outside a task, where it stays closed.
    ///
    /// ```
    /// let scope = groundup_task::CancelScope::closed();
    /// assert_eq!(scope.open(), None);
    /// ```
    #[inline]
    pub fn open(&self) -> Option<u32> {
        let scheduler = Scheduler::current()?;
        let asked = scheduler.running()?.key.get() & ASKED != 0;
        if self.ticket.get() != 0 {
            self.drop_open();
        }
        self.ticket.set(scheduler.open_scope());
        // Closed as it was, there is nothing to drop.
        forget(self.scheduler.replace(Some(scheduler)));
        Some(if asked { self.cancelling() } else { 0 })
    }

    /// Closes the scope: what ran in it is over. If it was cancelled, one cancel is
    /// taken back, and this gives what [`uncancel`](CancelScope::uncancel) gives.
    ///
    /// ```
    /// let scope = groundup_task::CancelScope::new();
    /// assert_eq!(scope.close(), None);
    /// scope.cancel(); // which cancels nothing any more
    /// assert!(!scope.cancel_called());
    /// ```
    #[inline]
    pub fn close(&self) -> Option<u32> {
        let scheduler = self.scheduler.take()?;
        let mut scopes = scheduler.scopes.borrow_mut();
        let number = index(self.ticket.get());
        if scopes.get(number).is_some_and(|scope| scope.called) {
            drop(scopes);
            self.scheduler.set(Some(scheduler));
            return Some(self.close_cancelled());
        }
        let gone = scopes.remove(number);
        drop(scopes);
        self.ticket.set(0);
        drop(gone);
        None
    }

    #[cold]
    fn close_cancelled(&self) -> u32 {
        let left = self.uncancel();
        self.drop_open();
        left
    }

    /// Runs `future` in this scope, and gives `Err(Cancelled)` if a cancel of the
    /// scope or of the task reaches it, as [`catch_cancel`](crate::catch_cancel) does. A scope may have
    /// one region after the other, not two at once.
    pub fn catch<F: Future>(&self, future: F) -> CatchCancel<F> {
        CatchCancel::new(future, index(self.ticket.get()), self.home())
    }

    /// Whether it is open in the loop that runs on this thread.
    ///
    /// ```
    /// assert!(!groundup_task::CancelScope::new().is_here());
    /// ```
    pub fn is_here(&self) -> bool {
        let here = Scheduler::current().map_or(0, |scheduler| loop_of(scheduler.tag));
        here != 0 && here == self.home()
    }

    /// The number of the loop it is open in; 0 for none.
    pub(crate) fn home(&self) -> u16 {
        self.scheduler()
            .map_or(0, |scheduler| loop_of(scheduler.tag))
    }

    /// The loop it is open in.
    fn scheduler(&self) -> Option<Rc<Scheduler>> {
        let scheduler = self.scheduler.take();
        self.scheduler.set(scheduler.clone());
        scheduler
    }

    /// Cancels what runs in the scope: delivered in the next iteration, or at the
    /// next suspension if it is just running.
    pub fn cancel(&self) {
        if let Some(scheduler) = self.scheduler() {
            scheduler.cancel_scope(self.ticket.get());
        }
    }

    /// Whether [`cancel`](CancelScope::cancel) was called, ever.
    pub fn cancel_called(&self) -> bool {
        let called = |scheduler: Rc<Scheduler>| scheduler.scope(self.ticket.get(), |s| s.called);
        self.scheduler().and_then(called).unwrap_or(false)
    }

    /// How many cancels were asked for and not taken back that concern what runs in
    /// the scope: those of the task, of the scopes around this one, and its own. Not
    /// those of scopes beside it.
    pub fn cancelling(&self) -> u32 {
        let concerning = |scheduler: Rc<Scheduler>| scheduler.concerning(self.ticket.get());
        self.scheduler().map_or(0, concerning)
    }

    /// Takes one cancel of this scope back, and gives how many are left that concern
    /// what runs in it, as [`cancelling`](CancelScope::cancelling) counts them.
    pub fn uncancel(&self) -> u32 {
        let Some(scheduler) = self.scheduler() else {
            return 0;
        };
        let ticket = scheduler.scope(self.ticket.get(), |scope| {
            scope.counted = scope.counted.saturating_sub(1);
            scope.ticket
        });
        let left = scheduler.uncancel(scheduler.ticket_or_current(ticket.unwrap_or(0)));
        match left {
            0 => 0,
            _ => scheduler.concerning(self.ticket.get()),
        }
    }

    /// The scope's ticket, 0 outside a loop. [`Scheduler::fire`] redeems it: it
    /// cancels the scope, from its place in the ready queue.
    #[inline]
    pub fn ticket(&self) -> u64 {
        self.ticket.get()
    }

    /// Closes it, cancelled or not.
    #[cold]
    fn drop_open(&self) {
        if let Some(scheduler) = self.scheduler.take() {
            scheduler.drop_scope(self.ticket.replace(0));
        }
    }
}

impl Drop for CancelScope {
    #[inline]
    fn drop(&mut self) {
        if self.ticket.get() != 0 {
            self.drop_open();
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
