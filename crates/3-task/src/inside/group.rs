//! Watches many tasks through one group, without a box for each.
//!
//! The problem: `gather` waits for ten thousand tasks, and a done-callback for each would be
//! ten thousand boxes. But all of them notify the same listener, and differ only in a number.
//! So a slot can name a group and a member, two numbers of 32 bits, where it would otherwise
//! name a waiting task.
//!
//! ```text
//!   iteration n     a child ends             -> its notice joins the ready queue
//!   iteration n+1   the notice is redeemed   -> listener.on_end(member)
//!   iteration n+2   the woken task           -> steps
//! ```
//!
//! This is the pace of asyncio, where the child's end schedules a done-callback, which sets the
//! future that the parent awaits. Floor 5 is built on this page.
//!
//! Invariants:
//! 1. A member is reported at most once, and never inline: always from a later round.
//! 2. When a `Group` is dropped, no registration is left that could reach the listener.
//!
//! Read next: `inside/member.rs`, how members come in.

use std::rc::Rc;

use groundup_interweave::trace::{Access, Touched};

use crate::group::{COALESCED, FILTERED, Listener};
use crate::handles::task_ref::TaskRef;
use crate::run::Scheduler;
use crate::store::key::{Exit, Mark};
use crate::store::ticket::member_word;
use crate::store::waiters::{Key, Waiter};

/// Owns a group: its listener receives the ends of its members until the group is dropped.
///
/// Keep the handles of the members until the listener is notified. A task whose value was taken,
/// or whose last handle was dropped, may be a member no longer, and its end is not reported.
///
/// ```
/// # mod groundup { pub use groundup_task::*; pub mod lowlevel { pub use super::*; } }
/// use groundup::Exit;
/// use groundup::lowlevel::{Group, Listener, Scheduler};
/// use std::{cell::RefCell, rc::Rc};
///
/// #[derive(Default)]
/// struct Log(RefCell<Vec<(u32, Exit)>>);
/// impl Listener for Log {
///     fn on_end(&self, member: u32, exit: Exit) {
///         self.0.borrow_mut().push((member, exit));
///     }
/// }
/// let (scheduler, log) = (Scheduler::new().unwrap(), Rc::new(Log::default()));
/// let group = Group::new(&scheduler, log.clone());
/// let (one, two) = (scheduler.spawn(async {}), scheduler.spawn(async {}));
/// [&one, &two].iter().zip(1..).for_each(|(task, n)| group.add(task, n));
/// two.cancel();
/// scheduler.run_until_idle();
/// assert_eq!(*log.0.borrow(), [(1, Exit::Returned), (2, Exit::Cancelled)]);
///
/// let coalesced = Group::coalesced(&scheduler);
/// let mut tasks = Vec::new();
/// coalesced.admit((0..5).map(|n| async move { n }), |task, _| tasks.push(task));
/// coalesced.listen(log.clone());
/// scheduler.run_until_idle();
/// assert_eq!((&log.0.borrow()[2..], coalesced.left()), (&[0, 4].map(|n| (n, Exit::Returned))[..], 0));
/// ```
pub struct Group {
    pub(super) scheduler: Rc<Scheduler>,
    pub(super) group: u32,
}

impl Group {
    /// Adds `listener` to the table of groups of `scheduler`.
    pub fn new(scheduler: &Rc<Scheduler>, listener: Rc<dyn Listener>) -> Self {
        Self::enter(scheduler, Some(listener), 0)
    }

    /// Does what `new` does, for a listener that is asked at each end
    /// ([`Listener::note_end`]).
    pub fn with_filter(scheduler: &Rc<Scheduler>, listener: Rc<dyn Listener>) -> Self {
        Self::enter(scheduler, Some(listener), FILTERED)
    }

    /// Adds a group whose listener will [listen](Group::listen) when all members are in.
    pub fn without_listener(scheduler: &Rc<Scheduler>) -> Self {
        Self::enter(scheduler, None, 0)
    }

    /// Adds a group without a listener, for a listener that needs only failures, cancels and the
    /// last end. The listener is notified of another end only if the loop would otherwise have no
    /// next round. A member whose end was not reported has returned, and no longer counts as
    /// [`left`](Group::left). Members cannot be taken back. A search by footprints may try one order of
    /// members that return in one round, so the listener should not ask which of them is the last.
    pub fn coalesced(scheduler: &Rc<Scheduler>) -> Self {
        Self::enter(scheduler, None, COALESCED)
    }

    fn enter(scheduler: &Rc<Scheduler>, listener: Option<Rc<dyn Listener>>, kind: u32) -> Self {
        let heard = listener.filter(|_| !scheduler.tells_nothing());
        let group = Group {
            group: scheduler.groups.enter(heard, kind),
            scheduler: scheduler.clone(),
        };
        group.touch();
        group
    }

    /// Notes that the present entry touches the group.
    #[inline]
    pub(super) fn touch(&self) {
        (self.scheduler.core).touch(Touched::Group(self.group), Access::Write);
    }

    /// Sets the listener that is notified from now on, in place of the previous one.
    pub fn listen(&self, listener: Rc<dyn Listener>) {
        if !self.scheduler.tells_nothing() {
            drop(self.scheduler.groups.listen(self.group, listener));
        }
    }

    /// Returns how many members have not ended, or will still be reported.
    pub fn left(&self) -> usize {
        (self.scheduler.core).touch(Touched::Group(self.group), Access::Read);
        self.scheduler.groups.registered(self.group) as usize
    }

    /// Returns how many members of a coalesced group have not ended. Of any other group it returns how
    /// many are [`left`](Group::left).
    pub fn running(&self) -> usize {
        if self.group & COALESCED == 0 {
            return self.left();
        }
        (self.scheduler.core).touch(Touched::Group(self.group), Access::Read);
        self.scheduler.groups.running(self.group) as usize
    }

    /// Queues a call of `on_end(member)` for the next round, as if a member had just ended:
    /// for a task that had ended before it was added.
    pub fn post(&self, member: u32) {
        self.touch();
        let scheduler = &self.scheduler;
        scheduler.groups.count(self.group, 1, 0);
        scheduler.report_member(self.group, member, Exit::Returned);
    }

    /// Adds `task` as `member`: its end will be reported. If the task has ended already, the
    /// end is reported in the next iteration, when asyncio would run a done-callback. If its
    /// slot was freed, it is reported as returned.
    ///
    /// # Panics
    ///
    /// If the task runs in another loop, whose ends cannot be reported here.
    #[track_caller]
    pub fn add(&self, task: &TaskRef, member: u32) {
        self.touch();
        let (scheduler, group) = (&self.scheduler, self.group);
        let core = &scheduler.core;
        let Some(slot) = core.slot_of(task.ticket()) else {
            assert!(
                task.done(),
                "this loop does not learn of the end of a task of another loop: give a future \
                 that awaits it in its place"
            );
            return self.post(member);
        };
        let exit = slot.exit();
        scheduler.groups.count(group, 1, u32::from(exit.is_none()));
        if let Some(exit) = exit {
            // Not through the slot: a notice of an earlier registration may still be on its
            // way, and would report this one too early.
            scheduler.report_member(group, member, exit);
        } else if !slot.has_waiter() && core.no_more_waiters(slot) {
            slot.set_group(member_word(group, member));
        } else {
            let waiter = Waiter::Group { group, member };
            core.rare_mut(slot).waiters.put(0, waiter);
        }
    }

    /// Removes `task`'s registration as `member`; returns true if there was one.
    ///
    /// # Panics
    ///
    /// If the group is [coalesced](Group::coalesced): it may have left out a report, because a later
    /// end would be reported.
    pub fn remove(&self, task: &TaskRef, member: u32) -> bool {
        assert!(
            self.group & COALESCED == 0,
            "members of a coalesced group stay"
        );
        self.touch();
        let (core, groups) = (&self.scheduler.core, &self.scheduler.groups);
        let Some(slot) = core.slot_of(task.ticket()) else {
            return false;
        };
        if slot.has(Mark::Group) && slot.group() == (self.group, member) {
            slot.set_group(0);
            drop(groups.one_less(self.group));
            return true;
        }
        if slot.rare() == 0 {
            return false;
        }
        let group = self.group;
        let ours = Key::Member { group, member };
        let found = core.rare_mut(slot).waiters.take(ours);
        for _ in &found {
            drop(groups.one_less(group));
        }
        !found.is_empty()
    }

    /// The scheduler this group belongs to.
    pub fn scheduler(&self) -> &Rc<Scheduler> {
        &self.scheduler
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.touch();
        // The listener may own tasks whose handles call this group again when they are dropped.
        drop(self.scheduler.groups.leave(self.group));
    }
}
