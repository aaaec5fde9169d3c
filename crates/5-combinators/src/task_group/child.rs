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
//! 2. Dropping a [`Child`] changes nothing: the child belongs to the group.
//!
//! Read next: `task_group/block.rs`, how the group ends.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use groundup_executor::task::{
    Awaitable, Cancelled, Exit, Finished, Member, Scheduler, Task, TaskError, TaskRef,
};
use pin_project_lite::pin_project;

use crate::members::member;
use crate::task_group::error::{ChildEnded, ChildError};

/// A child as its group sees it, without the type of its value.
pub(super) trait AnyChild<E> {
    fn task(&self) -> TaskRef;
    /// Takes the outcome apart, unless the awaiter has. Returns the error, if the child failed.
    fn take_error(&self) -> Option<ChildError<E>>;
}

/// A child as its awaiter sees it.
trait ValueOf<T> {
    /// Returns the value, or why there is none, if the child has ended.
    ///
    /// # Panics
    ///
    /// When it is called again after that.
    fn value(&self) -> Option<Result<T, ChildEnded>>;
    /// Returns true if the child has returned an error, or has panicked and was taken apart.
    fn has_failed(&self) -> bool;
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
    value: Cell<Option<Result<T, ChildEnded>>>,
    error: Cell<Option<ChildError<E>>>,
    taken_apart: Cell<bool>,
}

impl<T: 'static, E: 'static> Running<T, E> {
    /// Makes the two sides of a child: the group's and the awaiter's.
    pub(super) fn new(task: Task<ChildResult<T, E>>) -> (Rc<Self>, Child<T>) {
        let ended = task.ended();
        let running = Rc::new(Running {
            task: RefCell::new(task),
            value: Cell::new(None),
            error: Cell::new(None),
            taken_apart: Cell::new(false),
        });
        let child = Child {
            ended,
            running: running.clone(),
        };
        (running, child)
    }

    fn take_apart(&self) {
        let mut task = self.task.borrow_mut();
        if self.taken_apart.get() || !task.done() {
            return;
        }
        self.taken_apart.set(true);
        // The handle stays: through it the task notifies the group of its end.
        let (value, error) = match task.take_and_stay() {
            Some(Ok(ChildResult(Ok(value)))) => (Ok(value), None),
            Some(Ok(ChildResult(Err(error)))) => {
                (Err(ChildEnded::Failed), Some(ChildError::Failed(error)))
            }
            Some(Err(TaskError::Panicked(panic))) => {
                (Err(ChildEnded::Failed), Some(ChildError::Panicked(panic)))
            }
            _ => (Err(ChildEnded::Cancelled), None),
        };
        self.value.set(Some(value));
        self.error.set(error);
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
            "a child was polled after it had finished"
        );
        value
    }

    fn has_failed(&self) -> bool {
        if !self.taken_apart.get() {
            return self
                .task
                .borrow()
                .output_is(|ChildResult(returned)| returned.is_err());
        }
        let value = self.value.take();
        let failed = matches!(value, Some(Err(ChildEnded::Failed)));
        self.value.set(value);
        failed
    }
}

/// Awaits a child of a group: returns its value, or why there is none.
///
/// Dropping it changes nothing: the child belongs to the group, which waits for it.
///
/// ```
/// # mod groundup { pub use groundup_combinators::{*, executor::*}; }
/// use groundup::{ChildEnded, TaskGroup, run, task_group};
///
/// let sum = run(task_group(async |group: TaskGroup<String>| {
///     let two = group.spawn(async { Ok(2) }).unwrap();
///     let three = group.spawn(async { Ok(3) }).unwrap();
///     let cancelled = group.spawn(async { Ok(4) }).unwrap();
///     cancelled.as_task_ref().cancel();
///     assert_eq!(cancelled.await, Err(ChildEnded::Cancelled));
///     Ok(two.await.unwrap() + three.await.unwrap())
/// }));
/// assert_eq!(sum.unwrap(), 5);
/// ```
///
/// # Panics
///
/// When it is polled after its end, or when a child awaits itself.
///
/// # Cancel safety
///
/// A cancel of the awaiter goes to the child, as with any awaited task; the group does not
/// count it as an error. Dropping the await takes no value away.
pub struct Child<T> {
    ended: Finished,
    running: Rc<dyn ValueOf<T>>,
}

impl<T> Child<T> {
    /// Returns the child's task, to cancel it or to read its name.
    pub fn as_task_ref(&self) -> &TaskRef {
        self.ended.as_task_ref()
    }
}

impl<T> Awaitable for Child<T> {
    type Output = Result<T, ChildEnded>;

    fn poll_output(&mut self, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let ended = Pin::new(&mut self.ended).poll(cx);
        ended.map(|()| self.running.value().unwrap_or(Err(ChildEnded::Cancelled)))
    }
}

impl<T: 'static> Member for Child<T> {
    type Value = T;

    fn original(&self) -> &TaskRef {
        self.as_task_ref()
    }

    /// Counts a child that has returned an error as failed, as its group does.
    fn exit(&self, original: Exit) -> Exit {
        match original {
            Exit::Returned if self.running.has_failed() => Exit::Failed,
            original => original,
        }
    }

    fn outcome(output: Self::Output) -> Result<T, TaskError> {
        output.map_err(|error| match error {
            ChildEnded::Cancelled => TaskError::Cancelled(Cancelled::default()),
            ChildEnded::Failed => TaskError::Failed(Arc::new(error)),
        })
    }

    fn output(outcome: Result<T, TaskError>) -> Result<Self::Output, TaskError> {
        Ok(outcome.map_err(|error| match error {
            TaskError::Failed(_) | TaskError::Panicked(_) => ChildEnded::Failed,
            _ => ChildEnded::Cancelled,
        }))
    }
}

impl<T: 'static> Child<T> {
    fn own_loop(&self) -> &Rc<Scheduler> {
        self.as_task_ref().scheduler()
    }

    #[track_caller]
    fn stand_in(self, scheduler: &Rc<Scheduler>) -> Task<T> {
        scheduler.proxy(self)
    }
}

member! {
    [T: 'static] Child<T>, T, Child<T>
}

impl<T> fmt::Debug for Child<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_task_ref().fmt(f)
    }
}
