//! The column of locals: the task-local values of a whole loop.
//!
//! The problem: either no task of a program has task-local values, or all have. A word
//! in every slot would be paid for by the programs that have none. So the values stand
//! in a column beside the table of slots, which comes to be with the first of them.
//!
//! ```text
//!   slots    [T1] [T2] [T3] [  ] ...      base: the values outside any task
//!   column    v    v    v    -
//! ```
//!
//! Invariants:
//! 1. A task begins with the values of the task that runs when it moves in.
//! 2. A program that sets nothing pays one test per spawn (`LONG_WAY`).
//!
//! Who may touch what: the cells are private to this page; what it gives back is the
//! caller's to drop.
//!
//! Read next: `wait.rs`.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::core::{Core, LONG_WAY};
use crate::store::slots::place_of;
use crate::store::ticket::index;
use crate::store::waiters::Locals;

/// The values of all tasks of a loop, and those outside any task.
#[derive(Default)]
pub(crate) struct Columns {
    by_slot: RefCell<Vec<Option<Rc<Locals>>>>,
    base: Cell<Option<Rc<Locals>>>,
}

impl Columns {
    /// The values of the occupant of a slot.
    fn at(&self, index: u32) -> Option<Rc<Locals>> {
        let at = place_of(index);
        self.by_slot.borrow().get(at).cloned().flatten()
    }

    /// Puts values in, and gives those before.
    pub(crate) fn put(&self, index: u32, locals: Option<Rc<Locals>>) -> Option<Rc<Locals>> {
        let mut column = self.by_slot.borrow_mut();
        let at = place_of(index);
        if column.len() <= at {
            locals.as_ref()?;
            column.resize(at + 1, None);
        }
        std::mem::replace(&mut column[at], locals)
    }

    /// The running task's values; outside any task, the loop's own.
    pub(crate) fn current(&self, core: &Core) -> Option<Rc<Locals>> {
        if !core.attends(LONG_WAY) {
            return None;
        }
        if core.slot_of(core.current()).is_some() {
            return self.at(index(core.current()));
        }
        let locals = self.base.take();
        self.base.set(locals.clone());
        locals
    }

    /// Makes the values of a task the loop's own; gives those before.
    pub(crate) fn keep(&self, core: &Core, ticket: u64) -> Option<Rc<Locals>> {
        if !core.attends(LONG_WAY) || core.slot_of(ticket).is_none() {
            return None;
        }
        self.base.replace(self.at(index(ticket)))
    }

    /// Puts other values in place of the running task's; gives those before.
    pub(crate) fn swap(&self, core: &Core, locals: Option<Rc<Locals>>) -> Option<Rc<Locals>> {
        if locals.is_some() {
            core.attend(LONG_WAY, true);
        }
        match core.slot_of(core.current()) {
            Some(_) => self.put(index(core.current()), locals),
            None => self.base.replace(locals),
        }
    }
}
