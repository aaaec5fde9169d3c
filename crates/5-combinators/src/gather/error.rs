//! Errors of a gather, and how its output says that it was cancelled.
//!
//! The problem: `gather` returns a `Result` of its own, and `try_gather` returns one that holds
//! the children's error type. A cancel through a handle must fit into both.
//!
//! Invariant: an error that a child returned comes out unchanged.
//!
//! Read next: `wait.rs`.

use std::error::Error;
use std::fmt;

use groundup_executor::task::{Cancelled, TaskError};

/// Output of a [`Gather`](crate::Gather): a type that has a value for a cancelled gather.
pub trait Cancellable: Sized {
    /// Type of the value that a task in place of the gather would return.
    type Value: 'static;
    /// Returns the output of a gather that was cancelled through its handle.
    fn cancelled(cancelled: Cancelled) -> Self;
    /// Converts the output into the outcome of a task in place of the gather.
    ///
    /// # Errors
    ///
    /// The [`TaskError`] of a child that has no value, or the cancel of the gather.
    fn into_outcome(self) -> Result<Self::Value, TaskError>;
    /// Converts such an outcome back into the output.
    fn from_outcome(outcome: Result<Self::Value, TaskError>) -> Self;
}

impl<T: 'static> Cancellable for Result<T, TaskError> {
    type Value = T;

    fn cancelled(cancelled: Cancelled) -> Self {
        Err(TaskError::Cancelled(cancelled))
    }

    fn into_outcome(self) -> Result<T, TaskError> {
        self
    }

    fn from_outcome(outcome: Result<T, TaskError>) -> Self {
        outcome
    }
}

/// Treats an `Err` of a child as a value, as a task treats the `Err` it returns.
impl<T: 'static, E: 'static> Cancellable for Result<T, GatherError<E>> {
    type Value = Result<T, E>;

    fn cancelled(cancelled: Cancelled) -> Self {
        Err(GatherError::Task(TaskError::Cancelled(cancelled)))
    }

    fn into_outcome(self) -> Result<Result<T, E>, TaskError> {
        match self {
            Ok(values) => Ok(Ok(values)),
            Err(GatherError::Failed(error)) => Ok(Err(error)),
            Err(GatherError::Task(error)) => Err(error),
        }
    }

    fn from_outcome(outcome: Result<Result<T, E>, TaskError>) -> Self {
        match outcome {
            Ok(ended) => ended.map_err(GatherError::Failed),
            Err(error) => Err(GatherError::Task(error)),
        }
    }
}

/// Says why a [`try_gather`](crate::try_gather) has no results.
///
/// ```
/// # mod groundup { pub use groundup_combinators::{*, executor::*}; }
/// use groundup::{GatherError, run, try_gather};
///
/// let children = [|| Ok(1), || Err("no")].map(|f: fn() -> Result<u32, &'static str>| async move { f() });
/// match run(async { try_gather(children).await }) {
///     Err(GatherError::Failed(error)) => assert_eq!(error, "no"),
///     other => panic!("{other:?}"),
/// }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum GatherError<E> {
    /// A child returned this error.
    Failed(E),
    /// A child panicked or was cancelled.
    Task(TaskError),
}

impl<E> GatherError<E> {
    /// Turns this into an error of the user's type: that of the child, unchanged, with its chain
    /// of causes. The error of a child that panicked or was cancelled is converted, so `E` needs
    /// `From<TaskError>`: with `thiserror`, a variant with `#[from] TaskError`.
    ///
    /// ```
    /// # mod groundup { pub use groundup_combinators::{*, executor::*}; }
    /// use groundup::{GatherError, run, try_gather};
    /// use std::error::Error;
    ///
    /// type Anything = Box<dyn Error + Send + Sync>;
    ///
    /// async fn parsed(text: &'static str) -> Result<u32, Anything> {
    ///     Ok(text.parse()?)
    /// }
    ///
    /// async fn all() -> Result<Vec<u32>, Anything> {
    ///     try_gather([parsed("1"), parsed("two")]).await.map_err(GatherError::merge)
    /// }
    ///
    /// assert!(run(all()).unwrap_err().is::<std::num::ParseIntError>());
    /// ```
    pub fn merge(self) -> E
    where
        E: From<TaskError>,
    {
        match self {
            GatherError::Failed(error) => error,
            GatherError::Task(error) => E::from(error),
        }
    }
}

impl<E: fmt::Display> fmt::Display for GatherError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // The long form, which for `anyhow::Error` is the whole chain of causes.
            GatherError::Failed(error) => write!(f, "{error:#}"),
            GatherError::Task(error) => error.fmt(f),
        }
    }
}

/// `E` need be no [`Error`] itself: `String`, `anyhow::Error` and `Box<dyn Error + Send + Sync>`
/// are none, and [`Failed`](GatherError::Failed) holds them all the same.
impl<E: fmt::Debug + fmt::Display> Error for GatherError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            GatherError::Failed(_) => None,
            // Its text is the text of this error, so the chain goes on below it.
            GatherError::Task(error) => error.source(),
        }
    }
}
