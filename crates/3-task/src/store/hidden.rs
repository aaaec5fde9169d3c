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
//! A task or a scope has hidden waits as long as its record is alive. Nothing is counted, so there
//! is nothing to take back: a leaf may be dropped in any task or in none, and after its task has
//! ended. A later task in the same slot knows no record of the earlier one.
//!
//! Invariants:
//! 1. A record is alive only while a foreign waker is stored with it, or with a record in it.
//! 2. A foreign waker that is stored again in another task or scope gets the record of that one.
//!
//! Read next: `store/waiters.rs`.

use std::fmt;
use std::rc::{Rc, Weak};
use std::task::Waker;

use crate::store::ticket::Ticket;

/// A record of a task or a scope, which has hidden waits while this is alive.
pub(crate) struct HiddenWaits {
    /// The task, or the task of the scope.
    task: Ticket,
    /// The record of the scope or the task around.
    #[expect(dead_code, reason = "it keeps the record alive")]
    around: Option<Rc<HiddenWaits>>,
}

impl HiddenWaits {
    /// Makes a record in task `task`.
    pub(crate) fn new(task: Ticket, around: Option<Rc<HiddenWaits>>) -> Rc<HiddenWaits> {
        Rc::new(HiddenWaits { task, around })
    }

    /// Returns a record if it is alive and of this task.
    pub(crate) fn alive(record: &Weak<HiddenWaits>, task: Ticket) -> Option<Rc<HiddenWaits>> {
        record.upgrade().filter(|record| record.task == task)
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
    record: Option<Rc<HiddenWaits>>,
}

impl ForeignWaker {
    /// Makes it of a clone of the waker, and a record.
    pub(crate) fn new(waker: Waker, record: Option<Rc<HiddenWaits>>) -> ForeignWaker {
        ForeignWaker { waker, record }
    }

    /// Returns true if it wakes what the waker wakes, and has the same record.
    pub(crate) fn is(&self, waker: &Waker, record: Option<&Rc<HiddenWaits>>) -> bool {
        let same_record = match (&self.record, record) {
            (Some(mine), Some(record)) => Rc::ptr_eq(mine, record),
            (mine, record) => mine.is_none() && record.is_none(),
        };
        same_record && self.waker.will_wake(waker)
    }

    /// Returns the task that waits under it, if it is known: the one that ran when it was made.
    pub fn task(&self) -> Option<Ticket> {
        self.record.as_ref().map(|record| record.task)
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
