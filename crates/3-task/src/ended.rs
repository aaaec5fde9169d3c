//! Waiting for the end of a task without taking its value.
//!
//! The problem: one handle takes the value, and many may want to know that there
//! is one: a supervisor, a shutdown, a test. What they wait for is the end alone,
//! so any number of them can, and each may give up at any time.
//!
//! Invariants:
//! 1. Giving up takes back this wait's entry among the waiters and no other.
//! 2. A task that waits for its own end is told so, by a panic (K09).
//!
//! Read next: `task.rs`, the handle that can take the value.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::error::TaskError;
use crate::task_ref::TaskRef;
use crate::ticket::DONE;
use crate::waker::ticket_of;

/// What [`TaskRef::ended`] returns.
#[must_use = "futures do nothing unless awaited"]
#[derive(Debug)]
pub struct Ended {
    task: TaskRef,
    /// Where it stands in the task's list of waiters, or 0.
    place: u64,
}

impl Ended {
    pub(crate) fn new(task: TaskRef) -> Self {
        Ended { task, place: 0 }
    }
}

impl Future for Ended {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let Some(slot) = this.task.slot().filter(|slot| slot.key.get() & DONE == 0) else {
            this.place = 0;
            return Poll::Ready(());
        };
        assert!(
            ticket_of(cx) != Some(this.task.ticket),
            "{}",
            TaskError::AwaitedItself
        );
        let scheduler = &this.task.scheduler;
        scheduler.register_more(this.task.ticket, slot, cx, &mut this.place);
        Poll::Pending
    }
}

impl Drop for Ended {
    fn drop(&mut self) {
        if let Some(slot) = self.task.slot().filter(|_| self.place != 0) {
            let scheduler = &self.task.scheduler;
            scheduler.unregister(self.task.ticket, slot, self.place);
        }
    }
}
