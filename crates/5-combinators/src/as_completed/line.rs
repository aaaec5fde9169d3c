//! Line: the readers that wait for one queue, in order.
//!
//! The problem: the items of `as_completed` can be stored and awaited side by side, by several
//! tasks. A result wakes one reader, the first in the line. That reader may be cancelled before
//! it steps, or another reader may take the result first. A result must then never stay in the
//! queue while another reader sleeps.
//!
//! ```text
//!   a result comes ──> the first reader leaves the line and is woken
//!   it steps       ──> takes a result, or, if none is there, goes to the end of the line
//!   it is dropped  ──> leaves the line; if it was woken, the next is woken in its place
//! ```
//!
//! asyncio's `Queue`, which its `as_completed` uses, has the same order.
//!
//! Invariants:
//! 1. One result wakes one reader.
//! 2. No code of a waker (clone, wake, drop) runs while the line is borrowed.
//!
//! Read next: `items.rs`.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::task::{Context, Waker};

/// Position of one reader; 0 while it does not wait.
pub(super) type Place = u64;

/// Readers that wait, with their wakers.
#[derive(Default)]
pub(super) struct Line {
    waiting: RefCell<VecDeque<(Place, Waker)>>,
    last: Cell<Place>,
}

impl Line {
    /// Returns the index of a reader in the line, along which positions ascend.
    fn find(&self, place: Place) -> Option<usize> {
        let waiting = self.waiting.borrow();
        waiting
            .binary_search_by_key(&place, |(known, _)| *known)
            .ok()
    }

    /// Puts a reader at the end of the line. A reader that stands in it keeps its position.
    pub(super) fn enter(&self, place: &mut Place, cx: &Context<'_>) {
        let same = |at: usize| self.waiting.borrow()[at].1.will_wake(cx.waker());
        if self.find(*place).is_some_and(same) {
            return;
        }
        // The clone may run any code, and may move the line: the index is looked up again after
        // it.
        let waker = cx.waker().clone();
        if let Some(at) = self.find(*place) {
            let before = std::mem::replace(&mut self.waiting.borrow_mut()[at].1, waker);
            return drop(before);
        }
        self.last.set(self.last.get() + 1);
        *place = self.last.get();
        self.waiting.borrow_mut().push_back((*place, waker));
    }

    /// Takes a reader out of the line; returns false if it was woken, or did not wait.
    pub(super) fn leave(&self, place: &mut Place) -> bool {
        let at = self.find(std::mem::take(place));
        let left = at.and_then(|at| self.waiting.borrow_mut().remove(at));
        left.is_some()
    }

    /// Takes the first reader out of the line and wakes it.
    pub(super) fn wake_next(&self) {
        let first = self.waiting.borrow_mut().pop_front();
        if let Some((_, waker)) = first {
            waker.wake();
        }
    }

    /// Wakes all readers: no result will come any more.
    pub(super) fn wake_all(&self) {
        let waiting = self.waiting.take();
        for (_, waker) in waiting {
            waker.wake();
        }
    }
}
