//! A turn: everything that was ready when it began, one step each.
//!
//! The problem: this loop is where a program spends its time that is not its
//! own. So the plain case, a task that was woken and is polled, is one
//! comparison away from the poll, and whatever is not plain, be it a cancel, a
//! trace, a region, a stale ticket, a relay or the root, fails that one
//! comparison and goes the long way.
//!
//! ```text
//!   entry ──> key == tag|SCHED ? ──yes──> poll ──Pending──> next entry
//!                  │no                      └───Ready────> complete
//!                  v
//!              a relay? the root? else turn_slow: stale? watched? a cancel?
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
//! 3. A panic ends one task. A panic inside somebody else's waker or drop ends
//!    none: it is reported.
//!
//! Read next: `relay.rs`, entries that are no steps.

use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::task::{Context, Poll};

use groundup_interweave::Round;
use groundup_interweave::trace::Verb;

use crate::report::ReportKind;
use crate::root::Root;
use crate::scheduler::Scheduler;
use crate::slot::Slot;
use crate::ticket::{
    AFTER_SUSPENSION, ASKED, CALLBACK, DONE, FORWARDED, LOOP, MUST_CANCEL, NEUTRAL, OBSERVED,
    RAISED, REGION, ROOT, SCHED, STRUCK, TAG, TELL, VACANT, index,
};
use crate::wait::WATCHED;
use crate::waker::waker;

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
        let mut round = self.ready.borrow_mut().begin();
        let mut entries = self.begin_round(&mut round);
        loop {
            let turns = AssertUnwindSafe(|| {
                loop {
                    self.turns(&mut round, root);
                    let mut ready = self.ready.borrow_mut();
                    if ready.is_empty() || !self.undisturbed() || !again(entries) {
                        break;
                    }
                    ready.turn_over(&mut round);
                    drop(ready);
                    entries = self.begin_round(&mut round);
                }
            });
            match catch_unwind(turns) {
                Ok(()) => break,
                Err(payload) => self.step_panicked(round.current(), payload, root),
            }
        }
        self.current.set(0);
        self.ready.borrow_mut().finish(round);
        entries
    }

    /// One round alone; gives the number of its entries.
    pub fn run_round(self: &Rc<Self>, root: &mut dyn Root) -> usize {
        self.run_rounds(root, |_| false)
    }

    #[inline]
    fn begin_round(&self, round: &mut Round<u64>) -> usize {
        self.round.set(self.round.get() + 1);
        if self.has_chooser.get() {
            self.order(round);
        }
        round.len()
    }

    #[cold]
    fn order(&self, round: &mut Round<u64>) {
        let ordering = AssertUnwindSafe(|| {
            if let Some(chooser) = self.chooser.borrow_mut().as_mut() {
                round.order(chooser.as_mut());
            }
        });
        // A chooser that panics has chosen nothing: the round keeps its order.
        if let Err(payload) = catch_unwind(ordering) {
            self.report_caught(ReportKind::PanicInChooser, "a chooser", payload);
        }
    }

    #[inline]
    fn turns(self: &Rc<Self>, round: &mut Round<u64>, root: &mut dyn Root) {
        while let Some(entry) = round.next() {
            let Some(slot) = self.slots.get(index(entry)) else {
                self.redeem_scope(entry);
                continue;
            };
            let key = slot.key.get();
            if key & !NEUTRAL != (entry & TAG) | SCHED {
                match entry & LOOP {
                    TELL => self.redeem_tell(entry, slot),
                    0 => self.redeem_relay(entry, slot),
                    WATCHED => self.redeem_scope(entry),
                    _ if key & !NEUTRAL == (entry & TAG) | SCHED | ROOT => {
                        self.turn_of_root(entry, slot, root);
                    }
                    _ => self.turn_slow(entry, slot, root),
                }
                continue;
            }
            slot.key.set(key ^ SCHED);
            slot.wait.set(0);
            self.current.set(entry);
            let polled = {
                let mut object = slot.object.borrow_mut();
                let Some(object) = object.as_mut() else {
                    continue;
                };
                // Dropping a waker of ours does nothing, so it need not be done.
                let waker = ManuallyDrop::new(waker(entry));
                object.as_mut().poll(&mut Context::from_waker(&waker))
            };
            if polled.is_ready() {
                self.complete(entry, slot, 0);
            } else if slot.key.get() & AFTER_SUSPENSION != 0 {
                self.after_suspension(entry, slot, root);
            }
        }
    }

    /// A plain step of the future on the stack.
    fn turn_of_root(self: &Rc<Self>, entry: u64, slot: &Slot, root: &mut dyn Root) {
        slot.key.set(slot.key.get() ^ SCHED);
        slot.wait.set(0);
        self.current.set(entry);
        let waker = ManuallyDrop::new(waker(entry));
        if root.poll(&mut Context::from_waker(&waker)).is_ready() {
            self.complete(entry, slot, 0);
        } else if slot.key.get() & AFTER_SUSPENSION != 0 {
            self.after_suspension(entry, slot, root);
        }
    }

    /// A step that is not plain, mostly because a region is alive and nothing else.
    #[cold]
    fn turn_slow(self: &Rc<Self>, entry: u64, slot: &Slot, root: &mut dyn Root) {
        let key = slot.key.get();
        if key & !(NEUTRAL | ROOT) != (entry & TAG) | SCHED | REGION {
            return self.turn_rare(entry, slot, root);
        }
        slot.key.set(key & !(SCHED | REGION));
        slot.wait.set(0);
        self.current.set(entry);
        self.begin_slow(slot, false);
        let polled = self.poll_slow(entry, slot, root);
        self.end_slow(entry, slot, root, polled);
    }

    /// A step that is not due any more, is watched, or gets a cancel delivered.
    #[cold]
    fn turn_rare(self: &Rc<Self>, entry: u64, slot: &Slot, root: &mut dyn Root) {
        let key = slot.key.get();
        if (key ^ entry) & TAG != 0 || key & SCHED == 0 || key & (DONE | VACANT) != 0 {
            return; // stale: the one it was for has gone
        }
        let deliver =
            key & (MUST_CANCEL | STRUCK) != 0 || (key & FORWARDED != 0 && self.came_back(slot));
        let kept = self.still_forwarded(slot, deliver);
        let keep = if kept { FORWARDED } else { 0 };
        slot.key
            .set((key & !(SCHED | MUST_CANCEL | STRUCK | FORWARDED | REGION | RAISED)) | keep);
        self.current.set(entry);
        if key & OBSERVED != 0 {
            self.emit_step(entry, slot);
        }
        if deliver && key & REGION == 0 {
            return self.end_cancelled(entry, slot, root);
        }
        if !kept {
            slot.wait.set(0);
        }
        self.begin_slow(slot, deliver);
        let polled = self.timed(entry, slot, || self.poll_slow(entry, slot, root));
        self.end_slow(entry, slot, root, polled);
    }

    #[inline(always)]
    fn begin_slow(&self, slot: &Slot, deliver: bool) {
        if slot.key.get() & ASKED != 0 {
            self.extra_mut(slot, |extra| extra.reason_stands = false);
        }
        self.delivering.set(deliver);
    }

    #[inline(always)]
    fn end_slow(self: &Rc<Self>, entry: u64, slot: &Slot, root: &mut dyn Root, polled: Poll<()>) {
        if self.delivering.replace(false) {
            // Nobody took the cancel that was to be delivered. It wins over a result (C06).
            if polled.is_pending() {
                return self.end_cancelled(entry, slot, root);
            }
            slot.key.set(slot.key.get() | MUST_CANCEL);
        }
        if polled.is_ready() {
            self.complete(entry, slot, 0);
        } else if slot.key.get() & AFTER_SUSPENSION != 0 {
            self.after_suspension(entry, slot, root);
        }
    }

    #[inline]
    fn poll_slow(&self, entry: u64, slot: &Slot, root: &mut dyn Root) -> Poll<()> {
        let waker = ManuallyDrop::new(waker(entry));
        let mut cx = Context::from_waker(&waker);
        if slot.key.get() & ROOT != 0 {
            return root.poll(&mut cx);
        }
        let mut object = slot.object.borrow_mut();
        let polled = object.as_mut().map(|object| object.as_mut().poll(&mut cx));
        polled.unwrap_or(Poll::Ready(()))
    }

    /// A step suspended, and something about it is not plain.
    #[cold]
    fn after_suspension(self: &Rc<Self>, entry: u64, slot: &Slot, root: &mut dyn Root) {
        let key = slot.key.get();
        if key & OBSERVED != 0 && key & CALLBACK == 0 {
            let on = self.wait_of(slot);
            self.emit(self.name_of(entry), Verb::Yield { on });
        }
        if key & RAISED != 0 {
            slot.key.set(key & !RAISED);
            self.end_cancelled(entry, slot, root);
        } else if key & MUST_CANCEL != 0 && key & SCHED == 0 {
            // It cancelled itself and then suspended: now there is a place (C09).
            slot.key.set(key & !MUST_CANCEL);
            self.deliver(entry);
        }
    }
}

#[cfg(test)]
#[path = "turn_tests.rs"]
mod tests;
