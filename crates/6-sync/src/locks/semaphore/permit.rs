//! Permit: one permit of a semaphore, and the future that waits for it.
//!
//! The problem: a permit that is passed to a waiter belongs to this waiter, although the waiter
//! has not run yet. If the waiter is cancelled in between, the permit must go on to the next. An
//! early version of asyncio lost it there (CPython issue 90155), and all later tasks waited for
//! ever.
//!
//! ```text
//!   AcquirePermit ── poll: free ──────────────> Permit ── drop ──> released
//!        │                                        ^
//!        └── poll: in line ── notified ── poll ───┘
//!                                └── drop: the permit is free again, and handed out
//! ```
//!
//! Invariant: when a wait ends or is dropped, the free permits are handed out.
//!
//! Read next: `locks/semaphore/owned.rs`.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use groundup_combinators::task::{Scheduler, Ticket};
use groundup_combinators::trace::{Access, Wait};

use crate::locks::semaphore::Semaphore;
use crate::wait_list::Place;

/// Waits for a permit. Made by [`Semaphore::acquire`].
#[must_use = "a future does nothing unless it is awaited"]
pub struct AcquirePermit<'a> {
    semaphore: &'a Semaphore,
    place: Place,
}

impl<'a> AcquirePermit<'a> {
    #[inline]
    pub(super) fn new(semaphore: &'a Semaphore) -> Self {
        let place = Place::default();
        AcquirePermit { semaphore, place }
    }

    /// Polls a wait that has no place, and must wait.
    #[inline]
    fn begin(&mut self, cx: &mut Context<'_>) -> Poll<Permit<'a>> {
        match Scheduler::any_ticket_in(cx) {
            Some(ticket) if self.begins_plainly(ticket) => Poll::Pending,
            _ => self.poll_in_line(cx),
        }
    }

    /// Joins the line and returns true, if this needs no call.
    #[inline(never)] // Speed: semaphore_contended. See `Home::wait_plainly_as`.
    fn begins_plainly(&mut self, ticket: Ticket) -> bool {
        let (semaphore, place) = (self.semaphore, &mut self.place);
        (semaphore.home).wait_plainly_as(0, ticket, &semaphore.waiters, place)
    }

    /// Polls a wait that has no place, in a step that does not poll plainly.
    #[cold]
    #[inline(never)]
    fn begin_gated(&mut self, cx: &mut Context<'_>) -> Poll<Permit<'a>> {
        let semaphore = self.semaphore;
        semaphore.home.touch(Access::Write);
        if semaphore.is_locked() {
            return self.begin(cx);
        }
        if Scheduler::holds_back(cx) {
            return Poll::Pending;
        }
        self.place.end();
        Poll::Ready(semaphore.take())
    }

    /// Polls a wait that has a place.
    #[inline(never)]
    fn resume(&mut self, cx: &mut Context<'_>) -> Poll<Permit<'a>> {
        let (semaphore, place) = (self.semaphore, &mut self.place);
        let plainly = Scheduler::polls_plainly() && semaphore.permits.get() == 0;
        if !plainly || !semaphore.waiters.take(place) {
            return self.poll_in_line(cx);
        }
        place.end();
        Poll::Ready(Permit::new(semaphore))
    }

    /// Takes the permit that was passed, goes on in the line, or joins it.
    #[cold]
    #[inline(never)]
    fn poll_in_line(&mut self, cx: &mut Context<'_>) -> Poll<Permit<'a>> {
        let (semaphore, place) = (self.semaphore, &mut self.place);
        semaphore.home.touch(Access::Write);
        place.assert_not_over("acquire");
        let waiters = &semaphore.waiters;
        if Scheduler::holds_back_if(cx, || waiters.is_notified(place)) {
            return Poll::Pending;
        }
        if place.is_taken() && waiters.poll(place, cx) {
            place.end();
            let permit = Permit::new(semaphore);
            semaphore.hand_out();
            return Poll::Ready(permit);
        }
        let wait = |name: &str| Wait::Other(format!("a permit of {name}").into());
        semaphore.home.wait(0, cx, waiters, wait);
        if place.is_new() {
            waiters.join(place, cx, || semaphore.is_locked());
        }
        Poll::Pending
    }
}

impl AcquirePermit<'_> {
    /// Leaves the line, and hands out the permits that are free.
    #[cold]
    fn give_up(&mut self) {
        let semaphore = self.semaphore;
        if semaphore.waiters.leave(&mut self.place) {
            semaphore.permits.set(semaphore.permits.get() + 1);
        }
        semaphore.hand_out();
    }
}

impl<'a> Future for AcquirePermit<'a> {
    type Output = Permit<'a>;

    #[inline(always)] // Speed: semaphore_contended. See `Home::wait_plainly_as`.
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Permit<'a>> {
        let semaphore = self.semaphore;
        if !self.place.is_new() {
            return self.resume(cx);
        }
        if !Scheduler::polls_plainly() {
            return self.begin_gated(cx);
        }
        if semaphore.is_locked() {
            return self.begin(cx);
        }
        let permit = semaphore.take();
        self.place.end(); // the last store, so that the drop knows it without a load
        Poll::Ready(permit)
    }
}

impl Drop for AcquirePermit<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.place.is_taken() {
            self.give_up();
        }
    }
}

impl fmt::Debug for AcquirePermit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let home = &self.semaphore.home;
        f.debug_tuple("AcquirePermit").field(home).finish()
    }
}

/// A permit of a [`Semaphore`], which is released when this is dropped.
#[must_use = "the permit is released when this is dropped"]
pub struct Permit<'a> {
    semaphore: &'a Semaphore,
}

impl<'a> Permit<'a> {
    #[inline]
    pub(super) fn new(semaphore: &'a Semaphore) -> Self {
        Permit { semaphore }
    }

    /// Keeps the permit taken, until a task calls [`Semaphore::release`].
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// let semaphore = groundup::Semaphore::new(1);
    /// semaphore.try_acquire().unwrap().keep();
    /// assert_eq!(semaphore.available(), 0);
    /// semaphore.release();
    /// assert_eq!(semaphore.available(), 1);
    /// ```
    pub fn keep(self) {
        let kept = &self.semaphore.kept;
        kept.set(kept.get() + 1);
        std::mem::forget(self);
    }
}

impl Drop for Permit<'_> {
    #[inline]
    fn drop(&mut self) {
        self.semaphore.free_one();
    }
}

impl fmt::Debug for Permit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Permit").field(&self.semaphore.home).finish()
    }
}
