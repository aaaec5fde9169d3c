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
//! Read next: `ended.rs`, the one thing such a handle can wait for.

use std::fmt;
use std::panic::Location;
use std::rc::Rc;
use std::task::{Context, Poll};

use groundup_interweave::trace::Name;

use crate::callback::DoneCallback;
use crate::ended::Ended;
use crate::scheduler::Scheduler;
use crate::slot::Slot;
use crate::ticket::{CANCELLED, DONE, FAILED, SCHED};

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
    pub(crate) scheduler: Rc<Scheduler>,
    pub(crate) ticket: u64,
}

impl TaskRef {
    /// The ticket: which loop, which slot, which occupant.
    pub fn ticket(&self) -> u64 {
        self.ticket
    }

    /// The scheduler the task belongs to.
    pub fn scheduler(&self) -> &Rc<Scheduler> {
        &self.scheduler
    }

    pub(crate) fn slot(&self) -> Option<&Slot> {
        self.scheduler.slot_of(self.ticket)
    }

    fn key(&self) -> Option<u64> {
        self.slot().map(|slot| slot.key.get())
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
        let slot = self.scheduler.slot_of(self.ticket);
        slot.and_then(|slot| self.scheduler.extra(slot, |extra| extra.cancelling))
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
        self.scheduler.uncancel(self.ticket)
    }

    /// Whether the task ended by cancellation. A task that has gone, because its
    /// value was taken or its handle dropped, answers false.
    pub fn cancelled(&self) -> bool {
        self.key().is_some_and(|key| key & CANCELLED != 0)
    }

    /// Whether the task panicked and still holds the panic.
    pub fn panicked(&self) -> bool {
        self.key().is_some_and(|key| key & FAILED != 0)
    }

    /// Whether the task has ended, in whatever way.
    pub fn done(&self) -> bool {
        self.key().is_none_or(|key| key & DONE != 0)
    }

    /// What the task is called: `Task-<n>` if nobody gave it a name (K07). Empty
    /// for a task that has gone.
    pub fn name(&self) -> Name {
        self.scheduler
            .name_of(self.ticket)
            .unwrap_or_else(|| Name::from(""))
    }

    /// Gives the task a name, for traces and reports.
    pub fn set_name(&self, name: &str) {
        if let Some(slot) = self.scheduler.slot_of(self.ticket) {
            self.scheduler
                .extra_mut(slot, |extra| extra.name = Some(Name::from(name)));
        }
    }

    /// The how-manieth task of its loop this is, from 1.
    pub fn number(&self) -> u32 {
        self.scheduler
            .slot_of(self.ticket)
            .map_or(0, |slot| slot.number.get())
    }

    /// Where it was spawned, as long as it is there and not running.
    pub fn place(&self) -> Option<&'static Location<'static>> {
        self.scheduler.place_of(self.ticket)
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
        callback.registered_at(Location::caller());
        self.scheduler.add_done(self.ticket, callback.clone());
        callback
    }

    /// Takes every registration of `callback` back, and gives their number (F09).
    pub fn remove_done_callback(&self, callback: &DoneCallback) -> usize {
        self.scheduler.remove_done(self.ticket, callback)
    }

    /// Waits until the task has ended, without taking its value. Awaiting this
    /// hands a cancel on to the task, as awaiting the task does.
    ///
    /// # Cancel safety
    ///
    /// Dropping it takes the registration back; nothing is lost.
    ///
    /// # Panics
    ///
    /// When a task awaits its own end (K09).
    ///
    /// ```
    /// use groundup_task::Scheduler;
    ///
    /// # let scheduler = groundup_task::Scheduler::new().unwrap();
    /// # let _entered = scheduler.enter();
    /// # let task = scheduler.spawn(async {
    /// let scheduler = Scheduler::current().unwrap();
    /// let task = scheduler.spawn(async { 5 });
    /// task.ended().await;
    /// assert_eq!(task.await.unwrap(), 5, "the value is still there");
    /// # });
    /// # while !scheduler.is_idle() {
    /// #     scheduler.run_round(&mut groundup_task::NoRoot);
    /// # }
    /// # assert!(task.done() && !task.panicked());
    /// ```
    pub fn ended(&self) -> Ended {
        Ended::new(self.clone())
    }

    /// What [`ended`](TaskRef::ended) does when polled: registers the waker, or
    /// says that the task has ended. The registration stays until then.
    pub fn poll_ended(&self, cx: &Context<'_>) -> Poll<()> {
        let Some(slot) = self.scheduler.slot_of(self.ticket) else {
            return Poll::Ready(());
        };
        if slot.key.get() & DONE != 0 {
            return Poll::Ready(());
        }
        self.scheduler.register_to_stay(self.ticket, slot, cx);
        Poll::Pending
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
        let Some(slot) = self.scheduler.slot_of(self.ticket) else {
            return f.write_str("<Task gone>");
        };
        let key = slot.key.get();
        let state = match key {
            key if key & CANCELLED != 0 => "cancelled",
            key if key & FAILED != 0 => "panicked",
            key if key & DONE != 0 => "finished",
            _ if self.cancelling() > 0 => "cancelling",
            _ => "pending",
        };
        write!(f, "<Task {state} name='{}'", self.name())?;
        if let Some(place) = self.place() {
            write!(f, " spawned at {place}")?;
        }
        if key & (DONE | SCHED) == 0 && slot.wait.get() != 0 {
            write!(f, " waiting for {}", self.scheduler.wait_of(slot))?;
        }
        f.write_str(">")
    }
}
