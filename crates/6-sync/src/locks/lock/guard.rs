//! LockGuard: holds a lock, and releases it when dropped.
//!
//! The problem: a section that holds a lock has many ends: a return, an error, a panic, a cancel.
//! Each of them must release the lock. A guard is dropped at every one of them. The value that the
//! lock protects is reached through the guard alone, so no code can forget to acquire the lock.
//!
//! Invariant: the value is free again before the lock is released, since a foreign waker may
//! poll the next in line at once.
//!
//! Read next: `locks/lock/owned.rs`.

use std::cell::RefMut;
use std::fmt;
use std::ops::{Deref, DerefMut};

use groundup_combinators::task::{Holder, Scheduler, Ticket};
use groundup_combinators::trace::Access;

use crate::locks::lock::{Kept, Lock};
use crate::wait_list::wake_plainly;

/// Holds a [`Lock`] until it is dropped, and leads to the value that the lock protects.
///
/// Reports and explanations call the task that acquired the lock its holder. A program that passes
/// the guard to another task tells them so with [`LockGuard::adopt`].
#[must_use = "the lock is released when the guard is dropped"]
pub struct LockGuard<'a, T = ()> {
    // Dropped first.
    value: RefMut<'a, T>,
    held: Held<'a, T>,
}

/// Releases the lock when it is dropped.
struct Held<'a, T>(&'a Lock<T>);

impl<T> Drop for Held<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if self.0.blocked.get() {
            self.0.pass_on();
        }
    }
}

impl<T> Lock<T> {
    /// Gives the lock, which is not locked, to the first in line.
    // Speed: lock_contended. The plain version is `pass_on_slowly`.
    #[inline(never)]
    pub(super) fn pass_on(&self) {
        if !Scheduler::polls_plainly() {
            return self.pass_on_noted();
        }
        match self.waiters.pass_plainly() {
            Some(next) => wake_plainly(next),
            None => self.pass_on_slowly(),
        }
    }

    #[cold]
    #[inline(never)]
    fn pass_on_noted(&self) {
        self.home.touch(Access::Write);
        self.pass_on_slowly();
    }

    #[cold]
    #[inline(never)]
    fn pass_on_slowly(&self) {
        let Some(next) = self.waiters.notify_one() else {
            return self.note_line();
        };
        let task = next.ticket().unwrap_or(Ticket::NONE);
        self.waiters.held_by(Holder::Next(task));
        next.wake();
    }
}

impl<T> Lock<T> {
    /// Lets the drop of the guard that is made next be noted, if a loop is watched: another task may drop
    /// it. A drop that finds the lock shut to newcomers makes the note, and opens it.
    pub(super) fn let_drop_be_noted(&self) {
        if Scheduler::any_is_watched() {
            self.blocked.set(true);
        }
    }
}

impl<'a, T> LockGuard<'a, T> {
    #[inline]
    pub(super) fn new(lock: &'a Lock<T>, value: RefMut<'a, T>) -> Self {
        let held = Held(lock);
        LockGuard { value, held }
    }

    /// Lets the drop of the guard be noted, if a loop is watched.
    pub(super) fn noted(self) -> Self {
        self.lock().let_drop_be_noted();
        self
    }

    /// Returns the lock.
    pub(crate) fn lock(&self) -> &'a Lock<T> {
        self.held.0
    }

    /// Makes the running task the holder in reports and explanations. A task that was given a guard
    /// calls this, or they would name the task that acquired the lock.
    pub fn adopt(guard: &Self) {
        guard.lock().adopt();
    }

    /// Drops the guard and keeps the lock held, until any task calls [`Lock::release`].
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::{*, executor::*}; }
    /// use groundup::{Lock, LockGuard, run, spawn};
    /// use std::rc::Rc;
    ///
    /// run(async {
    ///     let lock = Rc::new(Lock::new());
    ///     LockGuard::keep(lock.acquire().await);
    ///     let held = lock.clone();
    ///     let released = spawn(async move { held.release() }).await;
    ///     assert!(matches!(released, Ok(Ok(()))));
    ///     assert!(!lock.locked());
    /// });
    /// ```
    pub fn keep(guard: Self) {
        Self::keep_as(guard, Kept::ByHand);
    }

    /// Drops the guard and keeps the lock held.
    pub(super) fn keep_as(guard: Self, kept: Kept) {
        let LockGuard { value, held } = guard;
        let lock = held.0;
        lock.kept.set(kept);
        lock.blocked.set(true);
        drop(value);
        std::mem::forget(held);
        if !lock.waiters.is_empty() {
            lock.tell_holder();
        }
    }
}

impl<T> Deref for LockGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for LockGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

impl<T: fmt::Debug> fmt::Debug for LockGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl<T: fmt::Display> fmt::Display for LockGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}
