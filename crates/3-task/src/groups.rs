//! The table of groups: who is told when a member ends.
//!
//! The problem: a slot has room for two numbers, the group's and the member's. So
//! the watchers stand in a table, with a count of the tasks that name them; and
//! because every end of a child passes through here, it is done with one look.
//!
//! Ten thousand children that end in one round are ten thousand relays in the next,
//! and a gather does nothing at any of them but at the last. So a group may say which
//! ends matter: a *quiet* one wants to hear of failures, cancels and the last end, an
//! *early* one decides at each. Of the others it is told only where the next round
//! would not take place without:
//!
//! ```text
//!   round n    a returns   b returns   c fails   d returns   e returns, nobody is left
//!   round n+1  relay of a              of c                  of e
//!              (so that there is one)
//! ```
//!
//! Invariants:
//! 1. A number is given to another group only when no task names it any more.
//! 2. A watcher is told, and dropped, while the table is not borrowed.
//! 3. What matters is told in the round and the place in which any group would be told
//!    of it, and no round is missing.
//!
//! Read next: `cancel.rs`, how a task is asked to stop.

use std::rc::{Rc, Weak};

use crate::group::{Ending, Watcher};
use crate::scheduler::Scheduler;

/// One entry of the table. Its number is given to another group only when no
/// task names it any more.
pub(crate) struct Group {
    pub(crate) watcher: Option<Rc<dyn Watcher>>,
    /// Members that name it, or whose relay is on its way.
    pub(crate) registered: u32,
    /// Members that have not ended. Counted for quiet groups.
    pub(crate) running: u32,
}

/// In the number of a group: it is asked at each end. So nobody has to look.
pub(crate) const EARLY: u32 = 1 << 31;
/// The same: it is quiet.
pub(crate) const QUIET: u32 = 1 << 30;
/// The place in the table.
pub(crate) const NUMBER: u32 = QUIET - 1;

/// An end that is on its way to a group as a callback. The registration ends with
/// it, told or dropped untold, as when the loop is closed.
struct News {
    scheduler: Weak<Scheduler>,
    group: u32,
    member: u32,
    ending: Ending,
}

impl News {
    fn tell(mut self) {
        if let Some(scheduler) = std::mem::take(&mut self.scheduler).upgrade() {
            scheduler.tell(self.group, self.member, self.ending);
        }
    }
}

impl Drop for News {
    fn drop(&mut self) {
        if let Some(scheduler) = self.scheduler.upgrade() {
            scheduler.end_registration(self.group);
        }
    }
}

impl Scheduler {
    /// Tells a group that a member has ended; its registration ends with that.
    #[inline(always)] // on the way of every end that is told
    pub(crate) fn tell(&self, group: u32, member: u32, ending: Ending) {
        if let Some(watcher) = self.one_less(group) {
            watcher.child_done(member, ending);
        }
    }

    /// A registration less; gives the watcher, if it is still there.
    #[inline(always)]
    fn one_less(&self, group: u32) -> Option<Rc<dyn Watcher>> {
        let mut groups = self.groups.borrow_mut();
        let entry = groups.get_mut(group & NUMBER)?;
        entry.registered -= 1;
        let watcher = entry.watcher.clone();
        if entry.registered == 0 && watcher.is_none() {
            groups.remove(group & NUMBER);
        }
        watcher
    }

    /// The same, one place in the ready queue later: the seldom way, for a child
    /// with several waiters.
    pub(crate) fn report_member(self: &Rc<Self>, group: u32, member: u32, ending: Ending) {
        let news = News {
            scheduler: Rc::downgrade(self),
            group,
            member,
            ending,
        };
        self.call_soon_internal(move || news.tell());
    }

    /// A member has ended: true if its group is to be told, in this place of the next
    /// round. Else its registration is over.
    #[inline]
    pub(crate) fn note_end(&self, group: u32, member: u32, how: u64) -> bool {
        group & (EARLY | QUIET) == 0 || self.matters(group, member, how)
    }

    /// Whether a group that looks at each end when it comes is to be told of this one.
    fn matters(&self, group: u32, member: u32, how: u64) -> bool {
        let mut groups = self.groups.borrow_mut();
        let Some(entry) = groups.get_mut(group & NUMBER) else {
            return true;
        };
        let matters = match &entry.watcher {
            Some(watcher) if group & EARLY != 0 => watcher.child_ended(member),
            _ => {
                entry.running -= 1;
                how != 0 || entry.running == 0
            }
        };
        // Where nothing is ready, the round would be missing in which it is told.
        let told = matters || self.is_idle();
        entry.registered -= u32::from(!told);
        told
    }

    /// So many more are registered, and so many of these have not ended.
    pub(crate) fn count_registrations(&self, group: u32, registered: u32, running: u32) {
        let all = self.registrations.get() + u64::from(registered);
        self.registrations.set(all);
        if let Some(entry) = self.groups.borrow_mut().get_mut(group & NUMBER) {
            entry.registered += registered;
            entry.running += running;
        }
    }

    /// The same for both counts, without the statistics.
    pub(crate) fn change_registrations(&self, group: u32, change: impl Fn(u32) -> u32) {
        if let Some(entry) = self.groups.borrow_mut().get_mut(group & NUMBER) {
            entry.registered = change(entry.registered);
            entry.running = change(entry.running);
        }
    }

    /// How many are registered, or on their way.
    pub(crate) fn registered(&self, group: u32) -> u32 {
        let groups = self.groups.borrow();
        groups
            .get(group & NUMBER)
            .map_or(0, |entry| entry.registered)
    }

    /// A task no longer names this group.
    pub(crate) fn end_registration(&self, group: u32) {
        drop(self.one_less(group));
    }

    /// Takes all watchers out, for the caller to drop; `None` if there are none.
    pub(crate) fn take_groups(&self) -> Option<Vec<Rc<dyn Watcher>>> {
        let mut groups = self.groups.borrow_mut();
        let watchers: Vec<_> = groups
            .iter_mut()
            .filter_map(|entry| entry.watcher.take())
            .collect();
        (!watchers.is_empty()).then_some(watchers)
    }

    /// How many groups there are: zero when every combinator has let go.
    pub fn groups(&self) -> usize {
        self.groups.borrow().len()
    }

    /// How many registrations with a group were ever made. The difference over
    /// a stretch of a program is what its waiting costs.
    pub fn registrations(&self) -> u64 {
        self.registrations.get()
    }
}
