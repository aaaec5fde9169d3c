//! Gives up futures and tasks before their end.
//!
//! The problem: a race is over when the first racer has finished, and the others are no
//! longer needed. Dropping a future ends it. Dropping a task's handle does not: the task runs
//! on, and its result is lost. So a race awaits a task through a future that cancels the task
//! when it is dropped.
//!
//! Invariants:
//! 1. An abandoned future is dropped; an abandoned task is cancelled, and may clean up.
//! 2. A caller that passes a task as `&mut task` keeps it: the task is not cancelled.
//!
//! Read next: floor 4, `groundup-executor`: the same rounds, and the time.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::error::{PromiseError, TaskError};
use crate::handles::awaitable::Await;
use crate::handles::promise::Promise;
use crate::handles::task::Task;

/// A type that can be awaited in place and abandoned before its end: any future, which is then
/// dropped, or a [`Task`], which is then cancelled.
pub trait Abandon {
    /// The result of awaiting it.
    type Output;
    /// The future that awaits it. Dropping this future gives the racer up.
    type Future: Future<Output = Self::Output>;
    /// Returns the future itself. For a task, returns a future that awaits the task and cancels
    /// it when it is dropped.
    fn into_contender(self) -> Self::Future;
}

#[diagnostic::do_not_recommend]
impl<F: Future> Abandon for F {
    type Output = F::Output;
    type Future = F;

    #[inline]
    fn into_contender(self) -> F {
        self
    }
}

impl<T: 'static> Abandon for Task<T> {
    type Output = Result<T, TaskError>;
    type Future = CancelOnDrop<T>;

    fn into_contender(self) -> CancelOnDrop<T> {
        self.cancel_on_drop()
    }
}

impl<T: Clone + 'static> Abandon for Promise<T> {
    type Output = Result<T, PromiseError>;
    type Future = Await<Promise<T>>;

    fn into_contender(self) -> Await<Promise<T>> {
        Await::new(self)
    }
}

impl<T: 'static> Task<T> {
    /// Awaits the task, and cancels it if the wait is dropped before its end.
    ///
    /// ```
    /// # mod groundup { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/facade.inc")); }
    /// use groundup::{run, spawn};
    ///
    /// run(async {
    ///     let task = spawn(async { 5 });
    ///     let handle = task.task_ref();
    ///     let task = task.cancel_on_drop().into_task(); // returned, not cancelled
    ///     assert_eq!(handle.cancelling(), 0);
    ///     drop(task.cancel_on_drop());
    ///     assert_eq!(handle.cancelling(), 1);
    /// });
    /// ```
    pub fn cancel_on_drop(self) -> CancelOnDrop<T> {
        CancelOnDrop { task: Some(self) }
    }
}

/// The future of [`Task::cancel_on_drop`].
///
/// # Cancel safety
///
/// A cancel of the awaiting task goes to this task, as with any awaited task. Dropping it
/// cancels the task, and does not wait for its end.
#[doc(alias = "AbortOnDropHandle")]
#[must_use = "dropping this cancels the task"]
pub struct CancelOnDrop<T: 'static> {
    task: Option<Task<T>>,
}

impl<T: 'static> CancelOnDrop<T> {
    /// Stops awaiting and returns the task, not cancelled.
    pub fn into_task(mut self) -> Task<T> {
        self.task.take().expect(TAKEN)
    }
}

const TAKEN: &str = "the task is there until it is taken";

impl<T: 'static> Future for CancelOnDrop<T> {
    type Output = Result<T, TaskError>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut task = self.task.as_mut().expect(TAKEN);
        Pin::new(&mut task).poll(cx)
    }
}

impl<T: 'static> Drop for CancelOnDrop<T> {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.cancel();
        }
    }
}

impl<T: 'static> fmt::Debug for CancelOnDrop<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<CancelOnDrop {:?}>", self.task)
    }
}
