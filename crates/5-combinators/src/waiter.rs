//! Waiter: stores the waker of the one task that waits.
//!
//! The problem: nearly every combinator has one reader. The reader stores its waker when there
//! is nothing to read, and is woken when there is. Without this type, six files would each do
//! that in their own way, and one of them would call the waker under a borrow. Floor 3's
//! `StoredWaker` is the waker; this page decides when it is stored, called and dropped.
//!
//! Invariants:
//! 1. No code of a waker (clone, wake, drop) runs while the cell is borrowed: a foreign waker
//!    may call back into the combinator.
//! 2. A wake takes the waker out, so the reader is woken at most once for one wait.
//! 3. A waker of another executor is called by the combinator's loop: its panic ends no other work of
//!    the combinator.
//!
//! Read next: `members.rs`.

use std::cell::RefCell;
use std::rc::Rc;
use std::task::Context;

use groundup_executor::task::{Scheduler, StoredWaker, Ticket};

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
            let before = self
                .waker
                .replace(Some(StoredWaker::called_by(cx, scheduler)));
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
