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
//! Read next: `handles/task.rs`, the handle that can take the value.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::error::TaskError;
use crate::handles::task_ref::TaskRef;
use crate::run::waker::ticket_of;

/// What [`TaskRef::ended`] returns.
#[must_use = "futures do nothing unless awaited"]
#[derive(Debug)]
pub struct Ended {
    task: TaskRef,
    /// Where it stands in the task's list of waiters, or 0.
    place: u64,
}

impl TaskRef {
    /// Waits until the task has ended, without taking its value. Awaiting this
    /// hands a cancel on to the task, as awaiting the task does.
    ///
    /// # Cancel safety
    ///
    /// Dropping it takes the registration back; nothing is lost.
    ///
    /// # Panics
    ///
    /// When a task awaits its own end (K09).
    ///
    /// ```
    /// use groundup_task::Scheduler;
    ///
    /// # let scheduler = groundup_task::Scheduler::new().unwrap();
    /// # let _entered = scheduler.enter();
    /// # let task = scheduler.spawn(async {
    /// let scheduler = Scheduler::current().unwrap();
    /// let task = scheduler.spawn(async { 5 });
    /// task.ended().await;
    /// assert_eq!(task.await.unwrap(), 5, "the value is still there");
    /// # });
    /// # while !scheduler.is_idle() {
    /// #     scheduler.run_round(&mut groundup_task::NoRoot);
    /// # }
    /// # assert!(task.done() && !task.panicked());
    /// ```
    pub fn ended(&self) -> Ended {
        Ended {
            task: self.clone(),
            place: 0,
        }
    }

    /// Registers the waker, or says that the task has ended: what
    /// [`ended`](TaskRef::ended) does when polled, without a future. The registration
    /// stays until the end.
    pub fn poll_ended(&self, cx: &Context<'_>) -> Poll<()> {
        let Some(slot) = self.slot().filter(|slot| !slot.is_done()) else {
            return Poll::Ready(());
        };
        let scheduler = &self.scheduler;
        let caller = scheduler.caller(cx);
        scheduler
            .waits
            .register_to_stay(&scheduler.core, (self.ticket, slot), caller);
        Poll::Pending
    }
}

impl Future for Ended {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let Some(slot) = this.task.slot().filter(|slot| !slot.is_done()) else {
            this.place = 0;
            return Poll::Ready(());
        };
        assert!(
            ticket_of(cx) != Some(this.task.ticket),
            "{}",
            TaskError::AwaitedItself
        );
        let scheduler = &this.task.scheduler;
        let (awaited, caller) = ((this.task.ticket, slot), scheduler.caller(cx));
        scheduler
            .waits
            .register_more(&scheduler.core, awaited, caller, &mut this.place);
        Poll::Pending
    }
}

impl Drop for Ended {
    fn drop(&mut self) {
        if let Some(slot) = self.task.slot().filter(|_| self.place != 0) {
            let scheduler = &self.task.scheduler;
            scheduler
                .waits
                .unregister(&scheduler.core, self.task.ticket, slot, self.place);
        }
    }
}
