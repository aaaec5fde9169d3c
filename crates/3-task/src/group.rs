//! Groups: one listener for the ends of many tasks.
//!
//! The problem: a slot has room for two numbers, the group's and the member's. So
//! the listeners stand in a table, with a count of the tasks that name them; and
//! because every end of a child passes through here, it is done with one look.
//!
//! Ten thousand children that end in one round are ten thousand notices in the next,
//! and a gather does nothing at any of them but at the last. So a group may say which
//! ends matter: a *quiet* one wants to hear of failures, cancels and the last end, an
//! *early* one decides at each. Of the others it is told only where the next round
//! would not take place without:
//!
//! ```text
//!   round n    a returns   b returns   c fails   d returns   e returns, nobody is left
//!   round n+1  notice of a             of c                  of e
//!              (so that there is one)
//! ```
//!
//! Invariants:
//! 1. A number is given to another group only when no task names it any more.
//! 2. A listener is given out, and never called or dropped here.
//! 3. What matters is told in the round and the place in which any group would be told
//!    of it, and no round is missing.
//!
//! Who may touch what: the table is private to this page. `run/finish.rs` asks at
//! each end, `run/entries.rs` tells, `inside/group.rs` owns an entry.
//!
//! Read next: `group/listener.rs`.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::group::listener::Watcher;
use crate::store::key::Ending;
use crate::store::slab::Slab;

pub(crate) mod listener;

/// One entry of the table.
struct Group {
    watcher: Option<Rc<dyn Watcher>>,
    /// Members that name it, or whose notice is on its way.
    registered: u32,
    /// Members that have not ended. Counted for quiet groups.
    running: u32,
}

/// In the number of a group: it is asked at each end. So no look is needed.
pub(crate) const EARLY: u32 = 1 << 31;
/// In the number of a group: it is quiet.
pub(crate) const QUIET: u32 = 1 << 30;
/// The place in the table.
const NUMBER: u32 = QUIET - 1;

/// What is to be done about the end of a member.
pub(crate) enum Noted {
    /// The group is told, in the place of the next round that the end has.
    Tell,
    /// The registration is over.
    Over,
    /// The listener says what matters; the answer goes to [`Groups::noted_early`].
    Ask(Rc<dyn Watcher>),
}

/// The groups of a loop.
#[derive(Default)]
pub(crate) struct Groups {
    table: RefCell<Slab<Group>>,
    /// Registrations ever made.
    registrations: Cell<u64>,
}

impl Groups {
    /// Enters a group, and gives its number, with the marks of its kind in it.
    pub(crate) fn enter(&self, watcher: Option<Rc<dyn Watcher>>, kind: u32) -> u32 {
        let entry = Group {
            watcher,
            registered: 0,
            running: 0,
        };
        self.table.borrow_mut().insert(entry) | kind
    }

    /// Puts a listener in; gives the one before for the caller to drop.
    pub(crate) fn listen(&self, group: u32, watcher: Rc<dyn Watcher>) -> Option<Rc<dyn Watcher>> {
        let mut table = self.table.borrow_mut();
        table.get_mut(group & NUMBER)?.watcher.replace(watcher)
    }

    /// The owner of a group leaves; gives the listener for the caller to drop.
    pub(crate) fn leave(&self, group: u32) -> Option<Rc<dyn Watcher>> {
        let mut table = self.table.borrow_mut();
        let entry = table.get_mut(group & NUMBER)?;
        let watcher = entry.watcher.take();
        if entry.registered == 0 {
            table.remove(group & NUMBER);
        }
        watcher
    }

    /// Ends a registration; gives the listener, if it is still there.
    #[inline(always)] // on the way of every end that is told
    pub(crate) fn one_less(&self, group: u32) -> Option<Rc<dyn Watcher>> {
        let mut table = self.table.borrow_mut();
        let entry = table.get_mut(group & NUMBER)?;
        entry.registered -= 1;
        let watcher = entry.watcher.clone();
        if entry.registered == 0 && watcher.is_none() {
            table.remove(group & NUMBER);
        }
        watcher
    }

    /// A member has ended: says whether its group is told. `idle` says whether nothing
    /// is ready: then the round would be missing in which the group is told.
    #[inline]
    pub(crate) fn note_end(&self, group: u32, how: Ending, idle: impl FnOnce() -> bool) -> Noted {
        match group & (EARLY | QUIET) {
            0 => Noted::Tell,
            _ => self.note_special(group, how, idle),
        }
    }

    #[inline(never)]
    fn note_special(&self, group: u32, how: Ending, idle: impl FnOnce() -> bool) -> Noted {
        let mut table = self.table.borrow_mut();
        let Some(entry) = table.get_mut(group & NUMBER) else {
            return Noted::Tell;
        };
        match &entry.watcher {
            Some(watcher) if group & EARLY != 0 => return Noted::Ask(watcher.clone()),
            _ => entry.running -= 1,
        }
        if how != Ending::Returned || entry.running == 0 || idle() {
            return Noted::Tell;
        }
        entry.registered -= 1;
        Noted::Over
    }

    /// The listener of an early group has said that an end does not matter, and other
    /// entries are ready: the registration is over.
    pub(crate) fn noted_early(&self, group: u32) {
        if let Some(entry) = self.table.borrow_mut().get_mut(group & NUMBER) {
            entry.registered -= 1;
        }
    }

    /// Counts more registrations, and how many of these have not ended.
    pub(crate) fn count(&self, group: u32, registered: u32, running: u32) {
        let all = self.registrations.get() + u64::from(registered);
        self.registrations.set(all);
        if let Some(entry) = self.table.borrow_mut().get_mut(group & NUMBER) {
            entry.registered += registered;
            entry.running += running;
        }
    }

    /// Changes both counts of a group, without the statistics.
    pub(crate) fn change(&self, group: u32, change: impl Fn(u32) -> u32) {
        if let Some(entry) = self.table.borrow_mut().get_mut(group & NUMBER) {
            entry.registered = change(entry.registered);
            entry.running = change(entry.running);
        }
    }

    /// How many are registered, or on their way.
    pub(crate) fn registered(&self, group: u32) -> u32 {
        let table = self.table.borrow();
        table
            .get(group & NUMBER)
            .map_or(0, |entry| entry.registered)
    }

    /// Takes all listeners out, for the caller to drop; `None` if there are none.
    pub(crate) fn take_all(&self) -> Option<Vec<Rc<dyn Watcher>>> {
        let mut table = self.table.borrow_mut();
        let watchers: Vec<_> = table
            .iter_mut()
            .filter_map(|entry| entry.watcher.take())
            .collect();
        (!watchers.is_empty()).then_some(watchers)
    }

    /// How many groups there are.
    pub(crate) fn len(&self) -> usize {
        self.table.borrow().len()
    }

    /// How many registrations were ever made.
    pub(crate) fn registrations(&self) -> u64 {
        self.registrations.get()
    }
}
