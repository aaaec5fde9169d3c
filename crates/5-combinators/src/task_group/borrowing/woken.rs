//! Woken: which children of a borrowing group are polled next.
//!
//! The problem: the group's task is woken, and does not know for which of its children. Polling
//! all of them would make each event as dear as the group is large. So each child has a waker of
//! its own, which puts the child into a list, the *woken list*, and wakes the task.
//!
//! ```text
//!   waker 7 is called  ──> woken list: 7, .. ──> the first in the list wakes the task
//!   the task is polled ──> takes the woken list ──> polls 7, with waker 7
//! ```
//!
//! The wakers of a `join` work alike, but their number is fixed. Here a place may have one child
//! after another, so the list has the number of the child beside its place: a child that takes the
//! place of one that has woken itself in its last poll is not in the list twice.
//!
//! Invariants:
//! 1. Every wake of a child that runs is followed by a poll of it.
//! 2. A child whose waker is called twice before its next poll is in the list once.
//! 3. The waker of a child that has ended causes no poll of a child.
//! 4. The waker of a child may be called from any thread. When the group has ended, it wakes nothing.
//!
//! Read next: `task_group/borrowing/turns.rs`.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Wake, Waker};

/// A child and the place in which it runs.
#[derive(Clone, Copy)]
pub(super) struct ChildPlace {
    pub(super) place: u32,
    /// Number of the child in the order of spawns. No other child gets it.
    pub(super) child: u64,
}

/// The list of a group.
#[derive(Default)]
pub(super) struct Woken {
    list: Mutex<WokenList>,
}

#[derive(Default)]
struct WokenList {
    children: Vec<ChildPlace>,
    /// The waker of the group's task, unless it was called since the last poll, or the group has
    /// ended.
    owner: Option<Waker>,
}

impl Woken {
    fn lock(&self) -> MutexGuard<'_, WokenList> {
        // No foreign code runs under the lock: a panic that poisoned it left the value whole.
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Moves the woken children into `children`, which is empty. From now on, the first wake of a
    /// child wakes `owner`.
    pub(super) fn take(&self, children: &mut Vec<ChildPlace>, owner: &Waker) {
        let owner = owner.clone();
        let mut list = self.lock();
        std::mem::swap(&mut list.children, children);
        let before = list.owner.replace(owner);
        drop(list);
        drop(before);
    }

    /// Wakes the group's task, unless that was done since its last poll.
    pub(super) fn wake_owner(&self) {
        let owner = self.lock().owner.take();
        if let Some(owner) = owner {
            owner.wake();
        }
    }

    /// Forgets the group's task, which the group does not poll any more.
    pub(super) fn close(&self) {
        let owner = self.lock().owner.take();
        drop(owner);
    }
}

/// The waker of one child.
pub(super) struct ChildWaker {
    woken: Arc<Woken>,
    child: ChildPlace,
    /// Its child is in the woken list, or in the batch of this iteration; or the child has ended.
    listed: AtomicBool,
}

impl ChildWaker {
    /// Makes the waker of a child that is about to be polled for the first time, so it counts as
    /// listed.
    pub(super) fn new(woken: &Arc<Woken>, child: ChildPlace) -> Arc<Self> {
        Arc::new(ChildWaker {
            woken: woken.clone(),
            child,
            listed: AtomicBool::new(true),
        })
    }

    /// Notes that the child is polled now: the next wake lists it again.
    pub(super) fn begin_poll(&self) {
        self.listed.store(false, Ordering::Release);
    }

    /// Notes that the child has ended: no wake lists it any more.
    pub(super) fn end(&self) {
        self.listed.store(true, Ordering::Release);
    }
}

impl Wake for ChildWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.listed.swap(true, Ordering::AcqRel) {
            return;
        }
        self.woken.lock().children.push(self.child);
        self.woken.wake_owner();
    }
}
