//! Keeps the *line* of a shared object: its waiters, first in, first out.
//!
//! The problem: a task waits for a permit, an item or a flag. The task that makes a permit free
//! must wake the task that has waited longest. Any waiter may leave meanwhile, since each future can
//! be dropped at any time, also after it was notified and before it runs. If a notified future is
//! dropped, the next waiter must be notified, or the permit is lost for ever.
//!
//! To notify means to give a *token* to one *place* of the list, the entry of one waiter. The future
//! that owns the place takes the token when it is polled, or hands it back when it is dropped. No
//! other code moves a token.
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
//! | 1 join | a task that finds the list empty stores its ticket; others get a place in a `Vec` |
//! | 2 notify | gives the token to the first place that waits; the caller wakes its waker |
//! | 3, 5 take, hand back | frees the place |
//! | 4 leave | unlinks the place, wherever it is |
//!
//! The list does not know what a token means. Each object decides when it notifies, and what
//! happens to a token that comes back. An object that lets all its waiters go on may also release
//! them: a released place goes on as a notified place does, and has no token to hand back.
//!
//! Invariants:
//! 1. Places are notified in the order in which they joined.
//! 2. A token that was given is taken, or `leave` returns true for it.
//! 3. No waker is cloned, called or dropped while the list is borrowed.
//! 4. A future joins only if it must still wait: the clone of a foreign waker may use the object,
//!    so `join` asks `must_wait` after the clone.
//! 5. Each move costs the same, however many places there are.
//! 6. The close of the loop wakes the places that wait under foreign wakers.
//!
//! Read next: `locks/lock.rs`. Second reading: `wait_list/all.rs`.

use std::cell::{Cell, OnceCell};
use std::rc::Rc;
use std::task::Context;

use groundup_combinators::task::{Scheduler, StoredWaker};

use crate::wait_list::line::Alone;
use crate::wait_list::places::State;

mod all;
mod line;
pub(crate) mod one_waiter;
mod place;
mod places;
mod plain;

pub(crate) use line::Line;
pub(crate) use place::Place;
pub(crate) use plain::wake_plainly;

/// The waiters of one object.
#[derive(Default)]
pub(crate) struct WaitList {
    /// The number of places that are taken: the waiting, the notified and the released places.
    len: Cell<usize>,
    /// The number of places that wait.
    waiting: Cell<usize>,
    /// The part that has the places: place 1 (`alone`) and all others (`places`). The first wait makes
    /// it. `WaitList` derefs to it (`wait_list/line.rs`), so `self.alone` is `line.alone`.
    line: OnceCell<Rc<Line>>,
}

/// The number of place 1, of a task that found the list empty. [`Alone`] is its state.
const ALONE: u32 = 1;

impl WaitList {
    /// Returns true if no place is taken: no future waits, and each future that was notified was polled
    /// or dropped since.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.len.get() == 0
    }

    /// Returns true if a place waits, and was not notified.
    pub(crate) fn is_waiting(&self) -> bool {
        self.waiting.get() != 0
    }

    /// Returns the number of places that are taken.
    pub(crate) fn len(&self) -> usize {
        self.len.get()
    }

    /// Takes a place at the end, for the future that is polled with `cx`, which must wait. The clone
    /// of a foreign waker may make the object free. So `join` calls `must_wait` after the clone: if
    /// that returns false, the future has no place, and is woken to look again.
    #[inline]
    pub(crate) fn join(
        &self,
        place: &mut Place,
        cx: &Context<'_>,
        must_wait: impl FnOnce() -> bool,
    ) {
        match Scheduler::any_ticket_in(cx) {
            Some(ticket) if self.is_empty() => {
                self.alone.set(Alone::Waiting(ticket));
                place.0 = ALONE;
            }
            Some(ticket) => self.join_others(place, ticket.into()),
            None => return self.join_foreign(place, cx, must_wait),
        }
        self.count_place();
    }

    #[inline]
    fn count_place(&self) {
        self.len.set(self.len.get() + 1);
        self.waiting.set(self.waiting.get() + 1);
    }

    fn join_others(&self, place: &mut Place, waker: StoredWaker) {
        place.0 = self.places.borrow_mut().push(waker);
    }

    #[cold]
    fn join_foreign(&self, place: &mut Place, cx: &Context<'_>, must_wait: impl FnOnce() -> bool) {
        let waker = StoredWaker::of(cx);
        match must_wait() {
            true => {
                self.join_others(place, waker);
                self.count_place();
            }
            false => waker.wake(),
        }
    }

    /// Returns true if the place was notified or released, and was not polled since.
    pub(crate) fn is_notified(&self, place: &Place) -> bool {
        match place.0 {
            ALONE => !matches!(self.alone.get(), Alone::Waiting(_)),
            _ if !place.is_taken() => false,
            number => !matches!(self.places.borrow_mut().state(number), State::Waiting(_)),
        }
    }

    /// Goes on waiting: a future without a place, or one that was notified, goes to the end.
    pub(crate) fn wait(
        &self,
        place: &mut Place,
        cx: &Context<'_>,
        must_wait: impl FnOnce() -> bool,
    ) {
        if place.is_new() || self.poll(place, cx) {
            self.join(place, cx, must_wait);
        }
    }

    /// Returns true if the place was notified or released: then it is freed, and the caller has the
    /// token of a notified place. Otherwise stores the waker of `cx` in the place.
    #[inline]
    pub(crate) fn poll(&self, place: &mut Place, cx: &Context<'_>) -> bool {
        self.take(place) || self.renew(place, cx)
    }

    /// Stores the waker of `cx` in a place that waits. Returns true if the place was notified or
    /// released while the waker was cloned, as `poll` does.
    #[cold]
    fn renew(&self, place: &mut Place, cx: &Context<'_>) -> bool {
        match place.0 {
            ALONE => self.renew_alone(place, cx),
            _ => self.renew_other(place, cx),
        }
    }

    /// Notes that a place is free.
    #[inline]
    fn forget_place(&self, place: &mut Place) {
        *place = Place::default();
        self.len.set(self.len.get() - 1);
    }

    /// Frees place 1.
    #[inline]
    fn leave_alone(&self, place: &mut Place) {
        self.alone.set(Alone::Vacant);
        self.forget_place(place);
    }

    /// Stores the waker of `cx` in place 1, which waits.
    fn renew_alone(&self, place: &mut Place, cx: &Context<'_>) -> bool {
        let Some(ticket) = Scheduler::any_ticket_in(cx) else {
            return self.join_others_first(place, StoredWaker::of(cx));
        };
        self.alone.set(Alone::Waiting(ticket));
        false
    }

    /// Moves the task of place 1 to the first place of the others: its future is now polled with a
    /// foreign waker. Returns true if the place was notified or released while this waker was
    /// cloned.
    fn join_others_first(&self, place: &mut Place, waker: StoredWaker) -> bool {
        if let Alone::Notified(_) | Alone::Released(_) = self.alone.get() {
            self.leave_alone(place);
            return true;
        }
        self.alone.set(Alone::Vacant);
        place.0 = self.places.borrow_mut().push_front(waker);
        false
    }

    /// Stores the waker of `cx` in another place, which waits.
    fn renew_other(&self, place: &mut Place, cx: &Context<'_>) -> bool {
        let mut places = self.places.borrow_mut();
        let renewed = match places.state(place.0) {
            State::Waiting(waker) => waker.renew(cx),
            _ => true,
        };
        drop(places);
        !renewed && self.replace_waker(place, StoredWaker::of(cx))
    }

    /// Replaces the waker of a place that waits. Returns true if the place was notified or
    /// released while the new waker was cloned, as `poll` does.
    fn replace_waker(&self, place: &mut Place, waker: StoredWaker) -> bool {
        let mut places = self.places.borrow_mut();
        match places.state(place.0) {
            State::Waiting(stored) => {
                let before = std::mem::replace(stored, waker);
                drop(places);
                drop(before);
                false
            }
            _ => {
                drop(places);
                self.leave(place);
                true
            }
        }
    }

    /// Gives a token to the first place that waits, and returns its waker for the caller to wake.
    /// Returns `None` if no place waits.
    #[inline(always)]
    pub(crate) fn notify_one(&self) -> Option<StoredWaker> {
        self.waiting.set(self.waiting.get().checked_sub(1)?);
        let line = self.line.get()?;
        match line.alone.get() {
            Alone::Waiting(ticket) => {
                line.alone.set(Alone::Notified(ticket));
                Some(ticket.into())
            }
            _ => line.places.borrow_mut().notify_first(),
        }
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
        self.wake_first_here();
    }

    /// Frees a place. Returns true if the place had a token, which is the caller's now.
    #[inline]
    pub(crate) fn leave(&self, place: &mut Place) -> bool {
        if !place.is_taken() {
            return false;
        }
        if place.0 == ALONE {
            let before = self.alone.get();
            let waits = matches!(before, Alone::Waiting(_));
            self.waiting.set(self.waiting.get() - usize::from(waits));
            self.leave_alone(place);
            return matches!(before, Alone::Notified(_));
        }
        let state = self.places.borrow_mut().remove(place.0);
        self.forget_place(place);
        match state {
            State::Notified(_) => true,
            State::Waiting(waker) => {
                self.waiting.set(self.waiting.get() - 1);
                drop(waker); // while nothing is borrowed
                false
            }
            State::Released(_) | State::Vacant => false,
        }
    }
}
