//! Outcomes: what a task gives in the end, and to which of its handles.
//!
//! The problem: a value is taken once, a copy of it as often as there are handles,
//! and a failure may be looked at by a handle that does not take it. Most tasks
//! return a value, and have one handle, so that is the short way.
//!
//! ```text
//!   done ──returned──> the value, out of the box    ──┐
//!     ├──cancelled───> the reason                   ──┼──> the slot is vacant
//!     └──failed──────> what the panic carried       ──┘
//!
//!   several handles:   all but the last take a copy; the slot stays
//! ```
//!
//! Invariants:
//! 1. A caller that asks why there is no value has seen the failure: it is not
//!    reported.
//! 2. The ticket is void before anything is dropped.
//! 3. A panic goes whole to the last handle; the others get its message.
//!
//! Read next: `run/cancelling.rs`.

use crate::error::{Cancelled, Panic, TaskError, message_of};
use crate::run::Scheduler;
use crate::store::key::{Ending, Mark};
use crate::store::slot::Slot;

impl Scheduler {
    /// The outcome of a task that is done: the last handle takes it, the ones
    /// before get a copy.
    #[inline(always)]
    pub(crate) fn outcome<T: 'static>(&self, ticket: u64, slot: &Slot) -> Result<T, TaskError> {
        // A task with several handles has an entry in the side table.
        if slot.extra() != 0
            && let Some(copy) = self.copy_outcome(slot)
        {
            return copy;
        }
        self.take_outcome(ticket, slot)
    }

    /// Takes the outcome of a task that is done, and ends its stay.
    #[inline(always)] // where a value is taken is where its time goes
    fn take_outcome<T: 'static>(&self, ticket: u64, slot: &Slot) -> Result<T, TaskError> {
        if !slot.has_returned() {
            return Err(self.take_failure(ticket, slot));
        }
        self.take_value(ticket, slot).ok_or(TaskError::Closed)
    }

    /// Takes the value of a task that has returned, and ends its stay.
    #[inline(always)]
    pub(crate) fn take_value<T: 'static>(&self, ticket: u64, slot: &Slot) -> Option<T> {
        let mut output: Option<T> = None;
        let mut object = slot.object();
        if let Some(object) = object.as_mut() {
            object.as_mut().take(&mut output);
        }
        let _not_kept = self.core.keep_shell(&mut object); // empty: no code of the user's runs
        drop(object);
        let _leaving = self.void(ticket, slot);
        output
    }

    /// Takes the reason why a task that is done gives no value, and ends its stay.
    #[cold]
    pub(crate) fn take_failure(&self, ticket: u64, slot: &Slot) -> TaskError {
        let failure = self.failure(slot);
        self.vacate(ticket, slot);
        failure
    }

    /// Why a task gave no value; the caller has seen it then.
    pub(crate) fn failure(&self, slot: &Slot) -> TaskError {
        slot.mark(Mark::Seen, true);
        if slot.exit() == Some(Ending::Cancelled) {
            return TaskError::Cancelled(Cancelled {
                reason: self.core.reason(slot),
            });
        }
        let payload = self.core.extra_mut(slot, |extra| extra.payload.take());
        payload.map_or(TaskError::Closed, |payload| {
            TaskError::Panicked(Panic { payload })
        })
    }

    /// Returns true if the task has several handles.
    #[inline]
    pub(crate) fn is_shared(&self, slot: &Slot) -> bool {
        slot.extra() != 0 && self.core.extra(slot, |extra| extra.handles > 0) == Some(true)
    }

    /// Counts one handle less; false if it was the last.
    #[inline]
    pub(crate) fn release_handle(&self, slot: &Slot) -> bool {
        if slot.extra() == 0 {
            return false;
        }
        self.core.extra_mut(slot, |extra| {
            let shared = extra.handles > 0;
            extra.handles -= u32::from(shared);
            shared
        })
    }

    /// The outcome for a handle that is not the last; `None` if it is.
    #[inline]
    #[cold]
    fn copy_outcome<T: 'static>(&self, slot: &Slot) -> Option<Result<T, TaskError>> {
        if !self.release_handle(slot) {
            return None;
        }
        match slot.exit() {
            Some(Ending::Cancelled) => {
                let cancelled = Cancelled {
                    reason: self.core.reason(slot),
                };
                return Some(Err(TaskError::Cancelled(cancelled)));
            }
            Some(Ending::Failed) => {
                let message = self.core.extra(slot, |extra| {
                    let payload = extra.payload.as_ref()?;
                    Some(message_of(&**payload).to_owned())
                });
                let payload = Box::new(message.flatten().unwrap_or_default());
                return Some(Err(TaskError::Panicked(Panic { payload })));
            }
            _ => {}
        }
        let copier = self.core.extra(slot, |extra| extra.copier).flatten();
        let mut value: Option<T> = None;
        if let Some(copier) = copier {
            slot.content(|object| object.show(&mut |output| copier(output, &mut value)));
        }
        Some(value.ok_or(TaskError::Closed))
    }
}
