//! A turn: everything that was ready when it began, one step each.
//!
//! The problem: this loop is where a program spends its time that is not its own. So the
//! plain case, a task that was woken and is polled, is one comparison away from the
//! poll, and whatever is not plain, be it a cancel, a trace, a region, a stale ticket, a
//! deferred wake or the main future, fails that one comparison and goes the long way.
//!
//! ```text
//!   entry ──> Ready, and nothing else? ──yes──> poll ──Pending──> next entry
//!                  │no (Slot::begin)              └───Ready────> complete
//!                  v
//!              no step? the main future? else turn_slow: stale? observed? a cancel?
//! ```
//!
//! One `catch_unwind` spans a whole run of turns, not each poll. When something panics,
//! the round's cursor still points at the culprit; its borrow has been given back by the
//! unwinding, its future is dropped, which may panic again, and the turns go on behind
//! it. A panic in a step of a task is the task's, for its awaiter or for a report, and so
//! is one in the drop of its future when a cancel ends it. All others, in a callback, in a
//! drop after the end or in a foreign waker, are nobody's, and told at once.
//!
//! Invariants:
//! 1. What becomes ready during a round runs in the next (L02).
//! 2. A stale entry never runs a stranger: the entry is the full ticket.
//! 3. A panic ends one task or callback: every borrow is given back, no other is
//!    touched. A panic inside a foreign waker, or in a drop after the end, ends none.
//!
//! Read next: `run/entries.rs`, entries that are no steps.

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
use crate::error::{drop_quietly, message_of};
use crate::run::Scheduler;
use crate::run::report::{DROPPED, ReportKind};
use crate::run::waker::waker;
use crate::store::key::{Ending, FOLLOWS, Mark, PENDING};
use crate::store::object::Root;
use crate::store::slot::Slot;
use crate::store::ticket::Entry;

impl Scheduler {
    /// Runs everything that is ready now, and nothing that becomes ready by it.
    /// Then, if something has, `again` is told how many entries that were, and says
    /// whether the next round may begin at once; it must not use the scheduler.
    /// Gives the number of entries of the last round.
    ///
    /// # Panics
    ///
    /// Inside a task, a callback, a sink or a handler of this scheduler.
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
        self.core.set_current(0);
        self.core.finish_round(round);
        entries
    }

    /// One round alone; gives the number of its entries.
    ///
    /// # Panics
    ///
    /// As [`run_rounds`](Self::run_rounds).
    pub fn run_round(self: &Rc<Self>, root: &mut dyn Root) -> usize {
        self.run_rounds(root, |_| false)
    }

    #[inline]
    fn turns(self: &Rc<Self>, round: &mut Round<u64>, root: &mut dyn Root) {
        while let Some(entry) = round.next() {
            let Some(slot) = self.core.slot_at(entry) else {
                match Entry::of(entry) {
                    Entry::DeferredWake => self.redeem_deferred(entry, root),
                    _ => self.redeem_scope(entry),
                }
                continue;
            };
            if !slot.begin(entry, 0) {
                match Entry::of(entry) {
                    Entry::NotifyGroup => self.redeem_notice(entry, slot),
                    Entry::DeferredWake => self.redeem_deferred(entry, root),
                    Entry::CancelScope => self.redeem_scope(entry),
                    Entry::Step if slot.begin(entry, Mark::Main as u64) => {
                        self.turn_of_main(entry, slot, root);
                    }
                    Entry::Step => self.turn_slow(entry, slot, root),
                }
                continue;
            }
            self.core.set_current(entry);
            // Dropping a waker of ours does nothing, so it need not be done.
            let waker = ManuallyDrop::new(waker(entry));
            let polled = slot.content(|object| object.poll(&mut Context::from_waker(&waker)));
            if let Some(polled) = polled {
                self.stepped(entry, slot, root, polled);
            }
        }
    }

    /// A plain step of the future on the stack.
    fn turn_of_main(self: &Rc<Self>, entry: u64, slot: &Slot, root: &mut dyn Root) {
        self.core.set_current(entry);
        let waker = ManuallyDrop::new(waker(entry));
        let polled = root.poll(&mut Context::from_waker(&waker));
        self.stepped(entry, slot, root, polled);
    }

    /// A step that is not plain, mostly because a region is alive and nothing else.
    #[cold]
    fn turn_slow(self: &Rc<Self>, entry: u64, slot: &Slot, root: &mut dyn Root) {
        let plain = slot.begin(entry, Mark::Region as u64);
        let mut deliver = false;
        if plain {
            self.core.set_current(entry);
        } else if let Some(cancel) = self.begin_rare(entry, slot, root) {
            deliver = cancel;
        } else {
            return;
        }
        if slot.has(Mark::Asked) {
            let core = &self.core;
            core.extra_mut(slot, |extra| extra.reason_stands = false);
        }
        if deliver {
            self.cancels.begin_task_delivery(&self.core, (entry, slot));
        }
        let waker = ManuallyDrop::new(waker(entry));
        let mut cx = Context::from_waker(&waker);
        let mut poll = || match slot.has(Mark::Main) {
            true => root.poll(&mut cx),
            false => (slot.content(|object| object.poll(&mut cx))).unwrap_or(Poll::Ready(())),
        };
        let polled = match plain {
            true => poll(),
            false => self.timed(entry, slot, poll),
        };
        if self.cancels.end_delivery() {
            // No region has taken the cancel that was to be delivered. It wins over a
            // result (C06).
            if polled.is_pending() {
                self.cancels.end_raised(slot);
                return self.end_cancelled(entry, slot, root);
            }
            let stands = CancelState::of(slot).has(FOLLOWS);
            let step = if stands {
                CancelMove::Follow
            } else {
                CancelMove::Mark
            };
            CancelState::step(slot, step);
        }
        self.stepped(entry, slot, root, polled);
    }

    /// Begins a step that is observed, or gets a cancel delivered: says whether one is.
    /// `None` if there is no step: it is not due any more, or the task ends.
    #[cold]
    fn begin_rare(self: &Rc<Self>, entry: u64, slot: &Slot, root: &mut dyn Root) -> Option<bool> {
        if !(slot.is_of(entry) && slot.is_scheduled()) {
            return None; // stale: the one it was for has gone
        }
        let answer = || answer(&self.core, slot);
        let (cancel, deliver) = CancelState::of(slot).begin(answer);
        let region = slot.begin_rare(cancel as u64);
        self.core.set_current(entry);
        if slot.has(Mark::Observed) {
            self.tell_step(entry, slot);
        }
        if deliver && !region {
            self.end_cancelled(entry, slot, root);
            return None;
        }
        if cancel == CancelState::None {
            slot.set_wait(0);
        }
        Some(deliver)
    }

    /// A step is over.
    #[inline(always)]
    fn stepped(self: &Rc<Self>, entry: u64, slot: &Slot, root: &mut dyn Root, polled: Poll<()>) {
        if polled.is_ready() {
            self.complete(entry, slot, Ending::Returned);
        } else if slot.needs_a_look() {
            self.after_suspension(entry, slot, root);
        }
    }

    /// A step suspended, and something about it is not plain.
    #[cold]
    fn after_suspension(self: &Rc<Self>, entry: u64, slot: &Slot, root: &mut dyn Root) {
        if slot.has(Mark::Observed) && slot.is_task() {
            let on = self.waits.wait_of(&self.core, slot);
            self.emit(self.core.id_of(entry), Verb::Yield { on });
        }
        if slot.has(Mark::Raised) {
            self.cancels.end_raised(slot);
            self.end_cancelled(entry, slot, root);
        } else if CancelState::of(slot).has(PENDING | FOLLOWS) && !slot.is_scheduled() {
            // A cancel by the task itself now has a place (C09).
            CancelState::step(slot, CancelMove::TakeBack);
            self.carry_out(self.cancels.deliver(&self.core, entry));
        }
    }

    /// The step at the round's cursor panicked.
    #[cold]
    fn step_panicked(
        self: &Rc<Self>,
        entry: Option<u64>,
        payload: Box<dyn Any + Send>,
        root: &mut dyn Root,
    ) {
        self.cancels.end_delivery();
        if let Some(slot) = self.core.running() {
            self.cancels.end_raised(slot);
        }
        let entry = entry.unwrap_or(0);
        let culprit = self.core.slot_of(entry).filter(|slot| !slot.is_done());
        let Some(slot) = culprit else {
            return self.caught(DROPPED, payload);
        };
        self.guard(DROPPED, || self.drop_future(slot, root));
        if slot.has(Mark::Callback) {
            let why = message_of(&*payload);
            let message = format!("Exception in callback: it panicked: {why}");
            let report = self.about(entry, slot, (ReportKind::CallbackPanicked, message));
            slot.end(Ending::Returned);
            self.vacate(entry, slot);
            drop_quietly(payload);
            return self.report(report);
        }
        CancelState::step(slot, CancelMove::TakeBack);
        let core = &self.core;
        core.extra_mut(slot, |extra| extra.payload = Some(payload));
        self.guard(DROPPED, || self.complete(entry, slot, Ending::Failed));
    }
}

#[cfg(test)]
#[path = "../../tests/unit/generations.rs"]
mod tests;
