//! Groups: one listener for the ends of many tasks.
//!
//! The problem: a slot has room for two numbers, the group's and the member's. So the
//! listeners stand in a table, with a count of the tasks that name them; and because
//! every end of a child passes through here, it is done with one look. A gather, a wait,
//! a task group each do something else at an end, and floor 5 has not been written yet.
//! So what is called is a trait, with two moments: at the end itself, for bookkeeping,
//! and one iteration later, for work.
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
//! 2. A listener is called while the table is not borrowed, and never dropped here.
//! 3. What matters is told in the round and the place in which any group would be told
//!    of it, and no round is missing.
//!
//! Who may touch what: the table is private to this page. `run/finish.rs` asks at
//! each end, `run/entries.rs` tells, `inside/group.rs` owns an entry.
//!
//! Read next: `observe.rs`.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::core::Core;
use crate::store::key::Ending;
use crate::store::slab::Slab;

/// What is told of the ends of many tasks, by a [`Watching`](crate::Watching).
pub trait Watcher {
    /// Member `member` has ended just now: whether [`child_done`](Watcher::child_done)
    /// is to be called for it. For bookkeeping only, and only for a group that asked
    /// for it ([`Watching::new_early`](crate::Watching::new_early)): this is in the middle of a turn, before
    /// anybody else knows, and must not use the scheduler.
    ///
    /// `false` is a permission, not a wish: it is called all the same where there
    /// would be no next iteration without.
    fn child_ended(&self, member: u32) -> bool {
        let _ = member;
        true
    }

    /// Member `member` has ended. Called from a turn of the loop, one iteration
    /// after the end itself, in the order of the ends.
    fn child_done(&self, member: u32, ending: Ending);

    /// The loop is closed, and no end will be told of any more. Called during `close`,
    /// when everything in the loop has been dropped; for waking those who wait elsewhere.
    fn loop_closed(&self) {}
}

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

    /// Changes an entry, if it is there.
    #[inline]
    fn change<R>(&self, group: u32, change: impl FnOnce(&mut Group) -> R) -> Option<R> {
        self.table.borrow_mut().get_mut(group & NUMBER).map(change)
    }

    /// Puts a listener in; gives the one before for the caller to drop.
    pub(crate) fn listen(&self, group: u32, watcher: Rc<dyn Watcher>) -> Option<Rc<dyn Watcher>> {
        self.change(group, |entry| entry.watcher.replace(watcher))?
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

    /// A member has ended: true if its group is to be told, in this place of the next
    /// round; that is so, too, if the round would be missing without. Else the member's
    /// registration is over.
    #[inline]
    pub(crate) fn note_end(&self, core: &Core, member: (u32, u32), how: Ending) -> bool {
        member.0 & (EARLY | QUIET) == 0 || self.note_special(core, member, how)
    }

    #[inline(never)]
    fn note_special(&self, core: &Core, (group, member): (u32, u32), how: Ending) -> bool {
        let mut table = self.table.borrow_mut();
        let Some(entry) = table.get_mut(group & NUMBER) else {
            return true;
        };
        if group & EARLY != 0 {
            let Some(watcher) = entry.watcher.clone() else {
                // It was left: the last member takes the entry with it.
                drop(table);
                drop(self.one_less(group));
                return false;
            };
            // Most ends do not matter, so the registration is over until one does.
            entry.registered -= 1;
            drop(table);
            let told = watcher.child_ended(member) || core.ready_len() == 0;
            if told {
                self.change(group, |entry| entry.registered += 1);
            }
            return told;
        }
        entry.running -= 1;
        if how != Ending::Returned || entry.running == 0 || core.ready_len() == 0 {
            return true;
        }
        entry.registered -= 1;
        false
    }

    /// Counts more registrations, and how many of these have not ended.
    pub(crate) fn count(&self, group: u32, registered: u32, running: u32) {
        self.registrations
            .set(self.registrations.get() + u64::from(registered));
        self.change(group, |entry| {
            entry.registered += registered;
            entry.running += running;
        });
    }

    /// Counts members that are to come, or takes them back: no registrations yet.
    pub(crate) fn expect(&self, group: u32, count: impl Fn(u32) -> u32) {
        self.change(group, |entry| {
            entry.registered = count(entry.registered);
            entry.running = count(entry.running);
        });
    }

    /// How many are registered, or on their way.
    pub(crate) fn registered(&self, group: u32) -> u32 {
        self.change(group, |entry| entry.registered).unwrap_or(0)
    }

    /// Takes all listeners out, for the caller to drop; `None` if there are none.
    pub(crate) fn take_all(&self) -> Option<Vec<Rc<dyn Watcher>>> {
        let mut table = self.table.borrow_mut();
        let entries = table.iter_mut();
        let watchers: Vec<_> = entries
            .filter_map(|(_, entry)| entry.watcher.take())
            .collect();
        (!watchers.is_empty()).then_some(watchers)
    }

    /// How many groups there are, and how many registrations were ever made.
    pub(crate) fn tally(&self) -> (usize, u64) {
        (self.table.borrow().len(), self.registrations.get())
    }
}
