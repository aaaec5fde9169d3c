//! Task groups: children that cannot outlive the block that spawned them.
//!
//! The problem: a spawned task without a handle fails where no code looks, or runs when its
//! result is of no use any more. A group is a block that ends when all its children have ended.
//! The first failure stops the other children and the block itself. The block returns every
//! error, in the order in which they happened.
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
//! | `task_group/block.rs` | the block: body, wait for the children, end |
//! | `task_group.rs` | the state of a group, and its handle |
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
//! Access: the state is private to the folder. This page spawns, cancels and collects errors.
//! Only `block.rs` begins and ends a group, and only `child.rs` takes an outcome apart.
//!
//! Read next: `task_group/child.rs`.

pub(crate) mod block;
pub(crate) mod child;
pub(crate) mod error;
mod stage;

use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::Future;
use std::rc::Rc;

use groundup_executor::task::{
    CancelScope, Exit, Group, Listener, Locals, Scheduler, Task, Ticket,
};

use crate::running::loop_of;
use crate::task_group::child::{AnyChild, Child, ChildResult, ErrorsStand, Running};
use crate::task_group::error::{ChildError, GroupClosed};
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

    /// Cancels all children that run, in the order in which they were spawned, unless that was
    /// done before.
    fn cancel_children(&self) {
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

    fn cancel_parent(&self) {
        if self.stopped.replace(Stopped::Parent) != Stopped::Parent {
            self.scope.cancel();
        }
    }
}

impl<E> Drop for GroupState<E> {
    /// Drops the errors that no awaiter got one by one: each may panic.
    fn drop(&mut self) {
        for error in self.errors.take() {
            self.scheduler.drop_reported(error);
        }
    }
}

/// Handle to a group, for its body and its children; see [`task_group`](crate::task_group()).
/// Clone it to pass it to a child.
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
    /// Spawns a child.
    ///
    /// Its error ends the group. Its value goes to the awaiter of the handle; the handle may
    /// also be dropped.
    ///
    /// ```
    /// # mod groundup { pub use groundup_combinators::{*, executor::*}; }
    /// use groundup::{TaskGroup, run, task_group};
    ///
    /// let answer = run(task_group(async |group: TaskGroup<String>| {
    ///     let inside = group.clone();
    ///     let child = group.spawn(async move {
    ///         let grandchild = inside.spawn(async { Ok(40) }).unwrap();
    ///         Ok(grandchild.await.unwrap() + 2)
    ///     });
    ///     Ok(child.unwrap().await.unwrap())
    /// }));
    /// assert_eq!(answer.unwrap(), 42);
    /// ```
    ///
    /// # Errors
    ///
    /// [`GroupClosed`] if the group has ended or is being cancelled; the future is then
    /// dropped.
    #[track_caller]
    pub fn spawn<F, T>(&self, future: F) -> Result<Child<T>, GroupClosed>
    where
        F: Future<Output = Result<T, E>> + 'static,
        T: 'static,
    {
        self.open()?;
        Ok(self.adopt(self.state.scheduler.spawn(ErrorsStand { future })))
    }

    /// Spawns a child in a given context: asyncio's `create_task(..., context=...)`. The child
    /// shares the context with all tasks that run in it; see [`Scheduler::spawn_in`].
    ///
    /// # Errors
    ///
    /// As `spawn`.
    #[track_caller]
    pub fn spawn_in<F, T>(&self, locals: &Locals, future: F) -> Result<Child<T>, GroupClosed>
    where
        F: Future<Output = Result<T, E>> + 'static,
        T: 'static,
    {
        self.open()?;
        let future = ErrorsStand { future };
        Ok(self.adopt(self.state.scheduler.spawn_in(locals, future)))
    }

    /// Spawns a child with a name for traces and reports: `create_task(c, name=...)`.
    ///
    /// ```
    /// # mod groundup { pub use groundup_combinators::{*, executor::*}; }
    /// use groundup::{TaskGroup, run, task_group};
    ///
    /// run(task_group(async |group: TaskGroup<String>| {
    ///     let child = group.spawn_named("reader", async { Ok(()) }).unwrap();
    ///     assert_eq!(&*child.as_task_ref().name(), "reader");
    ///     Ok(())
    /// })).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// As [`spawn`](TaskGroup::spawn).
    #[track_caller]
    pub fn spawn_named<F, T>(&self, name: &str, future: F) -> Result<Child<T>, GroupClosed>
    where
        F: Future<Output = Result<T, E>> + 'static,
        T: 'static,
    {
        self.open()?;
        let future = ErrorsStand { future };
        Ok(self.adopt(self.state.scheduler.spawn_named(name, future)))
    }

    /// Returns an error if no child may come in any more.
    fn open(&self) -> Result<(), GroupClosed> {
        let state = &self.state;
        match state.stage.get() {
            GroupStage::Finished => Err(GroupClosed::Finished),
            GroupStage::Exiting if state.alive.get() == 0 => Err(GroupClosed::Finished),
            _ if state.stopped.get() > Stopped::Nothing => Err(GroupClosed::ShuttingDown),
            _ => Ok(()),
        }
    }

    /// Makes a task a child of the group.
    fn adopt<T: 'static>(&self, task: Task<ChildResult<T, E>>) -> Child<T> {
        let state = &self.state;
        let vacant = state.vacant.borrow_mut().pop();
        let member = vacant.unwrap_or(state.children.borrow().len() as u32);
        if let Some(group) = &*state.group.borrow() {
            group.add(&task, member);
        }
        let (running, child) = Running::new(task);
        let mut children = state.children.borrow_mut();
        match children.get_mut(member as usize) {
            Some(place) => *place = Some(running),
            None => children.push(Some(running)),
        }
        state.alive.set(state.alive.get() + 1);
        child
    }

    /// Cancels the body and all children. The group then ends without an error of its own: see
    /// [`cancellable_group`](crate::cancellable_group). A second call, or one after the end,
    /// does nothing.
    pub fn cancel(&self) {
        if self.state.stage.get() != GroupStage::Finished {
            self.state.cancel_children();
            self.state.cancel_parent();
        }
    }

    /// Returns the number of children that are alive.
    pub fn len(&self) -> usize {
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
