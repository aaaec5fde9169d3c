//! Asks about tasks, cancels them and awaits their end, without a type.
//!
//! The problem: to cancel a task, to name it, to ask for its state or to list all tasks does
//! not need the type of its value. One handle takes the value, but many parts of a program may
//! need to know of the end: a supervisor, a shutdown, a test. A handle for them can be cloned
//! freely, and dropping it loses nothing.
//!
//! Invariants:
//! 1. A handle keeps no task alive. A task that has gone answers as if it were done; it is
//!    never confused with the next one in its slot.
//! 2. A dropped wait removes its own entry among the waiters, and no other.
//! 3. A task that awaits its own [`Finished`] panics with a message that says so.
//!
//! Read next: `handles/task_ref/exit.rs`, how a task has ended.

use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::cancel::gate::holds_back;
use crate::error::TaskError;
use crate::run::Scheduler;
use crate::store::key::{Exit, TaskState};
use crate::store::slot::Slot;
use crate::store::ticket::{Ticket, WaitWord};
use crate::wait;

mod exit;

/// A handle of a task without a type: it can ask and cancel, not take the value.
///
/// A task *has gone* when it has ended, and its value was taken or its last [`Task`](crate::Task)
/// was dropped. The loop keeps nothing of it then: it is `done`, and what else a handle could tell of
/// it, such as `name`, `exit` and `cancelled`, is `None`. Only the [`Task`](crate::Task) that has returned the outcome
/// still knows how the task has ended.
///
/// ```
/// # mod groundup { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/facade.inc")); }
/// use groundup::{run, spawn};
///
/// run(async {
///     let task = spawn(std::future::pending::<()>());
///     let handle = task.task_ref();
///     handle.set_name("reader");
///     assert!(handle.cancel(), "asked to stop; it has not yet");
///     assert!(!handle.done());
///     assert!(task.await.unwrap_err().is_cancelled());
/// });
/// ```
#[doc(alias = "AbortHandle")]
#[derive(Clone)]
pub struct TaskRef {
    pub(super) scheduler: Rc<Scheduler>,
    pub(super) ticket: Ticket,
}

impl TaskRef {
    /// Makes a handle of the occupant that a ticket names.
    #[inline]
    pub(crate) fn new(scheduler: &Rc<Scheduler>, ticket: Ticket) -> Self {
        TaskRef {
            scheduler: scheduler.clone(),
            ticket,
        }
    }

    /// Returns the ticket: which loop, which slot, which occupant.
    #[doc(hidden)] // for new primitives: `lowlevel` names it
    pub fn ticket(&self) -> Ticket {
        self.ticket
    }

    /// Returns the scheduler of the task.
    #[doc(hidden)] // for new primitives: `lowlevel` names it
    pub fn scheduler(&self) -> &Rc<Scheduler> {
        &self.scheduler
    }

    #[inline]
    pub(crate) fn slot(&self) -> Option<&Slot> {
        self.scheduler.core.slot_of(self.ticket)
    }

    /// Returns the slot of the task; for a proxy, the slot of its original.
    pub(super) fn subject(&self) -> Option<&Slot> {
        let core = &self.scheduler.core;
        core.slot_of(core.original_of(self.ticket))
    }

    /// Returns the slot, if its occupant has not ended.
    #[inline]
    pub(super) fn living(&self) -> Option<&Slot> {
        self.slot().filter(|slot| !slot.is_done())
    }

    /// Ends the wait of a handle or future that has this place among the waiters; 0 is none.
    pub(super) fn give_up(&self, place: u64) {
        if let Some(slot) = (place != 0).then(|| self.living()).flatten() {
            self.scheduler.give_up((self.ticket, slot), place);
        }
    }

    /// Asks the task to stop; returns false if it is done already. The cancel is delivered in
    /// the next iteration, where [`catch_cancel`](crate::catch_cancel) may catch it. A task that
    /// is cancelled before its first step never runs.
    #[doc(alias = "abort")]
    pub fn cancel(&self) -> bool {
        self.scheduler.cancel(self.ticket, None)
    }

    /// Asks the task to stop, with a reason that the awaiter of the task gets.
    pub fn cancel_with(&self, reason: impl Into<Arc<str>>) -> bool {
        self.scheduler.cancel(self.ticket, Some(&reason.into()))
    }

    /// Returns how many cancels were requested and not [taken back](TaskRef::uncancel). When the task
    /// has [gone](TaskRef), they are forgotten: 0.
    pub fn cancelling(&self) -> u32 {
        let cancelling = |slot| self.scheduler.core.rare(slot, |rare| rare.cancelling);
        self.subject().and_then(cancelling).unwrap_or(0)
    }

    /// Takes one cancel request back and returns how many are left. When none is left, a cancel that
    /// only marked the task is not delivered. One that is on its way still arrives.
    ///
    /// ```
    /// # mod groundup { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/facade.inc")); }
    /// use groundup::{run, spawn};
    ///
    /// run(async {
    ///     let task = spawn(async { 5 });
    ///     task.cancel();
    ///     task.cancel();
    ///     assert_eq!((task.uncancel(), task.uncancel()), (1, 0));
    ///     assert_eq!(task.await.unwrap(), 5, "nothing was delivered");
    /// });
    /// ```
    pub fn uncancel(&self) -> u32 {
        let scheduler = &self.scheduler;
        let ticket = scheduler.core.original_of(self.ticket);
        scheduler.cancels.uncancel_by_hand(&scheduler.core, ticket)
    }

    /// Returns the number of the task in its loop, starting at 1; `None` if the task has gone.
    pub fn number(&self) -> Option<u64> {
        self.subject().map(|slot| self.scheduler.core.number(slot))
    }

    /// Returns where it was spawned, unless the task has gone or is running.
    pub fn place(&self) -> Option<&'static Location<'static>> {
        self.slot()?.call_site()
    }

    /// Waits until the task has ended, without taking its value. A cancel of the awaiting task
    /// goes to this task, as when the task itself is awaited.
    ///
    /// # Cancel safety
    ///
    /// Dropping it removes the registration; nothing is lost.
    ///
    /// # Panics
    ///
    /// When a task awaits its own end.
    pub fn ended(&self) -> Finished {
        Finished {
            task: self.clone(),
            place: 0,
        }
    }
}

impl Scheduler {
    /// Returns the handle of the running task; `None` in a callback and outside.
    pub fn current_task(self: &Rc<Self>) -> Option<TaskRef> {
        self.core.running()?;
        Some(TaskRef::new(self, self.core.current()))
    }

    /// Returns handles of all tasks that are not done, oldest first.
    pub fn all_tasks(self: &Rc<Self>) -> Vec<TaskRef> {
        let living = self.core.living().into_iter();
        living.map(|ticket| TaskRef::new(self, ticket)).collect()
    }
}

impl PartialEq for TaskRef {
    fn eq(&self, other: &Self) -> bool {
        self.ticket == other.ticket && Rc::ptr_eq(&self.scheduler, &other.scheduler)
    }
}

impl Eq for TaskRef {}

/// Writes the name of the task; "(gone)" if the task has gone.
impl fmt::Display for TaskRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name().as_deref().unwrap_or("(gone)"))
    }
}

impl fmt::Debug for TaskRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(slot) = self.slot() else {
            return f.write_str("<Task gone>");
        };
        let life = slot.state(false);
        let state = match life {
            TaskState::Done(Exit::Cancelled) => "cancelled",
            TaskState::Done(Exit::Failed) => "panicked",
            TaskState::Done(Exit::Returned) => "finished",
            _ if self.cancelling() > 0 => "cancelling",
            _ => "pending",
        };
        write!(f, "<Task {state} name='{self}'")?;
        if let Some(place) = self.place() {
            write!(f, " spawned at {place}")?;
        }
        if life == TaskState::Idle && slot.wait() != WaitWord::NOTHING {
            let on = wait::wait_of(&self.scheduler.core, slot);
            write!(f, " waiting for {on}")?;
        }
        f.write_str(">")
    }
}

/// A future that waits for the end of a task: the result of [`TaskRef::ended`].
#[must_use = "futures do nothing unless awaited"]
#[derive(Debug)]
pub struct Finished {
    task: TaskRef,
    /// Its place in the task's list of waiters, or 0.
    place: u64,
}

impl Finished {
    /// Returns the awaited task.
    pub fn as_task_ref(&self) -> &TaskRef {
        &self.task
    }

    /// Polls for the end of the task. It is ready with false if the task polls for its own end.
    #[doc(hidden)] // for new primitives: `lowlevel` names it
    pub fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        let Finished { task, place } = self;
        let Some(slot) = task.living() else {
            if holds_back(cx) {
                return Poll::Pending;
            }
            *place = 0;
            return Poll::Ready(true);
        };
        let core = &task.scheduler.core;
        let (awaited, caller) = ((task.ticket, slot), task.scheduler.caller(cx));
        if caller.ticket == task.ticket {
            return Poll::Ready(false);
        }
        let before = wait::register(core, awaited, caller, place);
        task.scheduler.wait_moved(before, awaited);
        Poll::Pending
    }
}

impl Future for Finished {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let end = self.poll_end(cx);
        end.map(|of_another| assert!(of_another, "{}", TaskError::AwaitedItself))
    }
}

impl Drop for Finished {
    fn drop(&mut self) {
        self.task.give_up(self.place);
    }
}
