//! Awaits a promise, drops its handles, and makes it a member.
//!
//! The problem: a promise has errors of its own, but a combinator that takes a promise in place
//! of a task needs a task's errors. So there is one way to poll a promise, and one table of the
//! errors, read in both directions.
//!
//! ```text
//!   PromiseError   Cancelled   Failed   Closed   another ──> it is the error in `Failed`
//!                      │         │        │
//!   TaskError      Cancelled   Failed   Closed   another ──> it is the error in `Failed`
//! ```
//!
//! Invariant: dropping an await removes its registration; the promise stays as it is.
//!
//! Read next: `handles/awaitable.rs`, other values that can be awaited.

use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::cancel::gate::holds_back;
use crate::error::{PromiseError, TaskError};
use crate::handles::awaitable::{Await, Awaitable, Member};
use crate::handles::promise::Promise;
use crate::handles::task_ref::TaskRef;
use crate::run::Scheduler;
use crate::store::slot::Slot;
use crate::store::ticket::Ticket;
use crate::wait;

impl<T: Clone + 'static> Awaitable for Promise<T> {
    type Output = Result<T, PromiseError>;

    #[inline]
    fn poll_output(&mut self, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let slot = self.promise.slot();
        let Some(slot) = slot.filter(|slot| !slot.is_done()) else {
            if holds_back(cx) {
                return Poll::Pending;
            }
            if self.place != 0 {
                self.place = 0;
                slot.inspect(|slot| slot.forget_woken());
            }
            return Poll::Ready(self.result_in(slot));
        };
        let TaskRef { scheduler, ticket } = &self.promise;
        let (awaited, place) = ((*ticket, slot), &mut self.place);
        match scheduler.running_in(cx) {
            Some(task) if wait::register_plainly(&scheduler.core, awaited, task, place) => {}
            _ => scheduler.register(awaited, cx, place),
        }
        Poll::Pending
    }
}

impl Scheduler {
    /// Registers an await of a promise.
    #[inline(never)]
    fn register(self: &Rc<Self>, awaited: (Ticket, &Slot), cx: &Context<'_>, place: &mut u64) {
        let before = wait::register(&self.core, awaited, self.caller(cx), place);
        self.wait_moved(before, awaited);
    }

    /// Gives up a handle of a promise.
    #[inline(always)]
    fn drop_promise(&self, ticket: Ticket, slot: &Slot) {
        if slot.count_handles(|handles| handles - 1) == 0 {
            self.abandon_bounded(ticket, slot);
        }
    }
}

impl<T> Drop for Promise<T> {
    fn drop(&mut self) {
        if self.place != 0 {
            self.promise.drop_wait(self.place);
        }
        let TaskRef { scheduler, ticket } = &self.promise;
        // Speed: one_shot. A look that needs no note makes no call.
        match scheduler.core.slot_at(*ticket) {
            Some(slot) if slot.is_plainly_of(*ticket) => scheduler.drop_promise(*ticket, slot),
            _ => self.promise.drop_promise(),
        }
    }
}

impl TaskRef {
    /// Ends the wait of a handle of a promise that is dropped.
    #[cold]
    fn drop_wait(&self, place: u64) {
        self.give_up(place);
        if let Some(slot) = self.slot().filter(|slot| slot.is_done()) {
            slot.forget_woken();
            self.scheduler.see_cancel(slot);
        }
    }

    /// Gives up a handle of a promise.
    #[cold]
    #[inline(never)]
    fn drop_promise(&self) {
        if let Some(slot) = self.slot() {
            self.scheduler.drop_promise(self.ticket, slot);
        }
    }
}

impl<T: Clone + 'static> Member for Promise<T> {
    type Value = T;

    fn original(&self) -> &TaskRef {
        &self.promise
    }

    fn outcome(output: Self::Output) -> Result<T, TaskError> {
        output.map_err(|error| match error {
            PromiseError::Cancelled(cancelled) => TaskError::Cancelled(cancelled),
            PromiseError::Failed(error) => TaskError::Failed(error),
            PromiseError::Closed => TaskError::Closed,
            other => TaskError::Failed(Arc::new(other)),
        })
    }

    fn output(outcome: Result<T, TaskError>) -> Result<Self::Output, TaskError> {
        Ok(outcome.map_err(|error| match error {
            TaskError::Cancelled(cancelled) => PromiseError::Cancelled(cancelled),
            TaskError::Failed(error) => PromiseError::Failed(error),
            TaskError::Closed => PromiseError::Closed,
            other => PromiseError::Failed(Arc::new(other)),
        }))
    }
}

impl<T: Clone + 'static> IntoFuture for Promise<T> {
    type Output = Result<T, PromiseError>;
    type IntoFuture = Await<Promise<T>>;

    #[inline]
    #[track_caller]
    fn into_future(self) -> Await<Promise<T>> {
        let TaskRef { scheduler, ticket } = &self.promise;
        scheduler.core.note_await_of(*ticket);
        Await::new(self)
    }
}

impl<T: Clone + 'static> Future for &mut Promise<T> {
    type Output = Result<T, PromiseError>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.poll_output(cx)
    }
}
