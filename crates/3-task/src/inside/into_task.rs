//! What can stand where a task is wanted: Python's `ensure_future`.
//!
//! The problem: `gather`, `wait` and their kin take tasks and bare futures alike.
//! A task is taken as it is; a bare future must be spawned, or, where no task is
//! needed, polled in place. One trait says both, and what comes of awaiting.
//!
//! Invariant: a task is never wrapped in a second one, and a future is spawned at
//! most once.
//!
//! Read next: `inside/admission.rs`, how many come in.

use std::future::{Future, IntoFuture};
use std::rc::Rc;

use crate::error::TaskError;
use crate::handles::task::{Join, Task};
use crate::inside::seat::Seat;
use crate::run::Scheduler;

/// What can stand where a task is wanted: a task as it is, or any future, which
/// is spawned. Python's `ensure_future`.
///
/// ```
/// use groundup_task::{IntoTask, Scheduler, TaskRef};
///
/// # let scheduler = groundup_task::Scheduler::new().unwrap();
/// # let _entered = scheduler.enter();
/// # let task = scheduler.spawn(async {
/// fn named(it: impl IntoTask, name: &str) -> TaskRef {
///     let task = it.into_task(&Scheduler::current().unwrap());
///     task.set_name(name);
///     task.task_ref()
/// }
///
/// let task = Scheduler::current().unwrap().spawn(async { 5 });
/// let before = task.ticket();
/// assert_eq!(named(task, "a task as it is").ticket(), before);
/// assert_ne!(named(async { 5 }, "a future, spawned").ticket(), before);
/// # });
/// # while !scheduler.is_idle() {
/// #     scheduler.run_round(&mut groundup_task::NoRoot);
/// # }
/// # assert!(task.done() && !task.panicked());
/// ```
pub trait IntoTask {
    /// What the task gives.
    type Output: 'static;
    /// What awaiting gives: for a future its output, for a task a `Result`.
    type Awaited;
    /// What it is awaited as, when no task need be made of it.
    type Future: Future<Output = Self::Awaited>;

    /// The task itself, or the future spawned on `scheduler`.
    #[track_caller]
    fn into_task(self, scheduler: &Rc<Scheduler>) -> Task<Self::Output>;

    /// The task, as a member of the group that offers `seat`; false if it had ended
    /// before. [`Watching::admit`](crate::Watching::admit) asks for it.
    ///
    /// # Panics
    ///
    /// If it is a task that runs in another loop.
    #[track_caller]
    fn into_member(self, seat: Seat<'_>) -> (Task<Self::Output>, bool);

    /// The future itself, or the task to be awaited; nothing is spawned.
    fn into_awaited(self) -> Self::Future;

    /// What awaiting gives, from the outcome of the task; a panic of a future
    /// that was spawned goes on here.
    ///
    /// # Errors
    ///
    /// Why a future that was spawned gave no value, if that is not a panic.
    fn awaited(outcome: Result<Self::Output, TaskError>) -> Result<Self::Awaited, TaskError>;
}

impl<F> IntoTask for F
where
    F: Future + 'static,
    F::Output: 'static,
{
    type Output = F::Output;
    type Awaited = F::Output;
    type Future = F;

    #[inline(always)] // the future is built where its task has it
    fn into_task(self, scheduler: &Rc<Scheduler>) -> Task<F::Output> {
        scheduler.spawn(self)
    }

    #[inline(always)]
    fn into_member(self, seat: Seat<'_>) -> (Task<F::Output>, bool) {
        seat.spawn(self)
    }

    fn into_awaited(self) -> F {
        self
    }

    fn awaited(outcome: Result<F::Output, TaskError>) -> Result<F::Output, TaskError> {
        match outcome {
            Err(TaskError::Panicked(panic)) => panic.resume(),
            outcome => outcome,
        }
    }
}

impl<T: 'static> IntoTask for Task<T> {
    type Output = T;
    type Awaited = Result<T, TaskError>;
    type Future = Join<T>;

    #[inline]
    fn into_task(self, _: &Rc<Scheduler>) -> Task<T> {
        self
    }

    #[inline]
    fn into_member(self, seat: Seat<'_>) -> (Task<T>, bool) {
        seat.take(self)
    }

    fn into_awaited(self) -> Join<T> {
        self.into_future()
    }

    fn awaited(outcome: Result<T, TaskError>) -> Result<Self::Awaited, TaskError> {
        Ok(outcome)
    }
}
