//! A turn: everything that was ready when it began, one step each.
//!
//! The problem: this loop is where a program spends its time that is not its
//! own. So the plain case, a task that was woken and is polled, is one
//! comparison away from the poll, and whatever is not plain, be it a cancel, a
//! trace, a region, a stale ticket, a deferred wake or the main future, fails that
//! one comparison and goes the long way.
//!
//! ```text
//!   entry ──> Ready, and nothing else? ──yes──> poll ──Pending──> next entry
//!                  │no (Slot::begin)              └───Ready────> complete
//!                  v
//!              no step? the main future? else turn_slow: stale? observed? a cancel?
//! ```
//!
//! One `catch_unwind` spans a whole run of turns, not each poll. When something
//! panics, the round's cursor still points at the culprit; its borrow has been
//! given back by the unwinding, its future is dropped, and the turns go on
//! behind it.
//!
//! Invariants:
//! 1. What becomes ready during a round runs in the next (L02).
//! 2. A stale entry never runs a stranger: the entry is the full ticket.
//! 3. A panic ends one task. A panic inside a foreign waker or a drop ends
//!    none: it is reported.
//!
//! Read next: `run/entries.rs`, entries that are no steps.

use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::task::{Context, Poll};

use groundup_interweave::Round;
use groundup_interweave::trace::Verb;

use crate::cancel::deliver::came_back;
use crate::cancel::state::{Answer, CancelMove, CancelState};
use crate::observe::report::ReportKind;
use crate::run::Scheduler;
use crate::run::waker::waker;
use crate::store::key::{Ending, MAIN, Mark, REGION};
use crate::store::object::Root;
use crate::store::slot::Slot;
use crate::store::ticket::Entry;

impl Scheduler {
    /// Runs everything that is ready now, and nothing that becomes ready by it.
    /// Then, if something has, `again` is told how many entries that were, and says
    /// whether the next round may begin at once; it must not use the scheduler.
    /// Gives the number of entries of the last round.
    #[inline]
    pub fn run_rounds(
        self: &Rc<Self>,
        root: &mut dyn Root,
        mut again: impl FnMut(usize) -> bool,
    ) -> usize {
        let mut round = self.core.begin_round();
        let mut entries = self.order_round(&mut round);
        loop {
            let turns = AssertUnwindSafe(|| {
                loop {
                    self.turns(&mut round, root);
                    if !self.core.next_round(&mut round, || again(entries)) {
                        break;
                    }
                    entries = self.order_round(&mut round);
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
    pub fn run_round(self: &Rc<Self>, root: &mut dyn Root) -> usize {
        self.run_rounds(root, |_| false)
    }

    /// Has the chooser order a round, if there is one; gives the number of its entries.
    #[inline]
    fn order_round(&self, round: &mut Round<u64>) -> usize {
        if self.choices.has_chooser()
            && let Err(payload) = self.choices.order(round)
        {
            let what = (ReportKind::PanicInChooser, "a chooser panicked");
            self.reports.caught(&self.core, &self.trace, what, payload);
        }
        round.len()
    }

    #[inline]
    fn turns(self: &Rc<Self>, round: &mut Round<u64>, root: &mut dyn Root) {
        while let Some(entry) = round.next() {
            let Some(slot) = self.core.slot_at(entry) else {
                self.redeem_scope(entry);
                continue;
            };
            if !slot.begin(entry, 0) {
                self.turn_other(entry, slot, root);
                continue;
            }
            self.core.set_current(entry);
            // Dropping a waker of ours does nothing, so it need not be done.
            let waker = ManuallyDrop::new(waker(entry));
            match slot.content(|object| object.poll(&mut Context::from_waker(&waker))) {
                Some(Poll::Ready(())) => self.complete(entry, slot, Ending::Returned),
                Some(Poll::Pending) if slot.needs_a_look() => {
                    self.after_suspension(entry, slot, root);
                }
                _ => {}
            }
        }
    }

    /// An entry that is no plain step.
    #[inline]
    fn turn_other(self: &Rc<Self>, entry: u64, slot: &Slot, root: &mut dyn Root) {
        match Entry::of(entry) {
            Entry::NotifyGroup => self.redeem_notice(entry, slot),
            Entry::DeferredWake => self.redeem_deferred(entry, slot),
            Entry::CancelScope => self.redeem_scope(entry),
            Entry::Step if slot.begin(entry, MAIN) => self.turn_of_main(entry, slot, root),
            Entry::Step => self.turn_slow(entry, slot, root),
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
        if !slot.begin(entry, REGION) {
            return self.turn_rare(entry, slot, root);
        }
        self.core.set_current(entry);
        self.begin_slow(slot, false);
        let polled = self.poll_slow(entry, slot, root);
        self.end_slow(entry, slot, root, polled);
    }

    /// A step that is not due any more, is observed, or gets a cancel delivered.
    #[cold]
    fn turn_rare(self: &Rc<Self>, entry: u64, slot: &Slot, root: &mut dyn Root) {
        if !slot.is_due(entry) {
            return; // stale: the one it was for has gone
        }
        let answer = || match self.waits.awaited(&self.core, slot) {
            _ if came_back(&self.core, slot) => Answer::Cancelled,
            Some(_) => Answer::Out,
            None => Answer::Lost,
        };
        let (cancel, deliver) = CancelState::of(slot).begin(answer);
        let region = slot.begin_rare(cancel.pack());
        self.core.set_current(entry);
        if slot.has(Mark::Observed) {
            self.trace.emit_step(&self.core, entry);
            self.reports.tell_broken(&self.core, &self.trace);
        }
        if deliver && !region {
            return self.end_cancelled(entry, slot, root);
        }
        if !cancel.is_forwarded() {
            slot.set_wait(0);
        }
        self.begin_slow(slot, deliver);
        let polled = self.timed(entry, slot, || self.poll_slow(entry, slot, root));
        self.end_slow(entry, slot, root, polled);
    }

    #[inline(always)]
    fn begin_slow(&self, slot: &Slot, deliver: bool) {
        if slot.has(Mark::Asked) {
            self.core
                .extra_mut(slot, |extra| extra.reason_stands = false);
        }
        self.cancels.set_delivering(deliver);
    }

    #[inline(always)]
    fn end_slow(self: &Rc<Self>, entry: u64, slot: &Slot, root: &mut dyn Root, polled: Poll<()>) {
        if self.cancels.set_delivering(false) {
            // No region has taken the cancel that was to be delivered. It wins over a
            // result (C06).
            if polled.is_pending() {
                return self.end_cancelled(entry, slot, root);
            }
            CancelState::step(slot, CancelMove::Mark);
        }
        self.stepped(entry, slot, root, polled);
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

    #[inline]
    fn poll_slow(&self, entry: u64, slot: &Slot, root: &mut dyn Root) -> Poll<()> {
        let waker = ManuallyDrop::new(waker(entry));
        let mut cx = Context::from_waker(&waker);
        if slot.has(Mark::Main) {
            return root.poll(&mut cx);
        }
        let polled = slot.content(|object| object.poll(&mut cx));
        polled.unwrap_or(Poll::Ready(()))
    }

    /// A step suspended, and something about it is not plain.
    #[cold]
    fn after_suspension(self: &Rc<Self>, entry: u64, slot: &Slot, root: &mut dyn Root) {
        if slot.is_task() && slot.has(Mark::Observed) {
            let on = self.waits.wait_of(&self.core, slot);
            self.emit(self.core.name_of(entry), Verb::Yield { on });
        }
        if slot.has(Mark::Raised) {
            slot.mark(Mark::Raised, false);
            self.end_cancelled(entry, slot, root);
        } else {
            self.deliver_own(entry, slot);
        }
    }
}

#[cfg(test)]
#[path = "../../tests/unit/generations.rs"]
mod tests;
