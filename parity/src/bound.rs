//! Binds the names of a scenario to tasks, promises and other values.
//!
//! A scenario shares everything: two tasks may await a third, a combinator
//! takes it, and a callback cancels it. So each name holds one handle of its
//! task until the run ends, and statements get clones of the handle. A promise is
//! cloned in the same way. A child, a gather and a shield cannot be cloned, so a
//! task handle that stands for it (a proxy) is cloned instead.
//!
//! Invariants
//! 1. Nothing here adds or removes an iteration: an await of a named
//!    task waits on the task itself.
//! 2. A statement that asks for the state of a task takes no value from it.
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
use crate::sharing::Shared;

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

/// The outcome of a task or of an await.
pub(crate) type Outcome = Result<Value, Stop>;

/// The output of a scenario's task: a value or the name of an error, never a cancel.
pub(crate) type Output = Result<Value, Arc<str>>;

/// Converts the result of a finished task, or of a proxy, to an outcome.
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

/// Converts the error of a failed promise to a stop.
pub(crate) fn failure(error: &(dyn Error + 'static)) -> Stop {
    // A gather or a shield fails with the failure of its member.
    match (error.downcast_ref::<Stop>(), error.downcast_ref()) {
        (Some(stop), _) => stop.clone(),
        (_, Some(TaskError::Panicked(panic))) => Stop::error(panic.message()),
        (_, Some(TaskError::Failed(error))) => failure(&**error),
        (_, Some(TaskError::Cancelled(cancelled))) => Stop::cancelled(cancelled),
        _ => Stop::Error(format!("INTERNAL {error}").into()),
    }
}

/// Converts the result of a promise that is done to an outcome.
pub(crate) fn promise_outcome(result: Result<Output, PromiseError>) -> Outcome {
    match result {
        Ok(output) => output.map_err(Stop::Error),
        Err(PromiseError::Cancelled(cancelled)) => Err(Stop::cancelled(&cancelled)),
        Err(PromiseError::Failed(error)) => Err(failure(&*error)),
        Err(error) => Err(Stop::Error(format!("INTERNAL {error}").into())),
    }
}

/// The facts about a task that its handle does not know.
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

/// A child of a group, with its error. In groundup only the group gets the error; asyncio gives
/// it to each awaiter of the child, too.
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

/// The handle with which a statement cancels a callback.
pub(crate) enum Hook {
    /// Of `soon`.
    Soon(Handle),
    /// Of `later` and `at`.
    Timer(TimerHandle),
    /// Of `done`: the awaited task or promise, and the callback.
    Done(Waitable, DoneCallback),
}

/// A named task, gather, shield or promise, which statements can await.
#[derive(Clone)]
pub(crate) enum Waitable {
    /// From `spawn`. Also a child of a group: a clone of the one handle that stands for it.
    Task(Task<Output>),
    Gather(Task<Output>),
    Shield(Task<Output>),
    Promise(Promise<Output>),
}

impl Waitable {
    /// Returns the outcome; `None` while it is pending.
    pub(crate) fn outcome(&self) -> Option<Outcome> {
        match self {
            Waitable::Task(task) | Waitable::Gather(task) | Waitable::Shield(task) => {
                task.clone().take_result().map(outcome_of)
            }
            Waitable::Promise(promise) => promise.done().then(|| promise_outcome(promise.result())),
        }
    }

    /// Returns the task handle that a combinator takes; for a promise, a proxy.
    pub(crate) fn task(&self) -> Task<Output> {
        match self {
            Waitable::Task(task) | Waitable::Gather(task) | Waitable::Shield(task) => task.clone(),
            Waitable::Promise(promise) => promise.clone().into_task(&here()),
        }
    }

    /// Returns its kind, as the census counts it.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Waitable::Task(task) if task.is_proxy() => "a child",
            Waitable::Task(_) => "a task",
            Waitable::Gather(_) => "a gather",
            Waitable::Shield(_) => "a shield",
            Waitable::Promise(_) => "a promise",
        }
    }

    /// Returns the original task or promise, which is equal for all names of it.
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

/// Returns the running loop.
pub(crate) fn here() -> Rc<Scheduler> {
    Scheduler::current().expect("a scenario runs in a loop")
}

/// A member of a list: its text, and the value.
pub(crate) type Listing = (String, Waitable);

/// A set for many waits, with the texts of its members.
pub(crate) struct KeptSet {
    /// `None` during a wait.
    pub(crate) set: RefCell<Option<WaitSet<Output>>>,
    pub(crate) texts: RefCell<Vec<(String, TaskRef)>>,
    /// True after the first wait.
    pub(crate) known: Cell<bool>,
}

/// The value of a name.
#[derive(Clone)]
pub(crate) enum Bound {
    Waitable(Waitable),
    Hook(Rc<Hook>),
    Value(Value),
    /// The pending members that a `wait` has returned.
    List(Rc<RefCell<Vec<Listing>>>),
    Kept(Rc<KeptSet>),
    /// A deadline, and the label of the task that has opened it.
    Deadline(Deadline, Name),
    Group(TaskGroup<Arc<str>>),
    Context(Locals),
    Shared(Shared),
}
