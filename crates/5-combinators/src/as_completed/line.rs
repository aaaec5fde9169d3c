//! The line: several readers of one queue, in their order.
//!
//! The problem: the items of `as_completed` can be held and awaited side by side, by
//! several tasks. A result wakes one reader, the first in the line. That reader may be
//! cancelled before it steps, or another may have read meanwhile; then the result must
//! not lie there while the next reader sleeps.
//!
//! ```text
//!   a result comes ──> the first reader leaves the line and is woken
//!   it steps       ──> takes what is there, or, if that is gone, goes to the end of the line
//!   it is dropped  ──> leaves the line; if it was woken, the next is woken in its place
//! ```
//!
//! That is the order of asyncio's `Queue`, which stands behind its `as_completed`.
//!
//! Invariants:
//! 1. One result wakes one reader.
//! 2. Nothing of a waker's own runs while the line is borrowed.
//!
//! Read next: `items.rs`.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::task::{Context, Waker};

/// The place of one reader; 0 while it does not wait.
pub(super) type Place = u64;

/// Readers that wait.
#[derive(Default)]
pub(super) struct Line {
    waiting: RefCell<VecDeque<(Place, Waker)>>,
    /// The place that was given last, and the one that was woken last.
    last: Cell<Place>,
    woken: Cell<Place>,
}

impl Line {
    /// Returns true if a reader stands in the line: places ascend along it, and it is
    /// woken from the front. Speed: as_completed.
    #[inline]
    fn has(&self, place: Place) -> bool {
        place > self.woken.get()
    }

    /// A reader waits: where it stands already, else at the end.
    #[inline]
    pub(super) fn enter(&self, place: &mut Place, cx: &Context<'_>) {
        if self.has(*place) && self.stays(*place, cx) {
            return;
        }
        // A clone may do anything, also move the line: what is known of it is asked after.
        let waker = cx.waker().clone();
        if self.has(*place) {
            return self.renew(*place, waker);
        }
        *place = self.last.get() + 1;
        self.last.set(*place);
        self.waiting.borrow_mut().push_back((*place, waker));
    }

    /// Where a reader that waits stands.
    fn find(&self, place: Place) -> Option<usize> {
        let waiting = self.waiting.borrow();
        waiting
            .binary_search_by_key(&place, |(known, _)| *known)
            .ok()
    }

    /// Returns true if a reader is to be woken as it stands there.
    #[cold]
    fn stays(&self, place: Place, cx: &Context<'_>) -> bool {
        let same = |at: usize| self.waiting.borrow()[at].1.will_wake(cx.waker());
        self.find(place).is_some_and(same)
    }

    /// A reader is to be woken by another waker.
    #[cold]
    fn renew(&self, place: Place, waker: Waker) {
        if let Some(at) = self.find(place) {
            let before = std::mem::replace(&mut self.waiting.borrow_mut()[at].1, waker);
            drop(before);
        }
    }

    /// A reader waits no more; false if it was woken, or did not wait.
    #[inline]
    pub(super) fn leave(&self, place: &mut Place) -> bool {
        let place = std::mem::take(place);
        let waits = self.has(place);
        if waits {
            self.remove(place);
        }
        waits
    }

    #[cold]
    fn remove(&self, place: Place) {
        let at = self.find(place);
        let left = at.and_then(|at| self.waiting.borrow_mut().remove(at));
        drop(left);
    }

    /// Wakes the first.
    #[inline]
    pub(super) fn wake_next(&self) {
        let first = self.waiting.borrow_mut().pop_front();
        if let Some((place, waker)) = first {
            self.woken.set(place);
            waker.wake();
        }
    }

    /// Wakes all: nothing will come any more.
    pub(super) fn wake_all(&self) {
        self.woken.set(self.last.get());
        let waiting = self.waiting.take();
        for (_, waker) in waiting {
            waker.wake();
        }
    }
}
