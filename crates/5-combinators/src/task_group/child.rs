//! Children: a task whose outcome its group and its awaiter share.
//!
//! The problem: the outcome of a child has two parts, for two readers. The error goes to the
//! group, the value goes to the awaiter. Either may look first.
//!
//! ```text
//!   child ends --> Ok(value)   value for the awaiter
//!                  Err(error)  error for the group, "it failed" for the awaiter
//!                  cancelled   nothing for the group, "it was cancelled" for the awaiter
//! ```
//!
//! Invariants:
//! 1. The first reader takes the outcome apart, and leaves the part of the other.
//! 2. A child that was refused has no task, and is done from the beginning.
//! 3. The drop of a child never panics: its value and its error are dropped one by one. A panic that
//!    its group did not get is reported then.
//!
//! Read next: `task_group/child_handle.rs`, how a child is awaited.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use groundup_executor::task::{Exit, Scheduler, Task, TaskError, TaskRef, drop_told};
use pin_project_lite::pin_project;

use crate::members::child_ended::{ChildEnded, GroupClosed};
use crate::task_group::error::ChildError;

/// A child as its group sees it, without the type of its value.
pub(super) trait AnyChild<E> {
    fn task(&self) -> TaskRef;
    /// Takes the outcome apart, unless the awaiter has. Returns the error, if the child failed.
    fn take_error(&self) -> Option<ChildError<E>>;
}

/// A child as its awaiter sees it.
pub(super) trait ValueOf<T> {
    /// Returns the value, or why there is none, if the child has ended.
    ///
    /// # Panics
    ///
    /// When it is called again after a value.
    fn value(&self) -> Option<Result<T, ChildEnded>>;
    /// Returns how the child has ended for its group, if its task has ended in this way.
    fn exit(&self, of_task: Exit) -> Exit;
}

/// Output of a child's task. An error goes to the group in any case, so the loop need not
/// report the error when a cancel takes its place.
pub(super) struct ChildResult<T, E>(Result<T, E>);

pin_project! {
    /// Future of a child. If it returns an error while a cancel of it is pending, the error
    /// stands, as the exception of a Python child does.
    pub(super) struct ErrorsStand<F> {
        #[pin]
        pub(super) future: F,
    }
}

impl<F: Future<Output = Result<T, E>>, T, E> Future for ErrorsStand<F> {
    type Output = ChildResult<T, E>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<ChildResult<T, E>> {
        let polled = self.project().future.poll(cx);
        if let (Poll::Ready(Err(_)), Some(scheduler)) = (&polled, Scheduler::current()) {
            scheduler.let_error_stand();
        }
        polled.map(ChildResult)
    }
}

/// A child between its group and its awaiter. The first of them to look at the outcome takes it
/// apart, and leaves the part of the other.
pub(super) struct Running<T, E> {
    task: RefCell<Task<ChildResult<T, E>>>,
    /// Boxed, since few children have no value: a child stays small.
    value: Cell<Option<Result<T, Box<ChildEnded>>>>,
    error: Cell<Option<ChildError<E>>>,
    taken_apart: Cell<bool>,
}

impl<T: 'static, E: 'static> Running<T, E> {
    pub(super) fn new(task: Task<ChildResult<T, E>>) -> Rc<Self> {
        Rc::new(Running {
            task: RefCell::new(task),
            value: Cell::new(None),
            error: Cell::new(None),
            taken_apart: Cell::new(false),
        })
    }

    fn take_apart(&self) {
        let mut task = self.task.borrow_mut();
        if self.taken_apart.get() || !task.done() {
            return;
        }
        self.taken_apart.set(true);
        // The handle stays: through it the task notifies the group of its end.
        let outcome = match task.take_and_stay() {
            Some(Ok(ChildResult(outcome))) => outcome.map_err(ChildError::Failed),
            Some(Err(TaskError::Panicked(panic))) => Err(ChildError::Panicked(panic)),
            other => return self.set_cancelled(other.and_then(Result::err)),
        };
        match outcome {
            Ok(value) => self.value.set(Some(Ok(value))),
            Err(error) => {
                self.value.set(Some(Err(Box::new(ChildEnded::Failed))));
                self.error.set(Some(error));
            }
        }
    }

    #[cold]
    fn set_cancelled(&self, why: Option<TaskError>) {
        let ended = match why {
            Some(TaskError::Cancelled(cancelled)) => ChildEnded::Cancelled(cancelled),
            _ => ChildEnded::cancelled_without_reason(),
        };
        self.value.set(Some(Err(Box::new(ended))));
    }
}

impl<T, E> Drop for Running<T, E> {
    /// Drops what was not read: each of the two may panic, and other children go with this one. An
    /// error that is still here had no reader: the group was dropped before its end.
    fn drop(&mut self) {
        drop_told(self.value.take());
        if let Some(error) = self.error.take() {
            let task = self.task.get_mut();
            error.give_up(task.scheduler(), Some(task));
        }
    }
}

impl<T: 'static, E: 'static> AnyChild<E> for Running<T, E> {
    fn task(&self) -> TaskRef {
        self.task.borrow().task_ref()
    }

    fn take_error(&self) -> Option<ChildError<E>> {
        self.take_apart();
        self.error.take()
    }
}

impl<T: 'static, E: 'static> ValueOf<T> for Running<T, E> {
    fn value(&self) -> Option<Result<T, ChildEnded>> {
        self.take_apart();
        let value = self.value.take();
        assert!(
            value.is_some() || !self.taken_apart.get(),
            "a child was polled after it had finished: await it once"
        );
        if let Some(Err(ended)) = &value {
            self.value.set(Some(Err(ended.clone()))); // an awaiter may ask again
        }
        value.map(|value| value.map_err(|ended| *ended))
    }

    /// Counts a child that has returned an error as failed, as its group does.
    fn exit(&self, of_task: Exit) -> Exit {
        let failed = match self.taken_apart.get() {
            false => (self.task.borrow()).output_is(|ChildResult(returned)| returned.is_err()),
            true => {
                let value = self.value.take();
                let failed = matches!(&value, Some(Err(ended)) if **ended == ChildEnded::Failed);
                self.value.set(value);
                failed
            }
        };
        match of_task {
            Exit::Returned if failed => Exit::Failed,
            of_task => of_task,
        }
    }
}

/// A child that the group has refused.
pub(super) struct Refused(pub(super) GroupClosed);

impl<T> ValueOf<T> for Refused {
    fn value(&self) -> Option<Result<T, ChildEnded>> {
        Some(Err(ChildEnded::Refused(self.0)))
    }

    fn exit(&self, _: Exit) -> Exit {
        Exit::Cancelled
    }
}
