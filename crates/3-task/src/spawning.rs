//! Spawning, and who is there: the running task, all tasks.
//!
//! The problem: a future does nothing until somebody polls it. Spawning gives it a
//! slot, a number and a place in the ready queue, and the caller a handle. It is
//! done a million times a second, so it allocates nothing where the slot still has
//! the box of a task of the same type (`occupancy.rs`).
//!
//! Invariants:
//! 1. The body never runs inside `spawn`: its first step is in the next round, in
//!    the order of spawning (K01).
//! 2. A task begins with a copy of its spawner's locals (K14).
//!
//! Read next: `turn.rs`, where its steps are taken.

use std::future::Future;
use std::panic::Location;
use std::rc::Rc;

use crate::object::{Place, TaskObject};
use crate::scheduler::Scheduler;
use crate::task::Task;
use crate::task_ref::TaskRef;
use crate::ticket::{GROUP, SCHED};

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

    /// The same, for a caller that knows the place.
    #[inline]
    pub fn spawn_at<F>(self: &Rc<Self>, future: F, place: Place) -> Task<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        let ticket = self.spawn_ticket(&mut Some(future), 0, 0, place);
        Task::from_ref(TaskRef {
            scheduler: self.clone(),
            ticket,
        })
    }

    /// The same, as a member of a group: `word` says of which, and as which.
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
        let ticket = self.spawn_ticket(&mut Some(future), word, GROUP, place);
        Task::from_ref(TaskRef {
            scheduler: self.clone(),
            ticket,
        })
    }

    #[inline]
    fn spawn_ticket<F>(
        self: &Rc<Self>,
        future: &mut Option<F>,
        waiter: u64,
        flags: u64,
        place: Place,
    ) -> u64
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        let boxed = |future| Box::pin(TaskObject::new(future, place)) as _;
        let ticket = self.occupy(future, boxed, waiter, SCHED | flags, place);
        self.push(ticket);
        if self.is_observed() {
            self.emit_spawn(ticket);
        }
        ticket
    }

    /// Whether a task is running, and not a callback.
    #[inline]
    pub fn in_task(&self) -> bool {
        self.running().is_some()
    }

    /// The handle of the running task; `None` in a callback and outside (K08).
    pub fn current_task(self: &Rc<Self>) -> Option<TaskRef> {
        self.running()?;
        Some(TaskRef {
            scheduler: self.clone(),
            ticket: self.current.get(),
        })
    }

    /// Handles of all tasks that are not done, oldest first (K08).
    pub fn all_tasks(self: &Rc<Self>) -> Vec<TaskRef> {
        let handle = |ticket| TaskRef {
            scheduler: self.clone(),
            ticket,
        };
        self.living().into_iter().map(handle).collect()
    }
}
