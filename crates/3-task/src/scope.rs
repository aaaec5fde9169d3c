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
//! Read next: `aim.rs`, how a cancel gets from the scope to its region.

use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::rc::Rc;
use std::task::Waker;

use crate::region::CatchCancel;
use crate::scheduler::Scheduler;
use crate::ticket::{ASKED, GENERATION, index};
use crate::wait::WATCHED;

/// What is known of a scope while it lives.
#[derive(Default)]
pub(crate) struct Scope {
    /// How many scopes came before it, so far as a ticket can count.
    pub(crate) generation: u64,
    /// The task in which its region is; 0 before it was polled.
    pub(crate) ticket: u64,
    /// What the futures in the region wait for.
    pub(crate) wait: u64,
    /// A cancel is on its way into the region.
    pub(crate) requested: bool,
    /// It can still be taken back: nobody has been struck by it (C10).
    pub(crate) revocable: bool,
    /// It was handed on to this task or promise, and is to come back from there.
    pub(crate) forwarded: u64,
    /// `cancel` was called, ever.
    pub(crate) called: bool,
    /// Its ticket stands in the ready queue, and has not been taken back.
    pub(crate) posted: bool,
    /// How many of its cancels count on the task and were not taken back.
    pub(crate) counted: u32,
    /// The scope around it, when its region was first polled; 0 for none.
    pub(crate) around: u32,
    /// Who is to be woken for the region, if it is not the task itself.
    pub(crate) waker: Option<Waker>,
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
/// with [`uncancel`](CancelScope::uncancel), as asyncio's timeouts and task groups
/// do.
pub struct CancelScope {
    scheduler: Option<Rc<Scheduler>>,
    /// 0 outside a loop, and when it is closed.
    ticket: Cell<u64>,
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
        CancelScope {
            scheduler,
            ticket: Cell::new(ticket),
        }
    }

    /// A scope that is closed: nobody can cancel what runs in it.
    ///
    /// ```
    /// let scope = groundup_task::CancelScope::closed();
    /// scope.cancel();
    /// assert!(!scope.cancel_called());
    /// ```
    #[inline(always)]
    pub const fn closed() -> Self {
        CancelScope {
            scheduler: None,
            ticket: Cell::new(0),
        }
    }

    /// A scope for a region that the running task begins now, and how many of the
    /// task's cancels concern it, as [`cancelling`](CancelScope::cancelling) counts
    /// them. `None` outside a task.
    ///
    /// ```
    /// assert!(groundup_task::CancelScope::open().is_none());
    /// ```
    #[inline]
    pub fn open() -> Option<(Self, u32)> {
        let scheduler = Scheduler::current()?;
        let asked = scheduler.running()?.key.get() & ASKED != 0;
        let scope = CancelScope {
            ticket: Cell::new(scheduler.open_scope()),
            scheduler: Some(scheduler),
        };
        let cancelling = if asked { scope.cancelling() } else { 0 };
        Some((scope, cancelling))
    }

    /// Ends the scope, unless it was cancelled: then this gives false, and whoever
    /// aimed the cancel has to take it back. What ran in it is over.
    ///
    /// ```
    /// let scope = groundup_task::CancelScope::new();
    /// assert!(scope.close());
    /// scope.cancel(); // which cancels nothing any more
    /// assert!(!scope.cancel_called());
    /// ```
    #[inline]
    pub fn close(&self) -> bool {
        let Some(scheduler) = &self.scheduler else {
            return true;
        };
        let mut scopes = scheduler.scopes.borrow_mut();
        let number = index(self.ticket.get());
        if scopes.get(number).is_some_and(|scope| scope.called) {
            return false;
        }
        let gone = scopes.remove(number);
        drop(scopes);
        self.ticket.set(0);
        drop(gone);
        true
    }

    /// Runs `future` in this scope, and gives `Err(Cancelled)` if a cancel of the
    /// scope or of the task reaches it, as [`catch_cancel`](crate::catch_cancel) does. A scope may have
    /// one region after the other, not two at once.
    pub fn catch<F: Future>(&self, future: F) -> CatchCancel<F> {
        CatchCancel::new(future, index(self.ticket.get()))
    }

    /// Cancels what runs in the scope: delivered in the next iteration, or at the
    /// next suspension if it is just running.
    pub fn cancel(&self) {
        if let Some(scheduler) = &self.scheduler {
            scheduler.cancel_scope(self.ticket.get());
        }
    }

    /// Whether [`cancel`](CancelScope::cancel) was called, ever.
    pub fn cancel_called(&self) -> bool {
        let scheduler = self.scheduler.as_ref();
        let called =
            |scheduler: &Rc<Scheduler>| scheduler.scope(self.ticket.get(), |scope| scope.called);
        scheduler.and_then(called).unwrap_or(false)
    }

    /// How many cancels were asked for and not taken back that concern what runs in
    /// the scope: those of the task, of the scopes around this one, and its own. Not
    /// those of scopes beside it.
    pub fn cancelling(&self) -> u32 {
        let scheduler = self.scheduler.as_ref();
        scheduler.map_or(0, |scheduler| scheduler.concerning(self.ticket.get()))
    }

    /// Takes one cancel of this scope back, and gives how many are left that concern
    /// what runs in it, as [`cancelling`](CancelScope::cancelling) counts them.
    pub fn uncancel(&self) -> u32 {
        let Some(scheduler) = &self.scheduler else {
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
    pub fn ticket(&self) -> u64 {
        self.ticket.get()
    }
}

impl Drop for CancelScope {
    #[inline]
    fn drop(&mut self) {
        if let (Some(scheduler), true) = (&self.scheduler, self.ticket.get() != 0) {
            scheduler.drop_scope(self.ticket.get());
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
    #[inline]
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

    fn drop_scope(&self, ticket: u64) {
        let gone = self.scopes.borrow_mut().remove(index(ticket));
        drop(gone);
    }

    /// The scope of a ticket, if it is still there.
    pub(crate) fn scope<R>(&self, ticket: u64, change: impl FnOnce(&mut Scope) -> R) -> Option<R> {
        let mut scopes = self.scopes.borrow_mut();
        let scope = scopes.get_mut(index(ticket))?;
        let same = scope.generation == (ticket & GENERATION) >> 32;
        same.then(|| change(scope))
    }

    /// The scope with a number: for its own region, which does not outlive it.
    pub(crate) fn own_scope<R>(
        &self,
        number: u32,
        change: impl FnOnce(&mut Scope) -> R,
    ) -> Option<R> {
        self.scopes.borrow_mut().get_mut(number).map(change)
    }

    /// Which task a scope is in: where its region is, or the one that runs.
    pub(crate) fn ticket_or_current(&self, ticket: u64) -> u64 {
        match ticket {
            0 => self.current.get(),
            ticket => ticket,
        }
    }

    /// How many cancels of the task concern a scope: all but those of scopes that
    /// are in the same task and not around it.
    fn concerning(&self, scope: u64) -> u32 {
        let (ticket, mut around) = self
            .scope(scope, |scope| (scope.ticket, scope.around))
            .unwrap_or((0, 0));
        if ticket == 0 {
            around = self.inside.get();
        }
        let ticket = self.ticket_or_current(ticket);
        let slot = self.slot_of(ticket);
        let cancelling = |slot| self.extra(slot, |extra| extra.cancelling);
        match slot.and_then(cancelling) {
            None | Some(0) => 0,
            Some(all) => all.saturating_sub(self.beside(scope, ticket, around)),
        }
    }

    /// How many cancels of scopes that stand beside this one count on the task.
    #[cold]
    fn beside(&self, scope: u64, ticket: u64, mut around: u32) -> u32 {
        let mut chain = vec![index(scope)];
        while around != 0 && !chain.contains(&around) {
            chain.push(around);
            around = self.own_scope(around, |scope| scope.around).unwrap_or(0);
        }
        (self.scopes.borrow().iter())
            .filter(|(number, other)| other.ticket == ticket && !chain.contains(number))
            .map(|(_, other)| other.counted)
            .sum()
    }
}
