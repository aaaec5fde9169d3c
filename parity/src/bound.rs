//! What a scenario's names stand for while groundup runs it.
//!
//! A scenario shares everything: two tasks may await a third, a combinator
//! takes it, and a callback cancels it. So the names hold one handle of each
//! task to the end, and give clones of it away. What is no task is given away as
//! it is; what cannot be cloned has one handle that stands for it.
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
use std::sync::Arc;
use std::task::{Context, Poll};

use groundup::lowlevel::{Awaitable, Member, Scheduler};
use groundup::{
    Child, ChildEnded, Deadline, DoneCallback, Handle, IntoTask, Locals, Promise, PromiseError,
    Task, TaskError, TaskGroup, TaskRef, TimerHandle, WaitSet,
};

use crate::program::Name;

/// A value, as it is printed.
pub(crate) type Value = Arc<str>;

/// Why a body or an await did not give a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// An error, by its name.
    Error(Arc<str>),
    /// A cancel, with its reason.
    Cancelled(Option<Arc<str>>),
}

impl Stop {
    pub(crate) fn error(name: &str) -> Stop {
        Stop::Error(name.into())
    }

    pub(crate) fn cancelled(cancelled: &groundup::Cancelled) -> Stop {
        Stop::Cancelled(cancelled.reason().map(Arc::from))
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
pub(crate) type Output = Result<Value, Arc<str>>;

/// The outcome that a finished task, or what stands for one, gives.
pub(crate) fn outcome_of(result: Result<Output, TaskError>) -> Outcome {
    match result {
        Ok(output) => output.map_err(Stop::Error),
        Err(TaskError::Cancelled(cancelled)) => Err(Stop::cancelled(&cancelled)),
        Err(TaskError::AwaitedItself) => Err(Stop::error("AwaitsItself")),
        Err(TaskError::Panicked(panic)) => Err(Stop::error(panic.message())),
        Err(TaskError::Failed(error)) => Err(failure(&*error)),
        Err(error) => Err(Stop::Error(format!("INTERNAL {error}").into())),
    }
}

/// The error with which a promise was failed.
pub(crate) fn failure(error: &(dyn Error + 'static)) -> Stop {
    // A gather or a shield fails with the failure of what it waited for.
    match (error.downcast_ref::<Stop>(), error.downcast_ref()) {
        (Some(stop), _) => stop.clone(),
        (_, Some(TaskError::Panicked(panic))) => Stop::error(panic.message()),
        (_, Some(TaskError::Failed(error))) => failure(&**error),
        (_, Some(TaskError::Cancelled(cancelled))) => Stop::cancelled(cancelled),
        _ => Stop::Error(format!("INTERNAL {error}").into()),
    }
}

/// The outcome of a promise, once it is done.
pub(crate) fn promise_outcome(result: Result<Output, PromiseError>) -> Outcome {
    match result {
        Ok(output) => output.map_err(Stop::Error),
        Err(PromiseError::Cancelled(cancelled)) => Err(Stop::cancelled(&cancelled)),
        Err(PromiseError::Failed(error)) => Err(failure(&*error)),
        Err(error) => Err(Stop::Error(format!("INTERNAL {error}").into())),
    }
}

/// What is known of a task besides what its handle says.
#[derive(Default)]
pub(crate) struct Life {
    /// Its future is gone.
    pub(crate) gone: Cell<bool>,
    /// The error or panic with which its body ended, if it did.
    pub(crate) error: RefCell<Option<Broken>>,
}

/// The error with which a body ended, or its panic.
#[derive(Clone)]
pub(crate) enum Broken {
    Error(Arc<str>),
    Panic(Arc<str>),
}

/// A child of a group, with its error: the group has that, and asyncio gives it to all.
pub(crate) struct Known {
    pub(crate) child: Child<Value>,
    pub(crate) life: Rc<Life>,
}

impl Awaitable for Known {
    type Output = Result<Output, TaskError>;

    fn poll_output(&mut self, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.child.poll_output(cx).map(|ended| match ended {
            Err(ChildEnded::Failed) => match self.life.error.take() {
                Some(Broken::Error(error)) => Ok(Err(error)),
                Some(Broken::Panic(panic)) => Err(TaskError::Failed(Arc::new(Stop::Error(panic)))),
                None => Child::outcome(ended).map(Ok),
            },
            ended => Child::outcome(ended).map(Ok),
        })
    }
}

impl Member for Known {
    type Value = Output;

    fn original(&self) -> &TaskRef {
        self.child.original()
    }

    fn outcome(output: Self::Output) -> Self::Output {
        output
    }

    fn output(outcome: Self::Output) -> Result<Self::Output, TaskError> {
        Ok(outcome)
    }
}

/// A gather, whose list of values is one value.
pub(crate) struct Listed(pub(crate) Task<Result<Vec<Value>, Arc<str>>>);

impl Awaitable for Listed {
    type Output = Result<Output, TaskError>;

    fn poll_output(&mut self, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let ended = Pin::new(&mut &mut self.0).poll(cx);
        ended.map(|ended| ended.map(|values| values.map(|values| listed(&values))))
    }
}

impl Member for Listed {
    type Value = Output;

    fn original(&self) -> &TaskRef {
        self.0.as_task_ref()
    }

    fn outcome(output: Self::Output) -> Self::Output {
        output
    }

    fn output(outcome: Self::Output) -> Result<Self::Output, TaskError> {
        Ok(outcome)
    }
}

/// Values as one value.
pub(crate) fn listed(values: &[Value]) -> Value {
    format!("[{}]", values.join(", ")).into()
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

/// What can be waited for, by a name.
#[derive(Clone)]
pub(crate) enum Waitable {
    /// From `spawn`. Also a child of a group: a clone of the one handle that stands for it.
    Task(Task<Output>),
    Gather(Task<Output>),
    Shield(Task<Output>),
    Promise(Promise<Output>),
}

impl Waitable {
    /// How it stands: nothing while it is pending.
    pub(crate) fn outcome(&self) -> Option<Outcome> {
        match self {
            Waitable::Task(task) | Waitable::Gather(task) | Waitable::Shield(task) => {
                task.clone().take_result().map(outcome_of)
            }
            Waitable::Promise(promise) => promise.done().then(|| promise_outcome(promise.result())),
        }
    }

    /// It as a combinator takes it.
    pub(crate) fn task(&self) -> Task<Output> {
        match self {
            Waitable::Task(task) | Waitable::Gather(task) | Waitable::Shield(task) => task.clone(),
            Waitable::Promise(promise) => promise.clone().into_task(&here()),
        }
    }

    /// What it is, for who counts.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Waitable::Task(task) if task.is_proxy() => "a child",
            Waitable::Task(_) => "a task",
            Waitable::Gather(_) => "a gather",
            Waitable::Shield(_) => "a shield",
            Waitable::Promise(_) => "a promise",
        }
    }

    /// What it is, however often it is named.
    pub(crate) fn original(&self) -> &TaskRef {
        match self {
            Waitable::Task(task) | Waitable::Gather(task) | Waitable::Shield(task) => {
                task.as_task_ref()
            }
            Waitable::Promise(promise) => promise.original(),
        }
    }

    pub(crate) async fn wait(&self) -> Outcome {
        match self {
            Waitable::Task(task) | Waitable::Gather(task) | Waitable::Shield(task) => {
                outcome_of(task.clone().await)
            }
            Waitable::Promise(promise) => promise_outcome(promise.clone().await),
        }
    }

    pub(crate) fn cancel(&self, reason: Option<&str>) -> bool {
        let asked = self.original();
        reason.map_or_else(|| asked.cancel(), |reason| asked.cancel_with(reason))
    }
}

/// The loop that runs.
pub(crate) fn here() -> Rc<Scheduler> {
    Scheduler::current().expect("a scenario runs in a loop")
}

/// A member of a list: how it is written, and what it is.
pub(crate) type Listing = (String, Waitable);

/// A set that is waited for again and again, and how its members are written.
pub(crate) struct KeptSet {
    /// Nothing while it is waited for.
    pub(crate) set: RefCell<Option<WaitSet<Output>>>,
    pub(crate) texts: RefCell<Vec<(String, TaskRef)>>,
    /// Whether it was waited for before.
    pub(crate) known: Cell<bool>,
}

/// What a name stands for.
#[derive(Clone)]
pub(crate) enum Bound {
    Waitable(Waitable),
    Hook(Rc<Hook>),
    Value(Value),
    /// What a `wait` left pending.
    List(Rc<RefCell<Vec<Listing>>>),
    Kept(Rc<KeptSet>),
    /// A deadline, and who has opened it.
    Deadline(Deadline, Name),
    Group(TaskGroup<Arc<str>>),
    Context(Locals),
}
