//! Notifies one listener of the ends of many tasks.
//!
//! The problem: a slot has room for two numbers, the group's and the member's. So the listeners
//! are in a table, with a count of the tasks that name them. Every end of a member comes here, so
//! it costs one lookup. A gather, a wait and a task group of floor 5 each do something else at an
//! end. So the listener is a trait. Its method `on_end` is called one iteration after an end. If the
//! group has a filter, `note_end` is called before that, at the end itself, and answers whether the
//! group wants `on_end`. Its other methods serve reports and the close of the loop.
//!
//! If ten thousand members end in one round, the next round has ten thousand notices, and a
//! gather needs only the last. So a group may choose its ends. A *coalesced* group wants failures,
//! cancels and the last end. A group with a *filter* decides at each end. Both are notified of an
//! unwanted end only if the next round would not take place otherwise:
//!
//! ```text
//!   round n    a returns   b returns   c fails   d returns   e returns, none is left
//!   round n+1  notice of a             of c                  of e
//!              (so that there is one)
//! ```
//!
//! `examples/oracle/groups.rs` says in a page which ends are notified and when, by plain lists.
//! The tests hold this page to it.
//!
//! Invariants:
//! 1. A number is given to another group only when no task names it any more.
//! 2. A listener is called while the table is not borrowed, and never dropped here.
//! 3. A wanted end is notified in the same round, and at the same position of it, as in a group that
//!    wants all ends. If the next round would have no entry, an unwanted end is notified, too: so no
//!    round is lost.
//!
//! Access: the table is private to this page. `run/finish.rs` asks at each end, `run/entries.rs`
//! calls the listener, `inside/group.rs` owns an entry.
//!
//! Read next: `examples/oracle_of_groups.rs`, a program that asks the oracle; `observe.rs`.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::core::Core;
use crate::store::key::Exit;
use crate::store::slab::Slab;
use crate::store::ticket::Ticket;

/// Listens to the ends of many tasks, through a [`Group`](crate::Group).
pub trait Listener {
    /// Takes note of the end of member `member`, just now, and returns true if
    /// [`on_end`](Listener::on_end) is to be called for it. Called only for a group made by
    /// [`Group::with_filter`](crate::Group::with_filter), in the middle of that end. It is for
    /// bookkeeping, and must not use the scheduler.
    ///
    /// After `false`, `on_end` is called all the same if there would be no next iteration
    /// otherwise.
    fn note_end(&self, member: u32) -> bool {
        let _ = member;
        true
    }

    /// Called when member `member` has ended: from a round of the loop, one iteration
    /// after the end itself, in the order of the ends.
    fn on_end(&self, member: u32, exit: Exit);

    /// Returns the name of the combinator, such as `wait`, and the ticket of the task that awaits
    /// it, for reports; `None` if no task does.
    fn awaited_by(&self) -> Option<(&'static str, Ticket)> {
        None
    }

    /// Returns the tickets of what the combinator waits for besides the members of its group, for
    /// reports.
    fn others(&self) -> Vec<Ticket> {
        Vec::new()
    }

    /// Called when the loop is closed, after everything in it was dropped: no end will be
    /// notified any more. For waking waiters outside of the loop.
    fn loop_closed(&self) {}
}

/// An entry of the table.
struct GroupEntry {
    listener: Option<Rc<dyn Listener>>,
    /// Number of members that name it, or whose notice is on its way.
    registered: u32,
    /// Number of members that have not ended, counted for coalesced groups only.
    running: u32,
}

/// The mark of a group with a filter, in its number, so that no look at the table is needed.
pub(crate) const FILTERED: u32 = 1 << 31;
/// The mark of a coalesced group, in its number.
pub(crate) const COALESCED: u32 = 1 << 30;
/// The bits of a group's number that are its position in the table.
const NUMBER: u32 = COALESCED - 1;

/// The groups of a loop.
#[derive(Default)]
pub(crate) struct Groups {
    table: RefCell<Slab<GroupEntry>>,
    /// Number of registrations ever made.
    registrations: Cell<u64>,
}

impl Groups {
    /// Adds a group, and returns its number with the mark of its kind.
    pub(crate) fn enter(&self, listener: Option<Rc<dyn Listener>>, kind: u32) -> u32 {
        let entry = GroupEntry {
            listener,
            registered: 0,
            running: 0,
        };
        self.table.borrow_mut().insert(|_| entry) | kind
    }

    /// Calls `change` with the entry of a group, if it is there.
    #[inline]
    fn change<R>(&self, group: u32, change: impl FnOnce(&mut GroupEntry) -> R) -> Option<R> {
        self.table.borrow_mut().get_mut(group & NUMBER).map(change)
    }

    /// Sets the listener of a group; returns the previous one for the caller to drop.
    pub(crate) fn listen(
        &self,
        group: u32,
        listener: Rc<dyn Listener>,
    ) -> Option<Rc<dyn Listener>> {
        self.change(group, |entry| entry.listener.replace(listener))?
    }

    /// Removes the listener of a group whose owner leaves; returns it for the caller to drop.
    pub(crate) fn leave(&self, group: u32) -> Option<Rc<dyn Listener>> {
        let mut table = self.table.borrow_mut();
        let entry = table.get_mut(group & NUMBER)?;
        let listener = entry.listener.take();
        if entry.registered == 0 {
            table.remove(group & NUMBER);
        }
        listener
    }

    /// Ends a registration; returns the listener, if the group still has one.
    #[inline(always)] // Speed: as_completed, wait_first. It is called for every notice.
    pub(crate) fn one_less(&self, group: u32) -> Option<Rc<dyn Listener>> {
        let mut table = self.table.borrow_mut();
        let entry = table.get_mut(group & NUMBER)?;
        entry.registered -= 1;
        let listener = entry.listener.clone();
        if entry.registered == 0 && listener.is_none() {
            table.remove(group & NUMBER);
        }
        listener
    }

    /// Takes note of the end of a member. Returns true if a notice for its group must join the
    /// ready queue: the group wants the end, or the next round would have no entry otherwise.
    /// Returns false if the end needs no notice; then the registration of the member is over.
    #[inline]
    pub(crate) fn note_end(&self, core: &Core, member: (u32, u32), how: Exit) -> bool {
        match member.0 & (FILTERED | COALESCED) {
            0 => true,
            COALESCED => self.note_coalesced(core, member.0, how),
            _ => self.note_filtered(core, member),
        }
    }

    #[inline(never)]
    fn note_filtered(&self, core: &Core, (group, member): (u32, u32)) -> bool {
        let mut table = self.table.borrow_mut();
        let Some(entry) = table.get_mut(group & NUMBER) else {
            return true;
        };
        let Some(listener) = entry.listener.clone() else {
            // The owner has left: the last member removes the entry.
            drop(table);
            drop(self.one_less(group));
            return false;
        };
        // Most ends need no notice, so the registration ends here, and begins again below if
        // this end needs one.
        entry.registered -= 1;
        drop(table);
        let wanted = listener.note_end(member) || core.ready_len() == 0;
        if wanted {
            self.change(group, |entry| entry.registered += 1);
        }
        wanted
    }

    #[inline(never)] // Speed: gather. It calls nothing, so it pushes no register.
    fn note_coalesced(&self, core: &Core, group: u32, how: Exit) -> bool {
        let mut table = self.table.borrow_mut();
        let Some(entry) = table.get_mut(group & NUMBER) else {
            return true;
        };
        entry.running -= 1;
        if how != Exit::Returned || entry.running == 0 || core.ready_len() == 0 {
            return true;
        }
        entry.registered -= 1;
        false
    }

    /// Adds to the number of registrations, and of members that have not ended.
    pub(crate) fn count(&self, group: u32, registered: u32, running: u32) {
        self.registrations
            .set(self.registrations.get() + u64::from(registered));
        self.change(group, |entry| {
            entry.registered += registered;
            entry.running += running;
        });
    }

    /// Changes both counts for members that are to come, which are no registrations yet.
    pub(crate) fn expect(&self, group: u32, count: impl Fn(u32) -> u32) {
        self.change(group, |entry| {
            entry.registered = count(entry.registered);
            entry.running = count(entry.running);
        });
    }

    /// Returns the number of registered members, and of notices on their way.
    pub(crate) fn registered(&self, group: u32) -> u32 {
        self.change(group, |entry| entry.registered).unwrap_or(0)
    }

    /// Returns the number of members of a coalesced group that have not ended.
    pub(crate) fn running(&self, group: u32) -> u32 {
        self.change(group, |entry| entry.running).unwrap_or(0)
    }

    /// Removes all listeners and returns them for the caller to drop; `None` if there are none.
    pub(crate) fn take_all(&self) -> Option<Vec<Rc<dyn Listener>>> {
        let mut listeners = Vec::new();
        let mut table = self.table.borrow_mut();
        table.each(&mut |_, entry| listeners.extend(entry.listener.take()));
        (!listeners.is_empty()).then_some(listeners)
    }

    /// Returns the position in the table that the number of a group names.
    pub(crate) fn position(&self, group: u32) -> u32 {
        group & NUMBER
    }

    /// Returns the position and the listener of each group.
    pub(crate) fn listeners(&self) -> Vec<(u32, Rc<dyn Listener>)> {
        let mut listeners = Vec::new();
        self.table.borrow_mut().each(&mut |position, entry| {
            if let Some(listener) = &entry.listener {
                listeners.push((position, listener.clone()));
            }
        });
        listeners
    }

    /// Returns the number of groups, and of registrations ever made.
    pub(crate) fn tally(&self) -> (usize, u64) {
        (self.table.borrow().len(), self.registrations.get())
    }
}
