//! The futures that wait to read, or to write.
//!
//! The problem: readers and writers wait in one line, and differ in one thing: what they may find
//! inside. So both futures are thin, and the way through the line is written once.
//!
//! ```text
//!   poll ── may a newcomer go in? ── yes ──> inside, Ready
//!             │ no
//!             v
//!           in line ── let in? ── yes ──> inside already, Ready
//!             ^          │ no
//!             └─ Pending ┘     the task's wait reason is "read-write lock held by .."
//! ```
//!
//! Invariant: a wait that was let in and is dropped leaves the inside; a wait in line that is
//! dropped lets those behind it in, if it was the one that kept them out.
//!
//! Read next: `locks/rw_lock/inside.rs`.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use groundup_combinators::task::{Holder, Scheduler};
use groundup_combinators::trace::{Access, Wait};

use crate::home::polled_task;
use crate::locks::rw_lock::guard::{RwLockReadGuard, RwLockWriteGuard};
use crate::locks::rw_lock::inside::Inside;
use crate::locks::rw_lock::{RwLock, holder};
use crate::wait_list::Place;

impl<T> RwLock<T> {
    /// Returns the number of readers inside, with those that were let in and have not run since.
    pub fn readers(&self) -> usize {
        self.home.touch(Access::Read);
        match self.inside.get() {
            Inside::Readers(readers) => readers,
            Inside::Free | Inside::Writer => 0,
        }
    }

    /// Returns true if a writer is inside, or was let in and has not run since.
    pub fn is_written(&self) -> bool {
        self.home.touch(Access::Read);
        self.inside.get() == Inside::Writer
    }

    /// Waits until no writer is inside and no earlier task waits, and goes in as a reader. The guard
    /// leaves when it is dropped.
    ///
    /// A task that is inside and waits for `write` waits for itself: a deadlock. A reader that waits
    /// for a second `read` does, too, if a writer waits between.
    ///
    /// # Cancel safety
    ///
    /// A wait that is dropped or cancelled leaves the line. If it was let in already, it leaves the
    /// lock, and the next tasks in line are let in.
    ///
    /// # Panics
    ///
    /// If a task of another loop has waited for this lock.
    #[track_caller]
    pub fn read(&self) -> RwLockRead<'_, T> {
        self.home.note_await(0);
        let place = Place::default();
        RwLockRead { lock: self, place }
    }

    /// Waits until no task is inside and no earlier task waits, and goes in as the writer. The guard
    /// leaves when it is dropped.
    ///
    /// # Cancel safety
    ///
    /// As [`read`](RwLock::read).
    ///
    /// # Panics
    ///
    /// As [`read`](RwLock::read).
    #[track_caller]
    pub fn write(&self) -> RwLockWrite<'_, T> {
        self.home.note_await(0);
        let place = Place::default();
        RwLockWrite { lock: self, place }
    }

    /// Goes on in the line, or joins it. Returns `Ready` when the wait was let in.
    #[inline(never)]
    fn poll_in_line(&self, place: &mut Place, writer: bool, cx: &Context<'_>) -> Poll<()> {
        self.home.touch(Access::Write);
        place.assert_not_over(if writer { "write" } else { "read" });
        let waiters = &self.waiters;
        if Scheduler::holds_back_if(cx, || waiters.is_notified(place)) {
            return Poll::Pending;
        }
        if place.is_taken() && waiters.poll(place, cx) {
            place.end();
            return Poll::Ready(());
        }
        let held = |name: &str| Wait::Held {
            what: name.into(),
            by: None,
        };
        self.home.wait(0, cx, waiters, held);
        if place.is_new() {
            waiters.join(place, cx, || !self.lets_in(writer));
        }
        self.note_place(place, writer);
        self.tell_holder();
        Poll::Pending
    }

    /// Leaves the line, or the inside if the wait was let in.
    #[cold]
    fn give_up(&self, place: &mut Place) {
        match self.waiters.leave(place) {
            true => {
                // The reader that a report would name may be this one.
                self.holder.set(Holder::Unknown);
                self.exit();
            }
            false => self.let_in(),
        }
    }
}

/// Waits to read. Made by [`RwLock::read`].
#[must_use = "a future does nothing unless it is awaited"]
pub struct RwLockRead<'a, T = ()> {
    lock: &'a RwLock<T>,
    place: Place,
}

impl<'a, T> Future for RwLockRead<'a, T> {
    type Output = RwLockReadGuard<'a, T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let lock = this.lock;
        if !this.place.is_new() || !lock.lets_in(false) {
            let polled = lock.poll_in_line(&mut this.place, false, cx);
            return polled.map(|()| lock.reader(holder(polled_task(cx))));
        }
        if Scheduler::holds_back(cx) {
            return Poll::Pending;
        }
        this.place.end();
        Poll::Ready(lock.enter_as_reader(polled_task(cx)))
    }
}

impl<T> Drop for RwLockRead<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if self.place.is_taken() {
            self.lock.give_up(&mut self.place);
        }
    }
}

impl<T> fmt::Debug for RwLockRead<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RwLockRead").field(&self.lock.home).finish()
    }
}

/// Waits to write. Made by [`RwLock::write`].
#[must_use = "a future does nothing unless it is awaited"]
pub struct RwLockWrite<'a, T = ()> {
    lock: &'a RwLock<T>,
    place: Place,
}

impl<'a, T> Future for RwLockWrite<'a, T> {
    type Output = RwLockWriteGuard<'a, T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let lock = this.lock;
        if !this.place.is_new() || !lock.lets_in(true) {
            let polled = lock.poll_in_line(&mut this.place, true, cx);
            return polled.map(|()| lock.writer(holder(polled_task(cx))));
        }
        if Scheduler::holds_back(cx) {
            return Poll::Pending;
        }
        this.place.end();
        Poll::Ready(lock.enter_as_writer(polled_task(cx)))
    }
}

impl<T> Drop for RwLockWrite<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if self.place.is_taken() {
            self.lock.give_up(&mut self.place);
        }
    }
}

impl<T> fmt::Debug for RwLockWrite<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RwLockWrite").field(&self.lock.home).finish()
    }
}
