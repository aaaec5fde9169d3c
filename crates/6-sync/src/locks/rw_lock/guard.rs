//! The guards of a read-write lock: they lead to the value, and leave.
//!
//! The problem: a reader or a writer leaves by a return, an error, a panic or a cancel. A guard is
//! dropped at every one of them. A writer that has made its change may go on as a reader: then no
//! other writer comes between.
//!
//! Invariant: the value is free again before the next task is let in, since a foreign waker may
//! poll it at once.
//!
//! Read next: `locks/condition.rs`.

use std::cell::{Ref, RefMut};
use std::fmt;
use std::ops::{Deref, DerefMut};

use crate::locks::rw_lock::RwLock;
use crate::locks::rw_lock::inside::Inside;

/// Reads the value of a [`RwLock`] until it is dropped.
#[must_use = "the lock is released when the guard is dropped"]
pub struct RwLockReadGuard<'a, T = ()> {
    // Dropped first.
    value: Ref<'a, T>,
    _inside: ReaderInside<'a, T>,
}

/// Leaves the lock when it is dropped.
struct ReaderInside<'a, T> {
    lock: &'a RwLock<T>,
    /// The number of the reader in the roster.
    number: u32,
}

impl<T> Drop for ReaderInside<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.lock.readers.borrow_mut().remove(self.number);
        self.lock.exit();
    }
}

impl<'a, T> RwLockReadGuard<'a, T> {
    #[inline]
    pub(super) fn new(lock: &'a RwLock<T>, number: u32, value: Ref<'a, T>) -> Self {
        let _inside = ReaderInside { lock, number };
        RwLockReadGuard { value, _inside }
    }
}

impl<T> Deref for RwLockReadGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: fmt::Debug> fmt::Debug for RwLockReadGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl<T: fmt::Display> fmt::Display for RwLockReadGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}

/// Changes the value of a [`RwLock`] until it is dropped.
#[must_use = "the lock is released when the guard is dropped"]
pub struct RwLockWriteGuard<'a, T = ()> {
    // Dropped first.
    value: RefMut<'a, T>,
    inside: WriterInside<'a, T>,
}

/// Leaves the lock when it is dropped.
struct WriterInside<'a, T>(&'a RwLock<T>);

impl<T> Drop for WriterInside<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.0.exit();
    }
}

impl<'a, T> RwLockWriteGuard<'a, T> {
    #[inline]
    pub(super) fn new(lock: &'a RwLock<T>, value: RefMut<'a, T>) -> Self {
        let inside = WriterInside(lock);
        RwLockWriteGuard { value, inside }
    }

    /// Goes on as a reader. No other writer comes between, and the readers at the beginning of the
    /// line are let in.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::{*, executor::*}; }
    /// use groundup::{RwLock, RwLockWriteGuard, run};
    ///
    /// run(async {
    ///     let lock = RwLock::with(1);
    ///     let mut guard = lock.write().await;
    ///     *guard += 1;
    ///     let guard = RwLockWriteGuard::downgrade(guard);
    ///     assert_eq!(*guard + *lock.read().await, 4); // two readers
    /// });
    /// ```
    pub fn downgrade(guard: Self) -> RwLockReadGuard<'a, T> {
        let RwLockWriteGuard { value, inside } = guard;
        let lock = inside.0;
        drop(value);
        std::mem::forget(inside);
        lock.inside.set(Inside::Readers(1));
        let guard = lock.reader(lock.holder.get());
        lock.let_in();
        guard
    }
}

impl<T> Deref for RwLockWriteGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for RwLockWriteGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

impl<T: fmt::Debug> fmt::Debug for RwLockWriteGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl<T: fmt::Display> fmt::Display for RwLockWriteGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}
