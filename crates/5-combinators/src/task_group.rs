//! Task groups: children that cannot outlive the block that spawned them.
//!
//! The problem: a spawned task without a handle fails where no code looks, or runs when its
//! result is of no use any more. A group is a block that ends when all its children have ended.
//! The first failure stops the other children and the block itself. The block returns every
//! error: those of the children in the order of their ends, and then its own.
//!
//! ```text
//!   body  ======+ . . . . . . . . . . +--> Ok(value) or Err(all errors)
//!   a     =========x  fails           |
//!   b     ============!  cancelled, cleans up, ends
//!                  ^ the first failure cancels b and the body
//! ```
//!
//! | file (it uses files below it) | has |
//! |---|---|
//! | `task_group/borrowing.rs` | the other kind of group, whose children borrow; a folder of its own |
//! | `task_group/block.rs` | the block: body, wait for the children, end |
//! | `task_group/spawn.rs` | how children come in |
//! | `task_group.rs` | the state of a group, and its handle |
//! | `task_group/child_handle.rs` | the handle of a child, and what awaiting it gives |
//! | `task_group/child.rs` | one child, between the group and its awaiter |
//! | `task_group/stage.rs` | the stage of a group, and the parts that it has cancelled |
//! | `task_group/error.rs` | the errors of a group and of its children |
//!
//! Invariants:
//! 1. The first failure cancels the other children and the body.
//! 2. Errors stand in completion order, with the body's own at the end.
//! 3. A child that was cancelled alone is not an error.
//! 4. No child can be spawned once the group has ended or is shutting down.
//!
//! Access: the state is private to the folder. This page cancels and collects errors, and
//! `spawn.rs` takes children in. Only `block.rs` begins and ends a group, `end.rs` says what leaves
//! it, and only `child.rs` takes an outcome apart.
//!
//! Read next: `task_group/spawn.rs`.

pub(crate) mod block;
pub(crate) mod borrowing;
mod child;
pub(crate) mod child_handle;
mod end;
pub(crate) mod error;
mod spawn;
mod stage;

use std::cell::{Cell, RefCell};
use std::fmt;
use std::ptr;
use std::rc::Rc;

use groundup_executor::task::{CancelScope, Exit, Group, Listener, Scheduler, Ticket};
use groundup_executor::trace::{Access, Touched};

use crate::running::loop_of;
use crate::task_group::child::AnyChild;
use crate::task_group::error::ChildError;
use crate::task_group::stage::{GroupStage, Stopped};
use crate::waiter::Waiter;

struct GroupState<E> {
    scheduler: Rc<Scheduler>,
    scope: CancelScope,
    children: RefCell<Vec<Option<Rc<dyn AnyChild<E>>>>>,
    vacant: RefCell<Vec<u32>>,
    alive: Cell<usize>,
    errors: RefCell<Vec<ChildError<E>>>,
    stage: Cell<GroupStage>,
    stopped: Cell<Stopped>,
    /// Wakes the block after the end of the last child.
    waiter: Waiter,
    group: RefCell<Option<Group>>,
}

impl<E: 'static> Listener for GroupState<E> {
    fn awaited_by(&self) -> Option<(&'static str, Ticket)> {
        Some(("task group", self.waiter.ticket()?))
    }

    fn on_end(&self, member: u32, _: Exit) {
        self.touch();
        let child = (self.children.borrow_mut().get_mut(member as usize)).and_then(Option::take);
        let Some(child) = child else { return };
        self.vacant.borrow_mut().push(member);
        self.alive.set(self.alive.get() - 1);
        if self.alive.get() == 0 {
            self.waiter.wake();
        }
        let error = child.take_error();
        drop(child);
        let Some(error) = error else { return };
        self.errors.borrow_mut().push(error);
        if self.stopped.get() == Stopped::Nothing {
            self.cancel_children();
            self.cancel_parent();
        }
    }

    fn loop_closed(&self) {
        self.waiter.wake();
    }
}

impl<E: 'static> GroupState<E> {
    /// Makes a group in the running task.
    fn enter() -> Rc<Self> {
        let scheduler = loop_of("task_group");
        let state = Rc::new(GroupState {
            scheduler: scheduler.clone(),
            scope: CancelScope::new(),
            children: RefCell::default(),
            vacant: RefCell::default(),
            alive: Cell::new(0),
            errors: RefCell::default(),
            stage: Cell::new(GroupStage::Body),
            stopped: Cell::new(Stopped::Nothing),
            waiter: Waiter::default(),
            group: RefCell::default(),
        });
        (state.group).replace(Some(Group::new(&scheduler, state.clone())));
        state
    }

    /// Notes that the running task looks at the group or changes it, if a chooser wants footprints.
    fn touch(&self) {
        let object = ptr::from_ref(self).addr() as u64;
        Scheduler::touch(Touched::Object(object), Access::Write);
    }

    /// Cancels all children that run, in the order in which they were spawned, unless that was
    /// done before.
    fn cancel_children(&self) {
        self.touch();
        if self.stopped.get() > Stopped::Nothing {
            return;
        }
        self.stopped.set(Stopped::Children);
        let children = self.children.borrow();
        let tasks = children.iter().flatten().map(|child| child.task());
        let mut tasks: Vec<_> = tasks.collect();
        drop(children);
        tasks.sort_by_key(|child| child.number()); // a later one may have an earlier one's place
        // Outside the borrow: a trace sink may use the group.
        tasks.iter().for_each(|child| _ = child.cancel());
    }

    /// Cancels the block, unless it is over: a trace sink may drop it while the group cancels its
    /// children, or in the middle of this. Then no block is left to take the cancel back.
    fn cancel_parent(&self) {
        let over = || self.stage.get() == GroupStage::Finished;
        if over() || self.stopped.replace(Stopped::Parent) == Stopped::Parent {
            return;
        }
        self.scope.cancel();
        if over() {
            self.scope.uncancel();
        }
    }

    /// Takes the cancel back with which the group has cancelled its own block. Returns true if no
    /// cancel is left after that: then the cancel that the block has caught was the group's own.
    fn take_own_cancel_back(&self) -> bool {
        self.stopped.get() == Stopped::Parent && self.scope.uncancel() == 0
    }
}

/// Handle to a group, for its body and its children; see [`task_group`](crate::task_group()).
/// Clone it to pass it to a child.
#[doc(alias = "TaskTracker")]
pub struct TaskGroup<E> {
    state: Rc<GroupState<E>>,
}

impl<E> Clone for TaskGroup<E> {
    fn clone(&self) -> Self {
        let state = self.state.clone();
        TaskGroup { state }
    }
}

impl<E: 'static> TaskGroup<E> {
    /// Cancels the body and all children. If it ends the body, and no child fails, the group
    /// returns [`GroupError::Cancelled`](crate::GroupError::Cancelled). If the body has ended
    /// before, the group returns the body's value. A second call, or one after the end, does
    /// nothing. To run children for a given time, put [`timeout`](crate::timeout()) or a
    /// [`Deadline`](crate::Deadline) around a gather or a group.
    ///
    /// ```
    /// # mod groundup { pub use groundup_combinators::{executor::*, task::*, *}; }
    /// use groundup::{GroupError, TaskGroup, run, sleep, task_group};
    /// use std::time::Duration;
    ///
    /// let ended = run(task_group(async |group: TaskGroup<String>| {
    ///     group.cancel();
    ///     sleep(Duration::MAX).await;
    ///     Ok("never")
    /// }));
    /// assert!(matches!(ended, Err(GroupError::Cancelled)));
    /// ```
    pub fn cancel(&self) {
        self.state.touch();
        if self.state.stage.get() != GroupStage::Finished {
            self.state.cancel_children();
            self.state.cancel_parent();
        }
    }

    /// Returns the number of children that are alive.
    pub fn len(&self) -> usize {
        self.state.touch();
        self.state.alive.get()
    }

    /// Returns true if no child is alive.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<E> fmt::Debug for TaskGroup<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskGroup")
            .field("alive", &self.state.alive.get())
            .field("stage", &self.state.stage.get())
            .field("stopped", &self.state.stopped.get())
            .finish()
    }
}
