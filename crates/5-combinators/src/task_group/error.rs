//! What a task group and its children say when something went wrong.
//!
//! The problem: in a group several things can fail, and nothing may get lost: each
//! error is told once, to the group, in the order in which they happened. Whoever
//! awaits a child learns only that it failed; whoever asks a group that has ended
//! for one more child learns why not.
//!
//! Invariant: a child's error comes out as it went in, and in one place.
//!
//! Read next: `../in_place.rs`.

use std::error::Error;
use std::fmt;

use groundup_executor::task::Panic;

/// What one child of a group, or its body, failed with.
///
/// ```
/// use groundup_combinators::executor::run;
/// use groundup_combinators::{ChildError, TaskGroup, task_group};
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
            ChildError::Failed(error) => error.fmt(f),
            ChildError::Panicked(panic) => write!(f, "panicked: {}", panic.message()),
        }
    }
}

/// The errors of a group, in completion order, the body's own at the end (P03).
///
/// ```
/// use groundup_combinators::executor::run;
/// use groundup_combinators::{TaskGroup, task_group};
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
    /// At least one, unless the group's own `cancel` ended the body (P11).
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

/// Why a group took no new child (P08).
///
/// ```
/// use groundup_combinators::executor::run;
/// use groundup_combinators::{GroupClosed, TaskGroup, task_group};
///
/// let group = run(task_group(async |group: TaskGroup<()>| Ok(group.clone()))).unwrap();
/// assert_eq!(group.spawn(async { Ok(()) }).unwrap_err(), GroupClosed::Finished);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GroupClosed {
    /// It has ended.
    Finished,
    /// It is being cancelled.
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

/// Why awaiting a child gave no value. The error itself is with the group.
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
