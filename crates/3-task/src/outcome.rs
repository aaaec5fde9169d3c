//! Outcomes: what a task gives in the end, and who has seen it.
//!
//! The problem: a value is taken once, a copy of it as often as there are handles,
//! and a failure may be looked at by somebody who does not take it. Most tasks
//! return a value, and have one handle, so that is the short way.
//!
//! ```text
//!   done ──returned──> the value, out of the box    ──┐
//!     ├──cancelled───> the reason                   ──┼──> the slot is vacant
//!     └──failed──────> what the panic carried       ──┘
//! ```
//!
//! Invariants:
//! 1. Whoever asks why there is no value has seen the failure: it is not reported.
//! 2. The ticket is void before anything is dropped.
//!
//! Read next: `shared.rs`, several handles.

use std::any::Any;
use std::rc::Rc;

use crate::error::{Cancelled, Panic, TaskError};
use crate::scheduler::Scheduler;
use crate::slot::Slot;
use crate::task::Task;
use crate::task_ref::TaskRef;
use crate::ticket::{CANCELLED, DONE, FAILED, RETRIEVED, SPENT};

impl<T: 'static> Task<T> {
    /// The outcome, if the task is done; each handle gives it once.
    #[inline]
    pub fn take_result(&mut self) -> Option<Result<T, TaskError>> {
        let scheduler = &self.task.scheduler;
        let Some(slot) = scheduler.slot_of(self.task.ticket) else {
            return Some(Err(TaskError::Closed));
        };
        if slot.key.get() & DONE == 0 {
            return None;
        }
        let outcome = scheduler.outcome(self.task.ticket, slot);
        self.task.ticket = SPENT;
        Some(outcome)
    }

    /// The value, if the task has returned one and this is its only handle. Else
    /// nothing is taken: [`take_result`](Task::take_result) says why not.
    ///
    /// ```
    /// # let scheduler = groundup_task::Scheduler::new().unwrap();
    /// # let _entered = scheduler.enter();
    /// let (mut task, mut other) = (scheduler.spawn(async { 5 }), scheduler.spawn(async {}));
    /// other.cancel();
    /// assert_eq!(task.take_value(), None, "it has not run");
    /// while !scheduler.is_idle() {
    ///     scheduler.run_round(&mut groundup_task::NoRoot);
    /// }
    /// assert_eq!((task.take_value(), other.take_value()), (Some(5), None));
    /// assert!(other.take_result().unwrap().unwrap_err().is_cancelled());
    /// ```
    #[inline]
    pub fn take_value(&mut self) -> Option<T> {
        let scheduler = &self.task.scheduler;
        let slot = scheduler.slot_of(self.task.ticket)?;
        let returned = slot.key.get() & (DONE | CANCELLED | FAILED) == DONE;
        if !returned || slot.extra.get() != 0 {
            return None;
        }
        let value = scheduler.take_value(self.task.ticket, slot);
        self.task.ticket = SPENT;
        value
    }

    /// The outcome, if the task is done, while the handle stays as it is: whoever
    /// watches the task is told of its end all the same. A second time it gives
    /// [`TaskError::Closed`].
    pub fn take_and_stay(&mut self) -> Option<Result<T, TaskError>> {
        let scheduler = &self.task.scheduler;
        let slot = scheduler.slot_of(self.task.ticket)?;
        if slot.key.get() & DONE == 0 {
            return None;
        }
        if slot.key.get() & (CANCELLED | FAILED) != 0 {
            return Some(Err(scheduler.failure(slot)));
        }
        let mut output: Option<T> = None;
        if let Some(object) = slot.object.borrow_mut().as_mut() {
            object.as_mut().take(&mut output);
        }
        Some(output.ok_or(TaskError::Closed))
    }

    /// Looks at the value of a task that is done, and leaves it where it is.
    pub fn with_output<R>(&self, look: impl FnOnce(&T) -> R) -> Option<R> {
        let slot = self.task.scheduler.slot_of(self.task.ticket)?;
        let mut look = Some(look);
        let mut seen = None;
        let mut show = |output: &dyn Any| {
            if let (Some(output), Some(look)) = (output.downcast_ref::<T>(), look.take()) {
                seen = Some(look(output));
            }
        };
        if let Some(object) = slot.object.borrow_mut().as_mut() {
            object.as_mut().show(&mut show);
        }
        seen
    }
}

impl TaskRef {
    /// Says that somebody has seen how the task ended: a panic in it is not reported
    /// any more when the last handle goes.
    ///
    /// ```
    /// # let scheduler = groundup_task::Scheduler::new().unwrap();
    /// # let _entered = scheduler.enter();
    /// let told = std::rc::Rc::new(std::cell::Cell::new(0));
    /// let count = told.clone();
    /// let handler = move |_: &groundup_task::Report| count.set(count.get() + 1);
    /// scheduler.set_exception_handler(Some(std::rc::Rc::new(handler)));
    /// let [seen, unseen] = [1, 2].map(|n| scheduler.spawn(async move { panic!("{n}") }));
    /// scheduler.run_round(&mut groundup_task::NoRoot);
    /// seen.mark_seen();
    /// drop::<[groundup_task::Task<()>; 2]>([seen, unseen]);
    /// scheduler.flush_reports();
    /// assert_eq!(told.get(), 1);
    /// ```
    pub fn mark_seen(&self) {
        if let Some(slot) = self.slot() {
            let seen = match slot.key.get() & DONE {
                0 => 0,
                _ => RETRIEVED,
            };
            slot.key.set(slot.key.get() | seen);
        }
    }

    /// Why the task was cancelled, if it has ended by that and somebody said why.
    pub fn cancel_reason(&self) -> Option<Rc<str>> {
        let slot = self.slot().filter(|slot| slot.key.get() & CANCELLED != 0)?;
        let scheduler = self.scheduler();
        scheduler
            .extra(slot, |extra| extra.reason.clone())
            .flatten()
    }
}

impl Scheduler {
    /// The outcome of a task that is done: the last handle takes it, the ones
    /// before get a copy.
    #[inline(always)]
    pub(crate) fn outcome<T: 'static>(&self, ticket: u64, slot: &Slot) -> Result<T, TaskError> {
        // Whoever has several handles has an entry in the side table.
        if slot.extra.get() != 0
            && let Some(copy) = self.copy_outcome(slot)
        {
            return copy;
        }
        self.take_outcome(ticket, slot)
    }

    /// Takes the outcome of a task that is done, and ends its stay.
    #[inline(always)] // where a value is taken is where its time goes
    fn take_outcome<T: 'static>(&self, ticket: u64, slot: &Slot) -> Result<T, TaskError> {
        if slot.key.get() & (CANCELLED | FAILED) != 0 {
            return Err(self.take_failure(ticket, slot));
        }
        self.take_value(ticket, slot).ok_or(TaskError::Closed)
    }

    /// Takes the value of a task that has returned, and ends its stay.
    #[inline(always)]
    fn take_value<T: 'static>(&self, ticket: u64, slot: &Slot) -> Option<T> {
        let mut output: Option<T> = None;
        let mut object = slot.object.borrow_mut();
        if let Some(object) = object.as_mut() {
            object.as_mut().take(&mut output);
        }
        let _not_kept = self.keep_shell(&mut object); // empty: nobody's code runs
        drop(object);
        let _leaving = self.void(ticket, slot);
        output
    }

    #[cold]
    pub(crate) fn take_failure(&self, ticket: u64, slot: &Slot) -> TaskError {
        let failure = self.failure(slot);
        self.vacate(ticket, slot);
        failure
    }

    /// Why a task gave no value; whoever asks has seen it.
    fn failure(&self, slot: &Slot) -> TaskError {
        let key = slot.key.get();
        slot.key.set(key | RETRIEVED);
        if key & CANCELLED != 0 {
            let reason = self.extra(slot, |extra| extra.reason.clone()).flatten();
            return TaskError::Cancelled(Cancelled { reason });
        }
        let payload = self.extra_mut(slot, |extra| extra.payload.take());
        payload.map_or(TaskError::Closed, |payload| {
            TaskError::Panicked(Panic { payload })
        })
    }
}
