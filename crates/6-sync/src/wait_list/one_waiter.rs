//! OneWaiter: the one future that waits under a foreign waker.
//!
//! The problem: an end of a oneshot has one owner, so at most one future waits there. A list for it
//! would cost more than the value that it brings. And no token is needed: the future looks at the
//! state of the object whenever it is polled, so a wake that it does not use is lost for no other.
//! `home/brief.rs` stores the ticket of a task itself, and only foreign wakers here.
//!
//! Invariants:
//! 1. The waker that was stored last is called, at most once.
//! 2. No waker is cloned, called or dropped while it is in the cell.
//!
//! Read next: `roster.rs`.

use std::cell::Cell;
use std::task::Context;

use groundup_combinators::task::StoredWaker;

/// The foreign waker of the one future that waits, if one does.
#[derive(Default)]
pub(crate) struct OneWaiter(Cell<Option<StoredWaker>>);

impl OneWaiter {
    /// Stores the waker of `cx`, which is no ticket. The caller has found that it must wait. The clone of
    /// a foreign waker, or the drop of the one before, may change that. So `must_wait` is asked after
    /// them, and if it says no, the future is woken to look again.
    #[cold]
    pub(crate) fn wait_foreign(&self, cx: &Context<'_>, must_wait: impl FnOnce() -> bool) {
        let mut stored = self.0.take();
        if stored.as_mut().is_some_and(|waker| waker.renew(cx)) {
            return self.0.set(stored);
        }
        drop(stored);
        self.store(StoredWaker::of(cx), must_wait);
    }

    /// Stores a fresh waker, if the future must still wait.
    fn store(&self, fresh: StoredWaker, must_wait: impl FnOnce() -> bool) {
        match must_wait() {
            true => self.0.set(Some(fresh)),
            false => fresh.wake(),
        }
    }

    /// Wakes the future, if one waits.
    #[cold]
    #[inline(never)]
    pub(crate) fn wake(&self) {
        if let Some(waker) = self.0.take() {
            waker.wake();
        }
    }

    /// Forgets the future: it does not wait any more.
    #[cold]
    #[inline(never)]
    pub(crate) fn leave(&self) {
        drop(self.0.take());
    }
}

#[cfg(test)]
#[path = "../../tests/unit/wait_list.rs"]
mod tests;
