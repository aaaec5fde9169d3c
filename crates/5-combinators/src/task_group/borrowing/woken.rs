//! Woken: which children of a borrowing group are polled next.
//!
//! The problem: the group's task is woken, and does not know for which of its children. Polling
//! all of them would make each event as dear as the group is large. So each child has a waker of
//! its own, its *bell*, which puts the child into a list and wakes the task.
//!
//! ```text
//!   bell 7 is woken ──> list: 7, .. ──> the task is woken, by the first in the list
//!   the task is polled ──> takes the list ──> polls 7, with bell 7 as its waker
//! ```
//!
//! The bells of a `join` work alike, but their number is fixed. Here a place may have one child
//! after another, so the list has the number of the child beside its place: a child that takes the
//! place of one that has woken itself in its last poll is not in the list twice.
//!
//! Invariants:
//! 1. Every wake of a child that runs is followed by a poll of it.
//! 2. A bell that is woken twice before its child is polled is in the list once.
//! 3. The bell of a child that has ended polls no child.
//! 4. A bell may be woken from any thread. When the group has ended, it wakes nothing.
//!
//! Read next: `task_group/borrowing/turns.rs`.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Wake, Waker};

/// A child and the place in which it runs.
#[derive(Clone, Copy)]
pub(super) struct Seat {
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
    seats: Vec<Seat>,
    /// The waker of the group's task, unless it was called since the last poll, or the group has
    /// ended.
    owner: Option<Waker>,
}

impl Woken {
    fn lock(&self) -> MutexGuard<'_, WokenList> {
        // No foreign code runs under the lock: a panic that poisoned it left the value whole.
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Moves the woken children into `seats`, which is empty. From now on, the first bell wakes
    /// `owner`.
    pub(super) fn take(&self, seats: &mut Vec<Seat>, owner: &Waker) {
        let owner = owner.clone();
        let mut list = self.lock();
        std::mem::swap(&mut list.seats, seats);
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

/// The waker of one child. A new one is rung: its child is polled for the first time.
pub(super) struct ChildWaker {
    woken: Arc<Woken>,
    seat: Seat,
    rung: AtomicBool,
}

impl ChildWaker {
    pub(super) fn new(woken: &Arc<Woken>, seat: Seat) -> Arc<Self> {
        Arc::new(ChildWaker {
            woken: woken.clone(),
            seat,
            rung: AtomicBool::new(true),
        })
    }

    /// Makes it ready to be rung again, right before the poll that answers it.
    pub(super) fn answer(&self) {
        self.rung.store(false, Ordering::Release);
    }

    /// Makes it silent: its child has ended.
    pub(super) fn silence(&self) {
        self.rung.store(true, Ordering::Release);
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
        self.woken.lock().seats.push(self.seat);
        self.woken.wake_owner();
    }
}
