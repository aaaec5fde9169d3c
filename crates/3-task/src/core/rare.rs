//! The rare things of a slot: found, changed and taken out.
//!
//! The problem: a slot holds the number of its entry in the side table, and most
//! slots have none. So an entry comes to be when it is first needed, and goes with
//! its occupant.
//!
//! Invariants:
//! 1. The table is borrowed for the length of one look or one change.
//! 2. What is taken out is the caller's to drop, after the borrow.
//!
//! Read next: `core/names.rs`.

use std::rc::Rc;

use crate::core::Core;
use crate::store::rare::Extra;
use crate::store::slot::Slot;
use crate::store::waiters::Waiters;

impl Core {
    /// Reads something of a slot's extra; `None` if it has none.
    pub(crate) fn extra<R>(&self, slot: &Slot, read: impl FnOnce(&Extra) -> R) -> Option<R> {
        match slot.extra() {
            0 => None,
            number => self.extras.borrow().get(number).map(read),
        }
    }

    /// Changes a slot's extra, which comes to be if it is not there.
    pub(crate) fn extra_mut<R>(&self, slot: &Slot, change: impl FnOnce(&mut Extra) -> R) -> R {
        let mut extras = self.extras.borrow_mut();
        if slot.extra() == 0 {
            slot.set_extra(extras.insert(Extra::default()));
        }
        change(
            extras
                .get_mut(slot.extra())
                .expect("a slot's extra is in the table"),
        )
    }

    /// Takes a slot's list of waiters out.
    pub(crate) fn take_waiters(&self, slot: &Slot) -> Waiters {
        match slot.extra() {
            0 => Waiters::default(),
            _ => self.extra_mut(slot, |extra| std::mem::take(&mut extra.waiters)),
        }
    }

    /// The reason of the last cancel, if one was given.
    pub(crate) fn reason(&self, slot: &Slot) -> Option<Rc<str>> {
        self.extra(slot, |extra| extra.reason.clone()).flatten()
    }

    /// Returns true if nobody stands in the slot's list of waiters.
    pub(crate) fn no_more_waiters(&self, slot: &Slot) -> bool {
        self.extra(slot, |extra| extra.waiters.is_empty())
            .unwrap_or(true)
    }

    /// Takes the whole extra out, for the caller to drop.
    pub(crate) fn take_extra(&self, slot: &Slot) -> Option<Extra> {
        match slot.set_extra(0) {
            0 => None,
            number => self.extras.borrow_mut().remove(number),
        }
    }
}
