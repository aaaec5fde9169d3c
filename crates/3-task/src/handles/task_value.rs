//! Takes the value of a task once, or copies it for other handles.
//!
//! The problem: it is common for a program to pass a task to `gather` and keep a handle to
//! cancel it, or to wait for one piece of work in two places. A `Task<T>` owns the value, so
//! two handles need two values: if `T: Clone`, the handle can be cloned. Most tasks return a
//! value and have one handle, so that is the fast path.
//!
//! ```text
//!   done ──returned──> the value, out of the box  ──┐
//!     ├──cancelled───> the reason                 ──┼──> the slot is vacant
//!     └──failed──────> the panic's payload        ──┘
//!
//!   several handles:   all but the last take a copy; the slot stays
//! ```
//!
//! Invariants:
//! 1. The slot is freed with the last handle, and the last drop detaches a task that has
//!    not ended.
//! 2. A handle that has returned its value is spent, and counts no more.
//! 3. The last handle gets the payload of a panic; the others get its message.
//! 4. A caller that asks why there is no value has seen the failure: it is not reported.
//!
//! Read next: `handles/task/several.rs`, several handles of one task.

use std::sync::Arc;

use crate::error::{Cancelled, TaskError};
use crate::handles::proxy::Why;
use crate::handles::task::Task;
use crate::handles::task::look::{copy, take_out, unshare};
use crate::handles::task_ref::TaskRef;
use crate::run::Scheduler;
use crate::store::key::{Exit, Mark};
use crate::store::slot::Slot;
use crate::store::ticket::Ticket;

impl<T: 'static> Task<T> {
    /// Takes the outcome, if the task is done. Each handle returns it once.
    #[inline]
    pub fn take_result(&mut self) -> Option<Result<T, TaskError>> {
        let TaskRef { scheduler, ticket } = &mut self.task;
        let Some(slot) = scheduler.core.slot_of(*ticket) else {
            return Some(Err(self.task.without_slot()));
        };
        if !slot.is_done() {
            return None;
        }
        let exit = slot.exit();
        let outcome = scheduler.outcome_rare(*ticket, slot);
        *ticket = Ticket::spent(&outcome, exit);
        Some(outcome)
    }

    /// Takes the value, if the task has returned one and this is its only handle. Otherwise
    /// nothing is taken, and [`take_result`](Task::take_result) returns the reason.
    ///
    /// ```
    /// # mod groundup { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/facade.inc")); }
    /// use groundup::{run, spawn, yield_now};
    ///
    /// run(async {
    ///     let (mut task, mut other) = (spawn(async { 5 }), spawn(async {}));
    ///     other.cancel();
    ///     assert_eq!(task.take_value(), None, "it has not run");
    ///     yield_now().await;
    ///     assert_eq!((task.take_value(), other.take_value()), (Some(5), None));
    ///     assert!(other.take_result().unwrap().unwrap_err().is_cancelled());
    /// });
    /// ```
    #[inline]
    pub fn take_value(&mut self) -> Option<T> {
        let TaskRef { scheduler, ticket } = &mut self.task;
        let slot = scheduler.core.slot_of(*ticket)?;
        if !slot.has_returned() {
            return None;
        }
        if slot.rare() != 0 {
            return match scheduler.is_shared(slot) {
                true => None,
                false => self.take_result()?.ok(),
            };
        }
        let value = scheduler.take_value(*ticket, slot);
        *ticket = Ticket::NONE;
        value
    }

    /// Takes the outcome, if the task is done, and keeps the handle's slot: a group that
    /// watches the task is still notified. A second call returns [`TaskError::Taken`].
    #[doc(hidden)] // for new primitives: `lowlevel` names it
    pub fn take_and_stay(&mut self) -> Option<Result<T, TaskError>> {
        let slot = self.task.slot().filter(|slot| slot.is_done())?;
        if !slot.has_returned() {
            return Some(Err(self.task.scheduler.failure(slot, true)));
        }
        let scheduler = &self.task.scheduler;
        let value = match scheduler.take_shared(slot) {
            Some((shared, copier)) => unshare(shared, copier),
            None => take_out(slot),
        };
        Some(value.ok_or(TaskError::Taken))
    }
}

impl TaskRef {
    /// Marks that the end of the task was seen: a panic in it is no longer reported when the
    /// last handle is dropped.
    ///
    /// ```
    /// # mod groundup { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/facade.inc")); }
    /// use groundup::{current_loop, run, spawn, yield_now};
    /// use std::{cell::Cell, rc::Rc};
    ///
    /// # std::panic::set_hook(Box::new(|_| ()));
    /// let told = Rc::new(Cell::new(0));
    /// let count = told.clone();
    /// run(async {
    ///     let handler = move |_: &groundup::Report| count.set(count.get() + 1);
    ///     current_loop().set_exception_handler(Some(Rc::new(handler)));
    ///     let [seen, unseen] = [1, 2].map(|n| spawn(async move { panic!("{n}") }));
    ///     yield_now().await;
    ///     seen.mark_seen();
    ///     drop::<[groundup::Task<()>; 2]>([seen, unseen]);
    /// });
    /// assert_eq!(told.get(), 1);
    /// ```
    pub fn mark_seen(&self) {
        let Some(slot) = self.slot().filter(|slot| slot.is_done()) else {
            return;
        };
        slot.mark(Mark::Seen, true);
        if slot.has(Mark::Promise)
            && let Some(original) = self.subject()
        {
            original.mark(Mark::Seen, true);
        }
    }

    /// Returns why the task has no value, if it has ended without one; for a panic, its
    /// message. The caller has then seen the failure. Later calls return it too.
    pub fn failure(&self) -> Option<TaskError> {
        let failed = |slot: &&Slot| slot.is_done() && !slot.has_returned();
        let slot = self.slot().filter(failed)?;
        if slot.has(Mark::Promise) {
            self.fetch_output();
        }
        self.mark_seen();
        let slot = self.slot().filter(failed)?;
        Some(self.scheduler.failure(slot, false))
    }

    /// Returns the reason of the cancel, if the task has ended as cancelled and a reason was
    /// given.
    pub fn cancel_reason(&self) -> Option<Arc<str>> {
        let slot = self.slot().filter(|_| self.cancelled() == Some(true))?;
        self.scheduler.core.reason(slot)
    }

    /// Returns the reason that the last cancel of the task gave, also if it was caught.
    pub fn last_reason(&self) -> Option<Arc<str>> {
        self.scheduler.core.reason(self.subject()?)
    }
}

impl Scheduler {
    /// Takes the value of a task that has [returned plainly](Slot::has_returned_plainly), and vacates
    /// its slot.
    #[inline(always)] // Speed: spawn_join, spawn_batch. The plain version is `take_value`.
    pub(super) fn take_plain_value<T: 'static>(&self, ticket: Ticket, slot: &Slot) -> Option<T> {
        let mut output: Option<T> = None;
        slot.content(|object| object.take(&mut output));
        if !self.core.free_with_box(ticket, slot) {
            self.core.keep_bare_box(slot);
            self.void(slot);
            self.free(ticket, slot);
        }
        output
    }

    /// Takes the value of a task that has returned, and vacates its slot.
    #[inline(always)] // Speed: spawn_join, spawn_batch.
    pub(super) fn take_value<T: 'static>(&self, ticket: Ticket, slot: &Slot) -> Option<T> {
        let mut output: Option<T> = None;
        slot.content(|object| object.take(&mut output));
        self.core.keep_bare_box(slot);
        self.void(slot);
        self.free(ticket, slot);
        output
    }

    /// Takes the outcome of a task that is done: the last handle takes it and vacates the slot,
    /// the others get a copy.
    #[cold]
    pub(super) fn outcome_rare<T: 'static>(
        &self,
        ticket: Ticket,
        slot: &Slot,
    ) -> Result<T, TaskError> {
        if slot.has(Mark::Promise) {
            self.fetch(ticket, slot);
            if !slot.is_of(ticket) {
                return Err(TaskError::Closed); // the fetch has closed the loop
            }
        }
        if slot.has_returned() && self.is_shared(slot) {
            let copier = self.core.rare(slot, |rare| rare.copier).flatten();
            let value = self.shared::<T>(slot);
            let value = value.and_then(|value| copy(&*value, copier));
            // If the `Clone` panics, the handle stays as it was, to be dropped. The `Clone` may
            // have dropped the other handles, or closed the loop.
            if slot.is_of(ticket) {
                if value.is_some() {
                    slot.mark(Mark::Seen, true); // an error in it is not reported any more
                }
                if !self.release_handle(slot) {
                    self.vacate(ticket, slot);
                }
            }
            return value.ok_or(TaskError::Taken);
        }
        let last = slot.rare() == 0 || !self.release_handle(slot);
        if !slot.has_returned() {
            let failure = self.failure(slot, last);
            if last {
                self.vacate(ticket, slot);
            }
            return Err(failure);
        }
        let value = if let Some((shared, copier)) = self.take_shared(slot) {
            self.vacate(ticket, slot);
            unshare(shared, copier)
        } else if slot.has(Mark::Promise) {
            // What is left in the box is the user's to drop.
            let value = take_out(slot);
            self.vacate(ticket, slot);
            value
        } else {
            self.take_value(ticket, slot)
        };
        value.ok_or(TaskError::Taken)
    }

    /// Returns why a task has no value, and marks its end as seen. With `whole`, a panic's
    /// payload is taken; otherwise it is shared.
    pub(crate) fn failure(&self, slot: &Slot, whole: bool) -> TaskError {
        slot.mark(Mark::Seen, true);
        if slot.has(Mark::Promise)
            && let Some(why) = self.why_not(slot, whole)
        {
            return why;
        }
        if slot.exit() == Some(Exit::Cancelled) {
            let reason = self.core.reason(slot);
            return TaskError::Cancelled(Cancelled::new(reason));
        }
        let mut rare = self.core.rare_mut(slot);
        let panic = match whole {
            true => rare.panic.take(),
            false => rare.panic.clone(),
        };
        panic.map_or(TaskError::Taken, TaskError::Panicked)
    }

    /// Takes the reason why a proxy has no value; all but the last handle get a copy.
    fn why_not(&self, slot: &Slot, whole: bool) -> Option<TaskError> {
        let mut why: Option<Why> = None;
        slot.content(|object| object.take(&mut why));
        let Why(error) = why?;
        if whole {
            return Some(error);
        }
        let copy = error.clone();
        slot.content(|object| object.put(&mut Some(Why(error))));
        Some(copy)
    }

    /// Counts one handle less of a task with rare state; returns false if it was the last.
    #[cold]
    pub(super) fn release_handle(&self, slot: &Slot) -> bool {
        let mut rare = self.core.rare_mut(slot);
        let shared = rare.handles > 0;
        rare.handles -= u32::from(shared);
        shared
    }
}
