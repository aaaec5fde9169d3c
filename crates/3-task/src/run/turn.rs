//! Runs a turn: one step of everything that was ready when it began.
//!
//! The problem: of the time that a program does not spend in its own code, it spends most in
//! this loop. So the plain case, a woken task that is polled, is one comparison away from the
//! poll. Every other case fails that one comparison and takes the slow path: a cancel, a trace,
//! a region, a stale ticket, a deferred wake, the main future.
//!
//! ```text
//!   entry ──> Ready, and nothing else? ──yes──> poll ──Pending──> next entry
//!                  │no (Slot::begin)              └───Ready────> complete
//!                  v
//!              no step? the main future? else turn_slow: stale? observed? a cancel?
//! ```
//!
//! One `catch_unwind` spans a whole run of turns, not each poll. When a step panics, the cursor
//! of the round still points at its entry, and the unwinding has ended the borrow of the slot's
//! box. The loop then drops the future, which may panic again, and goes on behind that entry. A
//! panic in a step of a task belongs to the task: its awaiter gets it, or it is reported. So
//! does a panic in the drop of the future when a cancel ends the task. All other panics, in a
//! callback, in a drop after the end or in a foreign waker, have no awaiter and are reported at
//! once.
//!
//! Invariants:
//! 1. A task that becomes ready during a round runs in the next.
//! 2. A stale entry never runs another occupant: the entry is the full ticket.
//! 3. A panic ends one task or callback: every borrow is returned, no other occupant changes. A
//!    panic inside a foreign waker, or in a drop after the end, ends none.
//!
//! Read next: `run/finish.rs`, what follows the last step. Second reading: `run/entries.rs`,
//! entries that are no steps.

use std::any::Any;
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::task::{Context, Poll};

use groundup_interweave::Round;
use groundup_interweave::trace::Verb;

use crate::cancel::deliver::answer;
use crate::cancel::gate;
use crate::cancel::state::{CancelMove, CancelState};
use crate::error::panic::{Panic, drop_quietly, message_of};
use crate::run::Scheduler;
use crate::run::report::{DROPPED, ReportKind};
use crate::run::waker::waker;
use crate::store::key::{Exit, FOLLOWS, Mark, PENDING};
use crate::store::object::Root;
use crate::store::slot::Slot;
use crate::store::ticket::{Entry, EntryKind, Ticket, WaitWord};
use crate::wait::wait_of;

impl Scheduler {
    /// Runs everything that is ready now, and nothing that becomes ready meanwhile. If more
    /// entries are ready after that, `again` gets the number of entries of the round, and
    /// returns true if the next round may begin at once; `again` must not use the scheduler.
    /// Returns the number of entries of the last round.
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
    /// entry has a function of its own. The low bits of a deferred wake or of a scope's ticket are
    /// no slot index: `slot_at` finds no slot, or a wrong one, which `begin` refuses. A notice and
    /// a step name a slot, and slots stay.
    #[inline]
    fn turns(self: &Rc<Self>, round: &mut Round<Entry>, root: &mut dyn Root) {
        while let Some(entry) = round.next() {
            let ticket = entry.ticket();
            let slot = self.core.slot_at(ticket);
            if let Some(slot) = slot
                && slot.begin(ticket, 0)
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
                (EntryKind::Step, Some(slot)) if slot.begin(ticket, Mark::Main as u64) => {
                    self.turn_of_main(ticket, slot, root);
                }
                (EntryKind::Step, Some(slot)) => self.turn_slow(ticket, slot, root),
                (EntryKind::NotifyGroup | EntryKind::Step, None) => {}
            }
        }
    }

    /// Takes a plain step of the main future, which lives on the stack of the caller.
    fn turn_of_main(self: &Rc<Self>, ticket: Ticket, slot: &Slot, root: &mut dyn Root) {
        self.core.set_current(ticket);
        let waker = ManuallyDrop::new(waker(ticket));
        let polled = root.poll(&mut Context::from_waker(&waker));
        self.stepped(ticket, slot, root, polled);
    }

    /// Takes a step that is not plain. `plain` is true if it is special for one thing only: a
    /// region is alive in the task. `deliver` is true if a cancel is delivered into the step.
    /// Then a region may take the cancel during the poll. If none has, the task ends here if it
    /// has suspended; if it has returned a value, the cancel stays for `complete`.
    #[cold]
    fn turn_slow(self: &Rc<Self>, ticket: Ticket, slot: &Slot, root: &mut dyn Root) {
        let plain = slot.begin(ticket, Mark::Region as u64);
        let mut deliver = false;
        if plain {
            self.core.set_current(ticket);
        } else if let Some(cancel) = self.begin_rare(ticket, slot, root) {
            deliver = cancel;
        } else {
            return;
        }
        if slot.has(Mark::Asked) {
            (self.core).rare_mut(slot, |rare| rare.reason_stands = false);
        }
        if deliver {
            self.cancels.begin_task_delivery(&self.core, (ticket, slot));
        }
        let waker = ManuallyDrop::new(waker(ticket));
        let mut cx = Context::from_waker(&waker);
        let mut poll = || match slot.has(Mark::Main) {
            true => root.poll(&mut cx),
            false => (slot.content(|object| object.poll(&mut cx))).unwrap_or(Poll::Ready(())),
        };
        let polled = match plain {
            true => poll(),
            false => self.timed(ticket, slot, poll),
        };
        if self.cancels.end_delivery() {
            // No region has taken the cancel. It wins over a suspension, and over a value.
            if polled.is_pending() {
                self.cancels.end_raised(slot);
                return self.end_cancelled(ticket, slot, root);
            }
            let after = match CancelState::of(slot).has(FOLLOWS) {
                true => CancelMove::Follow,
                false => CancelMove::Mark,
            };
            CancelState::apply(slot, after);
        }
        self.stepped(ticket, slot, root, polled);
    }

    /// Begins a step of an observed task, or of a task with a cancel. Returns true if the cancel
    /// is delivered into the step. Returns `None` if no step is to be taken: the entry is stale,
    /// or the task has no region that could take the cancel, and was ended here.
    #[cold]
    fn begin_rare(
        self: &Rc<Self>,
        ticket: Ticket,
        slot: &Slot,
        root: &mut dyn Root,
    ) -> Option<bool> {
        if !(slot.is_of(ticket) && slot.is_scheduled()) {
            return None; // stale: its occupant has gone, or this step is not due
        }
        let answer = || answer(&self.core, slot);
        let (cancel, deliver) = CancelState::of(slot).begin(answer);
        let region = slot.begin_rare(cancel as u64);
        self.core.set_current(ticket);
        if slot.has(Mark::Observed) {
            self.emit_step(ticket, slot);
        }
        if deliver && !region {
            self.end_cancelled(ticket, slot, root);
            return None;
        }
        if cancel == CancelState::None {
            slot.set_wait(WaitWord::NOTHING);
        }
        Some(deliver)
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

    /// Handles a panic in the step at the round's cursor.
    #[cold]
    fn step_panicked(
        self: &Rc<Self>,
        entry: Option<Entry>,
        payload: Box<dyn Any + Send>,
        root: &mut dyn Root,
    ) {
        self.cancels.end_delivery();
        if let Some(slot) = self.core.running() {
            self.cancels.end_raised(slot);
        }
        let ticket = entry.map_or(Ticket::NONE, Entry::ticket);
        let Some(slot) = (self.core.slot_of(ticket)).filter(|slot| !slot.is_done()) else {
            return self.caught(DROPPED, payload);
        };
        slot.mark(Mark::Ending, true);
        self.guard(DROPPED, || self.drop_future(slot, root));
        if slot.has(Mark::Callback) {
            let why = message_of(&*payload);
            let message = format!("Exception in callback: it panicked: {why}");
            let report = self.about(ticket, slot, (ReportKind::CallbackPanicked, message));
            slot.end(Exit::Returned);
            self.vacate(ticket, slot);
            drop_quietly(payload);
            return self.report(report);
        }
        CancelState::apply(slot, CancelMove::TakeBack);
        (self.core).rare_mut(slot, |rare| rare.panic = Some(Panic::new(payload)));
        self.guard(DROPPED, || self.complete(ticket, slot, Exit::Failed));
    }
}

#[cfg(test)]
#[path = "../../tests/unit/generations.rs"]
mod tests;
