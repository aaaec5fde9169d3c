//! Spawning, and who is there: the running task, all tasks.
//!
//! The problem: a future does nothing until somebody polls it. Spawning gives it a
//! slot, a number and a place in the ready queue, and the caller a handle. It is
//! done a million times a second, so it allocates nothing where the slot still has
//! the box of a task of the same type (`core/moving.rs`).
//!
//! Invariants:
//! 1. The body never runs inside `spawn`: its first step is in the next round, in
//!    the order of spawning (K01).
//! 2. A task begins with a copy of its spawner's locals (K14).
//!
//! Read next: `handles/task_value.rs`.

use std::future::Future;
use std::panic::Location;
use std::rc::Rc;

use crate::core::Tenant;
use crate::error::TaskError;
use crate::handles::task::Task;
use crate::handles::task_ref::TaskRef;
use crate::run::Scheduler;
use crate::store::key::{Ending, GROUP, SCHED};
use crate::store::object::{Place, TaskObject};

impl Scheduler {
    /// Makes a task of a future. Its first step is in the next round (K01).
    ///
    /// After [`close`](Scheduler::close) there is no next round: the future is
    /// dropped before this returns, and awaiting the task gives
    /// [`TaskError::Closed`](crate::TaskError::Closed) (L15).
    ///
    /// ```
    /// use groundup_task::{Scheduler, TaskError};
    ///
    /// let scheduler = Scheduler::new().unwrap();
    /// scheduler.close();
    /// let mut task = scheduler.spawn(async { unreachable!("never runs") });
    /// assert!(task.done());
    /// assert!(matches!(task.take_result(), Some(Err(TaskError::Closed))));
    /// ```
    #[track_caller]
    #[inline]
    pub fn spawn<F>(self: &Rc<Self>, future: F) -> Task<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        self.spawn_at(future, Location::caller())
    }

    /// Spawns for a caller that knows the place in the source.
    #[inline]
    pub fn spawn_at<F>(self: &Rc<Self>, future: F, place: Place) -> Task<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        let tenant = Tenant {
            waiter: 0,
            flags: SCHED,
            place,
        };
        self.spawn_tenant(&mut Some(future), tenant)
    }

    /// Spawns a member of a group; `word` says of which, and as which.
    #[inline]
    pub(crate) fn spawn_member<F>(
        self: &Rc<Self>,
        future: F,
        word: u64,
        place: Place,
    ) -> Task<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        let tenant = Tenant {
            waiter: word,
            flags: SCHED | GROUP,
            place,
        };
        self.spawn_tenant(&mut Some(future), tenant)
    }

    #[inline]
    fn spawn_tenant<F>(self: &Rc<Self>, future: &mut Option<F>, tenant: Tenant) -> Task<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        let boxed = |future| Box::pin(TaskObject::new(future, tenant.place)) as _;
        let ticket = self.occupy(future, boxed, tenant);
        self.scheduled(ticket);
        Task::from_ref(TaskRef::new(self, ticket))
    }

    /// Gives the main future, on the caller's stack, a slot and a handle.
    pub fn open_root(self: &Rc<Self>) -> TaskRef {
        TaskRef::new(self, self.occupy_main())
    }

    /// Gives the main future's slot back: how it ended, or `None` if it had not.
    pub fn close_root(self: &Rc<Self>, root: TaskRef) -> Option<Result<(), TaskError>> {
        let slot = root.slot()?;
        if !slot.is_done() {
            self.complete(root.ticket(), slot, Ending::Cancelled);
            self.vacate(root.ticket(), slot);
            return None;
        }
        if slot.has_returned() {
            self.vacate(root.ticket(), slot);
            return Some(Ok(()));
        }
        Some(Err(self.take_failure(root.ticket(), slot)))
    }

    /// The handle of the running task; `None` in a callback and outside (K08).
    pub fn current_task(self: &Rc<Self>) -> Option<TaskRef> {
        self.core.running()?;
        Some(TaskRef::new(self, self.core.current()))
    }

    /// Handles of all tasks that are not done, oldest first (K08).
    pub fn all_tasks(self: &Rc<Self>) -> Vec<TaskRef> {
        let living = self.core.living().into_iter();
        living.map(|ticket| TaskRef::new(self, ticket)).collect()
    }
}
