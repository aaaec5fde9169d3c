//! The waiters of an object, where a report finds them.
//!
//! The problem: a task that waits for two locks at once, in a `select`, has one word for its wait
//! reason, and the word names neither. Only the lists of the two locks know it. A report looks for
//! them in the loop's table of reasons. So that table and the object share this part of a list. The
//! other part, two counts, stays in the object: a lock for which no task has ever waited has no line.
//!
//! ```text
//!   object ── WaitList: len, waiting
//!                └──> Line: place 1, places 2, 3, .. <── entry of the table of reasons
//! ```
//!
//! The line also has the holder of the object. It changes more often than the waiters, and a report
//! asks for it rarely, so a change of hands is one store.
//!
//! A line of getters also has the tasks that have put items: a report leads a getter that waits for ever
//! to one of them that lives. A slot has one task at a time, so there is one entry for each slot.
//!
//! Invariants:
//! 1. A report lists each task that waits and was not notified, and apart from these each task that was
//!    notified and has not polled its wait since.
//! 2. A producer that lives is not forgotten, however many have put items.
//!
//! Read next: `wait_list/places.rs`.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;
use std::rc::Rc;

use groundup_combinators::task::{Holder, StoredWaker, Ticket, WaitLine, WaitingTask};

use crate::wait_list::WaitList;
use crate::wait_list::places::Places;

/// The part of a list that the loop's table of reasons shares.
#[derive(Default)]
pub(crate) struct Line {
    /// Place 1, of the task that came when no place was taken. All others came later.
    pub(super) alone: Cell<Alone>,
    pub(super) places: RefCell<Places>,
    /// The holder of the object, if it has one.
    pub(super) holder: Cell<Holder>,
    /// Of a line of getters: the producers before the last one, by the indices of their slots.
    producers: OnceCell<Box<RefCell<BTreeMap<u32, Ticket>>>>,
}

impl WaitLine for Line {
    fn waiting(&self) -> Vec<WaitingTask> {
        let mut tasks = Vec::new();
        if let Alone::Waiting(ticket) = self.alone.get() {
            tasks.push(ticket.into());
        }
        tasks.extend(self.places.borrow().waiting());
        tasks
    }

    fn notified(&self) -> Vec<Ticket> {
        let mut tasks = Vec::new();
        if let Alone::Notified(ticket) | Alone::Released(ticket) = self.alone.get() {
            tasks.push(ticket);
        }
        tasks.extend(self.places.borrow().notified());
        tasks
    }

    fn loop_closed(&self) {
        let foreign = self.places.borrow_mut().take_foreign();
        foreign.into_iter().for_each(StoredWaker::wake);
    }

    fn holder(&self) -> Option<Holder> {
        Some(self.holder.get())
    }

    fn producers(&self) -> Vec<Ticket> {
        let producers = self.producers.get();
        producers.map_or(Vec::new(), |them| them.borrow().values().copied().collect())
    }
}

/// The state of place 1. Most waiters have it, and none of its moves borrows anything.
#[derive(Clone, Copy, Default)]
pub(super) enum Alone {
    /// No future has the place. It becomes `Waiting` when a task joins an empty list.
    #[default]
    Vacant,
    /// A task waits. It becomes `Notified` or `Released`, or `Vacant` if the task leaves.
    Waiting(Ticket),
    /// The token was given to the task. It becomes `Vacant`.
    Notified(Ticket),
    /// The task may go on, without a token. It becomes `Vacant`.
    Released(Ticket),
}

impl Deref for WaitList {
    type Target = Rc<Line>;

    /// Returns the line, and makes it for the first wait. A caller that has no waiter looks at the
    /// counts before, so an object for which no task waits has no line.
    #[inline]
    fn deref(&self) -> &Rc<Line> {
        self.line.get_or_init(Rc::default)
    }
}

impl WaitList {
    /// Stores the holder of the object for reports, if a task has waited for the object.
    #[inline]
    pub(crate) fn held_by(&self, holder: Holder) {
        if let Some(line) = self.line.get() {
            line.holder.set(holder);
        }
    }

    /// Notes that a task has produced a thing for which others wait here.
    pub(crate) fn add_producer(&self, producer: Ticket) {
        let producers = self.producers.get_or_init(Box::default);
        producers.borrow_mut().insert(producer.index(), producer);
    }
}

impl fmt::Display for WaitList {
    /// Writes the number of waiters, if there are any, behind the state of the object.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.len() {
            0 => Ok(()),
            waiters => write!(f, ", waiters:{waiters}"),
        }
    }
}
