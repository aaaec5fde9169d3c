//! Runs a round: each entry that is ready when it begins gets one turn.
//!
//! The problem: of the time that a program does not spend in its own code, it spends most in
//! this loop. Nearly every entry is a plain step: the poll of a woken task, with no cancel, no
//! region and no observer (`store/key.rs`). One comparison finds that out, and the poll follows
//! at once. Every other entry fails the comparison and takes a slower path.
//!
//! ```text
//!   entry ──> Slot::begin: a plain step? ──yes──> poll ──Pending──> next entry
//!                   │                              └────Ready────> complete
//!                   └ not plain ──> another kind of entry: `redeem_..`; a step of the main
//!                                   future: `turn_of_main`; any other step: `turn_slow`
//! ```
//!
//! One `catch_unwind` spans many turns, not each poll. When a step panics, the cursor of the
//! round still points at its entry, and the unwinding has ended the borrow of the slot's box.
//! The loop then drops the future, which may panic again, and goes on behind that entry.
//!
//! | a panic in | goes to |
//! |---|---|
//! | a step, or the drop of a future by a cancel | the awaiter; the exception handler, if there is none |
//! | a callback, a foreign waker, a drop after the end | the exception handler, at once |
//!
//! Invariants:
//! 1. A task that becomes ready during a round runs in the next.
//! 2. A stale entry never runs a later occupant of its slot: the step compares the generation.
//! 3. A panic ends one task or callback: every borrow is returned, no other occupant changes. A
//!    panic inside a foreign waker, or in a drop after the end, ends none.
//!
//! Read next: `run/finish.rs`, the end of a task. Second reading: `run/entries.rs`, entries that
//! are no steps.

use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::task::{Context, Poll};

use groundup_interweave::Round;
use groundup_interweave::trace::Verb;

use crate::cancel::deliver::answer;
use crate::cancel::gate;
use crate::cancel::state::{CancelMove, CancelState};
use crate::run::Scheduler;
use crate::run::waker::waker;
use crate::store::key::{Exit, FOLLOWS, Mark, PENDING};
use crate::store::object::Root;
use crate::store::slot::{Besides, Slot};
use crate::store::ticket::{Entry, EntryKind, Ticket, WaitWord};
use crate::wait::wait_of;

/// How a slow step has begun.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Begun {
    /// Not at all: the entry is stale, or the task has ended by its cancel.
    NoStep,
    /// As a plain step does: the task has a region, and neither cancel nor observer.
    WithRegion,
    /// With an observer or the mark of a cancel. No cancel is delivered into the step.
    Rare,
    /// With a cancel that is delivered into the step, for a region to take.
    Delivering,
}

impl Scheduler {
    /// Runs a round: each entry that is ready now, once. Returns after it if no entry is ready, or
    /// if the floor above must act on a message, a report, an observer or an interrupt. Otherwise
    /// calls `again` with the number of entries of the round, and runs the next round if `again`
    /// returns true. `again` must not use the scheduler. Returns the number of entries of the last
    /// round.
    ///
    /// # Panics
    ///
    /// If it is called inside a task, a callback, a sink or a handler of this scheduler.
    #[inline]
    pub fn run_rounds(
        self: &Rc<Self>,
        root: &mut dyn Root,
        mut again: impl FnMut(usize) -> bool,
    ) -> usize {
        let Some(_busy) = self.begin_rounds() else {
            return 0;
        };
        let _gate = gate::open_for_now();
        let mut round = self.core.begin_round();
        if self.has_chooser() {
            self.order_round(&mut round);
        }
        let mut entries = round.len();
        loop {
            let turns = AssertUnwindSafe(|| {
                loop {
                    self.turns(&mut round, root);
                    if !self.core.next_round(&mut round, || again(entries)) {
                        break;
                    }
                    if self.has_chooser() {
                        self.order_round(&mut round);
                    }
                    entries = round.len();
                }
            });
            match catch_unwind(turns) {
                Ok(()) => break,
                Err(payload) => self.step_panicked(round.current(), payload, root),
            }
        }
        self.core.set_current(Ticket::NONE);
        self.core.finish_round(round);
        entries
    }

    /// Runs one round alone; returns the number of its entries.
    ///
    /// # Panics
    ///
    /// See [`run_rounds`](Self::run_rounds).
    pub fn run_round(self: &Rc<Self>, root: &mut dyn Root) -> usize {
        self.run_rounds(root, |_| false)
    }

    /// Takes the entries of a round, one after another. A plain step is polled here; each other
    /// entry has a function of its own. Nearly every entry is a step, so the slot is looked up
    /// before the kind of the entry is known. For a deferred wake or a scope, the lookup finds a
    /// wrong slot or none, and `begin` refuses a wrong one: its tag differs.
    #[inline]
    fn turns(self: &Rc<Self>, round: &mut Round<Entry>, root: &mut dyn Root) {
        while let Some(entry) = round.next() {
            let ticket = entry.ticket();
            let slot = self.core.slot_at(ticket);
            if let Some(slot) = slot
                && slot.begin(ticket, Besides::Nothing)
            {
                self.core.set_current(ticket);
                // A waker of ours has no drop to run: `ManuallyDrop` leaves the call out.
                let waker = ManuallyDrop::new(waker(ticket));
                let polled = slot.content(|object| object.poll(&mut Context::from_waker(&waker)));
                if let Some(polled) = polled {
                    self.stepped(ticket, slot, root, polled);
                }
                continue;
            }
            match (entry.kind(), slot) {
                (EntryKind::DeferredWake, _) => self.redeem_deferred(entry.timer(), root),
                (EntryKind::CancelScope, _) => self.redeem_scope(entry.scope()),
                (EntryKind::NotifyGroup, Some(slot)) => self.redeem_notice(entry, slot),
                (EntryKind::Step, Some(slot)) => match slot.begin(ticket, Besides::Main) {
                    true => self.turn_of_main(ticket, slot, root),
                    false => self.turn_slow(ticket, slot, root),
                },
                (EntryKind::NotifyGroup | EntryKind::Step, None) => {}
            }
        }
    }

    /// Takes a plain step of the main future, which lives on the stack of the caller.
    #[inline(always)] // Speed: select2.
    fn turn_of_main(self: &Rc<Self>, ticket: Ticket, slot: &Slot, root: &mut dyn Root) {
        self.core.set_current(ticket);
        let waker = ManuallyDrop::new(waker(ticket));
        let polled = root.poll(&mut Context::from_waker(&waker));
        if polled.is_ready() {
            self.complete_main(ticket, slot, root);
        } else if slot.suspend() {
            self.after_suspension(ticket, slot, root);
        }
    }

    /// Completes the main task after a plain step.
    #[cold]
    fn complete_main(self: &Rc<Self>, ticket: Ticket, slot: &Slot, root: &mut dyn Root) {
        self.overtake_main(ticket, slot, root, Poll::Ready(()));
        self.complete(ticket, slot, Exit::Returned);
    }

    /// Takes a slow step: of a task that has a region, a cancel or an observer. If a cancel is
    /// delivered into the step, a region may take it in the poll. If none does, the cancel wins.
    #[cold]
    fn turn_slow(self: &Rc<Self>, ticket: Ticket, slot: &Slot, root: &mut dyn Root) {
        let begun = match slot.begin(ticket, Besides::Region) {
            true => Begun::WithRegion,
            false => self.begin_slow(ticket, slot, root),
        };
        if begun == Begun::NoStep {
            return;
        }
        self.core.set_current(ticket);
        if slot.has(Mark::Asked) {
            (self.core).rare_mut(slot, |rare| rare.reason_stands = false);
        }
        if begun == Begun::Delivering {
            self.cancels.begin_task_delivery(&self.core, (ticket, slot));
        }
        let waker = ManuallyDrop::new(waker(ticket));
        let mut cx = Context::from_waker(&waker);
        let mut poll = || match slot.has(Mark::Main) {
            true => root.poll(&mut cx),
            false => (slot.content(|object| object.poll(&mut cx))).unwrap_or(Poll::Ready(())),
        };
        let polled = match begun {
            Begun::WithRegion => poll(),
            _ => self.timed(ticket, slot, poll),
        };
        if self.cancels.end_delivery() && self.cancel_wins(ticket, slot, root, polled) {
            return;
        }
        self.overtake_main(ticket, slot, root, polled);
        self.stepped(ticket, slot, root, polled);
    }

    /// Begins a step of an observed task, or of a task with a cancel. A task with a cancel and
    /// without a region that could take it ends here.
    #[cold]
    fn begin_slow(self: &Rc<Self>, ticket: Ticket, slot: &Slot, root: &mut dyn Root) -> Begun {
        if !(slot.is_of(ticket) && slot.is_scheduled()) {
            return Begun::NoStep; // stale: its occupant has gone, or this step is not due
        }
        let (cancel, delivers) = CancelState::of(slot).begin(|| answer(&self.core, slot));
        let has_region = slot.begin_rare(cancel as u64);
        self.core.set_current(ticket);
        if slot.has(Mark::Observed) {
            self.emit_step(ticket, slot);
        }
        if delivers && !has_region {
            self.end_cancelled(ticket, slot, root);
            return Begun::NoStep;
        }
        if cancel == CancelState::None {
            slot.set_wait(WaitWord::NOTHING);
        }
        match delivers {
            true => Begun::Delivering,
            false => Begun::Rare,
        }
    }

    /// Settles a delivered cancel that no region has taken. A task that has suspended ends, and
    /// this returns true. A task that has returned leaves the cancel to `complete`.
    fn cancel_wins(
        self: &Rc<Self>,
        ticket: Ticket,
        slot: &Slot,
        root: &mut dyn Root,
        polled: Poll<()>,
    ) -> bool {
        if polled.is_pending() {
            self.cancels.end_raised(slot);
            self.end_cancelled(ticket, slot, root);
            return true;
        }
        let left = match CancelState::of(slot).has(FOLLOWS) {
            true => CancelMove::Follow,
            false => CancelMove::Mark,
        };
        CancelState::apply(slot, left);
        false
    }

    /// Goes on after a poll: completes the task if it is ready, or looks at a suspension that is
    /// not plain.
    #[inline(always)]
    fn stepped(
        self: &Rc<Self>,
        ticket: Ticket,
        slot: &Slot,
        root: &mut dyn Root,
        polled: Poll<()>,
    ) {
        if polled.is_ready() {
            self.complete(ticket, slot, Exit::Returned);
        } else if slot.suspend() {
            self.after_suspension(ticket, slot, root);
        }
    }

    /// Handles a suspension that is not plain: of an observed task, or with a raised or pending
    /// cancel. A raised cancel that no region has taken ends the task.
    #[cold]
    fn after_suspension(self: &Rc<Self>, ticket: Ticket, slot: &Slot, root: &mut dyn Root) {
        if slot.has(Mark::Observed) && slot.is_task() {
            let on = wait_of(&self.core, slot);
            self.emit(self.core.id_of(ticket), Verb::Yield { on });
        }
        if slot.has(Mark::Raised) {
            self.cancels.end_raised(slot);
            self.end_cancelled(ticket, slot, root);
        } else if CancelState::of(slot).has(PENDING | FOLLOWS) && !slot.is_scheduled() {
            // The task cancelled itself in this step, and has now suspended.
            CancelState::apply(slot, CancelMove::TakeBack);
            self.carry_out(self.cancels.deliver(&self.core, ticket));
        }
    }
}

#[cfg(test)]
#[path = "../../tests/unit/generations.rs"]
mod tests;
