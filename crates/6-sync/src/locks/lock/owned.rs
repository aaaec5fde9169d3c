//! OwnedLockGuard: holds a lock, and owns a share of it.
//!
//! The problem: a guard borrows its lock. A task that is spawned owns all that it uses, so it cannot be
//! given such a guard. An owned guard has an `Rc` of the lock, and may go anywhere in the loop.
//!
//! ```text
//!   LockGuard        borrows the value; the borrow is the lock
//!   OwnedLockGuard   an `Rc` of the lock, which is marked as held; borrows the value when asked
//! ```
//!
//! A guard that owns its lock cannot also hold a borrow of the value in it. So it does not lead to the
//! value by itself, and [`OwnedLockGuard::value`] borrows it for as long as the caller needs.
//!
//! Invariants:
//! 1. While an owned guard exists, the lock is held, and no other guard of it exists.
//! 2. A lock whose value is borrowed is passed to no task, also if the borrow was forgotten.
//!
//! Read next: `locks/rw_lock.rs`.

use std::cell::RefMut;
use std::fmt;
use std::future::Future;
use std::rc::Rc;

use crate::locks::lock::acquire::Acquire;
use crate::locks::lock::guard::LockGuard;
use crate::locks::lock::{Kept, Lock};

impl<T> Lock<T> {
    /// Waits for the lock and takes it, as [`acquire`](Lock::acquire) does. The guard owns a share of
    /// the lock: it can be moved into a task.
    ///
    /// # Cancel safety
    ///
    /// As [`acquire`](Lock::acquire).
    ///
    /// # Panics
    ///
    /// If a task of another loop has waited for this lock.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::{*, executor::*}; }
    /// use groundup::{Lock, run, spawn};
    /// use std::rc::Rc;
    ///
    /// run(async {
    ///     let lines = Rc::new(Lock::with(vec!["one"]));
    ///     let mut guard = lines.acquire_owned().await;
    ///     let writes = spawn(async move { guard.value().push("two") }); // and releases it
    ///     assert!(lines.locked());
    ///     writes.await.unwrap();
    ///     assert_eq!(*lines.acquire().await, ["one", "two"]);
    /// });
    /// ```
    #[doc(alias("lock_owned", "lock_arc"))]
    #[track_caller]
    pub fn acquire_owned(self: &Rc<Self>) -> impl Future<Output = OwnedLockGuard<T>> + use<T> {
        self.home.note_await(0);
        let lock = self.clone();
        async move {
            let guard = Acquire::new(&*lock).await;
            LockGuard::keep_as(guard, Kept::Owned);
            OwnedLockGuard { lock }
        }
    }

    /// Takes the lock if it is free and no task waits for it; never waits. The guard owns a share of
    /// the lock.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// use groundup::Lock;
    /// use std::rc::Rc;
    /// let lock = Rc::new(Lock::new());
    /// let guard = lock.try_acquire_owned().expect("it is free");
    /// assert!(lock.try_acquire().is_none());
    /// # drop(guard);
    /// ```
    #[doc(alias("try_lock_owned", "try_lock_arc"))]
    pub fn try_acquire_owned(self: &Rc<Self>) -> Option<OwnedLockGuard<T>> {
        LockGuard::keep_as(self.try_acquire()?, Kept::Owned);
        Some(OwnedLockGuard { lock: self.clone() })
    }
}

/// Holds a [`Lock`] until it is dropped, and owns a share of it. Made by [`Lock::acquire_owned`].
#[must_use = "the lock is released when the guard is dropped"]
#[doc(alias("OwnedMutexGuard", "MutexGuardArc"))]
pub struct OwnedLockGuard<T = ()> {
    lock: Rc<Lock<T>>,
}

impl<T> OwnedLockGuard<T> {
    /// Borrows the value that the lock protects.
    pub fn value(&mut self) -> RefMut<'_, T> {
        self.lock.value.borrow_mut()
    }

    /// Makes the running task the holder in reports and explanations, as
    /// [`LockGuard::adopt`](crate::LockGuard::adopt) does.
    pub fn adopt(guard: &Self) {
        guard.lock.adopt();
    }
}

impl<T> Drop for OwnedLockGuard<T> {
    fn drop(&mut self) {
        self.lock.end_kept();
    }
}

impl<T> fmt::Debug for OwnedLockGuard<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let home = &self.lock.home;
        f.debug_tuple("OwnedLockGuard").field(home).finish()
    }
}
