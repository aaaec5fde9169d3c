//! Waiter: stores the waker of the one task that waits.
//!
//! The problem: nearly every combinator has one reader. The reader stores its waker when there
//! is nothing to read, and is woken when there is. Without this type, six files would each do
//! that in their own way, and one of them would call the waker under a borrow. Nearly every
//! reader is a task of a loop, so its ticket is stored in place of the waker. Any other waker
//! is code that may panic: the scheduler calls it, and reports the panic.
//!
//! Invariants:
//! 1. No code of a waker (clone, wake, drop) runs while the cell is borrowed: a foreign waker
//!    may call back into the combinator.
//! 2. A wake takes the waker out, so the reader is woken at most once for one wait.
//! 3. A stored waker of another executor is called through `wake_foreign` alone: its panic ends
//!    no other work of the combinator.
//!
//! Read next: `members.rs`.

use std::cell::RefCell;
use std::rc::Rc;
use std::task::Context;

use groundup_executor::task::{ForeignWaker, Scheduler, Ticket};

/// A waker that is kept for later.
pub(crate) enum StoredWaker {
    /// The ticket of a task of a loop.
    Ticket(Ticket),
    /// The waker of another executor, or of a combinator that makes its own, and the loop that
    /// calls it.
    Foreign(Box<(ForeignWaker, Rc<Scheduler>)>),
}

impl StoredWaker {
    /// Makes it of the waker of `cx`. A foreign waker will be called by `scheduler`.
    #[inline]
    pub(crate) fn of(cx: &Context<'_>, scheduler: impl FnOnce() -> Rc<Scheduler>) -> Self {
        match Scheduler::any_ticket_in(cx) {
            Some(ticket) => StoredWaker::Ticket(ticket),
            None => Self::foreign(cx, scheduler),
        }
    }

    #[cold]
    fn foreign(cx: &Context<'_>, scheduler: impl FnOnce() -> Rc<Scheduler>) -> Self {
        let scheduler = scheduler();
        StoredWaker::Foreign(Box::new((ForeignWaker::of(cx), scheduler)))
    }

    /// Returns true if it wakes the task that polls with `cx`.
    #[inline]
    pub(crate) fn is_of(&self, cx: &Context<'_>) -> bool {
        match self {
            StoredWaker::Ticket(ticket) => Scheduler::any_ticket_in(cx) == Some(*ticket),
            StoredWaker::Foreign(stored) => stored.0.is_of(cx),
        }
    }

    /// Returns the task that waits, for reports. Under a foreign waker it is the task in which
    /// the waker was stored.
    pub(crate) fn ticket(&self) -> Option<Ticket> {
        match self {
            StoredWaker::Ticket(ticket) => Some(*ticket),
            StoredWaker::Foreign(stored) => stored.0.task(),
        }
    }

    /// Wakes the reader. A panic of a foreign waker is reported, and goes no further.
    #[inline]
    pub(crate) fn wake(self) {
        match self {
            StoredWaker::Ticket(ticket) => Scheduler::wake_ticket(ticket),
            StoredWaker::Foreign(stored) => Self::wake_foreign(*stored),
        }
    }

    #[cold]
    fn wake_foreign((waker, scheduler): (ForeignWaker, Rc<Scheduler>)) {
        scheduler.wake_foreign(waker.into_waker());
    }
}

/// Holds the waker of one reader, while the reader waits.
#[derive(Default)]
pub(crate) struct Waiter {
    waker: RefCell<Option<StoredWaker>>,
}

impl Waiter {
    /// Stores the waker of `cx`, unless an equal waker is stored already. `scheduler` is the loop
    /// that calls a foreign waker.
    pub(crate) fn keep(&self, cx: &Context<'_>, scheduler: impl FnOnce() -> Rc<Scheduler>) {
        let same = |waker: &StoredWaker| waker.is_of(cx);
        if !self.waker.borrow().as_ref().is_some_and(same) {
            let before = self.waker.replace(Some(StoredWaker::of(cx, scheduler)));
            drop(before);
        }
    }

    /// Returns the ticket of the reader, if it is a task that waits.
    pub(crate) fn ticket(&self) -> Option<Ticket> {
        self.waker.borrow().as_ref()?.ticket()
    }

    /// Takes the waker out and wakes it.
    pub(crate) fn wake(&self) {
        let waker = self.waker.take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Drops the waker: the reader waits no more.
    pub(crate) fn forget(&self) {
        let waker = self.waker.take();
        drop(waker);
    }
}
