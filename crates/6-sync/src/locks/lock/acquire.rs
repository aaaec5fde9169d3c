//! Acquire: the future that waits for a lock.
//!
//! The problem: nearly every acquire finds the lock free. Such an acquire reads the state of the
//! lock and makes three stores, and touches neither the list of waiters nor the wait reason. If the
//! lock is not free, the task joins the *line*, the waiters of the lock in order. `begin` polls a wait
//! that has no place in the line, and `resume` a wait that has one. For a task, they do the usual case
//! by themselves. They leave all else to `poll_in_line`: the first wait for the lock, a poll before the
//! lock was passed on, a step with a cancel, and a caller that is no task of a loop.
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
//! 1. A step of the task may deliver a cancel that no region has caught yet. In such a step an
//!    acquire returns `Pending` (`cancel/gate.rs` of floor 3), takes neither the lock nor the token,
//!    and keeps its place in the line.
//! 2. The drop of a wait that has the token passes the lock on.
//!
//! Read next: `channels/queue.rs`. Second reading: `locks/lock/guard.rs`.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use groundup_combinators::task::{Holder, Scheduler, Ticket};
use groundup_combinators::trace::{Access, Wait};

use crate::home::{polled_task, running_task};
use crate::locks::lock::guard::LockGuard;
use crate::locks::lock::{Kept, Lock};
use crate::wait_list::Place;

impl<T> Lock<T> {
    /// Waits for the lock and takes it. The lock is released when the guard is dropped.
    ///
    /// # Cancel safety
    ///
    /// A wait that is dropped or cancelled leaves the line. If the lock was passed to this wait
    /// already, the lock goes to the next task in line.
    ///
    /// # Panics
    ///
    /// If a task of another loop has waited for this lock.
    #[doc(alias = "lock")]
    #[inline]
    #[track_caller]
    pub fn acquire(&self) -> Acquire<'_, T> {
        self.home.note_await(0);
        Acquire::new(self)
    }

    /// Notes that the caller of the caller awaits the lock, if a loop is watched.
    #[inline(always)]
    #[track_caller]
    pub(crate) fn note_await(&self) {
        self.home.note_await(0);
    }

    /// Returns true if the lock is held. The caller has noted that it touches the lock.
    #[inline]
    pub(super) fn is_locked(&self) -> bool {
        self.kept.get() != Kept::No || self.value.try_borrow_mut().is_err()
    }

    /// Notes that a task takes the lock, which was passed on to it, and so is not kept.
    #[inline]
    fn note_taken(&self, task: Option<Ticket>) {
        self.holder.set(task.unwrap_or(Ticket::NONE));
        let waited_for = !self.waiters.is_empty();
        self.blocked.set(waited_for);
        if waited_for {
            self.waiters
                .held_by(task.map_or(Holder::Unknown, Holder::Task));
        }
    }

    /// Notes that a task has joined the line, which was empty if `first` is true. The first task in
    /// line shuts newcomers out, and stores the holder in the wait reason. The other tasks share that
    /// reason, and each change of the holder updates it.
    #[inline]
    fn note_joined(&self, first: bool) {
        if first {
            self.note_line();
            if self.is_locked() {
                self.tell_holder();
            }
        }
    }
}

/// Returns the task that is polled with `cx`, or [`Ticket::NONE`].
#[inline(always)] // Speed: lock.
fn holder_in(cx: &Context<'_>) -> Ticket {
    Scheduler::any_ticket_in(cx).unwrap_or_else(running_holder)
}

#[cold]
fn running_holder() -> Ticket {
    running_task().unwrap_or(Ticket::NONE)
}

/// Waits for a lock. Made by [`Lock::acquire`].
#[must_use = "a future does nothing unless it is awaited"]
pub struct Acquire<'a, T = ()> {
    lock: &'a Lock<T>,
    place: Place,
}

impl<'a, T> Acquire<'a, T> {
    /// Makes a wait whose place the caller has noted.
    #[inline]
    pub(crate) fn new(lock: &'a Lock<T>) -> Self {
        let place = Place::default();
        Acquire { lock, place }
    }

    /// Polls a wait that has no place, and must wait. Returns true if it has got the lock, for which the
    /// caller makes the guard.
    // Speed: lock_contended. A function that returns a guard writes it to memory, and its caller reads it
    // there.
    #[inline]
    fn begin(&mut self, cx: &mut Context<'_>) -> bool {
        match Scheduler::any_ticket_in(cx) {
            Some(task) if self.begins_plainly(task) => false,
            _ => self.poll_in_line(cx),
        }
    }

    /// Joins the line and returns true, if this needs no call.
    // Speed: lock_contended. See `Home::wait_plainly_as`.
    #[inline(never)]
    fn begins_plainly(&mut self, task: Ticket) -> bool {
        let (lock, place) = (self.lock, &mut self.place);
        let first = lock.waiters.is_empty();
        let joined = lock.home.wait_plainly_as(0, task, &lock.waiters, place);
        if joined {
            lock.note_joined(first);
        }
        joined
    }

    /// Polls a wait that has no place, in a step that does not poll plainly. Returns what `begin` returns.
    #[cold]
    #[inline(never)]
    fn begin_gated(&mut self, cx: &mut Context<'_>) -> bool {
        let lock = self.lock;
        lock.home.touch(Access::Write);
        let is_free = || !lock.blocked.get() && !lock.is_locked();
        if Scheduler::holds_back_if(cx, is_free) {
            return false;
        }
        if !is_free() {
            return self.begin(cx);
        }
        lock.holder.set(holder_in(cx));
        lock.let_drop_be_noted();
        true
    }

    /// Polls a wait that has a place. Returns what `begin` returns.
    #[inline]
    fn resume(&mut self, cx: &mut Context<'_>) -> bool {
        match Scheduler::any_ticket_in(cx) {
            Some(task) if self.resumes_plainly(task) => true,
            _ => self.poll_in_line(cx),
        }
    }

    /// Takes the lock that was passed on and returns true, if this needs no call.
    #[inline(never)] // Speed: lock_contended. See `begins_plainly`.
    fn resumes_plainly(&mut self, task: Ticket) -> bool {
        let (lock, place) = (self.lock, &mut self.place);
        let taken = Scheduler::polls_plainly() && lock.waiters.take(place);
        if taken {
            lock.note_taken(Some(task));
        }
        taken
    }

    /// Takes the lock that was passed on, goes on in the line, or joins it. Returns what `begin` returns.
    #[cold]
    #[inline(never)]
    fn poll_in_line(&mut self, cx: &mut Context<'_>) -> bool {
        let (lock, place) = (self.lock, &mut self.place);
        lock.home.touch(Access::Write);
        place.assert_not_over("acquire");
        let waiters = &lock.waiters;
        if Scheduler::holds_back_if(cx, || waiters.is_notified(place)) {
            return false;
        }
        if place.is_taken() && waiters.poll(place, cx) {
            lock.note_taken(polled_task(cx));
            lock.let_drop_be_noted();
            return true;
        }
        let held = |name: &str| Wait::Held {
            what: name.into(),
            by: None,
        };
        lock.home.wait(0, cx, waiters, held);
        if !place.is_taken() {
            let first = waiters.is_empty();
            waiters.join(place, cx, || lock.blocked.get() || lock.is_locked());
            lock.note_joined(first);
        }
        false
    }

    /// Leaves the line, and passes the lock on if it was passed to this wait.
    #[cold]
    fn give_up(&mut self) {
        let lock = self.lock;
        match lock.home.leave(&lock.waiters, &mut self.place) {
            true => lock.pass_on(),
            false => lock.note_line(),
        }
    }
}

impl<'a, T> Future for Acquire<'a, T> {
    type Output = LockGuard<'a, T>;

    #[inline(always)] // Speed: lock_contended. See `begins_plainly`.
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let lock = this.lock;
        let taken = if !this.place.is_new() {
            this.resume(cx)
        } else if !Scheduler::polls_plainly() {
            this.begin_gated(cx)
        } else if let Some(guard) = lock.try_take_for(|| holder_in(cx)) {
            this.place.end();
            return Poll::Ready(guard);
        } else {
            this.begin(cx)
        };
        if !taken {
            return Poll::Pending;
        }
        let guard = LockGuard::new(lock, lock.value.borrow_mut());
        this.place.end(); // the last store, so that the drop knows it without a load
        Poll::Ready(guard)
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
