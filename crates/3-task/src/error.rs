//! Defines the errors, whose messages name a cause and a cure.
//!
//! The problem: a task can fail in three ways: by an error of its own, by a cancel, and by a
//! panic. Only its own errors belong in its output type. A cancel is no error of the task, so it
//! is not a part of the `Result` that the task returns. A panic goes to the code that awaits the
//! task, which decides what to do with it.
//!
//! Invariant: no error here swallows a value. A value that was passed in comes back out.
//!
//! Read next: `error/panic.rs`, a panic as a value.

use std::error::Error;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use panic::{Panic, drop_quietly, message_of};

pub(crate) mod panic;

/// The error of a promise, as [`PromiseError::Failed`] has it. All awaiters share it, and it may go
/// to another thread.
pub type SharedError = Arc<dyn Error + Send + Sync>;

/// Says that a task or promise was cancelled, perhaps with a reason. [`TaskError`] has an
/// example.
#[derive(Clone, Default)]
pub struct Cancelled {
    pub(crate) reason: Option<Arc<str>>,
    pub(crate) address: CancelAddress,
}

/// Names the task or scope that a cancel was for, as `cancel/owner.rs` reads it. A cancel that
/// is given back goes there. No comparison includes the address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct CancelAddress(pub(crate) u64);

impl Cancelled {
    /// Returns the reason that was given to `cancel_with`.
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// Makes a cancel that is raised by hand, or is the end of another task.
    pub(crate) fn new(reason: Option<Arc<str>>) -> Self {
        let address = CancelAddress::default();
        Cancelled { reason, address }
    }
}

impl PartialEq for Cancelled {
    fn eq(&self, other: &Self) -> bool {
        self.reason == other.reason
    }
}

impl Eq for Cancelled {}

impl Hash for Cancelled {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.reason.hash(state);
    }
}

impl fmt::Debug for Cancelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cancelled")
            .field("reason", &self.reason)
            .finish()
    }
}

impl fmt::Display for Cancelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            Some(reason) => write!(f, "cancelled: {reason}"),
            None => f.write_str("cancelled"),
        }
    }
}

impl Error for Cancelled {}

/// Returns the text of a user's error, whose `Display` may panic.
pub(crate) fn text_of(error: &dyn Error) -> String {
    text_by("Display", || error.to_string())
}

/// Returns the text that an error writes of itself by a trait of this name, which may panic.
pub(crate) fn text_by(name: &str, write: impl FnOnce() -> String) -> String {
    catch_unwind(AssertUnwindSafe(write)).unwrap_or_else(|panic| {
        let why = message_of(&*panic).to_string();
        drop_quietly(panic);
        format!("an error whose {name} panicked: {why}")
    })
}

/// Says why awaiting a task gave no value.
///
/// ```
/// # mod groundup { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/facade.inc")); }
/// use groundup::{TaskError, run, spawn, yield_now};
///
/// # std::panic::set_hook(Box::new(|_| ()));
/// run(async {
///     let mut five = spawn(async { 5 });
///     let stopped = spawn(std::future::pending::<()>());
///     let broken = spawn(async { panic!("out of {}", "luck") });
///     stopped.cancel_with("the shop closes");
///     yield_now().await;
///     assert_eq!(five.take_value(), Some(5));
///     assert!(matches!(five.await, Err(TaskError::Taken)));
///     let Err(TaskError::Cancelled(cancelled)) = stopped.await else { panic!() };
///     assert_eq!(cancelled.reason(), Some("the shop closes"));
///     let Err::<(), _>(TaskError::Panicked(panic)) = broken.await else { panic!() };
///     assert_eq!(panic.message(), "out of luck");
/// });
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
#[doc(alias = "JoinError")]
pub enum TaskError {
    /// The task was cancelled.
    Cancelled(Cancelled),
    /// The task panicked; other tasks went on.
    Panicked(Panic),
    /// A promise, or the child of a group, was given in place of a task, and has failed
    /// with this error.
    Failed(SharedError),
    /// A task awaited itself, which would never end.
    AwaitedItself,
    /// This handle was awaited to its end before, or its value was taken before.
    Taken,
    /// The loop was closed before the task was done, or before its value was taken.
    Closed,
}

impl TaskError {
    /// Returns true if the task was cancelled.
    pub fn is_cancelled(&self) -> bool {
        matches!(self, TaskError::Cancelled(_))
    }

    /// Returns true if the task panicked.
    pub fn is_panicked(&self) -> bool {
        matches!(self, TaskError::Panicked(_))
    }
}

impl fmt::Display for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TaskError::Cancelled(cancelled) => write!(f, "the task was {cancelled}"),
            TaskError::Panicked(panic) => write!(f, "the task panicked: {}", panic.message()),
            TaskError::Failed(error) => write!(f, "what was awaited failed: {error}"),
            TaskError::AwaitedItself => f.write_str(
                "a task cannot await itself: it would wait for its own end; await it from another task",
            ),
            TaskError::Taken => f.write_str(
                "the task can give no value: it was taken before, by an await or by a `take`; take \
                 it once, or clone the handle for each part of the program that needs it",
            ),
            TaskError::Closed => f.write_str(
                "the task can give no value: its loop was closed before it was done, or before the \
                 value was taken; keep the loop until then",
            ),
        }
    }
}

/// So that `task.await?` works in a function that returns an `io::Result`. The kind is `Other`, and
/// `get_ref` has the error itself.
///
/// ```
/// # mod groundup { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/facade.inc")); }
/// use groundup::{TaskError, run, spawn};
/// use std::io;
///
/// async fn sends() -> io::Result<usize> {
///     let sender = spawn(async { Ok::<_, io::Error>(7) });
///     sender.await?
/// }
/// assert_eq!(run(sends()).unwrap(), 7);
/// let error = io::Error::from(TaskError::AwaitedItself);
/// assert!(error.get_ref().unwrap().is::<TaskError>());
/// ```
impl From<TaskError> for io::Error {
    fn from(error: TaskError) -> Self {
        io::Error::other(error)
    }
}

impl Error for TaskError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            TaskError::Failed(error) => Some(&**error),
            _ => None,
        }
    }
}

/// Says why a promise gives no value.
///
/// ```
/// # mod groundup { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/facade.inc")); }
/// use groundup::{Promise, PromiseError, run};
///
/// run(async {
///     let (broken, cancelled) = (Promise::<u32>::new(), Promise::<u32>::new());
///     assert!(matches!(broken.result(), Err(PromiseError::NotReady)));
///     broken.set_exception("the disk is full").unwrap();
///     let Err(PromiseError::Failed(error)) = broken.result() else { panic!() };
///     assert_eq!(error.to_string(), "the disk is full");
///     cancelled.cancel();
///     assert!(matches!(cancelled.result(), Err(PromiseError::Cancelled(_))));
/// });
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum PromiseError {
    /// It is not set yet.
    NotReady,
    /// It was cancelled.
    Cancelled(Cancelled),
    /// `set_exception` was called with this error.
    Failed(SharedError),
    /// Its loop was closed.
    Closed,
    /// Its value is being cloned, and that `Clone` asks for the value again.
    InUse,
}

impl fmt::Display for PromiseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PromiseError::NotReady => f.write_str(
                "invalid state: the promise is not set; await it, or look at done() first",
            ),
            PromiseError::Cancelled(cancelled) => write!(f, "the promise was {cancelled}"),
            PromiseError::Failed(error) => write!(f, "the promise failed: {error}"),
            PromiseError::Closed => {
                f.write_str("the promise's loop was closed; keep the loop open while you use it")
            }
            PromiseError::InUse => f.write_str(
                "the promise's value is being cloned, and its Clone asks for the value again: \
                 clone without asking this promise",
            ),
        }
    }
}

impl Error for PromiseError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            PromiseError::Failed(error) => Some(&**error),
            _ => None,
        }
    }
}

/// Says that the promise was done already, and returns the value that was not set.
///
/// ```
/// # mod groundup { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/facade.inc")); }
/// use groundup::{Promise, run};
///
/// run(async {
///     let promise = Promise::new();
///     promise.set_result("first").unwrap();
///     assert_eq!(promise.set_result("second").unwrap_err().value, "second");
///     assert_eq!(promise.result().unwrap(), "first");
/// });
/// ```
#[derive(Clone, PartialEq, Eq)]
#[doc(alias = "InvalidStateError")]
pub struct InvalidState<V> {
    /// The value or error that was not set.
    pub value: V,
}

impl<V> fmt::Debug for InvalidState<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InvalidState")
    }
}

impl<V> fmt::Display for InvalidState<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "invalid state: the promise is done already (set, failed or cancelled); set it once, \
             or look at done() first. The value is in this error",
        )
    }
}

impl<V> Error for InvalidState<V> {}
