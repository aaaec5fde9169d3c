//! The end of a child, as its awaiter and other combinators see it.
//!
//! The problem: the error of a child belongs to its group. The awaiter of the child, and a gather or
//! a shield that has it as a member, learn only that it failed. They must not report that: it
//! stands for an error that the group returns. A caller that asks a group for a child too late
//! learns why there is none.
//!
//! ```text
//!   the child fails ──> its error ──> the group, which returns it
//!                   └─> ChildEnded::Failed ──> the awaiter, a gather: never reported
//! ```
//!
//! Invariant: what stands for an error of a group is never reported.
//!
//! Read next: `members/woken.rs`, futures that are no tasks.

use std::error::Error;
use std::fmt;

use groundup_executor::current_task;
use groundup_executor::task::{Cancelled, Member, Promise, RaiseCancelled, TaskError};

/// Fails the promise of a combinator with the failure of one of its members. From here on the
/// failure belongs to the promise: if it is never retrieved, it is reported, unless it stands for
/// an error of a group.
pub(crate) fn fail_with(promise: &Promise<()>, failure: TaskError) {
    let of_a_child = is_of_a_child(&failure);
    let _ = promise.set_exception(failure);
    if of_a_child {
        promise.original().mark_seen();
    }
}

/// Returns true for the failure of a child, also if it has come through other combinators.
fn is_of_a_child(failure: &TaskError) -> bool {
    let TaskError::Failed(error) = failure else {
        return false;
    };
    error.is::<ChildEnded>() || error.downcast_ref().is_some_and(is_of_a_child)
}

/// Says why a group took no new child.
///
/// ```
/// # mod groundup { pub use groundup_combinators::{executor::*, task::*, *}; }
/// use groundup::{GroupClosed, TaskGroup, run, task_group};
///
/// let group = run(task_group(async |group: TaskGroup<()>| Ok(group.clone()))).unwrap();
/// assert_eq!(group.try_spawn(async { Ok(()) }).unwrap_err(), GroupClosed::Finished);
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

/// Says why a child has no value, as [`Child::result`](crate::Child::result) returns it.
///
/// The error of a child is in the group's result. If the group was dropped early, so that it has no
/// result, the panic of a child goes to the exception handler, and an error is dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChildEnded {
    /// It failed; the group has the error.
    Failed,
    /// It was cancelled, perhaps with a reason.
    Cancelled(Cancelled),
    /// The group took no new child, and the future was dropped.
    Refused(GroupClosed),
    /// It awaits itself, which would never end. The child runs on.
    AwaitedItself,
}

impl ChildEnded {
    pub(crate) fn cancelled_without_reason() -> Self {
        ChildEnded::Cancelled(Cancelled::default())
    }

    /// Returns the raise of the cancel that an awaiter of the value gets instead.
    ///
    /// # Panics
    ///
    /// Outside a task of a running loop, which alone can be cancelled. If a child awaits itself.
    pub(crate) fn raise(self) -> RaiseCancelled {
        assert!(self != ChildEnded::AwaitedItself, "{self}");
        assert!(
            current_task().is_some(),
            "{self}; this await can be cancelled only in a task of a running loop: await \
             `child.result()` elsewhere"
        );
        self.into_cancelled().raise()
    }

    /// Returns the cancel that an awaiter of the value gets instead.
    pub(crate) fn into_cancelled(self) -> Cancelled {
        match self {
            ChildEnded::Cancelled(cancelled) => cancelled,
            without => Cancelled::with_reason(&without.to_string()),
        }
    }
}

impl fmt::Display for ChildEnded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ChildEnded::Failed => f.write_str("the child failed; its error is in the group's"),
            ChildEnded::Cancelled(cancelled) => match cancelled.reason() {
                Some(reason) => write!(f, "the child was cancelled: {reason}"),
                None => f.write_str("the child was cancelled"),
            },
            ChildEnded::Refused(why) => write!(f, "the child was refused: {why}"),
            ChildEnded::AwaitedItself => f.write_str(
                "a child of a group cannot await itself: it would wait for its own end; await it from \
                 the body of the group or from another child",
            ),
        }
    }
}

impl Error for ChildEnded {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            ChildEnded::Failed | ChildEnded::AwaitedItself => None,
            ChildEnded::Cancelled(cancelled) => Some(cancelled),
            ChildEnded::Refused(closed) => Some(closed),
        }
    }
}
