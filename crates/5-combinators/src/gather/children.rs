//! Members: the children of a gather.
//!
//! The problem: a gather counts ends and passes cancels on, and does not care what
//! its children give. Who asked for the results does: a `Vec` of one type, or a
//! tuple. So the types are in here, and the counting is in `result.rs`.
//!
//! Invariants:
//! 1. A value stays with its task until it is given out. A failure has been seen when the
//!    gather has ended by it, or before; it is not reported as unseen then.
//! 2. Outcomes are given out in argument order.
//!
//! Read next: `tuple.rs`.

use std::cell::RefCell;
use std::rc::Rc;

use groundup_executor::task::{Ending, IntoTask, Scheduler, Task, TaskError, TaskRef, Watching};

use crate::running::{home_of, loop_of};

/// The children of one [`Gather`](crate::Gather), with their types.
pub trait Members: 'static {
    /// What all of them give together.
    type Output;
    /// Returns true if a child that has ended counts as failed.
    fn settle(&self, member: u32, ending: Ending) -> bool;
    /// Looks at the failure of a child, which is seen then.
    fn failure(&self, member: u32) -> Option<TaskError>;
    /// Why a child that has ended was cancelled, or asked to stop, if somebody said so.
    fn reason(&self, member: u32) -> Option<Rc<str>>;
    /// The ticket of a child; `None` after the last.
    fn ticket(&self, member: usize) -> Option<u64>;
    /// How a child has ended that had ended before it was watched.
    fn ending(&self, member: u32) -> Ending;
    /// What they give, when all have succeeded or one has failed.
    fn output(&self, failed: Option<u32>) -> Self::Output;
}

/// Children that are watched, and the numbers of those that had ended before.
pub(super) struct Admitted<M> {
    pub(super) members: M,
    pub(super) watching: Watching,
    pub(super) before: Vec<u32>,
}

/// A child; `None` when its outcome was given out.
pub(super) type Member<T> = Option<Task<T>>;

/// A handle of a child, to ask it why it failed while nothing is borrowed.
pub(super) fn failed<T>(member: &Member<T>) -> Option<TaskRef> {
    member.as_ref().map(Task::task_ref)
}

pub(super) fn reason<T>(member: &Member<T>) -> Option<Rc<str>> {
    let task = member.as_ref()?;
    match task.cancelled() {
        true => task.cancel_reason(),
        false => task.last_reason(),
    }
}

/// What a cancel asks; 0 for a child whose outcome was given out, which fits none.
pub(super) fn ticket<T>(member: &Member<T>) -> u64 {
    member.as_ref().map_or(0, |task| task.ticket())
}

pub(super) fn ending<T>(member: &Member<T>) -> Ending {
    match member {
        Some(task) if task.cancelled() => Ending::Cancelled,
        Some(task) if task.panicked() => Ending::Failed,
        _ => Ending::Returned,
    }
}

/// The outcome of a child that has ended.
#[inline(always)] // where a value is taken is where its time goes
pub(crate) fn outcome<T: 'static>(member: Member<T>) -> Result<T, TaskError> {
    let Some(mut task) = member else {
        return Err(TaskError::Closed);
    };
    match task.take_value() {
        Some(value) => Ok(value),
        None => task.take_result().unwrap_or(Err(TaskError::Closed)),
    }
}

/// Children of one type, as [`gather`](crate::gather()) takes them from an iterator.
pub struct Many<T: 'static, O> {
    pub(super) members: RefCell<Vec<Member<T>>>,
    /// Which values count as failures, if some do.
    is_error: Option<fn(&T) -> bool>,
    output: fn(Vec<Member<T>>) -> O,
}

impl<T: 'static, O> Many<T, O> {
    /// Makes tasks of the items. Where no value is a failure, ends that are not the
    /// last pass in silence.
    #[track_caller]
    #[inline]
    pub(super) fn admit<I>(
        items: I,
        what: &str,
        is_error: Option<fn(&T) -> bool>,
        output: fn(Vec<Member<T>>) -> O,
    ) -> Admitted<Self>
    where
        I: IntoIterator,
        I::Item: IntoTask<Output = T>,
    {
        if Scheduler::try_current(|_| ()).is_none() {
            let items: Vec<_> = items.into_iter().collect();
            let home = home_of(what, &items);
            return Self::admit_in(&home, items.into_iter(), is_error, output);
        }
        Self::admit_in(&loop_of(what), items.into_iter(), is_error, output)
    }

    /// Makes tasks of the items, in a loop.
    #[track_caller]
    #[inline]
    fn admit_in<I>(
        scheduler: &Rc<Scheduler>,
        items: I,
        is_error: Option<fn(&T) -> bool>,
        output: fn(Vec<Member<T>>) -> O,
    ) -> Admitted<Self>
    where
        I: Iterator,
        I::Item: IntoTask<Output = T>,
    {
        let watching = match is_error {
            None => Watching::quiet(scheduler),
            Some(_) => Watching::unheard(scheduler),
        };
        let (mut members, mut before) = (Vec::with_capacity(items.size_hint().0), Vec::new());
        watching.admit(items, |task, watched| {
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
            watching,
            before,
        }
    }
}

impl<T: 'static, O: 'static> Members for Many<T, O> {
    type Output = O;

    #[inline]
    fn settle(&self, member: u32, ending: Ending) -> bool {
        if self.is_error.is_some() && ending == Ending::Returned {
            self.fetch(member);
        }
        let members = self.members.borrow();
        let member = members.get(member as usize);
        match (ending, self.is_error) {
            (Ending::Returned, None) => false,
            (Ending::Returned, Some(is_error)) => {
                let task = member.and_then(Option::as_ref);
                task.is_some_and(|task| task.output_is(is_error))
            }
            _ => member.is_some_and(Option::is_some),
        }
    }

    fn failure(&self, member: u32) -> Option<TaskError> {
        let member = failed(self.members.borrow().get(member as usize)?)?;
        member.failure()
    }

    fn reason(&self, member: u32) -> Option<Rc<str>> {
        reason(self.members.borrow().get(member as usize)?)
    }

    fn ticket(&self, member: usize) -> Option<u64> {
        self.members.borrow().get(member).map(ticket)
    }

    fn ending(&self, member: u32) -> Ending {
        let members = self.members.borrow();
        members
            .get(member as usize)
            .map_or(Ending::Returned, ending)
    }

    fn output(&self, failed: Option<u32>) -> O {
        let mut members = self.members.take();
        match failed {
            None => (self.output)(members),
            Some(failed) => {
                let member = members.get_mut(failed as usize).and_then(Option::take);
                self.members.replace(members);
                (self.output)(vec![member])
            }
        }
    }
}

impl<T: 'static, O> Many<T, O> {
    /// Has the value of a proxy fetched, which may call the user's `Clone`, before it is
    /// asked about under a borrow.
    fn fetch(&self, member: u32) {
        let members = self.members.borrow();
        let task = members.get(member as usize).and_then(Option::as_ref);
        let proxy = task.filter(|task| task.is_proxy()).map(Task::task_ref);
        drop(members);
        if let Some(proxy) = proxy {
            proxy.fetch_output();
        }
    }
}
