//! Stores the task-local values of all tasks of a loop, in one column.
//!
//! The problem: either no task of a program has task-local values, or all tasks have. A word in
//! every slot would cost memory in the programs without them. So the values are in a column
//! beside the table of slots, and the first value creates the column.
//!
//! A task that was spawned into a context has no values of its own. It reads and sets the
//! values of the context, and so do all other tasks of that context.
//!
//! ```text
//!   slots    [T1] [T2] [T3] [T4] [  ] ...      base: the context outside any task
//!   column   own  own   |    |    -
//!                       +----+--> a context that T3 and T4 share
//! ```
//!
//! Invariants:
//! 1. A task begins with the values of the task or callback that spawns it, or in the context
//!    that it is given.
//! 2. A program that sets nothing pays one test per spawn and per vacated slot (`LONG_WAY`).
//! 3. Nothing of the user's is dropped while the values of a context are borrowed.
//!
//! Access: the cells are private to this page. A method that replaces values returns the previous
//! ones for the caller to drop; `set` drops them itself.
//!
//! Read next: `wait.rs`.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::core::{Core, LONG_WAY};
use crate::store::slots::position_of;
use crate::store::ticket::Ticket;
use crate::store::values::Values;

/// Holds values that several tasks may share.
#[derive(Default)]
pub(crate) struct Shared(RefCell<Rc<Values>>);

impl Shared {
    /// Returns the present values.
    pub(crate) fn values(&self) -> Rc<Values> {
        self.0.borrow().clone()
    }

    /// Replaces the values; returns the previous ones for the caller to drop.
    pub(crate) fn replace(&self, values: Rc<Values>) -> Rc<Values> {
        self.0.replace(values)
    }
}

/// The place of a task's values.
#[derive(Clone)]
pub(crate) enum LocalContext {
    /// Its own values: no other task sees a value that it sets.
    Own(Rc<Values>),
    /// A context that it is in: all tasks of the context see a value that it sets.
    Given(Rc<Shared>),
}

impl LocalContext {
    fn values(&self) -> Rc<Values> {
        match self {
            LocalContext::Own(values) => values.clone(),
            LocalContext::Given(shared) => shared.values(),
        }
    }
}

/// Holds the values of all tasks of a loop, and the values outside any task.
#[derive(Default)]
pub(crate) struct Columns {
    by_slot: RefCell<Vec<Option<LocalContext>>>,
    base: Cell<Option<LocalContext>>,
}

impl Columns {
    /// Returns the context of the occupant of a slot.
    pub(crate) fn at(&self, index: u32) -> Option<LocalContext> {
        let at = position_of(index);
        self.by_slot.borrow().get(at).cloned().flatten()
    }

    /// Sets the context of a slot; returns the previous one.
    pub(crate) fn put(&self, index: u32, locals: Option<LocalContext>) -> Option<LocalContext> {
        let mut column = self.by_slot.borrow_mut();
        let at = position_of(index);
        if column.len() <= at {
            locals.as_ref()?;
            column.resize(at + 1, None);
        }
        std::mem::replace(&mut column[at], locals)
    }

    /// Returns the running task's values; outside any task, the loop's own.
    pub(crate) fn current(&self, core: &Core) -> Option<Rc<Values>> {
        self.context(core).map(|context| context.values())
    }

    /// Returns the context of the running task; outside any task, the loop's.
    fn context(&self, core: &Core) -> Option<LocalContext> {
        if !core.attends(LONG_WAY) {
            return None;
        }
        if core.slot_unnoted(core.current()).is_some() {
            return self.at(core.current().index());
        }
        let context = self.base.take();
        self.base.set(context.clone());
        context
    }

    /// Sets the running task's values: in the context that it is in, or else as its own.
    pub(crate) fn set(&self, core: &Core, values: Rc<Values>) {
        if let Some(LocalContext::Given(shared)) = self.context(core) {
            drop(shared.replace(values));
        } else {
            drop(self.swap(core, Some(LocalContext::Own(values))));
        }
    }

    /// Makes the context of a task the loop's own; returns the previous one.
    pub(crate) fn keep(&self, core: &Core, ticket: Ticket) -> Option<LocalContext> {
        if !core.attends(LONG_WAY) || core.slot_of(ticket).is_none() {
            return None;
        }
        self.base.replace(self.at(ticket.index()))
    }

    /// Replaces the context of the running task, or the loop's; returns the previous one.
    pub(crate) fn swap(&self, core: &Core, locals: Option<LocalContext>) -> Option<LocalContext> {
        if locals.is_some() {
            core.attend(LONG_WAY, true);
        }
        match core.slot_unnoted(core.current()) {
            Some(_) => self.put(core.current().index(), locals),
            None => self.base.replace(locals),
        }
    }
}
