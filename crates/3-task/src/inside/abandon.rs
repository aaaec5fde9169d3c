//! Contenders: what can be given up, be it a future or a task.
//!
//! The problem: a race is over when the first has finished, and nobody wants the
//! others. Dropping a future ends it. Dropping a task's handle does not: it runs on, and
//! nobody takes what it gives. So a task in a race is awaited through something that
//! cancels it when the race lets go.
//!
//! Invariants:
//! 1. A future that is given up is dropped; a task is asked to stop, and may clean up.
//! 2. Who lends a task as `&mut task` keeps it: it is not cancelled.
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

/// What can be awaited in place and given up before its end: any future, and a
/// [`Task`], which is cancelled when it is given up.
pub trait Contender {
    /// What awaiting it gives.
    type Output;
    /// What it is awaited as. Dropping this gives it up.
    type Future: Future<Output = Self::Output>;
    /// The future itself, or the task to be awaited and, if that is given up, cancelled.
    fn into_contender(self) -> Self::Future;
}

impl<F: Future> Contender for F {
    type Output = F::Output;
    type Future = F;

    #[inline]
    fn into_contender(self) -> F {
        self
    }
}

impl<T: 'static> Contender for Task<T> {
    type Output = Result<T, TaskError>;
    type Future = CancelOnDrop<T>;

    fn into_contender(self) -> CancelOnDrop<T> {
        self.cancel_on_drop()
    }
}

impl<T: Clone + 'static> Contender for Promise<T> {
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
    /// # let scheduler = groundup_task::Scheduler::new().unwrap();
    /// let task = scheduler.spawn(async { 5 });
    /// let handle = task.task_ref();
    /// let task = task.cancel_on_drop().into_task(); // it is given back
    /// assert_eq!(handle.cancelling(), 0);
    /// drop(task.cancel_on_drop());
    /// assert_eq!(handle.cancelling(), 1);
    /// ```
    pub fn cancel_on_drop(self) -> CancelOnDrop<T> {
        CancelOnDrop { task: Some(self) }
    }
}

/// What [`Task::cancel_on_drop`] returns.
///
/// # Cancel safety
///
/// A cancel of the awaiting task goes to this task, as with any that is awaited.
/// Dropping it cancels the task, and does not wait for its end.
#[must_use = "dropping this cancels the task"]
pub struct CancelOnDrop<T: 'static> {
    task: Option<Task<T>>,
}

impl<T: 'static> CancelOnDrop<T> {
    /// Stops awaiting and gives the task back, uncancelled.
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
