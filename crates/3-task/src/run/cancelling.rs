//! Carries a cancel out: wakes, foreign wakers, promises, replies.
//!
//! The problem: a cancel walks through slots and scopes, which are tables. At its end it wakes
//! a task, calls a foreign waker, or asks a promise, which may stand for other tasks.
//! [`Cancels`](crate::cancel::Cancels) walks the tables. This file does the rest.
//!
//! ```text
//!   cancel(ticket) ──> ask ─┬─> a task:    Cancels::ask ──Next──┐
//!                      ^    └─> a promise: end it, or ask each of its targets
//!   scope.cancel() ────┼──> ask_scope ─────────────────Next────┤
//!   a step suspends ───┼──> forward_or_reach ──────────Next────┤
//!                      │                                       v
//!                      └── the next to be asked <──────── follow ──> wake, a foreign waker
//!                            replies go back along the path
//! ```
//!
//! Invariants:
//! 1. The targets of a promise are asked here, and nowhere else.
//! 2. A task or scope that handed a cancel on gets the reply: accepted or refused.
//! 3. One loop walks a path of any length: no cancel is a nested call in another's.
//!
//! Read next: `run/close.rs`.

use std::rc::Rc;
use std::sync::Arc;

use groundup_interweave::trace::Cause;

use crate::cancel::Next;
use crate::cancel::path::{NextAsk, Reply, Walk};
use crate::cancel::state::{CancelMove, CancelState};
use crate::error::CancelAddress;
use crate::run::Scheduler;
use crate::store::key::{Exit, Mark, PENDING};
use crate::store::object::Root;
use crate::store::slot::Slot;
use crate::store::ticket::Ticket;
use crate::wait;

/// The next action of a walk.
enum Walking {
    /// Ask this task or promise to stop, with this reason.
    Ask(Ticket, Option<Arc<str>>),
    /// The task or promise that was asked last has replied.
    Reply(Reply),
}

impl Scheduler {
    /// Asks a task or a promise to stop: for a caller that kept only the ticket, as another
    /// thread must. Returns false if it is done already, if its end is decided, or if a promise
    /// has targets and none of them accepts.
    pub fn cancel(self: &Rc<Self>, ticket: Ticket, reason: Option<&Arc<str>>) -> bool {
        let _call = self.core.calls().begin();
        let way = self.cancels.set_out();
        let first = self.ask(ticket, reason);
        self.walk(&way, first) == Reply::Accepted
    }

    /// Asks and replies until all that were asked have replied; returns the reply of the first.
    #[inline]
    fn walk(self: &Rc<Self>, way: &Walk<'_>, first: Walking) -> Reply {
        let mut walking = first;
        loop {
            walking = match walking {
                Walking::Reply(reply) if way.is_over() => return reply,
                Walking::Reply(reply) => self.tell(Some(reply)),
                Walking::Ask(ticket, reason) => self.ask(ticket, reason.as_ref()),
            }
        }
    }

    /// Asks one task or promise to stop.
    fn ask(self: &Rc<Self>, ticket: Ticket, reason: Option<&Arc<str>>) -> Walking {
        let open = |slot: &&Slot| !slot.is_done() && !slot.has(Mark::Callback);
        let Some(slot) = self.core.slot_of(ticket) else {
            return Walking::Reply(Reply::Refused);
        };
        if !open(&slot) {
            // The caller has looked at the end: it tried to cancel, and gets a refusal. A gather
            // refuses before it looks, as in asyncio: it is a promise with targets.
            let original = self.core.slot_of(self.core.original_of(ticket));
            let has_targets = |slot| self.core.rare(slot, |rare| rare.hook.is_some());
            if let Some(original) = original.filter(|slot| has_targets(slot) != Some(true)) {
                original.mark(Mark::Seen, true);
            }
            return Walking::Reply(Reply::Refused);
        }
        if slot.has(Mark::Ending) {
            return Walking::Reply(Reply::Refused); // its end is decided, but nobody could look at it
        }
        if self.cancels.stands_on_path(&self.core, ticket, slot) {
            return Walking::Reply(Reply::Circle);
        }
        if !slot.has(Mark::Promise) {
            let beneath = (&self.core, &self.trace);
            let asked = (self.cancels).ask(beneath, (ticket, slot), reason, !self.is_closed());
            return self.follow(asked);
        }
        match self.core.rare(slot, |rare| rare.hook.clone()).flatten() {
            None => {
                self.end_promise(ticket, slot, reason.cloned());
                Walking::Reply(Reply::Accepted)
            }
            Some(targets) => {
                let (core, reason) = (&self.core, reason.cloned());
                (self.cancels).pass_promise(core, (ticket, slot), targets, reason);
                self.tell(None)
            }
        }
    }

    /// Hands a reply to the last entry of the path, and finds the next to ask.
    fn tell(self: &Rc<Self>, reply: Option<Reply>) -> Walking {
        match (self.cancels.tell(reply), reply) {
            (Some(NextAsk::Promise(targets, number, reason)), _) => match targets.target(number) {
                Some(ticket) => Walking::Ask(ticket, reason),
                None => {
                    let reply = self.cancels.leave_promise();
                    if reply == Reply::Accepted {
                        targets.accepted();
                    }
                    Walking::Reply(reply)
                }
            },
            (Some(NextAsk::Asker(asker)), Some(reply)) => {
                self.follow(self.cancels.replied(&self.core, &asker, reply))
            }
            _ => Walking::Reply(Reply::Refused),
        }
    }

    /// Carries out the next action of a cancel. An occupant that hands the cancel on has
    /// accepted it.
    #[inline]
    fn follow(self: &Rc<Self>, next: Option<Next>) -> Walking {
        match next {
            None => {}
            Some(Next::Wake(ticket)) => self.wake_by(ticket, Cause::Cancel),
            Some(Next::WakeForeign(waker)) => {
                self.caused(Cause::Cancel, || self.wake_foreign(waker));
            }
            Some(Next::Cancel(asker, ticket, reason)) => {
                self.cancels.pass_asker(&self.core, asker);
                return Walking::Ask(ticket, reason);
            }
        }
        Walking::Reply(Reply::Accepted)
    }

    /// Carries out the next action of a cancel, and all that follows from it.
    #[cold]
    pub(crate) fn carry_out(self: &Rc<Self>, next: Option<Next>) {
        let _call = self.core.calls().begin();
        let way = self.cancels.set_out();
        let first = self.follow(next);
        self.walk(&way, first);
    }

    /// Gives a cancel back to its address in this task, from a future that held it, with its
    /// reason.
    #[cold]
    pub(crate) fn give_back(
        self: &Rc<Self>,
        task: Ticket,
        (address, reason): (CancelAddress, Option<Arc<str>>),
        follows: bool,
    ) {
        if let Some(slot) = self.core.slot_of(task) {
            self.core.rare_mut(slot).reason = reason;
        }
        self.carry_out((self.cancels).give_back(&self.core, task, address, follows));
    }

    /// Ends the wait of a handle or future for a task or promise that has not ended.
    pub(crate) fn give_up(self: &Rc<Self>, (ticket, slot): (Ticket, &Slot), place: u64) {
        let waiter = wait::unregister(&self.core, ticket, slot, place);
        if slot.has(Mark::Asked) && waiter != Ticket::NONE {
            self.leave_awaited(waiter, (ticket, slot));
        }
    }

    /// Ends the wait of the task `before`, if there is one, whose future another task or another waker
    /// polls now.
    #[inline(always)]
    pub(crate) fn wait_moved(self: &Rc<Self>, before: Ticket, awaited: (Ticket, &Slot)) {
        if before != Ticket::NONE && awaited.1.has(Mark::Asked) {
            self.leave_awaited(before, awaited);
        }
    }

    /// Takes back the cancel that a waiter has handed on to the awaited task or promise, if the
    /// waiter has no other wait for it.
    #[cold]
    fn leave_awaited(self: &Rc<Self>, waiter: Ticket, awaited: (Ticket, &Slot)) {
        if wait::is_registered(&self.core, awaited.1, waiter) {
            return;
        }
        for scope in self.cancels.scopes_that_asked(&self.core, waiter, awaited) {
            self.carry_out(self.cancels.request_again(&self.core, scope));
        }
        self.carry_out(self.cancels.leave_awaited(&self.core, waiter, awaited.0));
    }

    /// Lets the end of the running step stand, also if a cancel of the task is pending: the end
    /// is an error, which asyncio would raise. If the task goes on, the cancel is delivered at
    /// its next suspension.
    #[cold]
    pub fn let_error_stand(&self) {
        if let Some(slot) = self.core.running()
            && (CancelState::of(slot).has(PENDING) || self.cancels.is_delivering())
        {
            CancelState::apply(slot, CancelMove::Follow);
        }
    }

    /// Returns how many tasks, promises and scopes were ever looked at to cancel something, to
    /// take a cancel back, or to count the cancels that concern a scope. The difference over a
    /// stretch of a program is the cost of its cancels.
    pub fn cancel_looks(&self) -> u64 {
        self.cancels.looks()
    }

    /// Ends a pending promise as cancelled, and asks none of its targets; returns true.
    pub(crate) fn end_promise(
        self: &Rc<Self>,
        ticket: Ticket,
        slot: &Slot,
        reason: Option<Arc<str>>,
    ) -> bool {
        if reason.is_some() {
            self.core.rare_mut(slot).reason = reason;
        }
        self.cancels.bring_back(&self.core, ticket, slot);
        self.complete(ticket, slot, Exit::Cancelled);
        true
    }

    /// Calls `drop` for a task that ends by a cancel. That may cancel the task again, and the
    /// reason stays the one of the cancel that ends it.
    pub(super) fn keeping_reason(&self, slot: &Slot, drop: impl FnOnce()) {
        let reason = self.core.reason(slot);
        drop();
        if slot.rare() != 0 {
            self.core.rare_mut(slot).reason = reason;
        }
    }

    /// Drops the future of a task, and ends the task as cancelled.
    pub(super) fn end_cancelled(self: &Rc<Self>, ticket: Ticket, slot: &Slot, root: &mut dyn Root) {
        self.keeping_reason(slot, || self.drop_future(slot, root));
        self.cancels.bring_back(&self.core, ticket, slot);
        self.complete(ticket, slot, Exit::Cancelled);
    }

    /// Drops the value that the main future has returned, if a cancel takes its place. The value is on
    /// the stack of the caller. The value of another task is dropped in `run/finish.rs`.
    pub(super) fn overtake_main(&self, ticket: Ticket, slot: &Slot, root: &mut dyn Root) {
        if CancelState::of(slot).has(PENDING) || slot.has(Mark::Raised) {
            self.report_overtaken(ticket, slot, root.output_type());
            root.clear();
        }
    }
}
