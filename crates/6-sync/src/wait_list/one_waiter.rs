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
//! 3. The close of the loop in which it was stored calls it, too.
//!
//! Read next: `roster.rs`.

use std::cell::{Cell, OnceCell};
use std::rc::Rc;
use std::task::Context;

use groundup_combinators::task::{ReasonEntry, Scheduler, StoredWaker, WaitLine, WaitingTask};
use groundup_combinators::trace::Wait;

/// The foreign waker of the one future that waits, if one does.
#[derive(Default)]
pub(crate) struct OneWaiter {
    /// The waker, as long as the loop itself has made each one: this takes no allocation.
    own: Cell<Option<StoredWaker>>,
    registered: OnceCell<Registered>,
}

/// The place of a waker where the loop finds it, which calls it at its close.
struct Registered {
    line: Rc<WakerLine>,
    _entry: ReasonEntry,
}

#[derive(Default)]
struct WakerLine(Cell<Option<StoredWaker>>);

impl WaitLine for WakerLine {
    /// Returns none: a task that polls under a foreign waker has another reason to wait.
    fn waiting(&self) -> Vec<WaitingTask> {
        Vec::new()
    }

    fn loop_closed(&self) {
        if let Some(waker) = self.0.take() {
            waker.wake();
        }
    }
}

impl OneWaiter {
    /// Stores the waker of `cx`, which is no ticket. The caller has found that it must wait. The clone of
    /// a foreign waker, or the drop of the one before, may change that. So `must_wait` is asked after
    /// them, and if it says no, the future is woken to look again.
    #[cold]
    pub(crate) fn wait_foreign(&self, cx: &Context<'_>, must_wait: impl FnOnce() -> bool) {
        let mut stored = self.waker().take();
        if stored.as_mut().is_some_and(|waker| waker.renew(cx)) {
            return self.waker().set(stored);
        }
        drop(stored);
        self.lead_loop_to(cx);
        self.store(StoredWaker::of(cx), must_wait);
    }

    fn waker(&self) -> &Cell<Option<StoredWaker>> {
        self.registered
            .get()
            .map_or(&self.own, |registered| &registered.line.0)
    }

    /// Leads the running loop to the wakers that come, unless `cx` has a waker that this loop has made:
    /// such a waker is of a task, which goes with its loop.
    fn lead_loop_to(&self, cx: &Context<'_>) {
        let scheduler = Scheduler::current().filter(|scheduler| !scheduler.has_made_waker(cx));
        if let Some(scheduler) = scheduler {
            self.registered.get_or_init(|| {
                let line = Rc::<WakerLine>::default();
                let entry = ReasonEntry::new(&scheduler, Wait::Outside).with_line(line.clone());
                Registered {
                    line,
                    _entry: entry,
                }
            });
        }
    }

    /// Stores a fresh waker, if the future must still wait.
    fn store(&self, fresh: StoredWaker, must_wait: impl FnOnce() -> bool) {
        match must_wait() {
            true => self.waker().set(Some(fresh)),
            false => fresh.wake(),
        }
    }

    /// Wakes the future, if one waits.
    #[cold]
    #[inline(never)]
    pub(crate) fn wake(&self) {
        if let Some(waker) = self.waker().take() {
            waker.wake();
        }
    }

    /// Forgets the future: it does not wait any more.
    #[cold]
    #[inline(never)]
    pub(crate) fn leave(&self) {
        drop(self.waker().take());
    }
}

#[cfg(test)]
#[path = "../../tests/unit/wait_list.rs"]
mod tests;
