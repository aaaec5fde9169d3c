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
//! A reader that leaves from the middle leaves a gap, which the line drops when it reaches the front,
//! or when half of the line is gaps.
//!
//! Invariants:
//! 1. One result wakes one reader.
//! 2. No code of a waker (clone, wake, drop) runs while the line is borrowed.
//! 3. A panic of one reader's waker keeps no other reader from being woken.
//! 4. The front of the line is no gap. To leave costs the same, however long the line is.
//!
//! Read next: `as_completed/items.rs`.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::task::Context;

use groundup_executor::task::{Scheduler, Ticket};

use crate::waiter::StoredWaker;

/// Position of one reader; 0 while it does not wait.
pub(super) type Position = u64;

/// Readers that wait, with their wakers.
pub(super) struct Line {
    /// The loop of the members, which wakes the readers.
    scheduler: Rc<Scheduler>,
    waiting: RefCell<VecDeque<(Position, Option<StoredWaker>)>>,
    gaps: Cell<usize>,
    /// The position that was given last, and that of the reader that was woken last.
    last: Cell<Position>,
    woken: Cell<Position>,
}

impl Line {
    pub(super) fn new(scheduler: &Rc<Scheduler>) -> Self {
        Line {
            scheduler: scheduler.clone(),
            waiting: RefCell::default(),
            gaps: Cell::new(0),
            last: Cell::new(0),
            woken: Cell::new(0),
        }
    }

    /// Returns the ticket of the first reader, if it is a task of a loop.
    pub(super) fn first(&self) -> Option<Ticket> {
        self.waiting.borrow().front()?.1.as_ref()?.ticket()
    }

    /// Returns true if a reader stands in the line: positions ascend along the line, and
    /// readers are woken from its front. Speed: as_completed.
    #[inline]
    fn has(&self, place: Position) -> bool {
        place > self.woken.get()
    }

    /// Puts a reader at the end of the line. A reader that stands in it keeps its position. Returns
    /// true if a waker was cloned, which may have run any code, also the loop.
    #[inline]
    pub(super) fn enter(&self, place: &mut Position, cx: &Context<'_>) -> bool {
        if self.has(*place) && self.stays(*place, cx) {
            return false;
        }
        // The clone may run any code, and may move the line: the position is looked at again
        // after it.
        let waker = StoredWaker::of(cx, || self.scheduler.clone());
        let cloned = waker.ticket().is_none();
        if self.has(*place) {
            self.renew(*place, waker);
            return cloned;
        }
        *place = self.last.get() + 1;
        self.last.set(*place);
        self.waiting.borrow_mut().push_back((*place, Some(waker)));
        cloned
    }

    /// Returns the index of a reader in the line, along which positions ascend.
    fn find(&self, place: Position) -> Option<usize> {
        let waiting = self.waiting.borrow();
        waiting
            .binary_search_by_key(&place, |(known, _)| *known)
            .ok()
    }

    /// Returns true if a reader in the line has this waker already.
    #[cold]
    fn stays(&self, place: Position, cx: &Context<'_>) -> bool {
        let waiting = self.waiting.borrow();
        let waker = self.find(place).and_then(|at| waiting[at].1.as_ref());
        waker.is_some_and(|waker| waker.is_of(cx))
    }

    /// Gives a reader in the line another waker.
    #[cold]
    fn renew(&self, place: Position, waker: StoredWaker) {
        if let Some(at) = self.find(place) {
            let before = self.waiting.borrow_mut()[at].1.replace(waker);
            drop(before);
        }
    }

    /// Takes a reader out of the line; returns false if it was woken, or did not wait.
    #[inline]
    pub(super) fn leave(&self, place: &mut Position) -> bool {
        let place = std::mem::take(place);
        let waits = self.has(place);
        if waits {
            self.remove(place);
        }
        waits
    }

    #[cold]
    fn remove(&self, place: Position) {
        let Some(at) = self.find(place) else { return };
        let mut waiting = self.waiting.borrow_mut();
        let left = waiting[at].1.take();
        self.gaps.set(self.gaps.get() + usize::from(left.is_some()));
        if 2 * self.gaps.get() > waiting.len() {
            waiting.retain(|(_, waker)| waker.is_some());
            self.gaps.set(0);
        }
        self.drop_gaps(&mut waiting);
        drop(waiting);
        drop(left);
    }

    /// Drops the gaps at the front.
    #[inline]
    fn drop_gaps(&self, waiting: &mut VecDeque<(Position, Option<StoredWaker>)>) {
        while self.gaps.get() > 0 && waiting.front().is_some_and(|(_, waker)| waker.is_none()) {
            waiting.pop_front();
            self.gaps.set(self.gaps.get() - 1);
        }
    }

    /// Takes the first reader out of the line and wakes it.
    #[inline]
    pub(super) fn wake_next(&self) {
        let mut waiting = self.waiting.borrow_mut();
        let first = waiting.pop_front();
        self.drop_gaps(&mut waiting);
        drop(waiting);
        if let Some((place, Some(waker))) = first {
            self.woken.set(place);
            waker.wake();
        }
    }

    /// Wakes all readers: no result will come any more.
    pub(super) fn wake_all(&self) {
        self.woken.set(self.last.get());
        self.gaps.set(0);
        let waiting = self.waiting.take();
        waiting
            .into_iter()
            .filter_map(|(_, waker)| waker)
            .for_each(StoredWaker::wake);
    }
}
