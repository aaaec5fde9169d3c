//! Several handles of one task: each may await it, each gets the value.
//!
//! The problem: asyncio lets any number of awaiters hold the same task, and a
//! program that hands a task to `gather` and keeps it to cancel, or that waits
//! for one piece of work from two places, is an ordinary program. A `Task<T>`
//! owns the value, so two of them need two values: where `T: Clone`, the handle
//! can be cloned, and whoever takes the value first leaves a copy behind.
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
//! Read next: `awaitable.rs`, what may stand in place of one.

use std::any::Any;

use crate::error::{Cancelled, Panic, TaskError, message_of};
use crate::scheduler::Scheduler;
use crate::slot::Slot;
use crate::task::Task;
use crate::task_ref::TaskRef;
use crate::ticket::{CANCELLED, FAILED};

/// Clones the value in `from` into the `Option` in `to`.
pub(crate) type Copier = fn(from: &dyn Any, to: &mut dyn Any);

fn copy<T: Clone + 'static>(from: &dyn Any, to: &mut dyn Any) {
    if let (Some(from), Some(to)) = (from.downcast_ref::<T>(), to.downcast_mut::<Option<T>>()) {
        *to = Some(from.clone());
    }
}

impl<T: Clone + 'static> Clone for Task<T> {
    /// Another handle of the same task. Each can be awaited, and each gives the
    /// value, cloned for all but the last.
    fn clone(&self) -> Self {
        let task = TaskRef {
            scheduler: self.scheduler().clone(),
            ticket: self.ticket(),
        };
        if let Some(slot) = task.scheduler.slot_of(task.ticket) {
            task.scheduler.extra_mut(slot, |extra| {
                extra.handles += 1;
                extra.copier = Some(copy::<T>);
            });
        }
        Task::from_ref(task)
    }
}

impl Scheduler {
    /// Whether the task has several handles.
    #[inline]
    pub(crate) fn is_shared(&self, slot: &Slot) -> bool {
        slot.extra.get() != 0 && self.extra(slot, |extra| extra.handles > 0) == Some(true)
    }

    /// One handle less; false if it was the last.
    #[inline]
    pub(crate) fn release_handle(&self, slot: &Slot) -> bool {
        if slot.extra.get() == 0 {
            return false;
        }
        self.extra_mut(slot, |extra| {
            let shared = extra.handles > 0;
            extra.handles -= u32::from(shared);
            shared
        })
    }

    /// The outcome for a handle that is not the last; `None` if it is.
    #[inline]
    #[cold]
    pub(crate) fn copy_outcome<T: 'static>(&self, slot: &Slot) -> Option<Result<T, TaskError>> {
        if !self.release_handle(slot) {
            return None;
        }
        let key = slot.key.get();
        if key & CANCELLED != 0 {
            let reason = self.extra(slot, |extra| extra.reason.clone()).flatten();
            return Some(Err(TaskError::Cancelled(Cancelled { reason })));
        }
        if key & FAILED != 0 {
            let message = self.extra(slot, |extra| {
                extra
                    .payload
                    .as_ref()
                    .map(|payload| message_of(&**payload).to_owned())
            });
            let payload = Box::new(message.flatten().unwrap_or_default());
            return Some(Err(TaskError::Panicked(Panic { payload })));
        }
        let copier = self.extra(slot, |extra| extra.copier).flatten();
        let mut value: Option<T> = None;
        if let (Some(object), Some(copier)) = (slot.object.borrow_mut().as_mut(), copier) {
            object
                .as_mut()
                .show(&mut |output| copier(output, &mut value));
        }
        Some(value.ok_or(TaskError::Closed))
    }
}
