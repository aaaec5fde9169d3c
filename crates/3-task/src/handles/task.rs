//! Tasks: handles to something that runs by itself.
//!
//! The problem: a handle must be able to do four things, await, cancel, ask and
//! let go, and none of them may keep the task's memory from being used again. A
//! handle is the scheduler and a ticket, 16 bytes; when the task has gone, the
//! ticket fits nothing, and every question has an honest answer.
//!
//! [`Task<T>`] is the handle that can give the value, and can be cloned where the
//! value can; [`TaskRef`] is for everything else, and always can.
//!
//! `Task<T>` is not itself a `Future`; `task.await` works because it is
//! `IntoFuture`, and `&mut task` is a `Future` for those who need one. That is
//! what lets every combinator take tasks and bare futures through one door,
//! [`IntoTask`]: a task is taken as it is, a bare future is spawned. Were `Task` a
//! future, the two could not be told apart, and a task would be wrapped in a
//! second one, an iteration late.
//!
//! Invariants:
//! 1. Dropping a `Task` detaches it. It never cancels.
//! 2. The value can be taken once from each handle; `task_value.rs` says how there
//!    come to be several.
//! 3. The body never runs inside `spawn` (K01).
//!
//! Read next: `handles/spawning.rs`.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::error::TaskError;
use crate::handles::task_ref::TaskRef;
use crate::run::waker::ticket_of;
use crate::store::key::Mark;
use crate::store::ticket::SPENT;

/// A running task that will give a `T`: await it, or let it run by dropping this.
///
/// ```text
/// task.await  ->  Ok(value) | Err(TaskError::Cancelled) | Err(TaskError::Panicked) | ...
/// ```
///
/// ```
/// use groundup_task::{Scheduler, yield_now};
///
/// # let scheduler = groundup_task::Scheduler::new().unwrap();
/// # let _entered = scheduler.enter();
/// # let task = scheduler.spawn(async {
/// let scheduler = Scheduler::current().unwrap();
/// let task = scheduler.spawn(async {
///     yield_now().await;
///     "done"
/// });
/// assert!(!task.done(), "it begins in the next iteration");
/// assert_eq!(task.await.unwrap(), "done");
/// # });
/// # while !scheduler.is_idle() {
/// #     scheduler.run_round(&mut groundup_task::NoRoot);
/// # }
/// # assert!(task.done() && !task.panicked());
/// ```
pub struct Task<T> {
    pub(super) task: TaskRef,
    output: PhantomData<fn() -> T>,
}

impl<T> Task<T> {
    #[inline]
    pub(crate) fn from_ref(task: TaskRef) -> Self {
        Task {
            task,
            output: PhantomData,
        }
    }

    /// The untyped handle, to borrow.
    pub fn as_task_ref(&self) -> &TaskRef {
        &self.task
    }

    /// An untyped handle, to keep.
    pub fn task_ref(&self) -> TaskRef {
        self.task.clone()
    }

    /// Lets the task run on by itself. The same as dropping the handle, in words.
    pub fn detach(self) {}
}

impl<T> std::ops::Deref for Task<T> {
    type Target = TaskRef;

    fn deref(&self) -> &TaskRef {
        &self.task
    }
}

impl<T: 'static> Task<T> {
    fn poll_output(&mut self, cx: &Context<'_>) -> Poll<Result<T, TaskError>> {
        let scheduler = &self.task.scheduler;
        let Some(slot) = scheduler.core.slot_of(self.task.ticket) else {
            return Poll::Ready(Err(TaskError::Closed));
        };
        if slot.is_done() {
            let outcome = scheduler.outcome(self.task.ticket, slot);
            self.task.ticket = SPENT;
            return Poll::Ready(outcome);
        }
        if ticket_of(cx) == Some(self.task.ticket) {
            return Poll::Ready(Err(TaskError::AwaitedItself));
        }
        let (core, caller) = (&scheduler.core, scheduler.caller(cx));
        let awaited = (self.task.ticket, slot);
        if scheduler.is_shared(slot) {
            scheduler.waits.register_to_stay(core, awaited, caller);
        } else {
            scheduler.waits.register_joiner(core, awaited, caller);
        }
        Poll::Pending
    }
}

impl TaskRef {
    /// The handle that could take the value goes.
    #[inline(never)] // a handle that is spent goes a shorter way
    fn let_go(&self) {
        let scheduler = &self.scheduler;
        let Some(slot) = scheduler.core.slot_of(self.ticket) else {
            return;
        };
        if scheduler.release_handle(slot) {
            return;
        }
        if slot.is_done() {
            scheduler.abandon(self.ticket, slot);
        } else {
            slot.mark(Mark::Detached, true);
            scheduler
                .waits
                .unregister_joiner(&scheduler.core, self.ticket, slot);
        }
    }
}

impl<T> Drop for Task<T> {
    #[inline]
    fn drop(&mut self) {
        // The value was taken: the ticket is no longer good for anything.
        if self.task.ticket != SPENT {
            self.task.let_go();
        }
    }
}

impl<T> fmt::Debug for Task<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.task.fmt(f)
    }
}

impl<T: 'static> IntoFuture for Task<T> {
    type Output = Result<T, TaskError>;
    type IntoFuture = Join<T>;

    fn into_future(self) -> Join<T> {
        Join { task: self }
    }
}

impl<T: 'static> Future for &mut Task<T> {
    type Output = Result<T, TaskError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.poll_output(cx)
    }
}

/// A task being awaited: the future of a [`Task`].
///
/// # Cancel safety
///
/// Dropping it detaches the task, which runs on.
#[must_use = "futures do nothing unless awaited"]
#[derive(Debug)]
pub struct Join<T> {
    task: Task<T>,
}

impl<T> Join<T> {
    /// Stops awaiting and gives the task back.
    pub fn into_task(self) -> Task<T> {
        self.task
    }
}

impl<T: 'static> Future for Join<T> {
    type Output = Result<T, TaskError>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.get_mut().task.poll_output(cx)
    }
}
