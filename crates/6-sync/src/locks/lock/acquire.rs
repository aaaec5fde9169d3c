//! Acquire: the future that waits for a lock.
//!
//! The problem: nearly every acquire finds the lock free. It then reads the state of the lock and
//! makes three stores, and touches neither the list of waiters nor the wait reason. If the lock is
//! not free, `poll_in_line` goes on: the task joins the *line*, the waiters of the lock in order.
//!
//! ```text
//!   poll ── free? ── yes ──> held by the polling task, Ready
//!             │ no
//!             v
//!           in line ── notified? ── yes ──> held by the polling task, Ready
//!             ^            │ no
//!             └── Pending ─┘     the task's wait reason is "lock held by .."
//! ```
//!
//! Invariants:
//! 1. A step of the task may deliver a cancel that no region has caught yet. A poll in such a step
//!    returns `Pending` (`cancel/gate.rs` of floor 3). It takes neither the lock nor the token, and
//!    keeps its place in the line.
//! 2. The drop of a wait that has the token passes the lock on.
//!
//! Read next: `channels/queue.rs`. Second reading: `locks/lock/guard.rs`.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use groundup_combinators::task::Scheduler;
use groundup_combinators::trace::Wait;

use crate::home::polled_task;
use crate::locks::lock::Lock;
use crate::locks::lock::guard::LockGuard;
use crate::wait_list::Place;

impl<T> Lock<T> {
    /// Waits for the lock and takes it. The lock is released when the guard is dropped.
    ///
    /// # Cancel safety
    ///
    /// A wait that is dropped or cancelled leaves the line. If the lock was passed to it already,
    /// the lock goes to the next task in line.
    ///
    /// # Panics
    ///
    /// If a task of another loop has waited for this lock.
    #[inline]
    pub fn acquire(&self) -> Acquire<'_, T> {
        Acquire {
            lock: self,
            place: Place::default(),
        }
    }
}

/// Waits for a lock. Made by [`Lock::acquire`].
#[must_use = "a future does nothing unless it is awaited"]
pub struct Acquire<'a, T = ()> {
    lock: &'a Lock<T>,
    place: Place,
}

impl<'a, T> Acquire<'a, T> {
    /// Goes on in the line, or joins it.
    #[inline(never)]
    fn poll_in_line(&mut self, cx: &mut Context<'_>) -> Poll<LockGuard<'a, T>> {
        let (lock, place) = (self.lock, &mut self.place);
        place.assert_not_over("acquire");
        let waiters = &lock.waiters;
        if Scheduler::holds_back_if(cx, || waiters.is_notified(place)) {
            return Poll::Pending;
        }
        if place.is_taken() && waiters.poll(place, cx) {
            place.end();
            let guard = lock.take_for(polled_task(cx));
            if !waiters.is_empty() {
                lock.tell_holder();
            }
            return Poll::Ready(guard);
        }
        let held = |name: &str| Wait::Held {
            what: name.into(),
            by: None,
        };
        lock.home.wait(0, cx, waiters, held);
        if !place.is_taken() {
            waiters.join(place, cx, || lock.blocked.get() || lock.locked());
            lock.note_line();
            // If it is passed on, the reason says to which task.
            if lock.locked() {
                lock.tell_holder();
            }
        }
        Poll::Pending
    }

    /// Leaves the line, and passes the lock on if it was passed to this wait.
    #[cold]
    fn give_up(&mut self) {
        let lock = self.lock;
        match lock.waiters.leave(&mut self.place) {
            true => lock.pass_on(),
            false => lock.note_line(),
        }
    }
}

impl<'a, T> Future for Acquire<'a, T> {
    type Output = LockGuard<'a, T>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let lock = this.lock;
        let free = || this.place.is_new() && !lock.blocked.get() && !lock.locked();
        if Scheduler::holds_back_if(cx, free) {
            return Poll::Pending;
        }
        if this.place.is_new()
            && let Some(guard) = lock.try_take_for(|| polled_task(cx))
        {
            this.place.end();
            return Poll::Ready(guard);
        }
        this.poll_in_line(cx)
    }
}

impl<T> Drop for Acquire<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if self.place.is_taken() {
            self.give_up();
        }
    }
}

impl<T> fmt::Debug for Acquire<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Acquire").field(&self.lock.home).finish()
    }
}
