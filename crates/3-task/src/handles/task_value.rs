//! The value of a task: taken once, or copied for other handles.
//!
//! The problem: asyncio lets any number of awaiters hold the same task, and a
//! program that hands a task to `gather` and keeps it to cancel, or that waits
//! for one piece of work from two places, is an ordinary program. A `Task<T>`
//! owns the value, so two of them need two values: where `T: Clone`, the handle
//! can be cloned, and each handle but the last takes a copy.
//!
//! ```text
//!   task ──clone──> other        extra.handles = 1
//!     │ take: a clone of the value, one handle less
//!     └──────> other takes: the value itself, the slot is free
//! ```
//!
//! Invariants:
//! 1. The slot goes with the last handle; a task is detached by the last drop.
//! 2. A handle that has given its value is spent, and counts no more.
//! 3. A panic goes whole to the last handle; the others get its message.
//!
//! Read next: `handles/promise.rs`, a value that no task gives.

use std::any::Any;
use std::rc::Rc;

use crate::error::TaskError;
use crate::handles::task::Task;
use crate::handles::task_ref::TaskRef;
use crate::store::key::{Ending, Mark};
use crate::store::ticket::SPENT;

impl<T: 'static> Task<T> {
    /// The outcome, if the task is done; each handle gives it once.
    #[inline]
    pub fn take_result(&mut self) -> Option<Result<T, TaskError>> {
        let scheduler = &self.task.scheduler;
        let Some(slot) = self.task.slot() else {
            return Some(Err(TaskError::Closed));
        };
        if !slot.is_done() {
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
        let slot = self.task.slot()?;
        if !slot.has_returned() || slot.extra() != 0 {
            return None;
        }
        let value = scheduler.take_value(self.task.ticket, slot);
        self.task.ticket = SPENT;
        value
    }

    /// The outcome, if the task is done, while the handle stays as it is: a group that
    /// watches the task is told of its end all the same. A second time it gives
    /// [`TaskError::Closed`].
    pub fn take_and_stay(&mut self) -> Option<Result<T, TaskError>> {
        let scheduler = &self.task.scheduler;
        let slot = self.task.slot()?;
        if !slot.is_done() {
            return None;
        }
        if !slot.has_returned() {
            return Some(Err(scheduler.failure(slot)));
        }
        let mut output: Option<T> = None;
        slot.content(|object| object.take(&mut output));
        Some(output.ok_or(TaskError::Closed))
    }

    /// Looks at the value of a task that is done, and leaves it where it is.
    pub fn with_output<R>(&self, look: impl FnOnce(&T) -> R) -> Option<R> {
        let slot = self.task.slot()?;
        let mut look = Some(look);
        let mut seen = None;
        let mut show = |output: &dyn Any| {
            if let (Some(output), Some(look)) = (output.downcast_ref::<T>(), look.take()) {
                seen = Some(look(output));
            }
        };
        slot.content(|object| object.show(&mut show));
        seen
    }
}

impl TaskRef {
    /// Marks that the end of the task was seen: a panic in it is not reported
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
        if let Some(slot) = self.slot().filter(|slot| slot.is_done()) {
            slot.mark(Mark::Seen, true);
        }
    }

    /// Why the task was cancelled, if it has ended by that and a reason was given.
    pub fn cancel_reason(&self) -> Option<Rc<str>> {
        let slot = self.slot()?;
        if slot.exit() != Some(Ending::Cancelled) {
            return None;
        }
        self.scheduler.core.reason(slot)
    }
}

fn copy<T: Clone + 'static>(from: &dyn Any, to: &mut dyn Any) {
    if let (Some(from), Some(to)) = (from.downcast_ref::<T>(), to.downcast_mut::<Option<T>>()) {
        *to = Some(from.clone());
    }
}

impl<T: Clone + 'static> Clone for Task<T> {
    /// Another handle of the same task. Each can be awaited, and each gives the
    /// value, cloned for all but the last.
    fn clone(&self) -> Self {
        let task = self.task_ref();
        if let Some(slot) = task.slot() {
            task.scheduler.core.extra_mut(slot, |extra| {
                extra.handles += 1;
                extra.copier = Some(copy::<T>);
            });
        }
        Task::from_ref(task)
    }
}
