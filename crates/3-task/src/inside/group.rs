//! Groups: one watcher for many tasks, without an allocation for each.
//!
//! The problem: `gather` waits for ten thousand tasks, and a done-callback for each
//! would be ten thousand boxes. But all say the same to the same listener, and differ
//! in a number. So a slot can name a group and a member, two numbers of 32 bits, where
//! it would otherwise name a waiting task.
//!
//! ```text
//!   iteration n     a child ends             -> its notice joins the ready queue
//!   iteration n+1   the notice is redeemed   -> watcher.child_done(member)
//!   iteration n+2   whom the watcher woke    -> steps
//! ```
//!
//! That is the pace of asyncio, where the child's end schedules a done-callback, which
//! sets the future on which the parent waits. Floor 5 is built on this page.
//!
//! Invariants:
//! 1. A member is reported at most once, and never inline: always from a turn.
//! 2. Leaving the group (`Watching` dropped) leaves no registration behind that
//!    could reach the watcher.
//!
//! Read next: `inside/member.rs`, how members come in.

use std::rc::Rc;

use crate::group::{EARLY, QUIET, Watcher};
use crate::handles::task_ref::TaskRef;
use crate::run::Scheduler;
use crate::store::key::{Ending, Mark};
use crate::store::ticket::member_word;
use crate::store::waiters::{Key, Waiter};

/// A place in the table of groups; leaving it is dropping it.
///
/// Keep the handles of the members until the watcher is told: a task whose value was
/// taken, or whose last handle has gone, may be no member any more, and nobody is told.
///
/// ```
/// use groundup_task::{Ending, Scheduler, Watcher, Watching};
/// use std::{cell::RefCell, rc::Rc};
///
/// #[derive(Default)]
/// struct Log(RefCell<Vec<(u32, Ending)>>);
/// impl Watcher for Log {
///     fn child_done(&self, member: u32, ending: Ending) {
///         self.0.borrow_mut().push((member, ending));
///     }
/// }
/// let (scheduler, log) = (Scheduler::new().unwrap(), Rc::new(Log::default()));
/// let watching = Watching::new(&scheduler, log.clone());
/// let (one, two) = (scheduler.spawn(async {}), scheduler.spawn(async {}));
/// [&one, &two].iter().zip(1..).for_each(|(task, n)| watching.add(task, n));
/// two.cancel();
/// scheduler.run_until_idle();
/// assert_eq!(*log.0.borrow(), [(1, Ending::Returned), (2, Ending::Cancelled)]);
///
/// let quiet = Watching::quiet(&scheduler);
/// let mut tasks = Vec::new();
/// quiet.admit((0..5).map(|n| async move { n }), |task, _| tasks.push(task));
/// quiet.listen(log.clone());
/// scheduler.run_until_idle();
/// assert_eq!((&log.0.borrow()[2..], quiet.left()), (&[0, 4].map(|n| (n, Ending::Returned))[..], 0));
/// ```
pub struct Watching {
    pub(super) scheduler: Rc<Scheduler>,
    pub(super) group: u32,
}

impl Watching {
    /// Enters `watcher` into the table of the loop that runs `scheduler`.
    pub fn new(scheduler: &Rc<Scheduler>, watcher: Rc<dyn Watcher>) -> Self {
        Self::enter(scheduler, Some(watcher), 0)
    }

    /// As `new`, for a watcher that is asked early ([`Watcher::child_ended`]).
    pub fn new_early(scheduler: &Rc<Scheduler>, watcher: Rc<dyn Watcher>) -> Self {
        Self::enter(scheduler, Some(watcher), EARLY)
    }

    /// For a watcher that will [listen](Watching::listen) when it has its members.
    pub fn unheard(scheduler: &Rc<Scheduler>) -> Self {
        Self::enter(scheduler, None, 0)
    }

    /// As `unheard`, for a watcher that wants to be told of failures and cancels and of
    /// the last end, and of other ends only where a round would be missing without:
    /// a member that it was not told of has returned, and is not
    /// [`left`](Watching::left) any more. Members cannot be taken back.
    pub fn quiet(scheduler: &Rc<Scheduler>) -> Self {
        Self::enter(scheduler, None, QUIET)
    }

    fn enter(scheduler: &Rc<Scheduler>, watcher: Option<Rc<dyn Watcher>>, kind: u32) -> Self {
        let heard = watcher.filter(|_| !scheduler.tells_nothing());
        Watching {
            group: scheduler.groups.enter(heard, kind),
            scheduler: scheduler.clone(),
        }
    }

    /// From now on `watcher` is told, in place of whoever was.
    pub fn listen(&self, watcher: Rc<dyn Watcher>) {
        if !self.scheduler.tells_nothing() {
            drop(self.scheduler.groups.listen(self.group, watcher));
        }
    }

    /// How many members have not ended, or have and will still be told of.
    pub fn left(&self) -> usize {
        self.scheduler.groups.registered(self.group) as usize
    }

    /// Has `child_done(member)` called in the next round, as if a member had just
    /// ended: for one that had ended before it was looked at.
    pub fn post(&self, member: u32) {
        let scheduler = &self.scheduler;
        scheduler.groups.count(self.group, 1, 0);
        scheduler.report_member(self.group, member, Ending::Returned);
    }

    /// Has `task` report its end as `member`. A task that has ended already
    /// reports in the next iteration, as a done-callback would run; one that has gone
    /// reports that it returned.
    ///
    /// # Panics
    ///
    /// If the task runs in another loop, whose ends are not told here.
    #[track_caller]
    pub fn add(&self, task: &TaskRef, member: u32) {
        let (scheduler, group) = (&self.scheduler, self.group);
        let core = &scheduler.core;
        let Some(slot) = core.slot_of(task.ticket()) else {
            assert!(
                task.done(),
                "a task of another loop cannot be told of here: give a future that awaits it \
                 in its place"
            );
            return self.post(member);
        };
        let exit = slot.exit();
        scheduler.groups.count(group, 1, u32::from(exit.is_none()));
        if let Some(ending) = exit {
            // Not through the slot: a notice of an earlier registration may still be
            // on its way, and would tell of this one too early.
            scheduler.report_member(group, member, ending);
        } else if slot.waiter() == 0 && core.no_more_waiters(slot) {
            slot.set_group(member_word(group, member));
        } else {
            let waiter = Waiter::Group { group, member };
            core.extra_mut(slot, |extra| extra.waiters.put(0, waiter));
        }
    }

    /// Takes `task`'s registration as `member` back; true if there was one.
    ///
    /// # Panics
    ///
    /// If the group is [quiet](Watching::quiet): it would wait for an end that was
    /// to tell of others.
    pub fn remove(&self, task: &TaskRef, member: u32) -> bool {
        assert!(self.group & QUIET == 0, "members of a quiet group stay");
        let (core, groups) = (&self.scheduler.core, &self.scheduler.groups);
        let Some(slot) = core.slot_of(task.ticket()) else {
            return false;
        };
        if slot.has(Mark::Group) && slot.group() == (self.group, member) {
            slot.set_group(0);
            drop(groups.one_less(self.group));
            return true;
        }
        if slot.extra() == 0 {
            return false;
        }
        let group = self.group;
        let ours = Key::Member { group, member };
        let found = core.extra_mut(slot, |extra| extra.waiters.take(ours));
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

impl Drop for Watching {
    fn drop(&mut self) {
        // The watcher may own tasks whose handles come back here when they drop.
        drop(self.scheduler.groups.leave(self.group));
    }
}
