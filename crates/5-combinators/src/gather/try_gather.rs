//! Try gather: the values of all, or the error of the first that fails.
//!
//! The problem: children that give a `Result` have two ways to fail, with an error of
//! their own and by not ending at all, and both should end the gather.
//!
//! Invariant: an error is told at its own time, and the other children run on (G03).
//!
//! Read next: `error.rs`.

use groundup_executor::task::IntoTask;

use crate::gather::Gather;
use crate::gather::children::{Many, outcome};
use crate::gather::error::GatherError;

/// The children of [`try_gather`].
pub type TryGathered<T, E> = Many<Result<T, E>, Result<Vec<T>, GatherError<E>>>;

/// As [`gather`](crate::gather()), for children that give a `Result`: the values of all, or the
/// first error, at its own time, while the others run on (G03, G04).
///
/// ```
/// use groundup_combinators::{executor::run, try_gather};
///
/// let lengths = ["12", "345"].map(|text| async move { text.parse::<u32>() });
/// assert_eq!(run(async { try_gather(lengths).await }).unwrap(), [12, 345]);
/// ```
///
/// # Panics
///
/// Outside a running loop, and for a task that runs in another one.
///
/// # Cancel safety
///
/// As [`gather`](crate::gather()).
#[track_caller]
pub fn try_gather<I, T, E>(items: I) -> Gather<TryGathered<T, E>>
where
    I: IntoIterator,
    I::Item: IntoTask<Output = Result<T, E>>,
    T: 'static,
    E: 'static,
{
    let output = |members: Vec<_>| {
        let values = members.into_iter().map(|member| match outcome(member) {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => Err(GatherError::Failed(error)),
            Err(error) => Err(GatherError::Task(error)),
        });
        values.collect()
    };
    Gather::new(Many::admit(
        items,
        "try_gather",
        Some(Result::is_err),
        output,
    ))
}
