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
    last: Cell<Place>,
}

impl Line {
    /// Where a reader stands: places ascend along the line.
    fn find(&self, place: Place) -> Option<usize> {
        let waiting = self.waiting.borrow();
        waiting
            .binary_search_by_key(&place, |(known, _)| *known)
            .ok()
    }

    /// A reader waits: where it stands already, else at the end.
    pub(super) fn enter(&self, place: &mut Place, cx: &Context<'_>) {
        let same = |at: usize| self.waiting.borrow()[at].1.will_wake(cx.waker());
        if self.find(*place).is_some_and(same) {
            return;
        }
        // A clone may do anything, also move the line: what is known of it is asked after.
        let waker = cx.waker().clone();
        if let Some(at) = self.find(*place) {
            let before = std::mem::replace(&mut self.waiting.borrow_mut()[at].1, waker);
            return drop(before);
        }
        self.last.set(self.last.get() + 1);
        *place = self.last.get();
        self.waiting.borrow_mut().push_back((*place, waker));
    }

    /// A reader waits no more; false if it was woken, or did not wait.
    pub(super) fn leave(&self, place: &mut Place) -> bool {
        let at = self.find(std::mem::take(place));
        let left = at.and_then(|at| self.waiting.borrow_mut().remove(at));
        left.is_some()
    }

    /// Wakes the first.
    pub(super) fn wake_next(&self) {
        let first = self.waiting.borrow_mut().pop_front();
        if let Some((_, waker)) = first {
            waker.wake();
        }
    }

    /// Wakes all: nothing will come any more.
    pub(super) fn wake_all(&self) {
        let waiting = self.waiting.take();
        for (_, waker) in waiting {
            waker.wake();
        }
    }
}
