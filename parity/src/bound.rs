//! What a scenario's names stand for while groundup runs it.
//!
//! A scenario shares everything: two tasks may await a third, a combinator
//! takes it, and a callback cancels it. So the names hold one handle of each
//! task to the end, and give clones of it away.
//!
//! Invariants
//! 1. Nothing here makes an iteration or takes one away: an await of a named
//!    task waits on the task itself.
//! 2. Asking how a task stands takes nothing from anybody.
//!
//! Read next: `interpreter.rs`.

use std::cell::{Cell, RefCell};
use std::error::Error;
use std::fmt::{self, Display, Formatter};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use groundup::{
    Child, ChildEnded, Deadline, DoneCallback, Handle, Promise, PromiseError, Task, TaskError,
    TaskGroup, TaskRef, TimerHandle,
};

/// A value, as it is printed.
pub(crate) type Value = Rc<str>;

/// Why a body or an await did not give a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// An error, by its name.
    Error(Rc<str>),
    /// A cancel, with its reason.
    Cancelled(Option<Rc<str>>),
}

impl Stop {
    pub(crate) fn error(name: &str) -> Stop {
        Stop::Error(name.into())
    }

    pub(crate) fn cancelled(cancelled: &groundup::Cancelled) -> Stop {
        Stop::Cancelled(cancelled.reason().map(Rc::from))
    }
}

impl Display for Stop {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Stop::Error(name) => write!(f, "error {name}"),
            Stop::Cancelled(None) => f.write_str("cancelled"),
            Stop::Cancelled(Some(reason)) => write!(f, "cancelled {reason}"),
        }
    }
}

impl Error for Stop {}

/// How a task ended, or what an await gave.
pub(crate) type Outcome = Result<Value, Stop>;

/// What a task of a scenario gives: cancels are not in it.
pub(crate) type Output = Result<Value, Rc<str>>;

/// The outcome that a finished task gives.
pub(crate) fn outcome_of(result: Result<Output, TaskError>) -> Outcome {
    match result {
        Ok(output) => output.map_err(Stop::Error),
        Err(TaskError::Cancelled(cancelled)) => Err(Stop::cancelled(&cancelled)),
        Err(TaskError::AwaitedItself) => Err(Stop::error("AwaitsItself")),
        Err(error) => Err(Stop::Error(format!("INTERNAL {error}").into())),
    }
}

/// The outcome of a promise, once it is done.
pub(crate) fn promise_outcome(result: Result<Value, PromiseError>) -> Outcome {
    result.map_err(|error| match error {
        PromiseError::Cancelled(cancelled) => Stop::cancelled(&cancelled),
        PromiseError::Failed(error) => match error.downcast_ref::<Stop>() {
            Some(stop) => stop.clone(),
            None => Stop::Error(format!("INTERNAL {error}").into()),
        },
        error => Stop::Error(format!("INTERNAL {error}").into()),
    })
}

/// What is known of a task besides what its handle says.
#[derive(Default)]
pub(crate) struct Life {
    /// Its future is gone.
    pub(crate) gone: Cell<bool>,
    /// How its body ended, if it came to an end.
    pub(crate) ended: RefCell<Option<Outcome>>,
    /// For a child: whether it ended cancelled, once its handle was asked.
    cancelled: Cell<Option<bool>>,
    /// How many cancels it had been asked when its body ended.
    pub(crate) asked: Cell<u32>,
    /// The same, where an error overruled them and the handle has forgotten.
    pub(crate) cancels: Cell<Option<u32>>,
}

/// The handle of a named task.
pub(crate) enum Handled {
    /// From `spawn`: it can be cloned, and each clone gives the value.
    Task(Task<Output>),
    /// From a group, which takes the value out and leaves it with the handle.
    Child(RefCell<Child<Value>>, TaskRef),
}

/// A task that a scenario can name.
pub(crate) struct Kept {
    handle: Handled,
    life: Rc<Life>,
}

impl Kept {
    pub(crate) fn named(handle: Handled, life: Rc<Life>) -> Waitable {
        Waitable::Task(Rc::new(Kept { handle, life }))
    }

    pub(crate) fn task_ref(&self) -> &TaskRef {
        match &self.handle {
            Handled::Task(task) => task.as_task_ref(),
            Handled::Child(_, task) => task,
        }
    }

    /// Another handle of the task itself, to give away; none of a child.
    pub(crate) fn task(&self) -> Option<Task<Output>> {
        match &self.handle {
            Handled::Task(task) => Some(task.clone()),
            Handled::Child(..) => None,
        }
    }

    /// How it ended, if it has.
    pub(crate) fn outcome(&self) -> Option<Outcome> {
        if let Some(mut task) = self.task() {
            return task.take_result().map(outcome_of);
        }
        if !self.life.gone.get() {
            return None;
        }
        let cancelled = self
            .life
            .cancelled
            .get()
            .unwrap_or_else(|| self.child_cancelled());
        match self.life.ended.borrow().clone() {
            Some(outcome) if !cancelled => Some(outcome),
            Some(Err(Stop::Cancelled(reason))) => Some(Err(Stop::Cancelled(reason))),
            _ => Some(Err(Stop::Cancelled(None))),
        }
    }

    /// Whether a child that has ended was cancelled: the task knows until its
    /// group has taken the value, and then the handle does.
    fn child_cancelled(&self) -> bool {
        let Handled::Child(child, task) = &self.handle else {
            return false;
        };
        if !task.name().is_empty() {
            return task.cancelled();
        }
        let mut cx = Context::from_waker(Waker::noop());
        let ended = Pin::new(&mut &mut *child.borrow_mut()).poll(&mut cx);
        let cancelled = matches!(ended, Poll::Ready(Err(ChildEnded::Cancelled)));
        self.life.cancelled.set(Some(cancelled));
        cancelled
    }

    /// Waits for its end.
    pub(crate) async fn wait(&self) -> Outcome {
        if let Some(mut task) = self.task()
            && groundup::current_task().as_ref() == Some(self.task_ref())
        {
            return outcome_of((&mut task).await); // it is told that it awaits itself
        }
        self.task_ref().ended().await;
        self.outcome()
            .expect("a task that was waited for has ended")
    }

    pub(crate) fn cancelling(&self) -> u32 {
        let task = self.task_ref();
        // A child is gone when its group has taken its value.
        let gone = matches!(self.handle, Handled::Child(..)) && task.name().is_empty();
        let recorded = if gone {
            Some(self.life.asked.get())
        } else {
            self.life.cancels.get()
        };
        recorded.unwrap_or_else(|| task.cancelling())
    }

    pub(crate) fn uncancel(&self) -> u32 {
        let Some(cancels) = self.life.cancels.get() else {
            return self.task_ref().uncancel();
        };
        let left = cancels.saturating_sub(1);
        self.life.cancels.set(Some(left));
        left
    }
}

/// A callback, and the means to take it back.
pub(crate) enum Hook {
    /// Of `soon`.
    Soon(Handle),
    /// Of `later` and `at`.
    Timer(TimerHandle),
    /// Of `done`: what it waits for, and what it calls.
    Done(Waitable, DoneCallback),
}

/// A task or a promise.
#[derive(Clone)]
pub(crate) enum Waitable {
    Task(Rc<Kept>),
    Promise(Promise<Value>),
}

impl Waitable {
    /// How it stands: nothing while it is pending.
    pub(crate) fn outcome(&self) -> Option<Outcome> {
        match self {
            Waitable::Task(task) => task.outcome(),
            Waitable::Promise(promise) => promise.done().then(|| promise_outcome(promise.result())),
        }
    }

    /// A handle of the task, to give away, if there can be one.
    pub(crate) fn task(&self) -> Option<Task<Output>> {
        match self {
            Waitable::Task(task) => task.task(),
            Waitable::Promise(_) => None,
        }
    }

    pub(crate) async fn wait(&self) -> Outcome {
        match self {
            Waitable::Task(task) => task.wait().await,
            Waitable::Promise(promise) => promise_outcome(promise.clone().await),
        }
    }

    pub(crate) fn cancel(&self, reason: Option<&str>) -> bool {
        match (self, reason) {
            (Waitable::Task(task), None) => task.task_ref().cancel(),
            (Waitable::Task(task), Some(reason)) => task.task_ref().cancel_with(reason),
            (Waitable::Promise(promise), None) => promise.cancel(),
            (Waitable::Promise(promise), Some(reason)) => promise.cancel_with(reason),
        }
    }

    pub(crate) fn add_done_callback(&self, callback: DoneCallback) {
        match self {
            Waitable::Task(task) => task.task_ref().add_done_callback(callback),
            Waitable::Promise(promise) => promise.add_done_callback(callback),
        };
    }

    pub(crate) fn remove_done_callback(&self, callback: &DoneCallback) -> usize {
        match self {
            Waitable::Task(task) => task.task_ref().remove_done_callback(callback),
            Waitable::Promise(promise) => promise.remove_done_callback(callback),
        }
    }
}

/// A member of a list: how it is written, and its task.
pub(crate) type Member = (String, Task<Output>);

/// What a name stands for.
#[derive(Clone)]
pub(crate) enum Bound {
    Waitable(Waitable),
    Hook(Rc<Hook>),
    Value(Value),
    /// What a `wait` left pending.
    List(Rc<RefCell<Vec<Member>>>),
    Deadline(Deadline),
    Group(TaskGroup<Rc<str>>),
}
