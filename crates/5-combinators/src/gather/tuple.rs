//! Tuples: children of different types in one gather.
//!
//! The problem: a `Vec` has one type, but `gather!(a, b)` has as many types as arguments. So
//! there is one struct for each number of children, with a place of its own type for each
//! child.
//!
//! Invariant: members have the numbers of their arguments, from 0.
//!
//! Read next: `gather/outcomes.rs`.

use std::cell::RefCell;
use std::rc::Rc;

use groundup_executor::task::{Exit, Group, IntoTask, Scheduler, TaskError, TaskRef, Told};

use crate::gather::children::{ChildTask, Members, outcome};

/// Tuple of children of different types, for [`gather!`](crate::gather!).
pub trait Tuple {
    /// The struct that holds the children.
    type Members: Members;
    /// Returns the loop of the first child that is a task.
    fn home(&self) -> Option<Rc<Scheduler>>;
    /// Makes tasks of the children and has `group` watch them. Pushes the numbers of the
    /// children that had ended into `before`.
    #[track_caller]
    fn members(self, group: &Group, before: &mut Vec<u32>) -> Self::Members;
}

macro_rules! tuples {
    ($($places:ident: $($name:ident $at:tt),+;)+) => {$(
        /// Children of a tuple, each in a place of its own type.
        pub struct $places<$($name: 'static),+>($(RefCell<ChildTask<$name>>),+);

        impl<$($name: 'static),+> Members for $places<$($name),+> {
            type Output = Result<($($name,)+), TaskError>;

            fn judge(&self, member: u32, exit: Exit) -> bool {
                match member {
                    _ if exit == Exit::Returned => false,
                    $($at => self.$at.borrow().is_some(),)+
                    _ => false,
                }
            }

            fn count(&self) -> usize {
                [$($at),+].len()
            }

            fn child(&self, member: usize) -> Option<TaskRef> {
                match member {
                    $($at => self.$at.borrow().as_deref().cloned(),)+
                    _ => None,
                }
            }

            fn output(&self, failed: Option<u32>) -> Self::Output {
                $(if failed == Some($at) && let Err(error) = outcome(self.$at.take()) {
                    return Err(error);
                })+
                // Kept one by one: a value that cannot be taken drops those before it.
                let values = ($(Told::new(outcome(self.$at.take())?),)+);
                Ok(($(values.$at.into_inner(),)+))
            }
        }

        impl<$($name: IntoTask),+> Tuple for ($($name,)+) {
            type Members = $places<$($name::Output),+>;

            fn home(&self) -> Option<Rc<Scheduler>> {
                None$(.or_else(|| self.$at.home().cloned()))+
            }

            fn members(self, group: &Group, before: &mut Vec<u32>) -> Self::Members {
                $places($({
                    let (task, watched) = group.admit_one(self.$at, $at);
                    if !watched {
                        before.push($at);
                    }
                    RefCell::new(Some(task))
                }),+)
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
