//! Errors of a timeout: the time is over, a deadline cannot be moved.
//!
//! The problem: the two errors have different readers. [`Elapsed`] goes to the task that
//! awaits. [`DeadlineError`] goes to the holder of a handle, who cannot know whether the future
//! under the deadline has begun, has ended, or is being cancelled. asyncio raises a
//! `RuntimeError` for all three; here each has its name and its cure.
//!
//! Invariant: a move that fails leaves the deadline as it was.
//!
//! Read next: `shield.rs`.

use std::error::Error;
use std::fmt;

/// Says that the time was over before the future was done.
///
/// All of these errors are equal. If there are two deadlines, as for one try and for the whole, each
/// gets its name where it is awaited (with `anyhow`, by `.context("the whole")`):
///
/// ```
/// # mod groundup { pub use groundup_combinators::{*, executor::*}; }
/// use groundup::{run_virtual, sleep, timeout};
/// use std::time::Duration;
///
/// async fn fetch() -> Result<u32, String> {
///     sleep(Duration::from_secs(60)).await;
///     Ok(5)
/// }
///
/// let fetched = run_virtual(async {
///     let second = Duration::from_secs(1);
///     let one_try = async {
///         let ended = timeout(second, fetch()).await;
///         ended.map_err(|late| format!("one try: {late}"))?
///     };
///     let ended = timeout(10 * second, one_try).await;
///     ended.map_err(|late| format!("the whole: {late}"))?
/// });
/// assert_eq!(
///     fetched.unwrap_err(),
///     "one try: the deadline has passed before the future was done"
/// );
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[doc(alias = "TimeoutError")]
pub struct Elapsed;

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the deadline has passed before the future was done")
    }
}

impl Error for Elapsed {}

/// Says why a [`Deadline`](crate::Deadline) could not be moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeadlineError {
    /// No future runs under it yet.
    NotEntered,
    /// It has expired already.
    Expired,
    /// The future under it has ended.
    Finished,
}

impl fmt::Display for DeadlineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            DeadlineError::NotEntered => {
                "Deadline has not been entered: move it from inside the future that runs under it"
            }
            DeadlineError::Expired => {
                "Cannot change state of expired Deadline: make a new one for what is to come"
            }
            DeadlineError::Finished => {
                "Cannot change state of finished Deadline: make a new one for what is to come"
            }
        })
    }
}

impl Error for DeadlineError {}
