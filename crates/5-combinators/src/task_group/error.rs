//! Errors of a task group, of its children, and of a late spawn.
//!
//! The problem: several things can fail in a group, and no error may get lost. The group
//! returns each error once, in the order in which they happened. The awaiter of a child learns
//! only that the child failed. A caller that asks a group after its end for one more child
//! learns why there is none.
//!
//! Invariant: a child's error comes out unchanged, and in one place.
//!
//! Read next: `in_place.rs`.

use std::error::Error;
use std::fmt;

use groundup_executor::task::Panic;

/// Error of one child of a group, or of its body.
///
/// ```
/// # mod groundup { pub use groundup_combinators::{*, executor::*}; }
/// use groundup::{ChildError, TaskGroup, run, task_group};
///
/// let ended: Result<(), _> = run(task_group(async |_: TaskGroup<&str>| Err("no")));
/// assert!(matches!(ended.unwrap_err().errors[..], [ChildError::Failed("no")]));
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum ChildError<E> {
    /// It returned this error.
    Failed(E),
    /// It panicked.
    Panicked(Panic),
}

impl<E: fmt::Display> fmt::Display for ChildError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // The long form, which for `anyhow::Error` is the whole chain of causes.
            ChildError::Failed(error) => write!(f, "{error:#}"),
            ChildError::Panicked(panic) => write!(f, "panicked: {}", panic.message()),
        }
    }
}

/// Errors of a group in completion order, with the error of the body at the end.
///
/// ```
/// # mod groundup { pub use groundup_combinators::{*, executor::*}; }
/// use groundup::{TaskGroup, run, task_group};
///
/// let ended = run(task_group(async |group: TaskGroup<&str>| {
///     let _child = group.spawn(async { Err::<(), _>("no") });
///     let _child = group.spawn(async { Err::<(), _>("neither") });
///     Ok(())
/// }));
/// assert_eq!(
///     ended.unwrap_err().to_string(),
///     "unhandled errors in a task group (2): no; neither"
/// );
/// ```
#[derive(Debug)]
pub struct GroupError<E> {
    /// At least one error, unless the group's own `cancel` ended the body.
    pub errors: Vec<ChildError<E>>,
}

impl<E: fmt::Display> fmt::Display for GroupError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.errors.is_empty() {
            return f.write_str("the task group was cancelled by its own cancel()");
        }
        write!(
            f,
            "unhandled errors in a task group ({}): ",
            self.errors.len()
        )?;
        for (at, error) in self.errors.iter().enumerate() {
            let comma = if at == 0 { "" } else { "; " };
            write!(f, "{comma}{error}")?;
        }
        Ok(())
    }
}

impl<E: fmt::Debug + fmt::Display> Error for GroupError<E> {}

/// Says why a group took no new child.
///
/// ```
/// # mod groundup { pub use groundup_combinators::{*, executor::*}; }
/// use groundup::{GroupClosed, TaskGroup, run, task_group};
///
/// let group = run(task_group(async |group: TaskGroup<()>| Ok(group.clone()))).unwrap();
/// assert_eq!(group.spawn(async { Ok(()) }).unwrap_err(), GroupClosed::Finished);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GroupClosed {
    /// The group has ended.
    Finished,
    /// The group is being cancelled.
    ShuttingDown,
}

impl fmt::Display for GroupClosed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            GroupClosed::Finished => {
                "TaskGroup is finished: spawn its children from inside its body or from its children"
            }
            GroupClosed::ShuttingDown => {
                "TaskGroup is shutting down: it takes no new children once one has failed or it was cancelled"
            }
        })
    }
}

impl Error for GroupClosed {}

/// Says why a child returned no value to its awaiter.
///
/// The error itself is in the group's result.
///
/// See [`Child`](crate::Child) for an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChildEnded {
    /// It failed; the group has the error.
    Failed,
    /// It was cancelled.
    Cancelled,
}

impl fmt::Display for ChildEnded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ChildEnded::Failed => "the child failed; its error is in the group's",
            ChildEnded::Cancelled => "the child was cancelled",
        })
    }
}

impl Error for ChildEnded {}
