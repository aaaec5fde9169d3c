//! Try gather: returns the values of all children, or the first error.
//!
//! The problem: a child that returns a `Result` can fail in two ways. It returns an error of
//! its own, or it panics or is cancelled. Both should end the gather.
//!
//! Invariant: an error is returned when it happens, and the other children run on.
//!
//! Read next: `gather/error.rs`.

use groundup_executor::task::IntoTask;

use crate::gather::Gather;
use crate::gather::children::{Many, outcome, values};
use crate::gather::error::GatherError;

/// The children of [`try_gather`].
pub type TryGathered<T, E> = Many<Result<T, E>, Result<Vec<T>, GatherError<E>>>;

/// Runs children that return a `Result` at once; returns all values, or the first error.
///
/// ```text
/// try_gather([a, b, c]).await  ->  Ok(Vec of the values)
///                                  | Err(GatherError::Failed(error)) | Err(GatherError::Task(..))
/// ```
///
/// As [`gather`](crate::gather()): the error is returned when it happens, and the other
/// children run on. To cancel them, use a [`task_group`](crate::task_group()).
///
/// `try_gather` takes a list only: an array, a `Vec` or an iterator of tasks or futures of one type.
/// Futures of several types that return one type are spawned first, since their tasks are of one
/// type. For values of several types, use [`try_join`](crate::try_join()), which takes a tuple, or a
/// [`task_group`](crate::task_group()), whose children may have any types.
///
/// ```
/// # mod groundup { pub use groundup_combinators::{*, executor::*}; }
/// use groundup::{run, try_gather};
///
/// let lengths = ["12", "345"].map(|text| async move { text.parse::<u32>() });
/// assert_eq!(run(async { try_gather(lengths).await }).unwrap(), [12, 345]);
/// ```
///
/// # Panics
///
/// As [`gather`](crate::gather()).
///
/// # Cancel safety
///
/// As [`gather`](crate::gather()).
#[doc(alias = "try_join_all")]
#[track_caller]
pub fn try_gather<I, T, E>(items: I) -> Gather<TryGathered<T, E>>
where
    I: IntoIterator,
    I::Item: IntoTask<Output = Result<T, E>>,
    T: 'static,
    E: 'static,
{
    let output = |members: Vec<_>| {
        values(members.into_iter().map(|member| match outcome(member) {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => Err(GatherError::Failed(error)),
            Err(error) => Err(GatherError::Task(error)),
        }))
    };
    Gather::new(Many::admit(
        items,
        "try_gather",
        Some(Result::is_err),
        output,
    ))
}
