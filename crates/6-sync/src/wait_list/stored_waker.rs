//! Stores the waker of one waiting future.
//!
//! The problem: nearly every waiter is a task of a loop, and its waker is a ticket, which is
//! stored and redeemed without a call through a table of functions. Any other waker is code of
//! another crate. Its clone, its call and its drop may do anything, also use the same lock again.
//!
//! Invariants:
//! 1. A ticket is compared and stored without a call, so a list may be borrowed meanwhile.
//! 2. A foreign waker is called by the running loop, which reports its panic; where no loop runs,
//!    the panic goes to the caller.
//!
//! Read next: `wait_list/one_waiter.rs`.

use std::task::Context;

use groundup_combinators::task::{ForeignWaker, Scheduler, Ticket};

/// Wakes one waiting future.
pub(crate) enum StoredWaker {
    /// The ticket of a task.
    Ticket(Ticket),
    /// The waker of another executor, or of a combinator that makes its own.
    Foreign(Box<ForeignWaker>),
}

impl StoredWaker {
    /// Stores the waker of `cx`.
    #[inline]
    pub(crate) fn of(cx: &Context<'_>) -> Self {
        match Scheduler::any_ticket_in(cx) {
            Some(ticket) => StoredWaker::Ticket(ticket),
            None => Self::foreign(cx),
        }
    }

    #[cold]
    fn foreign(cx: &Context<'_>) -> Self {
        StoredWaker::Foreign(Box::new(ForeignWaker::of(cx)))
    }

    /// Makes this wake the future that is polled with `cx`. Returns false, and changes nothing, if
    /// that takes a new waker.
    #[inline]
    pub(crate) fn renew(&mut self, cx: &Context<'_>) -> bool {
        match (self, Scheduler::any_ticket_in(cx)) {
            (StoredWaker::Ticket(stored), Some(ticket)) => {
                *stored = ticket;
                true
            }
            (StoredWaker::Foreign(stored), None) => stored.is_of(cx),
            _ => false,
        }
    }

    /// Returns the task that waits, if it is known. Under a foreign waker it is the task in which
    /// the waker was stored.
    pub(crate) fn ticket(&self) -> Option<Ticket> {
        match self {
            StoredWaker::Ticket(ticket) => Some(*ticket),
            StoredWaker::Foreign(waker) => waker.task(),
        }
    }

    /// Wakes the future.
    #[inline]
    pub(crate) fn wake(self) {
        match self {
            StoredWaker::Ticket(ticket) => Scheduler::wake_ticket(ticket),
            StoredWaker::Foreign(waker) => Self::wake_foreign(*waker),
        }
    }

    #[cold]
    fn wake_foreign(waker: ForeignWaker) {
        let waker = waker.into_waker();
        match Scheduler::current() {
            Some(scheduler) => scheduler.wake_foreign(waker),
            None => waker.wake(),
        }
    }
}
