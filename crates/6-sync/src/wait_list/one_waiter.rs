//! OneWaiter: the waiter of an object for which one future waits.
//!
//! The problem: an end of a oneshot has one owner, so at most one future waits there. A list for it
//! would cost more than the value that it brings. And no token is needed: the future looks at the
//! state of the object whenever it is polled, so a wake that it does not use is lost for no other.
//!
//! Invariants:
//! 1. The waker that was stored last is called, at most once.
//! 2. No waker is cloned, called or dropped while it is in the cell.
//!
//! Read next: `roster.rs`.

use std::cell::Cell;
use std::task::Context;

use groundup_combinators::task::StoredWaker;

/// The waker of the one future that waits, if one does.
#[derive(Default)]
pub(crate) struct OneWaiter(Cell<Option<StoredWaker>>);

impl OneWaiter {
    /// Stores the waker of `cx`.
    pub(crate) fn wait(&self, cx: &Context<'_>) {
        let mut stored = self.0.take();
        let renewed = stored.as_mut().is_some_and(|waker| waker.renew(cx));
        if !renewed {
            drop(stored.replace(StoredWaker::of(cx)));
        }
        self.0.set(stored);
    }

    /// Wakes the future, if one waits.
    #[inline]
    pub(crate) fn wake(&self) {
        if let Some(waker) = self.0.take() {
            waker.wake();
        }
    }

    /// Forgets the future: it does not wait any more.
    #[inline]
    pub(crate) fn leave(&self) {
        drop(self.0.take());
    }
}
