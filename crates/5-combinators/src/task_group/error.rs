//! Errors of a task group and of its children.
//!
//! The problem: several things can fail in a group, and no error may get lost. The group returns
//! each error once: those of the children in the order of their ends, and then that of the body. A
//! group that is dropped early returns nothing: then the panics of its children are reported, as those of other tasks.
//!
//! Invariant: a child's error comes out unchanged, and in one place.
//!
//! Read next: `task_group/borrowing.rs`, the other kind of group.

use std::error::Error;
use std::fmt;
use std::ops::Deref;

use groundup_executor::task::{
    Cancelled, EachTold, Panic, Report, ReportKind, Scheduler, TaskError, TaskRef, drop_told,
};

/// Error of one child of a group, or of its body.
///
/// ```
/// # mod groundup { pub use groundup_combinators::{executor::*, task::*, *}; }
/// use groundup::{ChildError, TaskGroup, run, task_group};
///
/// let ended: Result<(), _> = run(task_group(async |_: TaskGroup<&str>| Err("no")));
/// assert!(matches!(ended.unwrap_err().errors(), [ChildError::Failed("no")]));
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

/// Says why a group has no value: its own [`cancel`](crate::TaskGroup::cancel) ended its body, or
/// children have failed.
///
/// ```
/// # mod groundup { pub use groundup_combinators::{executor::*, task::*, *}; }
/// use groundup::{TaskGroup, run, task_group};
///
/// let ended = run(task_group(async |group: TaskGroup<&str>| {
///     group.spawn(async { Err::<(), _>("no") });
///     group.spawn(async { Err::<(), _>("neither") });
///     Ok(())
/// }));
/// assert_eq!(
///     ended.unwrap_err().to_string(),
///     "unhandled errors in a task group (2): no; neither"
/// );
/// ```
///
/// The text has the long form of each error (`{:#}`), which for `anyhow::Error` is the whole chain
/// of causes. To go on with one error of the user's own type, with its chain, use
/// [`merge`](GroupError::merge).
#[doc(alias("ExceptionGroup", "BaseExceptionGroup"))]
#[derive(Debug)]
pub enum GroupError<E> {
    /// The group's own [`cancel`](crate::TaskGroup::cancel) ended its body, and no child failed.
    Cancelled,
    /// Children have failed, or the body.
    Children(ChildErrors<E>),
}

impl<E> GroupError<E> {
    /// Returns the errors in completion order, with that of the body at the end. There are none
    /// if the group's own cancel ended the body.
    pub fn errors(&self) -> &[ChildError<E>] {
        match self {
            GroupError::Cancelled => &[],
            GroupError::Children(errors) => errors,
        }
    }

    /// Takes the errors out.
    pub fn into_errors(self) -> Vec<ChildError<E>> {
        match self {
            GroupError::Cancelled => Vec::new(),
            GroupError::Children(errors) => errors.errors.into_vec(),
        }
    }

    /// Returns true if the group's own cancel ended the body, and no child failed.
    pub fn is_cancelled(&self) -> bool {
        matches!(self, GroupError::Cancelled)
    }

    /// Turns this into an error of the user's type: that of the child that failed first, or of the
    /// body if no child has failed, unchanged. The other errors are dropped. If the body failed
    /// first, and a child then failed in its clean-up, the child's is returned. A panic, and the
    /// group's own cancel, become a [`TaskError`] first. So `E` needs `From<TaskError>`: with
    /// `thiserror`, a variant with `#[from] TaskError`.
    ///
    /// ```
    /// # mod groundup { pub use groundup_combinators::{executor::*, task::*, *}; }
    /// use groundup::{GroupError, TaskGroup, run, task_group};
    /// use std::error::Error;
    ///
    /// type Anything = Box<dyn Error + Send + Sync>;
    ///
    /// async fn both() -> Result<u32, Anything> {
    ///     let sum = task_group(async |group: TaskGroup<Anything>| {
    ///         let two = group.spawn(async { Ok("2".parse::<u32>()?) });
    ///         let five = group.spawn(async { Ok("five".parse::<u32>()?) });
    ///         Ok(two.await + five.await)
    ///     });
    ///     Ok(sum.await.map_err(GroupError::merge)?)
    /// }
    ///
    /// assert!(run(both()).unwrap_err().is::<std::num::ParseIntError>());
    /// ```
    pub fn merge(self) -> E
    where
        E: From<TaskError>,
    {
        match self {
            GroupError::Cancelled => {
                E::from(TaskError::Cancelled(Cancelled::with_reason(SELF_CANCELLED)))
            }
            GroupError::Children(errors) => errors.into_first().merge(),
        }
    }
}

impl<E> ChildError<E> {
    /// Drops an error that its group returns to no code, because the group was dropped early. A panic is
    /// reported, as that of another task without an awaiter; `child` is its task, if it has one.
    pub(crate) fn give_up(self, scheduler: &Scheduler, child: Option<&TaskRef>) {
        if let ChildError::Panicked(panic) = &self {
            let why = panic.message();
            let message = format!("Task exception was never retrieved: it panicked: {why}");
            let mut report = Report::new(message);
            report.kind = ReportKind::PanicNeverRetrieved;
            report.task = child.and_then(TaskRef::name);
            report.number = child.and_then(TaskRef::number).unwrap_or(0);
            report.place = child.and_then(TaskRef::place);
            match scheduler.is_closed() {
                false => scheduler.report_later(report),
                true => scheduler.report(report),
            }
        }
        drop_told(self);
    }

    /// Turns this into an error of the user's type; a panic becomes a [`TaskError`] first.
    pub fn merge(self) -> E
    where
        E: From<TaskError>,
    {
        match self {
            ChildError::Failed(error) => error,
            ChildError::Panicked(panic) => E::from(TaskError::Panicked(panic)),
        }
    }
}

/// One or more errors of a group, as [`GroupError::Children`] has them: in completion order, with
/// the error of the body at the end. It is a slice, and an iterator by value.
#[derive(Debug)]
pub struct ChildErrors<E> {
    /// Not empty.
    errors: EachTold<ChildError<E>>,
}

impl<E> ChildErrors<E> {
    /// Collects errors; returns `None` if there are none.
    pub(crate) fn new(errors: EachTold<ChildError<E>>) -> Option<Self> {
        (!errors.is_empty()).then_some(ChildErrors { errors })
    }

    /// Returns the first error: the one that ended the group.
    pub fn first(&self) -> &ChildError<E> {
        &self.errors[0]
    }

    /// Returns the first error, and drops those after it.
    pub fn into_first(mut self) -> ChildError<E> {
        self.errors.swap_remove(0)
    }
}

impl<E> Deref for ChildErrors<E> {
    type Target = [ChildError<E>];

    fn deref(&self) -> &[ChildError<E>] {
        &self.errors
    }
}

impl<E> IntoIterator for ChildErrors<E> {
    type Item = ChildError<E>;
    type IntoIter = std::vec::IntoIter<ChildError<E>>;

    fn into_iter(self) -> Self::IntoIter {
        self.errors.into_vec().into_iter()
    }
}

const SELF_CANCELLED: &str = "the task group was cancelled by its own cancel()";

impl<E: fmt::Display> fmt::Display for GroupError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let GroupError::Children(errors) = self else {
            return f.write_str(SELF_CANCELLED);
        };
        write!(f, "unhandled errors in a task group ({}): ", errors.len())?;
        for (at, error) in errors.iter().enumerate() {
            let comma = if at == 0 { "" } else { "; " };
            write!(f, "{comma}{error}")?;
        }
        Ok(())
    }
}

/// `E` need be no [`Error`] itself: `String`, `anyhow::Error` and `Box<dyn Error + Send + Sync>`
/// are none. So the source of a child's error is found by [`merge`](GroupError::merge) alone.
impl<E: fmt::Debug + fmt::Display> Error for GroupError<E> {}
