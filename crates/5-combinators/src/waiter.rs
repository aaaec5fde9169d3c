//! Waiter: stores the waker of the one task that waits.
//!
//! The problem: nearly every combinator has one reader. The reader stores its waker when there
//! is nothing to read, and is woken when there is. Without this type, six files would each do
//! that in their own way, and one of them would call the waker under a borrow.
//!
//! Invariants:
//! 1. No code of a waker (clone, wake, drop) runs while the cell is borrowed: a foreign waker
//!    may call back into the combinator.
//! 2. A wake takes the waker out, so the reader is woken at most once for one wait.
//!
//! Read next: `gather.rs`.

use std::cell::RefCell;
use std::task::{Context, Waker};

/// Holds the waker of one reader, while the reader waits.
#[derive(Default)]
pub(crate) struct Waiter {
    waker: RefCell<Option<Waker>>,
}

impl Waiter {
    /// Stores the waker of `cx`, unless an equal waker is stored already.
    pub(crate) fn keep(&self, cx: &Context<'_>) {
        let same = |waker: &Waker| waker.will_wake(cx.waker());
        if !self.waker.borrow().as_ref().is_some_and(same) {
            let before = self.waker.replace(Some(cx.waker().clone()));
            drop(before);
        }
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
