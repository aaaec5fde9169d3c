//! Woken: which children of a borrowing group are polled next.
//!
//! The problem: the group's task is woken, and does not know for which of its children. Polling
//! all of them would make each event as dear as the group is large. So each child has a waker of
//! its own, its *bell*, which puts the child's place into a list and wakes the task.
//!
//! ```text
//!   bell 7 is woken ──> list: 7, .. ──> the task is woken, by the first in the list
//!   the task is polled ──> takes the list ──> polls 7, with bell 7 as its waker
//! ```
//!
//! The bells of a `join` work alike, but their number is fixed; here a place may have one child
//! after another.
//!
//! Invariants:
//! 1. Every wake of a child that runs is followed by a poll of it.
//! 2. A bell that is woken twice before its child is polled is in the list once.
//! 3. The bell of a child that has ended polls no other child.
//! 4. A bell may be woken from any thread, also after the group has ended.
//!
//! Read next: `task_group/borrowing/control.rs`.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Wake, Waker};

/// The list of a group.
#[derive(Default)]
pub(super) struct Woken {
    list: Mutex<WokenList>,
}

#[derive(Default)]
struct WokenList {
    places: Vec<u32>,
    /// The waker of the group's task, unless it was called since the last poll.
    owner: Option<Waker>,
}

impl Woken {
    fn lock(&self) -> MutexGuard<'_, WokenList> {
        // No foreign code runs under the lock: a panic that poisoned it left the value whole.
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Moves the places of the woken children into `places`, which is empty. From now on, the
    /// first bell wakes `owner`.
    pub(super) fn take(&self, places: &mut Vec<u32>, owner: &Waker) {
        let owner = owner.clone();
        let mut list = self.lock();
        std::mem::swap(&mut list.places, places);
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
}

/// The waker of one child. A new one is rung: its child is polled for the first time.
pub(super) struct ChildWaker {
    woken: Arc<Woken>,
    place: u32,
    rung: AtomicBool,
}

impl ChildWaker {
    pub(super) fn new(woken: &Arc<Woken>, place: u32) -> Arc<Self> {
        Arc::new(ChildWaker {
            woken: woken.clone(),
            place,
            rung: AtomicBool::new(true),
        })
    }

    /// Returns true if the bell was rung, right before the poll that answers it.
    pub(super) fn answer(&self) -> bool {
        self.rung.swap(false, Ordering::AcqRel)
    }
}

impl Wake for ChildWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.rung.swap(true, Ordering::AcqRel) {
            return;
        }
        self.woken.lock().places.push(self.place);
        self.woken.wake_owner();
    }
}
