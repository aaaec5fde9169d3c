//! Records the waits of a task that its wait word does not store.
//!
//! The problem: a combinator of another crate may poll a leaf future in a task with a waker of
//! its own. It polls the leaf again only when that waker is woken. So the task waits for the leaf
//! over many steps, and in none of them sees it. The one thing that knows how long the wait lasts
//! is the place where the leaf has stored the foreign waker. So the waker is stored with a record,
//! and the record lives exactly as long as the stored waker.
//!
//! ```text
//!   stored waker ──> record of a scope ──> record of the scope around it ──> record of the task
//!                         ^ (weak)               ^ (weak)                        ^ (weak)
//!                       the scope              the scope                    the task's `Rare`
//! ```
//!
//! A combinator of ours that makes its own wakers has a record, too (`inside/unpolled.rs`). It knows
//! which of its futures it still awaits, so its record keeps those around it alive only meanwhile.
//!
//! A task or a scope has hidden waits as long as its record is alive. Nothing is counted, so there
//! is nothing to take back: a leaf may be dropped in any task or in none, and after its task has
//! ended. A later task in the same slot knows no record of the earlier one.
//!
//! A `join` may be part of a future that another executor moves between threads, and has such a
//! record. So a record can be moved and dropped anywhere; all else happens on the thread of its loop.
//!
//! Invariants:
//! 1. The record of a task or a scope is alive only while a foreign waker is stored with it, or with
//!    a record in it.
//! 2. A foreign waker that is stored again in another task or scope gets the record of that one.
//!
//! Read next: `store/waiters.rs`.

use std::cell::Cell;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::task::Waker;

use parking_lot::Mutex;

use crate::store::ticket::Ticket;

thread_local! {
    /// How many wakers were cloned on this thread: those of a loop, and foreign ones for a wait of ours.
    static CLONES: Cell<u64> = const { Cell::new(0) };
}

/// Counts the clone of a waker: the place that keeps the clone may be a line of waiters.
#[inline]
pub(crate) fn count_clone() {
    CLONES.set(CLONES.get().wrapping_add(1));
}

/// Returns how many wakers were cloned on this thread so far.
pub(crate) fn clones() -> u64 {
    CLONES.get()
}

/// A record of a task or a scope, which has hidden waits while this is alive; or the record of a
/// combinator, with which the wakers that it has made are stored.
#[derive(Default)]
pub(crate) struct HiddenWaits {
    /// The task, or the task of the scope or combinator.
    task: AtomicU64,
    /// The record of the scope or the task around, or of the combinator around. It is kept alive.
    around: Mutex<Option<Arc<HiddenWaits>>>,
}

impl HiddenWaits {
    /// Makes a record in task `task`.
    pub(crate) fn new(task: Ticket, around: Option<Arc<HiddenWaits>>) -> Arc<HiddenWaits> {
        let record = HiddenWaits::default();
        record.move_to(task, around);
        Arc::new(record)
    }

    /// Moves a record into another task, and keeps `around` alive in place of the record before.
    pub(crate) fn move_to(&self, task: Ticket, around: Option<Arc<HiddenWaits>>) {
        self.task.store(task.bits(), Ordering::Relaxed);
        *self.around.lock() = around;
    }

    fn task(&self) -> Ticket {
        Ticket::from_bits(self.task.load(Ordering::Relaxed))
    }

    /// Returns a record if it is alive and of this task.
    pub(crate) fn alive(record: &Weak<HiddenWaits>, task: Ticket) -> Option<Arc<HiddenWaits>> {
        record.upgrade().filter(|record| record.task() == task)
    }
}

/// Stores, for a future that waits, the waker of another executor or of a combinator that makes
/// its own wakers. Meanwhile the loop knows that the task waits there.
///
/// ```
/// # mod groundup { pub mod lowlevel { pub use groundup_task::*; } }
/// use std::task::Context;
///
/// use groundup::lowlevel::ForeignWaker;
///
/// let waker = futures::task::noop_waker();
/// let cx = Context::from_waker(&waker);
/// let stored = ForeignWaker::of(&cx);
/// assert!(stored.is_of(&cx));
/// stored.into_waker().wake(); // or, in a loop, `Scheduler::wake_foreign`
/// ```
pub struct ForeignWaker {
    waker: Waker,
    record: Option<Arc<HiddenWaits>>,
}

impl ForeignWaker {
    /// Makes it of a clone of the waker, and a record.
    pub(crate) fn new(waker: Waker, record: Option<Arc<HiddenWaits>>) -> ForeignWaker {
        count_clone();
        ForeignWaker { waker, record }
    }

    /// Returns true if it wakes what the waker wakes, and has the same record.
    pub(crate) fn is(&self, waker: &Waker, record: Option<&Arc<HiddenWaits>>) -> bool {
        let same_record = match (&self.record, record) {
            (Some(mine), Some(record)) => Arc::ptr_eq(mine, record),
            (mine, record) => mine.is_none() && record.is_none(),
        };
        same_record && self.waker.will_wake(waker)
    }

    /// Returns the task that waits under it, if it is known: the one that ran when it was made.
    pub fn task(&self) -> Option<Ticket> {
        self.record.as_ref().map(|record| record.task())
    }

    /// Ends the wait and returns the waker.
    pub fn into_waker(self) -> Waker {
        self.waker
    }
}

impl fmt::Debug for ForeignWaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ForeignWaker").field(&self.waker).finish()
    }
}
