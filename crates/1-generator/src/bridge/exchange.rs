//! The cell between an async block and its caller, who never run at the same time.
//!
//! The problem: a value goes out and an answer comes in, and each must reach the one
//! that it is for: a block may hold several `yield_`s, and suspend for something else.
//!
//! ```text
//!                      the block                              the caller
//!   1 first poll       Empty, or a value without one ──▶ Yielded(y)
//!   2 it fetches y                                       Yielded(y) ──▶ Empty
//!   3 a resume sends s                                   Empty ──▶ Sent(s)
//!   4 second poll      Sent(s) ──▶ Empty; Ready(s)
//!   5 dropped before   any ──▶ Empty
//! ```
//!
//! A `yield_` waits from 1 to 4 or 5, and a mark beside the cell says so.
//!
//! Invariants
//! 1. The cell is only read and written in whole (`Cell::replace`): there is no
//!    borrow that could be held across a suspension.
//! 2. At most one `yield_` of a block waits at any time: each needs a resume of
//!    its own.
//! 3. What a resume says while no `yield_` waits is dropped in that resume.
//!
//! Read next: floor 2, `groundup-interweave`, several generators at once; or,
//! first, `delegation.rs`, a generator inside another.

use core::cell::Cell;

/// The one cell between a block and its caller.
pub(super) struct Exchange<Y, S> {
    held: Cell<Held<Y, S>>,
    /// A `yield_` waits: it was polled, and has neither its answer nor been dropped.
    waits: Cell<bool>,
}

/// The content of the cell.
enum Held<Y, S> {
    Empty,
    /// On the way out: put there by a `yield_`, fetched by the caller.
    Yielded(Y),
    /// On the way in: put there by the caller, fetched by the `yield_` that waits.
    Sent(S),
}

impl<Y, S> Exchange<Y, S> {
    pub(super) const fn new() -> Self {
        Exchange {
            held: Cell::new(Held::Empty),
            waits: Cell::new(false),
        }
    }

    /// Leaves `value` for the `yield_` that waits. Whether one does is not asked here: a
    /// first poll, or the end of the resume, drops a value that has no `yield_`. Speed:
    /// async_generator.
    #[inline]
    pub(super) fn send(&self, value: S) {
        self.held.set(Held::Sent(value));
    }

    /// Fetches the yielded value, if there is one.
    #[inline]
    pub(super) fn receive(&self) -> Option<Y> {
        match self.held.replace(Held::Empty) {
            Held::Yielded(value) => Some(value),
            unread => {
                self.put_back(unread);
                None
            }
        }
    }

    /// Puts back what is of the `yield_` that waits; drops it if none does.
    #[cold]
    fn put_back(&self, held: Held<Y, S>) {
        if self.waits.get() {
            self.held.set(held);
        }
    }

    /// Before move 1: a `yield_` waits from now on. False if another one does.
    #[inline]
    pub(super) fn begin(&self) -> bool {
        let free = !self.waits.get();
        if free {
            self.waits.set(true);
        }
        free
    }

    /// Move 1: hands a value out.
    #[inline]
    pub(super) fn hand_out(&self, value: Y) {
        self.held.set(Held::Yielded(value));
    }

    /// Move 4: the answer, if it has come.
    #[inline]
    pub(super) fn answer(&self) -> Option<S> {
        match self.held.replace(Held::Empty) {
            Held::Sent(heard) => {
                self.waits.set(false);
                Some(heard)
            }
            not_yet => {
                self.put_back(not_yet);
                None
            }
        }
    }

    /// Move 5: takes a value back that was not fetched; an answer on its way is lost.
    #[inline]
    pub(super) fn take_back(&self) {
        self.waits.set(false);
        self.held.set(Held::Empty);
    }
}
