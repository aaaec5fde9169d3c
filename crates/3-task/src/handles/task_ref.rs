//! A handle without a type: it can ask and cancel, not take the value.
//!
//! The problem: most of what one does with a task has nothing to do with the type
//! of its value: cancel it, name it, ask how it stands, wait until it is over,
//! keep a list of all there are. A handle for that can be cloned freely, because
//! nothing is lost when one of them is dropped.
//!
//! Invariant: a handle keeps no task alive. A task that has gone answers as one
//! that is done; it is never confused with the next one in its slot.
//!
//! Read next: `handles/ended.rs`, the one thing such a handle can wait for.

use std::fmt;
use std::panic::Location;
use std::rc::Rc;

use groundup_interweave::trace::Name;

use crate::run::Scheduler;
use crate::store::key::{Ending, TaskState};
use crate::store::slot::Slot;
use crate::store::waiters::{DoneCallback, Waiter};

/// A handle without a type: it can ask and cancel, not take the value.
///
/// ```
/// use groundup_task::{Scheduler, yield_now};
///
/// # let scheduler = groundup_task::Scheduler::new().unwrap();
/// # let _entered = scheduler.enter();
/// # let task = scheduler.spawn(async {
/// let scheduler = Scheduler::current().unwrap();
/// let task = scheduler.spawn(async { std::future::pending::<()>().await });
/// let handle = task.task_ref();
/// handle.set_name("reader");
/// yield_now().await;
/// assert!(handle.cancel(), "asked to stop; it has not yet");
/// assert!(!handle.done());
/// assert!(task.await.unwrap_err().is_cancelled());
/// # });
/// # while !scheduler.is_idle() {
/// #     scheduler.run_round(&mut groundup_task::NoRoot);
/// # }
/// # assert!(task.done() && !task.panicked());
/// ```
#[derive(Clone)]
pub struct TaskRef {
    pub(super) scheduler: Rc<Scheduler>,
    pub(super) ticket: u64,
}

impl TaskRef {
    /// A handle of what a ticket names.
    #[inline]
    pub(crate) fn new(scheduler: &Rc<Scheduler>, ticket: u64) -> Self {
        TaskRef {
            scheduler: scheduler.clone(),
            ticket,
        }
    }

    /// The ticket: which loop, which slot, which occupant.
    pub fn ticket(&self) -> u64 {
        self.ticket
    }

    /// The scheduler the task belongs to.
    pub fn scheduler(&self) -> &Rc<Scheduler> {
        &self.scheduler
    }

    pub(crate) fn slot(&self) -> Option<&Slot> {
        self.scheduler.core.slot_of(self.ticket)
    }

    fn exit(&self) -> Option<Ending> {
        self.slot()?.exit()
    }

    /// Asks the task to stop; false if it is done already (C04).
    ///
    /// Nothing happens inline: the cancel is delivered in the next iteration,
    /// where the task may catch it ([`catch_cancel`](crate::catch_cancel)).
    pub fn cancel(&self) -> bool {
        self.scheduler.cancel(self.ticket, None)
    }

    /// The same, with a reason that travels along (C14).
    pub fn cancel_with(&self, reason: impl Into<Rc<str>>) -> bool {
        self.scheduler.cancel(self.ticket, Some(&reason.into()))
    }

    /// How many cancels were asked for and not taken back by
    /// [`uncancel`](TaskRef::uncancel).
    pub fn cancelling(&self) -> u32 {
        let core = &self.scheduler.core;
        self.slot()
            .and_then(|slot| core.extra(slot, |extra| extra.cancelling))
            .unwrap_or(0)
    }

    /// Takes one cancel request back and gives how many are left. When none is
    /// left, a cancel that was not delivered yet is not delivered (C10).
    ///
    /// ```
    /// use groundup_task::Scheduler;
    ///
    /// # let scheduler = groundup_task::Scheduler::new().unwrap();
    /// # let _entered = scheduler.enter();
    /// # let task = scheduler.spawn(async {
    /// let scheduler = Scheduler::current().unwrap();
    /// let task = scheduler.spawn(async { 5 });
    /// task.cancel();
    /// task.cancel();
    /// assert_eq!((task.uncancel(), task.uncancel()), (1, 0));
    /// assert_eq!(task.await.unwrap(), 5, "nothing was delivered yet");
    /// # });
    /// # while !scheduler.is_idle() {
    /// #     scheduler.run_round(&mut groundup_task::NoRoot);
    /// # }
    /// # assert!(task.done() && !task.panicked());
    /// ```
    pub fn uncancel(&self) -> u32 {
        self.scheduler
            .cancels
            .uncancel(&self.scheduler.core, self.ticket)
    }

    /// Whether the task ended by cancellation. A task that has gone, because its
    /// value was taken or its handle dropped, answers false.
    pub fn cancelled(&self) -> bool {
        self.exit() == Some(Ending::Cancelled)
    }

    /// Whether the task panicked and still holds the panic.
    pub fn panicked(&self) -> bool {
        self.exit() == Some(Ending::Failed)
    }

    /// Whether the task has ended, in whatever way.
    pub fn done(&self) -> bool {
        self.slot().is_none_or(Slot::is_done)
    }

    /// What the task is called: `Task-<n>` if nobody gave it a name (K07). Empty
    /// for a task that has gone.
    pub fn name(&self) -> Name {
        self.scheduler
            .core
            .name_of(self.ticket)
            .unwrap_or_else(|| Name::from(""))
    }

    /// Gives the task a name, for traces and reports.
    pub fn set_name(&self, name: &str) {
        if let Some(slot) = self.slot() {
            let name = Some(Name::from(name));
            let core = &self.scheduler.core;
            drop(core.extra_mut(slot, |extra| std::mem::replace(&mut extra.name, name)));
        }
    }

    /// Sequence number of the task in its loop, starting at 1.
    pub fn number(&self) -> u32 {
        self.slot().map_or(0, Slot::number)
    }

    /// Where it was spawned, as long as it is there and not running.
    pub fn place(&self) -> Option<&'static Location<'static>> {
        self.scheduler.core.place_of(self.ticket)
    }

    /// Has `callback` called, in an iteration of its own, when the task is done;
    /// if it is done already, in the next one (F07, F08). Gives the callback back,
    /// to remove it by.
    ///
    /// ```
    /// use std::{cell::Cell, rc::Rc};
    /// use groundup_task::Scheduler;
    ///
    /// # let scheduler = groundup_task::Scheduler::new().unwrap();
    /// # let _entered = scheduler.enter();
    /// # let task = scheduler.spawn(async {
    /// let scheduler = Scheduler::current().unwrap();
    /// let (task, told) = (scheduler.spawn(async {}), Rc::new(Cell::new(false)));
    /// let tell = told.clone();
    /// task.add_done_callback(move || tell.set(true));
    /// task.await.unwrap();
    /// assert!(told.get(), "it was called just before this task went on");
    /// # });
    /// # while !scheduler.is_idle() {
    /// #     scheduler.run_round(&mut groundup_task::NoRoot);
    /// # }
    /// # assert!(task.done() && !task.panicked());
    /// ```
    #[track_caller]
    pub fn add_done_callback(&self, callback: impl Into<DoneCallback>) -> DoneCallback {
        let callback = callback.into();
        callback.place(Location::caller());
        let scheduler = &self.scheduler;
        let locals = scheduler.locals.current(&scheduler.core);
        match self.slot().filter(|slot| !slot.is_done()) {
            Some(slot) => {
                let waiter = Waiter::Callback(callback.clone(), locals);
                scheduler
                    .core
                    .extra_mut(slot, |extra| extra.waiters.put(0, waiter));
            }
            None => scheduler.schedule_done(callback.clone(), locals),
        }
        callback
    }

    /// Takes every registration of `callback` back, and gives their number (F09).
    pub fn remove_done_callback(&self, callback: &DoneCallback) -> usize {
        let (core, waits) = (&self.scheduler.core, &self.scheduler.waits);
        let taken = self
            .slot()
            .map(|slot| waits.take_callback(core, slot, callback));
        taken.map_or(0, |taken| taken.len())
    }
}

impl PartialEq for TaskRef {
    fn eq(&self, other: &Self) -> bool {
        self.ticket == other.ticket && Rc::ptr_eq(&self.scheduler, &other.scheduler)
    }
}

impl Eq for TaskRef {}

impl fmt::Debug for TaskRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(slot) = self.slot() else {
            return f.write_str("<Task gone>");
        };
        let life = slot.state(false);
        let state = match life {
            TaskState::Done(Ending::Cancelled) => "cancelled",
            TaskState::Done(Ending::Failed) => "panicked",
            TaskState::Done(Ending::Returned) => "finished",
            _ if self.cancelling() > 0 => "cancelling",
            _ => "pending",
        };
        write!(f, "<Task {state} name='{}'", self.name())?;
        if let Some(place) = self.place() {
            write!(f, " spawned at {place}")?;
        }
        if life == TaskState::Idle && slot.wait() != 0 {
            let (core, waits) = (&self.scheduler.core, &self.scheduler.waits);
            write!(f, " waiting for {}", waits.wait_of(core, slot))?;
        }
        f.write_str(">")
    }
}
