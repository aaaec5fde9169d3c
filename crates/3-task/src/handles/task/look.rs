//! Looks at values and copies them, outside of their slots.
//!
//! The problem: code of the user's looks at a value and copies it. That code may use any
//! handle, close the loop, or panic. So the slot's box is not borrowed meanwhile.
//!
//! ```text
//!   a task's     box ── the first look ──> beside the slot, counted; each look has a count
//!   a promise's  box ── lent out ──> its output is copied ── it comes back
//! ```
//!
//! If a task's value is taken while it is looked at, the taker gets a copy. A copy is possible:
//! there are several handles only if `T: Clone`. A promise is asked more often, so its looks
//! are not counted: a `Clone` that asks for the very value it copies gets the error that the
//! value is in use.
//!
//! Invariants:
//! 1. A value is looked at, copied and dropped while nothing is borrowed.
//! 2. A panic in between loses no value.
//!
//! Read next: `handles/promise.rs`, a value that no task returns.

use std::any::Any;
use std::rc::Rc;

use crate::core::rare::Copier;
use crate::handles::task::Task;
use crate::run::Scheduler;
use crate::store::object::Fulfilled;
use crate::store::slot::Slot;

impl<T: 'static> Task<T> {
    /// Looks at the value of a task that has returned one, and leaves it there. `look` may use
    /// this task's handles and the loop in any way.
    pub fn with_output<R>(&self, look: impl FnOnce(&T) -> R) -> Option<R> {
        self.task.fetch_output();
        let value = self.task.scheduler.shared::<T>(self.task.slot()?)?;
        Some(look(&value))
    }

    /// Tests the value of a task that has returned one; returns false if there is none. `is`
    /// must not call the user's code: it may ask, for example, if the value is an `Err`. The
    /// value of a proxy must have been [fetched](TaskRef::fetch_output).
    #[doc(hidden)] // for new primitives: `lowlevel` names it
    pub fn output_is(&self, is: fn(&T) -> bool) -> bool {
        let Some(slot) = self.task.slot().filter(|slot| slot.has_returned()) else {
            return false;
        };
        let mut answer = false;
        let mut ask = |output: &dyn Any| answer = output.downcast_ref().is_some_and(is);
        if !self.task.scheduler.core.show_shared(slot, &mut ask) {
            slot.content(|object| object.show(&mut ask));
        }
        answer
    }
}

impl Scheduler {
    /// Returns true if there are several handles that can take the value.
    #[cold]
    pub(in crate::handles) fn is_shared(&self, slot: &Slot) -> bool {
        self.core.rare(slot, |rare| rare.handles > 0) == Some(true)
    }

    /// Returns the value of a task that has returned one, to look at. The value leaves the box
    /// at the first look, and stays beside it.
    pub(in crate::handles) fn shared<T: 'static>(&self, slot: &Slot) -> Option<Rc<T>> {
        let known = self.core.rare(slot, |rare| rare.shared.clone()).flatten();
        if let Some(known) = known {
            return known.downcast().ok();
        }
        if !slot.has_returned() {
            return None; // its box is in use
        }
        let value = Rc::new(take_out::<T>(slot)?);
        let beside = value.clone();
        self.core.rare_mut(slot).shared = Some(beside);
        Some(value)
    }

    /// Takes out a value that was looked at, with the function that copies it.
    pub(in crate::handles) fn take_shared(
        &self,
        slot: &Slot,
    ) -> Option<(Rc<dyn Any>, Option<Copier>)> {
        if slot.rare() == 0 {
            return None;
        }
        let mut rare = self.core.rare_mut(slot);
        Some((rare.shared.take()?, rare.copier))
    }
}

/// Takes a value out of the slot's box.
pub(in crate::handles) fn take_out<T: 'static>(slot: &Slot) -> Option<T> {
    let mut output = None;
    slot.content(|object| object.take(&mut output));
    output
}

/// Returns a value that was looked at, or a copy of it if a look at it is still under way.
pub(in crate::handles) fn unshare<T: 'static>(
    shared: Rc<dyn Any>,
    copier: Option<Copier>,
) -> Option<T> {
    let shared = shared.downcast::<T>().ok()?;
    Rc::try_unwrap(shared)
        .or_else(|shared| copy(&*shared, copier).ok_or(()))
        .ok()
}

/// Copies a value with the user's `Clone`.
pub(in crate::handles) fn copy<T: 'static>(value: &T, copier: Option<Copier>) -> Option<T> {
    let mut copy = None;
    copier?(value, &mut copy);
    copy
}

/// Copies the output of a promise; returns `None` if another copy is being made.
pub(in crate::handles) fn copy_of_output<T: Clone + 'static>(slot: &Slot) -> Option<Fulfilled<T>> {
    let mut copy = None;
    slot.lend().object()?.copy(&mut copy);
    copy
}
