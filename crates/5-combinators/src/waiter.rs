//! The waiter: a place for the one waker of whoever waits.
//!
//! The problem: nearly every combinator has one reader, who leaves a waker when
//! there is nothing to read and is woken when there is. Six files would each do
//! that in their own way, and one of them would wake under a borrow.
//!
//! Invariants:
//! 1. Nothing of the waker's own runs while the place is borrowed: it may be a
//!    stranger's, and come back here.
//! 2. A wake takes the waker out, so nobody is woken twice for one wait.
//!
//! Read next: `gather.rs`.

use std::cell::RefCell;
use std::task::{Context, Waker};

/// The place.
#[derive(Default)]
pub(crate) struct Waiter {
    waker: RefCell<Option<Waker>>,
}

impl Waiter {
    /// Leaves the context's waker, unless it is there already.
    pub(crate) fn keep(&self, cx: &Context<'_>) {
        let same = |waker: &Waker| waker.will_wake(cx.waker());
        if !self.waker.borrow().as_ref().is_some_and(same) {
            let before = self.waker.replace(Some(cx.waker().clone()));
            drop(before);
        }
    }

    /// Wakes whoever waits.
    pub(crate) fn wake(&self) {
        let waker = self.waker.take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Nobody waits any more.
    pub(crate) fn forget(&self) {
        let waker = self.waker.take();
        drop(waker);
    }
}
