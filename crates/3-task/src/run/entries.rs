//! Entries that are no steps, and entries that others post.
//!
//! The problem: an entry of the ready queue may stand for a callback of asyncio's, to
//! keep its pace without one (`store/ticket.rs`). Somebody posts it, and in its place of
//! the round it is redeemed.
//!
//! ```text
//!   posted by                 entry          redeeming it
//!   a timer that fires        DeferredWake   wakes the task
//!   an end (`finish.rs`)      NotifyGroup    tells the task's group
//!   a deadline that passes    CancelScope    cancels the scope
//!   a timer, `call_soon`,     Step           runs the callback
//!   another thread
//! ```
//!
//! Invariants:
//! 1. An entry takes one place of a round, and wakes for the next.
//! 2. An entry whose task has gone does nothing.
//! 3. While an entry that is no step is redeemed, nobody is current.
//!
//! Read next: `run/finish.rs`, what follows the last step.

use std::mem::take;
use std::panic::Location;
use std::rc::{Rc, Weak};

use groundup_interweave::trace::Cause;

use crate::core::{LONG_WAY, WATCHER};
use crate::mailbox::remote::Letter;
use crate::run::Scheduler;
use crate::store::key::{Ending, Mark, SCHED};
use crate::store::object::Place;
use crate::store::slot::Slot;
use crate::store::ticket::{Entry, LOOP, TAG, index};
use crate::store::waiters::{DoneCallback, Locals};

/// Redeeming.
impl Scheduler {
    /// A scope's entry: the scope is cancelled, in this place of the queue.
    #[cold]
    pub(super) fn redeem_scope(self: &Rc<Self>, entry: u64) {
        self.core.set_current(0);
        if Entry::of(entry) == Entry::CancelScope && self.cancels.post(entry, false) {
            self.carry_out((self.cancels).ask_scope((&self.core, &self.trace), entry));
        }
    }

    /// A deferred wake: the task is woken, in this place of the queue.
    #[cold]
    pub(super) fn redeem_deferred(self: &Rc<Self>, entry: u64, slot: &Slot) {
        let ticket = self.core.tag() | entry;
        if !slot.is_of(ticket) {
            return;
        }
        self.core.set_current(0);
        if !self.core.was_voided(ticket) {
            self.wake(ticket);
        }
    }

    /// A notice: a group is told of the end of this slot's task.
    #[inline(never)]
    pub(super) fn redeem_notice(&self, entry: u64, slot: &Slot) {
        let ticket = entry & !LOOP | self.core.tag();
        if slot.tag() != ticket & TAG || !slot.has(Mark::Group) {
            return;
        }
        self.core.set_current(0);
        let ending = slot.exit().unwrap_or(Ending::Returned);
        let (group, member) = slot.group();
        slot.set_group(0);
        let observed = slot.has(Mark::Observed);
        if observed {
            self.set_cause(self.core.name_of(ticket).map(Cause::Task));
        }
        if let Some(watcher) = self.groups.one_less(group) {
            watcher.child_done(member, ending);
        }
        if observed {
            self.set_cause(None);
        }
    }
}

/// Posting.
impl Scheduler {
    /// A timer is due: a callback is scheduled, a task is woken by a deferred wake, a
    /// scope is cancelled from its place in the queue.
    ///
    /// A sleeping task thus steps one iteration after its timer fired, as in
    /// asyncio, where the timer's callback sets the future the task awaits.
    #[inline]
    pub fn fire(self: &Rc<Self>, ticket: u64, timer: u64) {
        if Entry::of(ticket) == Entry::CancelScope {
            self.cancels.post(ticket, true);
            return self.core.push(ticket);
        }
        let Some(slot) = self.core.slot_of(ticket) else {
            return;
        };
        if slot.has(Mark::Callback) {
            self.core.schedule(ticket); // unless it was cancelled
        } else if self.core.attends(WATCHER) {
            self.fire_observed(ticket, timer);
        } else {
            self.core.push(Entry::DeferredWake.pack(ticket));
        }
    }

    /// The wake of an observed task: by a callback that can say which timer it was.
    #[cold]
    fn fire_observed(self: &Rc<Self>, ticket: u64, timer: u64) {
        let scheduler = Rc::downgrade(self);
        let wake = move || {
            if let Some(scheduler) = scheduler.upgrade() {
                scheduler.set_cause(Some(Cause::Timer(timer)));
                scheduler.wake(ticket);
                scheduler.set_cause(None);
            }
        };
        self.post_callback(wake, Location::caller());
    }

    /// Takes a ticket back that was put into the ready queue by
    /// [`fire`](Scheduler::fire), if it has not been redeemed.
    pub fn retract_scope(&self, scope: u64) {
        self.cancels.post(scope, false);
    }

    /// Schedules a callback, and gives its ticket.
    #[inline]
    pub(crate) fn post_callback(&self, callback: impl FnOnce() + 'static, place: Place) -> u64 {
        let ticket = self.occupy_callback(callback, SCHED, place);
        self.core.push(ticket);
        ticket
    }

    /// Schedules a done-callback, with the locals of the code that registered it (F07).
    pub(crate) fn schedule_done(&self, callback: DoneCallback, locals: Option<Rc<Locals>>) {
        let place = callback.place(Location::caller());
        let ticket = self.post_callback(move || callback.call(), place);
        if self.core.attends(LONG_WAY) && self.core.slot_of(ticket).is_some() {
            drop(self.locals.put(index(ticket), locals));
        }
    }

    /// Has a group told of an end in the next round, by a callback of its own: for a
    /// member that has several waiters, or has ended before.
    pub(crate) fn report_member(self: &Rc<Self>, group: u32, member: u32, ending: Ending) {
        let mut news = News(Rc::downgrade(self), group);
        let tell = move || {
            if let Some(scheduler) = take(&mut news.0).upgrade()
                && let Some(watcher) = scheduler.groups.one_less(group)
            {
                watcher.child_done(member, ending);
            }
        };
        self.post_callback(tell, Location::caller());
    }

    /// Takes in what other threads have left.
    #[cold]
    pub fn collect_mail(self: &Rc<Self>) {
        let mut letters = Vec::new();
        self.core.home().mailbox.collect(&mut letters);
        self.set_cause(Some(Cause::Thread));
        for letter in letters {
            match letter {
                Letter::Wake(ticket) => self.wake(ticket),
                Letter::Call(call, place) => {
                    self.post_callback(call, place);
                }
            }
        }
        self.set_cause(None);
    }
}

/// An end that is on its way to a group as a callback. The registration ends with
/// it, told or dropped untold, as when the loop is closed.
struct News(Weak<Scheduler>, u32);

impl Drop for News {
    fn drop(&mut self) {
        if let Some(scheduler) = self.0.upgrade() {
            drop(scheduler.groups.one_less(self.1));
        }
    }
}
