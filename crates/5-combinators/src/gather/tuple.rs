//! Tuples: children of different types in one gather.
//!
//! The problem: a `Vec` has one type, but `gather((a, b))` has as many types as members. So the
//! children are pairs in pairs, with a place of its own type for each child
//! (`members/pairs.rs`).
//!
//! Invariant: members have the numbers of their arguments, from 0.
//!
//! Read next: `gather/outcomes.rs`.

use std::cell::RefCell;
use std::rc::Rc;

use groundup_executor::task::{Exit, Group, IntoTask, Scheduler, TaskError, TaskRef, Told};

use crate::gather::children::{Admitted, ChildTask, IntoMembers, Members, outcome};
use crate::members::pairs::{End, Pair, Pairs, Tuple, Tupled};
use crate::running::loop_of;

/// Children of a tuple, each in a place of its own type.
pub struct InTuple<C>(C);

/// Children in pairs.
pub trait EachChild: 'static {
    /// Their values, in pairs.
    type Values;
    /// Returns the number of the children.
    fn count(&self) -> usize;
    /// Returns a handle of a child; `None` once its outcome was taken.
    fn child(&self, member: usize) -> Option<TaskRef>;
    /// Takes the values of all children, or the first error.
    fn take_values(&self) -> Result<Self::Values, TaskError>;
    /// Takes the outcome of a child, and returns it if it is an error.
    fn take_error(&self, member: usize) -> Option<TaskError>;
}

impl EachChild for End {
    type Values = End;

    fn count(&self) -> usize {
        0
    }

    fn child(&self, _: usize) -> Option<TaskRef> {
        None
    }

    fn take_values(&self) -> Result<End, TaskError> {
        Ok(End)
    }

    fn take_error(&self, _: usize) -> Option<TaskError> {
        None
    }
}

impl<V: 'static, C: EachChild> EachChild for Pair<RefCell<ChildTask<V>>, C> {
    type Values = Pair<V, C::Values>;

    fn count(&self) -> usize {
        1 + self.tail.count()
    }

    fn child(&self, member: usize) -> Option<TaskRef> {
        match member {
            0 => self.head.borrow().as_deref().cloned(),
            _ => self.tail.child(member - 1),
        }
    }

    fn take_values(&self) -> Result<Self::Values, TaskError> {
        // Kept one by one: a value that cannot be taken drops those before it.
        let head = Told::new(outcome(self.head.take())?);
        let tail = self.tail.take_values()?;
        Ok(Pair {
            head: head.into_inner(),
            tail,
        })
    }

    fn take_error(&self, member: usize) -> Option<TaskError> {
        match member {
            0 => outcome(self.head.take()).err(),
            _ => self.tail.take_error(member - 1),
        }
    }
}

impl<C: EachChild<Values: Pairs>> Members for InTuple<C> {
    type Output = Result<<C::Values as Pairs>::Tuple, TaskError>;

    fn has_failed(&self, member: u32, exit: Exit) -> bool {
        // A child whose outcome was taken has not failed.
        exit != Exit::Returned && self.child(member as usize).is_some()
    }

    fn count(&self) -> usize {
        self.0.count()
    }

    fn child(&self, member: usize) -> Option<TaskRef> {
        self.0.child(member)
    }

    fn output(&self) -> Self::Output {
        self.0.take_values().map(Pairs::into_tuple)
    }

    fn failed_output(&self, member: u32) -> Self::Output {
        match self.0.take_error(member as usize) {
            Some(error) => Err(error),
            None => self.output(),
        }
    }
}

/// Tasks and futures in pairs, which become children.
pub trait AdmitEach {
    /// The children.
    type Children;
    /// Returns the loop of the first task among them.
    fn home(&self) -> Option<Rc<Scheduler>>;
    /// Makes tasks of them, and has the group watch them. The first has the number `first`. Lists
    /// those that had ended before.
    #[track_caller]
    fn admit_to(self, group: &Group, first: u32, before: &mut Vec<u32>) -> Self::Children;
}

impl AdmitEach for End {
    type Children = End;

    fn home(&self) -> Option<Rc<Scheduler>> {
        None
    }

    fn admit_to(self, _: &Group, _: u32, _: &mut Vec<u32>) -> End {
        End
    }
}

impl<A: IntoTask, T: AdmitEach> AdmitEach for Pair<A, T> {
    type Children = Pair<RefCell<ChildTask<A::Output>>, T::Children>;

    fn home(&self) -> Option<Rc<Scheduler>> {
        let home = self.head.home().cloned();
        home.or_else(|| self.tail.home())
    }

    fn admit_to(self, group: &Group, first: u32, before: &mut Vec<u32>) -> Self::Children {
        let (task, watched) = group.admit_one(self.head, first);
        if !watched {
            before.push(first);
        }
        Pair {
            head: RefCell::new(Some(task)),
            tail: self.tail.admit_to(group, first + 1, before),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<T> IntoMembers<Tupled> for T
where
    T: Tuple<Pairs: AdmitEach<Children: EachChild<Values: Pairs>>>,
{
    type Members = InTuple<<T::Pairs as AdmitEach>::Children>;

    fn admit(self) -> Admitted<Self::Members> {
        let items = self.into_pairs();
        let home = Scheduler::current().or_else(|| items.home());
        let group = Group::coalesced(&home.unwrap_or_else(|| loop_of("gather")));
        let mut before = Vec::new();
        let members = InTuple(items.admit_to(&group, 0, &mut before));
        Admitted {
            members,
            group,
            before,
        }
    }
}
