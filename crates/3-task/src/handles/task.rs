//! Spawns tasks, and returns their values through a handle.
//!
//! The problem: a future does nothing until it is polled. A spawn gives it a slot, a number and
//! a place in the ready queue, and gives the caller a [`Task`]. A program may spawn a million
//! times a second. So a spawn allocates nothing if the slot still has the box of a task of the
//! same type (`core/moving.rs`).
//!
//! `Task<T>` is `IntoFuture` and `&mut task` is a `Future`, but a `Task` is not. So every
//! combinator takes tasks and bare futures through one trait, [`IntoTask`]: it takes a task as
//! it is, and spawns a bare future. If a `Task` were a future, the two could not be told apart,
//! and the task would be wrapped in a second task, an iteration late.
//!
//! Invariants:
//! 1. Dropping a `Task` detaches it. It never cancels.
//! 2. The body never runs inside `spawn`: its first step is in the next round, in the order of
//!    spawning.
//! 3. A task begins with a copy of its spawner's locals.
//!
//! Read next: `handles/task/join.rs`, the handle as a future.
//!
//! [`IntoTask`]: crate::IntoTask

mod detached;
pub(crate) mod join;
pub(super) mod look;
mod several;

use std::fmt;
use std::future::{Future, IntoFuture};
use std::marker::PhantomData;
use std::mem;
use std::panic::Location;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use crate::cancel::gate::holds_back;
use crate::core::Tenant;
use crate::error::TaskError;
use crate::handles::awaitable::Awaitable;
use crate::handles::task_ref::TaskRef;
use crate::run::Scheduler;
use crate::store::key::{Mark, SCHED};
use crate::store::object::{CallSite, TaskObject};
use crate::store::ticket::Ticket;
use crate::wait;

/// A handle of a running task that returns a `T`: await it, or drop it and the task runs on.
///
/// ```text
/// task.await  ->  Ok(value) | Err(TaskError::Cancelled) | Err(TaskError::Panicked) | ...
/// ```
///
/// ```
/// # mod groundup { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/facade.inc")); }
/// use groundup::{run, spawn, yield_now};
///
/// run(async {
///     let task = spawn(async {
///         yield_now().await;
///         "done"
///     });
///     assert!(!task.done(), "it begins in the next iteration");
///     assert_eq!(task.await.unwrap(), "done");
/// });
/// ```
///
/// | to | write |
/// |---|---|
/// | await it once | `task.await` |
/// | await it and keep the handle, for example in a `select` in a loop | `(&mut task).await` |
/// | give it to `FuturesUnordered`, `futures::join!`, `join_all`, `select_all` | [`task.join()`](Task::join) |
/// | give it to `gather`, `wait`, `race` and the other combinators of this library | `task` |
/// | cancel it, ask for its state | the methods of [`TaskRef`]; [`task_ref`](Task::task_ref) returns one to keep |
/// | name it | [`spawn_named`](Scheduler::spawn_named) from the beginning, [`set_name`](TaskRef::set_name) later |
/// | let it run on | drop it, [`detach`](Task::detach), [`detach_reporting`](Task::detach_reporting) |
/// | end it with its handle | [`cancel_on_drop`](Task::cancel_on_drop) |
///
/// # What a cancel of the awaiter does
///
/// If the task that awaits `task` is cancelled, the cancel goes to `task` first, as in asyncio:
/// the awaiting task gets it when `task` has ended. Three ways to await it differ in that:
///
/// | the awaiter is cancelled while it awaits | `task` | the awaiter |
/// |---|---|---|
/// | `task.await` | is cancelled, and may clean up | is cancelled after the end of `task` |
/// | `shield(task).await` | runs on | is cancelled at once |
/// | `catch_cancel(task).await` | is cancelled, and may clean up | goes on with `Err(Cancelled)` after the end of `task` |
///
/// If the await is only dropped, for example because another arm of a `select` was ready, `task`
/// runs on. `shield` and `select` are in the floors above.
///
/// # A task of another loop
///
/// It can be awaited, and its end wakes the awaiter. But only a run of its own loop brings it to its end. If no
/// such run comes, the await waits for ever, and a report calls it "something that the loop does not know".
#[doc(alias = "JoinHandle")]
#[doc(alias = "Shared")]
pub struct Task<T> {
    pub(super) task: TaskRef,
    /// Where the await of this handle stands in the task's list of waiters, or 0.
    pub(super) place: u64,
    pub(super) output: PhantomData<fn() -> T>,
}

impl<T> Task<T> {
    /// Makes the handle of the task that a ticket is for.
    #[inline(always)]
    pub(crate) fn new(scheduler: Rc<Scheduler>, ticket: Ticket) -> Self {
        Task {
            task: TaskRef { scheduler, ticket },
            place: 0,
            output: PhantomData,
        }
    }

    /// Borrows the untyped handle.
    pub fn as_task_ref(&self) -> &TaskRef {
        &self.task
    }

    /// Returns an untyped handle to keep.
    pub fn task_ref(&self) -> TaskRef {
        self.task.clone()
    }

    /// Lets the task run on by itself, as dropping the handle does.
    pub fn detach(self) {}
}

impl<T> std::ops::Deref for Task<T> {
    type Target = TaskRef;

    fn deref(&self) -> &TaskRef {
        &self.task
    }
}

impl<T: 'static> Awaitable for Task<T> {
    type Output = Result<T, TaskError>;

    fn poll_output(&mut self, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let scheduler = &self.task.scheduler;
        let Some(slot) = scheduler.core.slot_of(self.task.ticket) else {
            return Poll::Ready(Err(self.task.without_slot()));
        };
        // Speed: spawn_batch, spawn_join. The most common end is tested first.
        if slot.has_returned_plainly() {
            if holds_back(cx) {
                return Poll::Pending;
            }
            let ticket = mem::replace(&mut self.task.ticket, Ticket::NONE);
            let value = scheduler.take_plain_value(ticket, slot);
            return Poll::Ready(value.ok_or_else(|| TaskError::Taken));
        }
        if slot.is_done() {
            if holds_back(cx) {
                return Poll::Pending;
            }
            let exit = slot.exit();
            let outcome = scheduler.outcome_rare(self.task.ticket, slot);
            self.task.ticket = Ticket::spent(&outcome, exit);
            return Poll::Ready(outcome);
        }
        let (core, caller) = (&scheduler.core, scheduler.caller(cx));
        if caller.ticket == self.task.ticket || self.task.stands_for(slot, caller.ticket) {
            return Poll::Ready(Err(TaskError::AwaitedItself));
        }
        let awaited = (self.task.ticket, slot);
        let before = wait::register(core, awaited, caller, &mut self.place);
        scheduler.wait_moved(before, awaited);
        Poll::Pending
    }
}

impl<T> Drop for Task<T> {
    #[inline]
    fn drop(&mut self) {
        // A handle that has returned a value has nothing left to give up. (That of another outcome finds no slot.)
        if self.task.ticket != Ticket::NONE {
            self.task.drop_handle(self.place);
        }
    }
}

impl TaskRef {
    /// Gives up a handle that could take the value, and its place among the waiters.
    #[inline(never)] // Speed: spawn_join. A handle that is spent goes a shorter way.
    fn drop_handle(&self, place: u64) {
        // Speed: oneshot, spawn_chain. A handle that was not awaited detaches its task without a call.
        let slot = || self.scheduler.core.slot_at(self.ticket);
        if place != 0 || !slot().is_some_and(|slot| slot.detach_plainly(self.ticket)) {
            self.drop_handle_slowly(place);
        }
    }

    #[inline(never)]
    fn drop_handle_slowly(&self, place: u64) {
        let scheduler = &self.scheduler;
        let Some(slot) = self.slot() else {
            return;
        };
        self.give_up(place);
        if slot.rare() != 0 && scheduler.release_handle(slot) {
            return;
        }
        if slot.has(Mark::Promise) {
            scheduler.leave_original(slot);
        } else if !slot.is_done() {
            return slot.mark(Mark::Detached, true);
        }
        if let Some(slot) = self.slot() {
            scheduler.abandon_bounded(self.ticket, slot);
        }
    }
}

impl<T> fmt::Debug for Task<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.task.fmt(f)
    }
}

impl<T: 'static> Future for &mut Task<T> {
    type Output = Result<T, TaskError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.poll_output(cx)
    }
}

impl Scheduler {
    /// Spawns a future as a task. Its first step is in the next round. After
    /// [`close`](Scheduler::close) there is no step: the future is dropped before this returns,
    /// and awaiting the task returns [`TaskError::Closed`].
    ///
    /// ```
    /// # mod groundup { pub use groundup_task::*; pub mod lowlevel { pub use super::*; } }
    /// use groundup::lowlevel::Scheduler;
    /// use groundup::TaskError;
    ///
    /// let scheduler = Scheduler::new().unwrap();
    /// scheduler.close();
    /// let mut task = scheduler.spawn(async { unreachable!("never runs") });
    /// assert!(task.done());
    /// assert!(matches!(task.take_result(), Some(Err(TaskError::Closed))));
    /// ```
    #[track_caller]
    #[inline]
    pub fn spawn<F>(self: &Rc<Self>, future: F) -> Task<F::Output>
    where
        F: IntoFuture,
        F::IntoFuture: 'static,
        F::Output: 'static,
    {
        let call_site = Location::caller();
        self.clone().spawn_at(future.into_future(), call_site)
    }

    /// Spawns for a caller that passes its place in the source.
    #[inline]
    pub fn spawn_at<F>(self: Rc<Self>, future: F, call_site: CallSite) -> Task<F::Output>
    where
        F: Future<Output: 'static> + 'static,
    {
        let ticket = self.spawn_ticket(&mut Some(future), 0, SCHED, call_site);
        Task::new(self, ticket)
    }

    /// Spawns with flags: with `Mark::Group`, `waiter` is the group and the member. Returns
    /// the ticket; the caller makes the handle where it keeps it. Speed: as_completed.
    #[inline]
    pub(crate) fn spawn_ticket<F>(
        &self,
        future: &mut Option<F>,
        waiter: u64,
        flags: u64,
        call_site: CallSite,
    ) -> Ticket
    where
        F: Future<Output: 'static> + 'static,
    {
        let mut tenant = Tenant::new(flags | Mark::inert::<F::Output>(), call_site);
        tenant.waiter = waiter;
        let boxed = |future| Box::pin(TaskObject::<F, Scheduler>::new(future, call_site)) as _;
        self.occupy(future, boxed, tenant)
    }
}
