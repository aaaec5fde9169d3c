//! Keeps the waiters of a shared object, first in, first out.
//!
//! The problem: a task waits for a permit, an item or a flag. Another task makes it available,
//! and must wake the task that has waited longest. In between any waiter may leave, since each
//! future can be dropped at any time, also after it was notified and before it runs. Then the
//! notice must go to the next waiter, or the permit is lost for ever.
//!
//! A notice is a *token*. It is given to one place of the list, and its owner takes it or hands
//! it back. No other thing moves it.
//!
//! ```text
//!                 1 join           2 notify_one          3 poll
//!     (outside) ─────────> Waiting ────────────> Notified ─────> (outside), and goes on
//!                            │                      │
//!                            │ 4 leave              │ 5 leave: returns true
//!                            v                      v
//!                        (outside)          (outside); the caller passes the token on
//!
//!     release ──token──> [ B | C | D ]        B is the first: it is notified, and woken
//!                          │
//!                          └─ B is dropped before it runs ──token──> [ C | D ]
//! ```
//!
//! | move | cost |
//! |---|---|
//! | 1 join | one place; the first place is in the list itself, the others are in a `Vec` |
//! | 2 notify | unlinks the first place, wakes its ticket |
//! | 3, 5 take, hand back | frees the place |
//! | 4 leave | unlinks the place, wherever it is |
//!
//! The list does not know what a token means. Each object decides when it notifies, and what
//! happens to a token that comes back.
//!
//! Invariants:
//! 1. Places are notified in the order in which they joined.
//! 2. A token that was given is taken, or `leave` returns true for it.
//! 3. No waker is cloned, called or dropped while the list is borrowed.
//! 4. Each move costs the same, however many places there are.
//!
//! Read next: `lock.rs`. Second reading: `wait_list/places.rs`.

use std::cell::{Cell, RefCell};
use std::task::Context;

use crate::wait_list::places::{Places, State};
use crate::wait_list::stored_waker::StoredWaker;

mod places;
pub(crate) mod stored_waker;

/// The waiters of one object.
#[derive(Default)]
pub(crate) struct WaitList {
    /// The number of places that are taken: those that wait, and those that were notified.
    len: Cell<usize>,
    /// The number of places that wait.
    waiting: Cell<usize>,
    places: RefCell<Places>,
}

/// The place of a future in a wait list, which the future keeps.
///
/// ```text
///   new ── join ──> taken ── poll, leave ──> new
///    └──── end ───> over: the future has returned its value
/// ```
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Place(u32);

/// The number that marks a future which has returned its value.
const OVER: u32 = u32::MAX;

impl Place {
    /// Returns true if the future is not in the list, and has not returned its value.
    #[inline]
    pub(crate) fn is_new(&self) -> bool {
        self.0 == 0
    }

    /// Returns true if the future is in the list.
    #[inline]
    pub(crate) fn is_taken(&self) -> bool {
        self.0.wrapping_sub(1) < OVER - 1
    }

    /// Notes that the future returns its value.
    #[inline]
    pub(crate) fn end(&mut self) {
        debug_assert!(!self.is_taken(), "it is not in the list");
        self.0 = OVER;
    }

    /// Panics if the future has returned its value.
    #[inline]
    pub(crate) fn assert_not_over(&self, what: &str) {
        if self.0 == OVER {
            polled_after_its_end(what);
        }
    }
}

#[cold]
fn polled_after_its_end(what: &str) -> ! {
    panic!("this {what} was polled after it had finished: await a new one")
}

impl WaitList {
    /// Returns true if no place is taken: no future waits, and none was notified and has not run
    /// since.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.len.get() == 0
    }

    /// Returns the number of places that are taken.
    pub(crate) fn len(&self) -> usize {
        self.len.get()
    }

    /// Takes a place at the end, for the future that is polled with `cx`.
    #[inline]
    pub(crate) fn join(&self, place: &mut Place, cx: &Context<'_>) {
        let waker = StoredWaker::of(cx);
        place.0 = self.places.borrow_mut().push(waker);
        self.len.set(self.len.get() + 1);
        self.waiting.set(self.waiting.get() + 1);
    }

    /// Returns true if the place was notified and has its token still.
    pub(crate) fn is_notified(&self, place: &Place) -> bool {
        place.is_taken() && matches!(self.places.borrow_mut().state(place.0), State::Notified)
    }

    /// Returns true if the place was notified: then it is freed, and the caller has the token.
    /// Otherwise stores the waker of `cx` in the place.
    #[inline]
    pub(crate) fn poll(&self, place: &mut Place, cx: &Context<'_>) -> bool {
        let mut places = self.places.borrow_mut();
        match places.state(place.0) {
            State::Notified => {
                places.free(place.0);
                *place = Place::default();
                self.len.set(self.len.get() - 1);
                true
            }
            State::Waiting(waker) => {
                if !waker.renew(cx) {
                    drop(places);
                    self.replace_waker(place, StoredWaker::of(cx));
                }
                false
            }
            State::Vacant => false,
        }
    }

    /// Replaces the waker of a place that waits.
    #[cold]
    fn replace_waker(&self, place: &Place, waker: StoredWaker) {
        let mut places = self.places.borrow_mut();
        let before = match places.state(place.0) {
            State::Waiting(stored) => std::mem::replace(stored, waker),
            _ => waker,
        };
        drop(places);
        drop(before);
    }

    /// Gives a token to the first place that waits, and returns its waker for the caller to wake.
    /// Returns `None` if no place waits.
    #[inline]
    pub(crate) fn notify_one(&self) -> Option<StoredWaker> {
        self.waiting.set(self.waiting.get().checked_sub(1)?);
        self.places.borrow_mut().notify_first()
    }

    /// Gives a token to the first place that waits, and wakes it.
    #[inline]
    pub(crate) fn wake_one(&self) {
        if self.waiting.get() != 0 {
            self.wake_first();
        }
    }

    #[inline(never)]
    fn wake_first(&self) {
        if let Some(next) = self.notify_one() {
            next.wake();
        }
    }

    /// Gives a token to each place that waits, and wakes them in order.
    pub(crate) fn notify_all(&self) {
        let Some(first) = self.notify_one() else {
            return;
        };
        // The others are notified before the first is woken: a foreign waker may join again.
        let others: Vec<StoredWaker> = std::iter::from_fn(|| self.notify_one()).collect();
        first.wake();
        others.into_iter().for_each(StoredWaker::wake);
    }

    /// Frees a place. Returns true if the place had a token, which is the caller's now.
    #[inline]
    pub(crate) fn leave(&self, place: &mut Place) -> bool {
        if !place.is_taken() {
            return false;
        }
        let state = self.places.borrow_mut().remove(place.0);
        *place = Place::default();
        self.len.set(self.len.get() - 1);
        match state {
            State::Notified => true,
            State::Waiting(waker) => {
                self.waiting.set(self.waiting.get() - 1);
                drop(waker); // while nothing is borrowed
                false
            }
            State::Vacant => false,
        }
    }
}
