//! Tuples: children of different types in one gather.
//!
//! The problem: a `Vec` has one type, but `gather((a, b))` has as many types as members. So
//! there is one struct for each number of children, with a place of its own type for each
//! child.
//!
//! Invariant: members have the numbers of their arguments, from 0.
//!
//! Read next: `gather/outcomes.rs`.

use std::cell::RefCell;

use groundup_executor::task::{Exit, Group, IntoTask, Scheduler, TaskError, TaskRef, Told};

use crate::gather::children::{Admitted, ChildTask, IntoMembers, Members, outcome};
use crate::in_place::{Tupled, for_tuples};
use crate::running::loop_of;

/// Children of a tuple, each in a place of its own type: a tuple of cells.
pub struct InTuple<T>(T);

macro_rules! tuples {
    ($places:ident $count:literal: $($name:ident $field:ident $at:tt $nth:ident),+) => {
        impl<$($name: 'static),+> Members for InTuple<($(RefCell<ChildTask<$name>>,)+)> {
            type Output = Result<($($name,)+), TaskError>;

            fn has_failed(&self, member: u32, exit: Exit) -> bool {
                match member {
                    _ if exit == Exit::Returned => false,
                    $($at => self.0.$at.borrow().is_some(),)+
                    _ => false,
                }
            }

            fn count(&self) -> usize {
                $count
            }

            fn child(&self, member: usize) -> Option<TaskRef> {
                match member {
                    $($at => self.0.$at.borrow().as_deref().cloned(),)+
                    _ => None,
                }
            }

            fn output(&self) -> Self::Output {
                // Kept one by one: a value that cannot be taken drops those before it.
                let values = ($(Told::new(outcome(self.0.$at.take())?),)+);
                Ok(($(values.$at.into_inner(),)+))
            }

            fn failed_output(&self, member: u32) -> Self::Output {
                $(if member == $at && let Err(error) = outcome(self.0.$at.take()) {
                    return Err(error);
                })+
                self.output()
            }
        }

        impl<$($name: IntoTask),+> IntoMembers<Tupled> for ($($name,)+) {
            type Members = InTuple<($(RefCell<ChildTask<$name::Output>>,)+)>;

            fn admit(self) -> Admitted<Self::Members> {
                let home = || None$(.or_else(|| self.$at.home().cloned()))+;
                let home = Scheduler::current().or_else(home);
                let group = Group::coalesced(&home.unwrap_or_else(|| loop_of("gather")));
                let mut before = Vec::new();
                let members = InTuple(($({
                    let (task, watched) = group.admit_one(self.$at, $at);
                    if !watched {
                        before.push($at);
                    }
                    RefCell::new(Some(task))
                },)+));
                Admitted { members, group, before }
            }
        }
    };
}

for_tuples!(tuples);
