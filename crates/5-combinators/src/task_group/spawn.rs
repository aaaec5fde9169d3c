//! Spawns the children of a group.
//!
//! The problem: a spawn can come too late, because the group shuts down or has ended. Most code
//! has no use for that news: it is about to be cancelled itself. So `spawn` does not fail: it
//! drops the future, and the child that it returns has ended as refused. Code that wants to know
//! uses `try_spawn`.
//!
//! | | the group is open | it is not |
//! |---|---|---|
//! | `spawn`, `spawn_named`, `spawn_in`, `spawn_infallible` | the child runs | a child that was refused: awaiting it raises a cancel |
//! | `try_spawn`, `try_spawn_named`, `try_spawn_in` | the child runs | `Err(GroupClosed)` |
//!
//! Invariant: a refused future is dropped before the spawn returns, and was never polled.
//!
//! Read next: `task_group/child.rs`.

use std::future::IntoFuture;
use std::panic::Location;

use groundup_executor::task::{Locals, Task};

use crate::members::child_ended::GroupClosed;
use crate::task_group::TaskGroup;
use crate::task_group::child::{ChildResult, ErrorsStand, Running};
use crate::task_group::child_handle::Child;
use crate::task_group::stage::{GroupStage, Stopped};

impl<E: 'static> TaskGroup<E> {
    /// Spawns a child.
    ///
    /// Its error ends the group. Its value goes to the awaiter of the handle; the handle may
    /// also be dropped. If the group has ended or is being cancelled, the future is dropped, and
    /// the child has ended as [refused](crate::ChildEnded::Refused); see
    /// [`try_spawn`](TaskGroup::try_spawn).
    ///
    /// ```
    /// # mod groundup { pub use groundup_combinators::{executor::*, task::*, *}; }
    /// use groundup::{TaskGroup, run, task_group};
    ///
    /// let answer = run(task_group(async |group: TaskGroup<String>| {
    ///     let inside = group.clone();
    ///     let child = group.spawn(async move {
    ///         let grandchild = inside.spawn(async { Ok(40) });
    ///         Ok(grandchild.await + 2)
    ///     });
    ///     Ok(child.await)
    /// }));
    /// assert_eq!(answer.unwrap(), 42);
    /// ```
    #[track_caller]
    pub fn spawn<F, T>(&self, future: F) -> Child<T>
    where
        F: IntoFuture<Output = Result<T, E>>,
        F::IntoFuture: 'static,
        T: 'static,
    {
        self.or_refused(self.try_spawn(future))
    }

    /// Spawns a child, or says why the group takes none.
    ///
    /// # Errors
    ///
    /// [`GroupClosed`] if the group has ended or is being cancelled; the future is then
    /// dropped. See there for an example.
    #[track_caller]
    pub fn try_spawn<F, T>(&self, future: F) -> Result<Child<T>, GroupClosed>
    where
        F: IntoFuture<Output = Result<T, E>>,
        F::IntoFuture: 'static,
        T: 'static,
    {
        self.open()?;
        let future = future.into_future();
        let place = Location::caller();
        let scheduler = self.state.scheduler.clone();
        Ok(self.adopt(scheduler.spawn_at(ErrorsStand { future }, place)))
    }

    /// Spawns a child that returns no `Result`: it cannot fail but by a panic.
    ///
    /// ```
    /// # mod groundup { pub use groundup_combinators::{executor::*, task::*, *}; }
    /// use groundup::{TaskGroup, run, task_group};
    ///
    /// let sum = run(task_group(async |group: TaskGroup<String>| {
    ///     let two = group.spawn_infallible(async { 2 });
    ///     Ok(two.await + group.spawn(async { Ok(3) }).await)
    /// }));
    /// assert_eq!(sum.unwrap(), 5);
    /// ```
    #[track_caller]
    pub fn spawn_infallible<F>(&self, future: F) -> Child<F::Output>
    where
        F: IntoFuture<Output: 'static>,
        F::IntoFuture: 'static,
    {
        let future = future.into_future();
        self.spawn(async move { Ok(future.await) })
    }

    /// Spawns a child in a given context: asyncio's `create_task(..., context=...)`. The child
    /// shares the context with all tasks that run in it; see [`Scheduler::spawn_in`].
    ///
    /// [`Scheduler::spawn_in`]: groundup_executor::task::Scheduler::spawn_in
    #[track_caller]
    pub fn spawn_in<F, T>(&self, locals: &Locals, future: F) -> Child<T>
    where
        F: IntoFuture<Output = Result<T, E>>,
        F::IntoFuture: 'static,
        T: 'static,
    {
        self.or_refused(self.try_spawn_in(locals, future))
    }

    /// Spawns a child in a given context, or says why the group takes none.
    ///
    /// # Errors
    ///
    /// As [`try_spawn`](TaskGroup::try_spawn).
    #[track_caller]
    pub fn try_spawn_in<F, T>(&self, locals: &Locals, future: F) -> Result<Child<T>, GroupClosed>
    where
        F: IntoFuture<Output = Result<T, E>>,
        F::IntoFuture: 'static,
        T: 'static,
    {
        self.open()?;
        let future = future.into_future();
        let task = (self.state.scheduler).spawn_in(locals, ErrorsStand { future });
        Ok(self.adopt(task))
    }

    /// Spawns a child with a name for traces and reports: `create_task(c, name=...)`.
    ///
    /// ```
    /// # mod groundup { pub use groundup_combinators::{executor::*, task::*, *}; }
    /// use groundup::{TaskGroup, run, task_group};
    ///
    /// run(task_group(async |group: TaskGroup<String>| {
    ///     let child = group.spawn_named("reader", async { Ok(()) });
    ///     assert_eq!(child.as_task_ref().to_string(), "reader");
    ///     Ok(())
    /// })).unwrap();
    /// ```
    #[track_caller]
    pub fn spawn_named<F, T>(&self, name: impl AsRef<str>, future: F) -> Child<T>
    where
        F: IntoFuture<Output = Result<T, E>>,
        F::IntoFuture: 'static,
        T: 'static,
    {
        self.or_refused(self.try_spawn_named(name.as_ref(), future))
    }

    /// Spawns a named child, or says why the group takes none.
    ///
    /// # Errors
    ///
    /// As [`try_spawn`](TaskGroup::try_spawn).
    #[track_caller]
    pub fn try_spawn_named<F, T>(
        &self,
        name: impl AsRef<str>,
        future: F,
    ) -> Result<Child<T>, GroupClosed>
    where
        F: IntoFuture<Output = Result<T, E>>,
        F::IntoFuture: 'static,
        T: 'static,
    {
        self.open()?;
        let future = future.into_future();
        let place = Location::caller();
        let scheduler = self.state.scheduler.clone();
        Ok(self.adopt(scheduler.spawn_named_at(name.as_ref(), ErrorsStand { future }, place)))
    }

    /// Returns the child, or one that was refused.
    fn or_refused<T: 'static>(&self, child: Result<Child<T>, GroupClosed>) -> Child<T> {
        child.unwrap_or_else(|why| Child::refused(&self.state.scheduler, why))
    }

    /// Returns an error if no child may come in any more.
    fn open(&self) -> Result<(), GroupClosed> {
        let state = &self.state;
        state.touch();
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
        let ended = task.ended();
        let running = Running::new(task);
        let child = Child::new(ended, running.clone());
        let mut children = state.children.borrow_mut();
        match children.get_mut(member as usize) {
            Some(place) => *place = Some(running),
            None => children.push(Some(running)),
        }
        state.alive.set(state.alive.get() + 1);
        drop(children);
        if state.stopped.get() > Stopped::Nothing {
            // A trace sink cancelled the group when it was told of the spawn.
            child.as_task_ref().cancel();
        }
        child
    }
}
