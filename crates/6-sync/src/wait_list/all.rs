//! Wakes all waiters of an object at once, and names the first.
//!
//! The problem: an event is set, and all its waiters go on. A foreign waker is code that may join the
//! same list again while it is called. It must not be woken by the call in which it has joined.
//!
//! Invariant: a call wakes the places that waited when it began, in order, and no others.
//!
//! Read next: `wait_list/plain.rs`.

use groundup_combinators::task::StoredWaker;

use crate::wait_list::line::Alone;
use crate::wait_list::{ALONE, WaitList};

impl WaitList {
    /// Gives a token to each place that waits, and wakes them in order.
    pub(crate) fn notify_all(&self) {
        self.wake_all(|| self.notify_one());
    }

    /// Releases each place that waits, and wakes them in order: they go on, and have no token.
    pub(crate) fn release_all(&self) {
        self.wake_all(|| {
            self.waiting.set(self.waiting.get().checked_sub(1)?);
            let Alone::Waiting(ticket) = self.alone.get() else {
                return self.places.borrow_mut().release_first();
            };
            self.alone.set(Alone::Released(ticket));
            Some(ticket.into())
        });
    }

    fn wake_all(&self, next: impl Fn() -> Option<StoredWaker>) {
        let Some(first) = next() else {
            return;
        };
        // The others are called before the first is woken: a foreign waker may join again.
        let others: Vec<StoredWaker> = std::iter::from_fn(next).collect();
        first.wake();
        others.into_iter().for_each(StoredWaker::wake);
    }

    /// Returns the number of the first place that waits.
    pub(crate) fn first(&self) -> Option<u32> {
        match self.alone.get() {
            Alone::Waiting(_) => Some(ALONE),
            _ => self.places.borrow().first(),
        }
    }
}
