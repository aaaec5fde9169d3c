//! The cell that an async block and its caller share.
//!
//! A value goes out through it and an answer comes in, and the two sides never run at the
//! same time. A block may hold several `yield_`s, and may suspend for something else, so
//! the cell also knows whether a `yield_` waits.
//!
//! ```text
//!                      the block                          the caller
//!   1 first poll       Empty, Sent ──▶ Yielded(y)
//!   2 it fetches y                                        Yielded(y) ──▶ Empty
//!   3 a resume sends s                                    Empty ──▶ Sent(s)
//!   4 second poll      Sent(s) ──▶ Empty; Ready(s)
//!   5 dropped before   any ──▶ Empty
//! ```
//!
//! A `yield_` waits from 1 to 4 or 5, and a mark beside the cell says so.
//!
//! Invariants
//! 1. The cell is read and written only as a whole (`Cell::replace`), so no borrow is
//!    held across a suspension.
//! 2. At most one `yield_` of a block waits at any time, because each needs a resume of
//!    its own.
//! 3. While the caller runs, the cell holds no value. (After a `ForeignAwait` it may
//!    hold an answer that the block has not taken yet.)
//!
//! Read next: floor 2, `groundup-interweave`, which runs several generators at once; or
//! first `delegation.rs`, where a generator calls another.

use core::cell::Cell;

/// The one cell that a block and its caller share.
pub(super) struct Exchange<Y, S> {
    held: Cell<Held<Y, S>>,
    /// True if a `yield_` was polled and has no answer yet.
    waits: Cell<bool>,
}

/// Content of the cell.
enum Held<Y, S> {
    Empty,
    /// A value of a `yield_`, for the caller.
    Yielded(Y),
    /// A value of the caller, for the `yield_` that waits.
    Sent(S),
}

impl<Y, S> Exchange<Y, S> {
    pub(super) const fn new() -> Self {
        Exchange {
            held: Cell::new(Held::Empty),
            waits: Cell::new(false),
        }
    }

    /// Stores the answer for the waiting `yield_`. If no `yield_` waits, as at the first
    /// resume, a first poll or the end of the resume drops it. Speed: async_generator.
    #[inline]
    pub(super) fn send(&self, value: S) {
        self.held.set(Held::Sent(value));
    }

    /// Takes the yielded value out of the cell, if there is one.
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

    /// Puts a value back for the waiting `yield_`; drops it if no `yield_` waits.
    #[cold]
    fn put_back(&self, held: Held<Y, S>) {
        if self.waits.get() {
            self.held.set(held);
        }
    }

    /// Marks that a `yield_` waits; returns false if another one does.
    #[inline]
    pub(super) fn begin(&self) -> bool {
        let free = !self.waits.get();
        if free {
            self.waits.set(true);
        }
        free
    }

    /// Stores the value of a first poll (1).
    #[inline]
    pub(super) fn hand_out(&self, value: Y) {
        self.held.set(Held::Yielded(value));
    }

    /// Takes the answer out of the cell, if it has come (4).
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

    /// Takes a value back that the caller has not fetched; drops an answer that has
    /// arrived (5).
    #[inline]
    pub(super) fn take_back(&self) {
        self.waits.set(false);
        self.held.set(Held::Empty);
    }
}
