//! Members: the children of a gather, of one type or of several.
//!
//! The problem: a gather counts ends and passes cancels on, and does not care what
//! its children give. Who asked for the results does: a `Vec` of one type, or a
//! tuple. So the types are in here, and the counting is in `outer.rs`.
//!
//! ```text
//!   Running --ended--> Ended(outcome) --given out--> Taken
//! ```
//!
//! Invariants:
//! 1. An outcome is taken from its task as soon as the end is told, so that a
//!    finished child holds no slot, and no failure is reported as unseen.
//! 2. Outcomes are given out in argument order.
//!
//! Read next: `outer.rs`.

use std::cell::RefCell;
use std::rc::Rc;

use groundup_executor::task::{Ending, IntoTask, Scheduler, Task, TaskError, Watching};

/// The children of one [`Gather`](crate::Gather), with their types.
pub trait Members: 'static {
    /// What all of them give together.
    type Output;
    /// Looks at a child that has ended; true if it counts as failed. A value may
    /// stay with its task until [`output`](Members::output); a failure has been seen.
    fn settle(&self, member: u32, ending: Ending) -> bool;
    /// Why a child that has ended was cancelled, if somebody said so.
    fn reason(&self, member: u32) -> Option<Rc<str>>;
    /// Cancels all that have not ended; true if there were any.
    fn cancel(&self, reason: Option<&Rc<str>>) -> bool;
    /// Has all of them watched that have not ended; calls `ended` for the others.
    /// Gives the number of all.
    fn watch(&self, watching: &Watching, ended: &mut dyn FnMut(u32, Ending)) -> usize;
    /// What they give, when all have succeeded or one has failed.
    fn output(&self, failed: Option<u32>) -> Self::Output;
}

pub(crate) enum Member<T> {
    Running(Task<T>),
    Ended(Result<T, TaskError>),
    Taken,
}

impl<T: 'static> Member<T> {
    fn settle(&mut self) -> Option<&Result<T, TaskError>> {
        if let Member::Running(task) = self {
            *self = Member::Ended(task.take_result()?);
        }
        match self {
            Member::Ended(result) => Some(result),
            _ => None,
        }
    }

    fn cancel(&self, reason: Option<&Rc<str>>) -> bool {
        match (self, reason) {
            (Member::Running(task), None) => task.cancel(),
            (Member::Running(task), Some(reason)) => task.cancel_with(reason.clone()),
            _ => false,
        }
    }

    fn watch(&self, member: u32, watching: &Watching, ended: &mut dyn FnMut(u32, Ending)) {
        match self {
            Member::Running(task) if task.cancelled() => ended(member, Ending::Cancelled),
            Member::Running(task) if task.panicked() => ended(member, Ending::Failed),
            Member::Running(task) if task.done() => ended(member, Ending::Returned),
            Member::Running(task) => watching.add(task, member),
            _ => {}
        }
    }

    pub(crate) fn reason(&self) -> Option<Rc<str>> {
        match self {
            Member::Ended(Err(TaskError::Cancelled(cancelled))) => cancelled.reason().map(Rc::from),
            _ => None,
        }
    }

    pub(crate) fn take(&mut self) -> Result<T, TaskError> {
        if let Member::Running(task) = self {
            let result = task.take_result();
            *self = Member::Taken;
            return result.unwrap_or(Err(TaskError::Closed));
        }
        match std::mem::replace(self, Member::Taken) {
            Member::Ended(result) => result,
            _ => Err(TaskError::Closed),
        }
    }
}

/// Children of one type, as [`gather`](crate::gather()) takes them from an iterator.
pub struct Many<T: 'static, O> {
    pub(crate) members: RefCell<Vec<Member<T>>>,
    /// Which values count as failures, if some do.
    pub(crate) is_error: Option<fn(&T) -> bool>,
    pub(crate) output: fn(&mut dyn Iterator<Item = Result<T, TaskError>>) -> O,
}

impl<T: 'static, O: 'static> Members for Many<T, O> {
    type Output = O;

    #[inline]
    fn settle(&self, member: u32, ending: Ending) -> bool {
        if ending == Ending::Returned && self.is_error.is_none() {
            return false;
        }
        let mut members = self.members.borrow_mut();
        let result = members.get_mut(member as usize).and_then(Member::settle);
        result.is_some_and(|result| match (result, self.is_error) {
            (Ok(value), Some(is_error)) => is_error(value),
            (result, _) => result.is_err(),
        })
    }

    fn reason(&self, member: u32) -> Option<Rc<str>> {
        self.members.borrow().get(member as usize)?.reason()
    }

    fn cancel(&self, reason: Option<&Rc<str>>) -> bool {
        let members = self.members.borrow();
        members
            .iter()
            .fold(false, |any, member| member.cancel(reason) | any)
    }

    fn watch(&self, watching: &Watching, ended: &mut dyn FnMut(u32, Ending)) -> usize {
        let members = self.members.borrow();
        for (number, member) in (0..).zip(members.iter()) {
            member.watch(number, watching, ended);
        }
        members.len()
    }

    fn output(&self, failed: Option<u32>) -> O {
        let mut members = self.members.borrow_mut();
        match failed {
            Some(member) => {
                let failed = members.get_mut(member as usize).map(Member::take);
                (self.output)(&mut failed.into_iter())
            }
            None => (self.output)(&mut members.iter_mut().map(Member::take)),
        }
    }
}

impl<T: 'static, O> Drop for Many<T, O> {
    fn drop(&mut self) {
        // What has ended was for us, and is not left over: nobody is told of it.
        for member in self.members.get_mut() {
            member.settle();
        }
    }
}

#[track_caller]
pub(crate) fn running<I>(
    items: I,
    scheduler: &Rc<Scheduler>,
) -> RefCell<Vec<Member<<I::Item as IntoTask>::Output>>>
where
    I: IntoIterator,
    I::Item: IntoTask,
{
    let mut members = Vec::new();
    for item in items {
        members.push(Member::Running(item.into_task(scheduler)));
    }
    RefCell::new(members)
}

/// Children of different types, for [`gather!`](crate::gather!).
pub trait Tuple {
    /// Their places.
    type Members: Members;
    /// Makes tasks of them.
    #[track_caller]
    fn members(self, scheduler: &Rc<Scheduler>) -> Self::Members;
}

macro_rules! tuples {
    ($($places:ident: $($name:ident $at:tt),+;)+) => {$(
        /// The places of a tuple's children.
        pub struct $places<$($name: 'static),+>($(RefCell<Member<$name>>),+);

        impl<$($name: 'static),+> Members for $places<$($name),+> {
            type Output = Result<($($name,)+), TaskError>;

            fn settle(&self, member: u32, _: Ending) -> bool {
                match member {
                    $($at => self.$at.borrow_mut().settle().is_some_and(|result| result.is_err()),)+
                    _ => false,
                }
            }

            fn reason(&self, member: u32) -> Option<Rc<str>> {
                match member {
                    $($at => self.$at.borrow().reason(),)+
                    _ => None,
                }
            }

            fn cancel(&self, reason: Option<&Rc<str>>) -> bool {
                [$(self.$at.borrow().cancel(reason)),+].contains(&true)
            }

            fn watch(&self, watching: &Watching, ended: &mut dyn FnMut(u32, Ending)) -> usize {
                $(self.$at.borrow().watch($at, watching, ended);)+
                [$($at),+].len()
            }

            fn output(&self, failed: Option<u32>) -> Self::Output {
                $(if failed == Some($at) && let Err(error) = self.$at.borrow_mut().take() {
                    return Err(error);
                })+
                Ok(($(self.$at.borrow_mut().take()?,)+))
            }
        }

        impl<$($name: IntoTask),+> Tuple for ($($name,)+) {
            type Members = $places<$($name::Output),+>;

            fn members(self, scheduler: &Rc<Scheduler>) -> Self::Members {
                $places($(RefCell::new(Member::Running(self.$at.into_task(scheduler)))),+)
            }
        }
    )+};
}

tuples! {
    Members1: A 0;
    Members2: A 0, B 1;
    Members3: A 0, B 1, C 2;
    Members4: A 0, B 1, C 2, D 3;
    Members5: A 0, B 1, C 2, D 3, E 4;
    Members6: A 0, B 1, C 2, D 3, E 4, F 5;
    Members7: A 0, B 1, C 2, D 3, E 4, F 5, G 6;
    Members8: A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7;
}
