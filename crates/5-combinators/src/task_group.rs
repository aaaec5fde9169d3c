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
//! | file, above those it uses | has |
//! |---|---|
//! | `task_group/block.rs` | the block: body, wait for the children, end |
//! | `task_group.rs` | the state of a group, and its handle |
//! | `task_group/child.rs` | one child, between the group and its awaiter |
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

use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::Future;
use std::rc::Rc;

use groundup_executor::task::{CancelScope, Exit, Group, Listener, Locals, Scheduler, Task};

use crate::running::loop_of;
use crate::task_group::child::{AnyChild, Child, ChildResult, ErrorsStand, Running};
use crate::task_group::error::{ChildError, GroupClosed};
use crate::waiter::Waiter;

struct GroupState<E> {
    scheduler: Rc<Scheduler>,
    scope: CancelScope,
    children: RefCell<Vec<Option<Rc<dyn AnyChild<E>>>>>,
    vacant: RefCell<Vec<u32>>,
    alive: Cell<usize>,
    errors: RefCell<Vec<ChildError<E>>>,
    /// All children were cancelled: the group shuts down.
    aborting: Cell<bool>,
    /// The group has cancelled its own parent, and must take that back.
    parent_cancelled: Cell<bool>,
    /// The program called `cancel`.
    cancel_called: Cell<bool>,
    /// The body is over; the group waits for its children.
    exiting: Cell<bool>,
    finished: Cell<bool>,
    /// Wakes the block after the end of the last child.
    waiter: Waiter,
    group: RefCell<Option<Group>>,
}

impl<E: 'static> Listener for GroupState<E> {
    fn awaited_by(&self) -> Option<(&'static str, u64)> {
        Some(("task group", self.waiter.ticket()?))
    }

    fn on_end(&self, member: u32, _: Exit) {
        let mut children = self.children.borrow_mut();
        let child = children.get_mut(member as usize).and_then(Option::take);
        drop(children);
        let Some(child) = child else { return };
        self.vacant.borrow_mut().push(member);
        self.alive.set(self.alive.get() - 1);
        if self.alive.get() == 0 {
            self.waiter.wake();
        }
        let error = child.settle();
        drop(child);
        let Some(error) = error else { return };
        self.errors.borrow_mut().push(error);
        if !self.aborting.get() && !self.parent_cancelled.get() {
            self.abort();
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
            aborting: Cell::new(false),
            parent_cancelled: Cell::new(false),
            cancel_called: Cell::new(false),
            exiting: Cell::new(false),
            finished: Cell::new(false),
            waiter: Waiter::default(),
            group: RefCell::default(),
        });
        let group = Group::new(&scheduler, state.clone());
        state.group.replace(Some(group));
        state
    }

    /// Returns why no child can be spawned any more, or `None`.
    fn closed(&self) -> Option<GroupClosed> {
        match () {
            () if self.finished.get() => Some(GroupClosed::Finished),
            () if self.exiting.get() && self.alive.get() == 0 => Some(GroupClosed::Finished),
            () if self.aborting.get() => Some(GroupClosed::ShuttingDown),
            () => None,
        }
    }

    /// Cancels all children that run, in the order in which they were spawned.
    fn abort(&self) {
        self.aborting.set(true);
        let mut children: Vec<_> = (self.children.borrow().iter().flatten())
            .map(|child| child.task())
            .collect();
        children.sort_by_key(|child| child.number()); // a later one may have an earlier one's place
        // Outside the borrow: a trace sink may use the group.
        children.iter().for_each(|child| _ = child.cancel());
    }

    fn cancel_parent(&self) {
        self.parent_cancelled.set(true);
        self.scope.cancel();
    }
}

/// Handle to a group, for its body and its children; see [`task_group`](crate::task_group()).
/// Clone it to pass it to a child.
pub struct TaskGroup<E> {
    state: Rc<GroupState<E>>,
}

impl<E> Clone for TaskGroup<E> {
    fn clone(&self) -> Self {
        TaskGroup {
            state: self.state.clone(),
        }
    }
}

impl<E: 'static> TaskGroup<E> {
    /// Spawns a child.
    ///
    /// Its error ends the group. Its value goes to the awaiter of the handle; the handle may
    /// also be dropped.
    ///
    /// ```
    /// use groundup_combinators::executor::run;
    /// use groundup_combinators::{TaskGroup, task_group};
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
        Ok(self.adopt(
            self.state
                .scheduler
                .spawn_in(locals, ErrorsStand { future }),
        ))
    }

    /// Spawns a child with a name for traces and reports: `create_task(c, name=...)`.
    ///
    /// ```
    /// use groundup_combinators::executor::run;
    /// use groundup_combinators::{TaskGroup, task_group};
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
        self.state.closed().map_or(Ok(()), Err)
    }

    /// Makes a task a child of the group.
    fn adopt<T: 'static>(&self, task: Task<ChildResult<T, E>>) -> Child<T> {
        let state = &self.state;
        let vacant = state.vacant.borrow_mut().pop();
        let member = vacant.unwrap_or_else(|| {
            state.children.borrow_mut().push(None);
            state.children.borrow().len() as u32 - 1
        });
        if let Some(group) = &*state.group.borrow() {
            group.add(&task, member);
        }
        let (running, child) = Running::new(task);
        state.children.borrow_mut()[member as usize] = Some(running);
        state.alive.set(state.alive.get() + 1);
        child
    }

    /// Cancels the body and all children. The group then ends without an error of its own: see
    /// [`cancellable_group`](crate::cancellable_group). A second call, or one after the end,
    /// does nothing.
    pub fn cancel(&self) {
        let state = &self.state;
        if state.finished.get() || state.cancel_called.replace(true) {
            return;
        }
        if !state.aborting.get() {
            state.abort();
        }
        if !state.parent_cancelled.get() {
            state.cancel_parent();
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
            .field("aborting", &self.state.aborting.get())
            .field("finished", &self.state.finished.get())
            .finish()
    }
}
