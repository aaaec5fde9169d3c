//! Opens a slot for the main future, and frees it for certain.
//!
//! The problem: the main future lives on the stack of the caller that runs the loop, and its slot
//! stands among those of the tasks. A run can end by a panic or an error before the main future
//! has. So the slot belongs to a guard.
//!
//! ```text
//!   open_root ──> RootTask ──close──> how it ended, or None
//!                    └──────drop────> the same, and no caller reads it
//! ```
//!
//! Invariant: the slot is freed once.
//!
//! Read next: `inside/unpolled.rs`, the futures that a combinator leaves unpolled.

use std::ops::Deref;
use std::rc::Rc;

use crate::error::TaskError;
use crate::handles::task_ref::TaskRef;
use crate::run::Scheduler;
use crate::store::key::Exit;

/// The slot of the main future; dropping it frees the slot. Made by
/// [`Scheduler::open_root`]; see [`Root`](crate::Root) for an example.
#[must_use = "dropping it ends the main future"]
#[derive(Debug)]
pub struct RootTask {
    task: TaskRef,
}

impl RootTask {
    /// Frees the slot. Returns how the main future ended, or `None` if it had not ended, or
    /// if the slot was freed before.
    pub fn close(&self) -> Option<Result<(), TaskError>> {
        let scheduler = self.task.scheduler();
        let (ticket, slot) = (self.task.ticket(), self.task.slot()?);
        let ended = match slot.exit() {
            None => {
                scheduler.complete(ticket, slot, Exit::Cancelled);
                None
            }
            Some(Exit::Returned) => Some(Ok(())),
            Some(_) => Some(Err(scheduler.failure(slot, true))),
        };
        scheduler.vacate(ticket, slot);
        ended
    }
}

impl Deref for RootTask {
    type Target = TaskRef;

    fn deref(&self) -> &TaskRef {
        &self.task
    }
}

impl Drop for RootTask {
    fn drop(&mut self) {
        self.close();
    }
}

impl Scheduler {
    /// Puts the main future, which lives on the caller's stack, into a slot. Schedules its
    /// first step and returns the guard of the slot.
    pub fn open_root(self: &Rc<Self>) -> RootTask {
        RootTask {
            task: TaskRef::new(self, self.occupy_main()),
        }
    }
}
