//! Posts entries of the ready queue, and redeems those that are no steps.
//!
//! The problem: asyncio schedules callbacks that we do not need, but each of them takes one
//! iteration. An entry of the ready queue can stand for such a callback: it keeps asyncio's
//! pace and runs no callback (`store/ticket.rs`). It is posted here, and redeemed when the
//! round comes to it.
//!
//! ```text
//!   posted by                 entry          redeeming it
//!   a timer that fires        DeferredWake   wakes the task for which it was set last
//!   an end (`finish.rs`)      NotifyGroup    notifies the task's group
//!   a deadline that passes    CancelScope    cancels the scope
//!   a timer, `call_soon`,     Step           runs the callback
//!   another thread
//! ```
//!
//! Invariants:
//! 1. An entry takes one place of a round, and wakes for the next round.
//! 2. An entry whose task has gone does nothing. Nor does a deferred wake whose timer was taken
//!    back.
//! 3. There is one way to redeem an entry, observed or not.
//! 4. While an entry that is no step is redeemed, no task is current.
//!
//! Read next: `run/finish.rs`, what follows the last step.

use std::mem::take;
use std::panic::Location;
use std::rc::{Rc, Weak};

use groundup_interweave::trace::{Access, Candidate, Cause, Touched};

use crate::core::LONG_WAY;
use crate::locals::LocalContext;
use crate::mailbox::remote::SentCall;
use crate::run::Scheduler;
use crate::store::key::{Exit, Mark, SCHED};
use crate::store::object::Root;
use crate::store::slot::Slot;
use crate::store::ticket::{Entry, EntryKind, ScopeTicket, Ticket, TimerWord};
use crate::store::values::Values;
use crate::store::waiters::DoneCallback;

/// Redeeming.
impl Scheduler {
    /// Redeems a scope's entry: cancels the scope, in this place of the queue.
    #[cold]
    pub(super) fn redeem_scope(self: &Rc<Self>, scope: ScopeTicket) {
        self.core.set_current(Ticket::NONE);
        self.core.begin_entry(|| {
            let task = self.cancels.task_of_scope(scope)?;
            self.number_of_task(task).map(Candidate::Cancel)
        });
        if self.cancels.redeem(scope) {
            self.carry_out((self.cancels).ask_scope((&self.core, &self.trace), scope));
        }
    }

    /// Redeems a deferred wake: wakes the task for which the timer was set, in this place of
    /// the queue.
    #[cold]
    pub(super) fn redeem_deferred(self: &Rc<Self>, timer: TimerWord, root: &mut dyn Root) {
        self.core.set_current(Ticket::NONE);
        if let Some(ticket) = root.redeem(timer)
            && !self.core.wake_plain(ticket)
        {
            self.wake_by_timer(ticket, timer, root);
        }
    }

    /// Wakes the task of a deferred wake that is not plain, and names the timer as the cause.
    #[cold]
    #[inline(never)] // Speed: sleep_virtual.
    fn wake_by_timer(&self, ticket: Ticket, timer: TimerWord, root: &dyn Root) {
        (self.core).begin_entry(|| self.number_of_task(ticket).map(Candidate::Timer));
        self.wake_slow_by(ticket, Cause::Timer(root.number_of(timer)));
    }

    /// Redeems a notice: notifies a group of the end of this slot's task.
    #[inline(never)]
    pub(super) fn redeem_notice(&self, entry: Entry, slot: &Slot) {
        let Some((group, member, exit)) = slot.take_notice(entry) else {
            return;
        };
        self.core.set_current(Ticket::NONE);
        let ended = entry.ended_task(self.core.loop_field());
        if slot.has(Mark::Observed) {
            (self.core).begin_entry(|| self.number_of_task(ended).map(Candidate::Ended));
            self.core.touch(Touched::Group(group), Access::Write);
        }
        let Some(listener) = self.groups.one_less(group) else {
            return;
        };
        let tell = || listener.on_end(member, exit);
        // The ended task is the cause of the events of its group.
        let ended = || self.core.id_of(ended);
        match slot.has(Mark::Observed).then(ended).flatten() {
            Some(task) => self.caused(Cause::Task(task), tell),
            None => tell(),
        }
    }
}

/// Posting.
impl Scheduler {
    /// Fires a timer that is due. A callback is scheduled. A scope is posted, and cancelled
    /// when the round comes to it. For a task a deferred wake is posted, and this returns true.
    /// The floor above then keeps the timer until [`Root::redeem`] asks for it by `timer`: the
    /// lower 32 bits are the timer's number, and the 20 bits above tell it from another timer
    /// of that number. For a scope it names the timer that may take the ticket back
    /// ([`retract_scope`](Scheduler::retract_scope)).
    ///
    /// A sleeping task thus steps one iteration after its timer fired, as in asyncio, where the
    /// timer's callback sets the future that the task awaits.
    #[inline]
    pub fn fire(&self, entry: Entry, timer: TimerWord) -> bool {
        if entry.kind() == EntryKind::CancelScope {
            self.cancels.post(entry.scope(), timer);
            self.core.push(entry);
            return false;
        }
        let ticket = entry.ticket();
        let Some(slot) = self.core.slot_of(ticket) else {
            return false;
        };
        if slot.has(Mark::Callback) {
            self.core.schedule(ticket); // unless it was cancelled
            return false;
        }
        self.core.push(Entry::from(timer));
        true
    }

    /// Puts a scope's ticket into the ready queue without a timer. Returns the word by which it can
    /// be taken back.
    pub fn post_scope(&self, scope: ScopeTicket) -> TimerWord {
        let word = self.cancels.word_of_no_timer();
        self.fire(scope.into(), word);
        word
    }

    /// Takes back a scope's ticket that [`fire`](Scheduler::fire) or
    /// [`post_scope`](Scheduler::post_scope) has put into the ready queue under this word, if it has
    /// not been redeemed. Another timer of the same scope still cancels it.
    pub fn retract_scope(&self, scope: ScopeTicket, timer: TimerWord) {
        self.cancels.retract(scope, timer);
    }

    /// Schedules a done-callback, with the locals of the code that registered it.
    pub(crate) fn schedule_done(&self, callback: DoneCallback, values: Option<Rc<Values>>) {
        let call_site = callback.call_site(Location::caller());
        let ticket = self.occupy_callback(move || callback.call(), SCHED, call_site);
        if self.core.attends(LONG_WAY) && self.core.slot_of(ticket).is_some() {
            drop(
                self.locals
                    .put(ticket.index(), values.map(LocalContext::Own)),
            );
        }
    }

    /// Notifies a group of an end in the next round, by a callback: for a member that has
    /// several waiters, or had ended already when it was added.
    pub(crate) fn report_member(self: &Rc<Self>, group: u32, member: u32, exit: Exit) {
        let mut news = News(Rc::downgrade(self), group);
        let tell = move || {
            if let Some(scheduler) = take(&mut news.0).upgrade()
                && let Some(listener) = scheduler.groups.one_less(group)
            {
                listener.on_end(member, exit);
            }
        };
        self.occupy_callback(tell, SCHED, Location::caller());
    }

    /// Collects the messages of other threads.
    #[cold]
    pub fn collect_mail(self: &Rc<Self>) {
        let wake = |ticket| self.wake(ticket);
        let call = |SentCall(call, call_site)| {
            self.occupy_callback(call, SCHED, call_site);
        };
        self.caused(Cause::Thread, || self.core.loop_side().read(wake, call));
    }
}

/// An end that is on its way to a group as a callback. When the callback has run or is dropped,
/// as at the close of the loop, the registration ends.
struct News(Weak<Scheduler>, u32);

impl Drop for News {
    fn drop(&mut self) {
        if let Some(scheduler) = self.0.upgrade() {
            drop(scheduler.groups.one_less(self.1));
        }
    }
}
