//! Children: the tasks of a gather, with the types of their values.
//!
//! The problem: to count ends and pass cancels on, a gather needs no type of a value. The
//! caller needs the types: it wants the values in a `Vec` of one type, or in a tuple. So this file
//! has the types, and `result.rs` counts the ends.
//!
//! Invariants:
//! 1. A value stays in its task until the gather returns it. When the gather
//!    returns, the failure that has ended it is marked as seen, so the loop does not report it.
//! 2. Outcomes are returned in argument order.
//!
//! Read next: `wait/state.rs`, a set of members. Second reading: `gather/tuple.rs`.

use std::cell::RefCell;
use std::rc::Rc;

use groundup_executor::task::{
    EachTold, Exit, Group, IntoTask, Scheduler, Task, TaskError, TaskRef,
};

use crate::members::fetch_value;
use crate::running::{home_of, loop_of};

/// The children of one [`Gather`](crate::Gather), with their types.
pub trait Members: 'static {
    /// Output of the gather.
    type Output;
    /// Returns true if a child that has ended counts as failed.
    fn has_failed(&self, member: u32, exit: Exit) -> bool;
    /// Returns the number of the children.
    fn count(&self) -> usize;
    /// Returns a handle of a child; `None` once its outcome was taken.
    fn child(&self, member: usize) -> Option<TaskRef>;
    /// Returns the output of all children.
    fn output(&self) -> Self::Output;
    /// Returns the output of a gather whose result is the failure of this child.
    fn failed_output(&self, member: u32) -> Self::Output;
}

#[diagnostic::on_unimplemented(
    message = "`{Self}` is not several children",
    label = "neither a list of tasks and futures nor a tuple of 1 to 12 of them",
    note = "give a tuple, an array, a `Vec` or an iterator, of tasks, futures or promises",
    note = "a type that is only `IntoFuture` is given as its future: `x.into_future()`",
    note = "a child is a task, so it borrows nothing: `join` takes futures that do"
)]
/// Converts into the children of a gather: an iterator of tasks or futures of one type, or a tuple
/// of 1 to 12. [`gather`](crate::gather()) takes it. The compiler infers `Kind`.
pub trait IntoMembers<Kind> {
    /// The children, with their types.
    type Members: Members;
    /// Makes tasks of the children, and has a group watch them.
    #[track_caller]
    fn admit(self) -> Admitted<Self::Members>;
}

/// Children that a group watches, and the numbers of those that had ended before they were admitted.
pub struct Admitted<M> {
    pub(super) members: M,
    pub(super) group: Group,
    pub(super) before: Vec<u32>,
}

/// A child; `None` once its outcome has been taken.
pub(super) type ChildTask<T> = Option<Task<T>>;

/// Takes the outcome of a child that has ended.
#[inline(always)] // Speed: gather.
pub(crate) fn outcome<T: 'static>(member: ChildTask<T>) -> Result<T, TaskError> {
    let Some(mut task) = member else {
        return Err(TaskError::Taken);
    };
    match task.take_value() {
        Some(value) => Ok(value),
        None => task.take_result().unwrap_or(Err(TaskError::Closed)),
    }
}

/// Collects the values of all children, or returns the first error. If there is an error, the values
/// are dropped one by one, and each panic of a drop is reported (`EachTold`).
#[inline]
pub(super) fn values<V, E>(
    outcomes: impl ExactSizeIterator<Item = Result<V, E>>,
) -> Result<Vec<V>, E> {
    let mut values = EachTold::with_capacity(outcomes.len());
    for outcome in outcomes {
        values.push(outcome?);
    }
    Ok(values.into_vec())
}

/// Children of one type, which [`gather`](crate::gather()) takes from an iterator.
pub struct Many<T: 'static, O> {
    pub(super) members: RefCell<Vec<ChildTask<T>>>,
    /// Says which values count as failures; `None` if no value does.
    is_error: Option<fn(&T) -> bool>,
    output: fn(Vec<ChildTask<T>>) -> O,
}

impl<T: 'static, O> Many<T, O> {
    /// Makes tasks of the items. If `is_error` is `None`, only panics and cancels are failures. For
    /// such a gather a *coalesced* group posts a notice of each failure and of the last end. It
    /// also posts a notice, which counts nothing, if an end leaves the ready queue empty. In asyncio each end
    /// schedules a callback, so asyncio's loop runs one more iteration before it parks. With this notice
    /// our loop does so, too.
    #[track_caller]
    #[inline]
    pub(super) fn admit<I>(
        items: I,
        what: &str,
        is_error: Option<fn(&T) -> bool>,
        output: fn(Vec<ChildTask<T>>) -> O,
    ) -> Admitted<Self>
    where
        I: IntoIterator,
        I::Item: IntoTask<Output = T>,
    {
        if Scheduler::current().is_none() {
            let items: Vec<_> = items.into_iter().collect();
            let home = home_of(what, &items);
            return Self::admit_in(&home, items.into_iter(), is_error, output);
        }
        Self::admit_in(&loop_of(what), items.into_iter(), is_error, output)
    }

    /// Makes tasks of the items in the loop of `scheduler`.
    #[track_caller]
    #[inline]
    fn admit_in<I>(
        scheduler: &Rc<Scheduler>,
        items: I,
        is_error: Option<fn(&T) -> bool>,
        output: fn(Vec<ChildTask<T>>) -> O,
    ) -> Admitted<Self>
    where
        I: Iterator,
        I::Item: IntoTask<Output = T>,
    {
        let group = match is_error {
            None => Group::coalesced(scheduler),
            Some(_) => Group::without_listener(scheduler),
        };
        let (mut members, mut before) = (Vec::with_capacity(items.size_hint().0), Vec::new());
        group.admit(items, |task, watched| {
            if !watched {
                before.push(members.len() as u32);
            }
            members.push(Some(task));
        });
        let members = Many {
            members: RefCell::new(members),
            is_error,
            output,
        };
        Admitted {
            members,
            group,
            before,
        }
    }
}

impl<T: 'static, O> Many<T, O> {
    /// Returns true if a child has a value that fits `is`. Fetches the value of a proxy first.
    fn value_is(&self, member: u32, is: fn(&T) -> bool) -> bool {
        fetch_value(self.members.borrow(), member);
        let members = self.members.borrow();
        let task = members.get(member as usize).and_then(Option::as_ref);
        task.is_some_and(|task| task.output_is(is))
    }
}

impl<T: 'static, O: 'static> Members for Many<T, O> {
    type Output = O;

    #[inline]
    fn has_failed(&self, member: u32, exit: Exit) -> bool {
        match (exit, self.is_error) {
            (Exit::Returned, None) => false,
            (Exit::Returned, Some(is_error)) => self.value_is(member, is_error),
            // A child whose outcome was taken has not failed.
            _ => matches!(self.members.borrow().get(member as usize), Some(Some(_))),
        }
    }

    fn count(&self) -> usize {
        self.members.borrow().len()
    }

    fn child(&self, member: usize) -> Option<TaskRef> {
        let members = self.members.borrow();
        members.get(member).and_then(Option::as_deref).cloned()
    }

    fn output(&self) -> O {
        (self.output)(self.members.take())
    }

    fn failed_output(&self, member: u32) -> O {
        let mut members = self.members.borrow_mut();
        let failed = members.get_mut(member as usize).and_then(Option::take);
        drop(members);
        // The output of a list with one failure is this failure.
        (self.output)(vec![failed])
    }
}
