//! Woken: which of many futures in one task are polled next.
//!
//! The problem: a task that holds many futures is woken, and does not know for which of them.
//! Polling all of them would make each event as dear as there are futures. So each future has a
//! waker of its own. It puts the future into a list, the *woken list*, and wakes the task that
//! owns the list. `join` and `race` use such a list, and a borrowing group.
//!
//! ```text
//!   waker 7 is called  ──> woken list: 7, .. ──> the first in the list wakes the owner
//!   the owner is polled ──> takes the woken list ──> begin_poll of 7 ──> polls 7, with waker 7
//! ```
//!
//! A waker has a flag, `listed`, so that its future is in the list once. Another thread may write a
//! value and call the waker while the poll begins. Both sides change the flag by one atomic `swap`,
//! and all changes of one word have one order:
//!
//! ```text
//!   the owner's thread        another thread
//!                             writes the value
//!   swap(false)               swap(true)
//!   polls the future
//!
//!   swap(false) first:  swap(true) finds false, and lists the future: it is polled once more
//!   swap(true) first:   it may find true, and list nothing; but swap(false) then reads what it
//!                       has written, acquires it, and the poll sees the value
//! ```
//!
//! A plain store of `false` reads nothing, so it would not acquire: the poll could miss the value
//! although the other thread found its future listed. The package `park-model` compiles this file
//! under two model checkers, as it is and with such a store.
//!
//! Invariants:
//! 1. Every wake of a future that runs is followed by a poll of it, which sees all that the waking
//!    thread has written before the wake.
//! 2. A future whose waker is called twice before its next poll is in the list once.
//! 3. A waker of a future that has ended lists nothing.
//! 4. A waker may be called from any thread. When the list is closed, it wakes nothing.
//!
//! Read next: `members/pairs.rs`.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Wake, Waker};

/// The woken list of some futures, which are known by values `T`.
pub(crate) struct WokenList<T> {
    list: Mutex<Woken<T>>,
}

struct Woken<T> {
    woken: Vec<T>,
    /// The waker of the task that owns the list, unless it was called since the last `take`, or the
    /// list is closed.
    owner: Option<Waker>,
}

impl<T> WokenList<T> {
    /// Makes a list that holds futures already: they have not been polled yet.
    pub(crate) fn holding(woken: Vec<T>) -> Arc<Self> {
        let list = Mutex::new(Woken { woken, owner: None });
        Arc::new(WokenList { list })
    }

    fn lock(&self) -> MutexGuard<'_, Woken<T>> {
        // No foreign code runs under the lock: a panic that poisoned it left the value whole.
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Moves the woken futures into `woken`, which is empty. From now on, the first wake of a
    /// future wakes `owner`.
    pub(crate) fn take(&self, woken: &mut Vec<T>, owner: &Waker) {
        let owner = owner.clone();
        let mut list = self.lock();
        std::mem::swap(&mut list.woken, woken);
        let before = list.owner.replace(owner);
        drop(list);
        drop(before);
    }

    /// Wakes the owner, unless that was done since its last `take`.
    pub(crate) fn wake_owner(&self) {
        let owner = self.lock().owner.take();
        if let Some(owner) = owner {
            owner.wake();
        }
    }

    /// Forgets the owner, which polls the futures no more.
    pub(crate) fn close(&self) {
        let owner = self.lock().owner.take();
        drop(owner);
    }
}

/// The waker of one future.
pub(crate) struct ListedWaker<T> {
    list: Arc<WokenList<T>>,
    future: T,
    /// The future is in the woken list, or was taken from it and is about to be polled; or it has
    /// ended.
    listed: AtomicBool,
}

impl<T> ListedWaker<T> {
    /// Makes the waker of a future that is about to be polled for the first time, so it counts as
    /// listed.
    pub(crate) fn new(list: &Arc<WokenList<T>>, future: T) -> Arc<Self> {
        Arc::new(ListedWaker {
            list: list.clone(),
            future,
            listed: AtomicBool::new(true),
        })
    }

    /// Notes that the future, which was taken from the list, is polled now: the next wake lists it
    /// again.
    pub(crate) fn begin_poll(&self) {
        self.listed.swap(false, Ordering::AcqRel);
    }

    /// Notes that the future has ended: no wake lists it any more.
    pub(crate) fn end(&self) {
        self.listed.store(true, Ordering::Release);
    }
}

impl<T: Copy + Send + Sync> Wake for ListedWaker<T> {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.listed.swap(true, Ordering::AcqRel) {
            return;
        }
        let mut list = self.list.lock();
        list.woken.push(self.future);
        let owner = list.owner.take();
        drop(list);
        if let Some(owner) = owner {
            owner.wake();
        }
    }
}
