//! Runs a round: each entry that is ready at its beginning gets one turn.
//!
//! The problem: of the time that a program does not spend in its own code, it spends most in
//! this loop. Nearly every entry is a plain step: the poll of a ready task or callback, with no
//! cancel, no region and no observer (`store/key.rs`). Two comparisons of one word recognise a plain
//! step, and the poll follows at once. Every other entry fails a comparison and takes a slower path.
//!
//! ```text
//!   entry ──> Slot::is_tagged? ──no──> no step, or its occupant has gone: `redeem`
//!                   │ yes
//!                   v
//!             Slot::begin: a plain step? ──yes──> poll ──Pending──> suspend ──> next entry
//!                   │                              ├────Ready────> complete
//!                   │                              └────Ready, and only its box is left────> free_with_box
//!                   └ not plain ──> a task with a region, otherwise plain: `turn_with_region`
//!                                   the main future, otherwise plain: `turn_of_main`
//!                                   any other step: `turn_slow`
//! ```
//!
//! If the task is observed, or a cancel came or was raised during the step, `suspend` returns true,
//! and `after_suspension` goes on. In debug mode all steps are slow ones, and `measured_turns` takes the
//! entries.
//!
//! One `catch_unwind` spans many turns, not each poll. When a step panics, the unwinding puts the box
//! back into its slot and the round into `back`, where the entry of the step is the current one. The loop
//! then drops the future, whose drop may panic, too, and goes on behind that entry.
//!
//! | a panic in | goes to |
//! |---|---|
//! | a step, or the drop of a future by a cancel | the code that awaits the task; if no code does, the exception handler |
//! | a callback, a foreign waker, a drop after the end | the exception handler, at once |
//!
//! Invariants:
//! 1. A task that becomes ready during a round runs in the next.
//! 2. A stale entry never runs a later occupant of its slot: the step compares the generation.
//! 3. A panic in a step ends one task or callback: every borrow is returned, the waiters of the task
//!    are notified, and no other occupant changes. A panic inside a foreign waker, or in a drop after
//!    the end, ends no task.
//!
//! Read next: `run/finish.rs`, the end of a task. Second reading: `run/turn/slow.rs`, a step with a
//! cancel.

use std::mem::{self, ManuallyDrop};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use groundup_interweave::Round;

use crate::core::step;
use crate::run::Scheduler;
use crate::run::waker::waker;
use crate::store::key::Exit;
use crate::store::object::{Root, Wakers};
use crate::store::slot::{Besides, Slot};
use crate::store::ticket::{Entry, EntryKind, Ticket};

mod slow;

impl Scheduler {
    /// Runs rounds, each of all entries that are ready at its beginning. `root` is the main future and
    /// the timers of the floor above. After a round it returns in three cases: no entry is ready; a
    /// message, a report, an observer, a chooser or a request to stop needs the floor above; or
    /// `again`, called with the number of entries of that round, returns false. `again` must not use
    /// the scheduler. Returns the number of entries of the last round.
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
        let _step = step::without(!0);
        if !self.is_shown() {
            step::set(step::UNSURE);
        }
        let (mut back, mut has_begun) = (Round::default(), false);
        if self.has_long_rounds() {
            (back, has_begun) = (self.begin_long_round(root), true);
        }
        let (round, entries) = loop {
            let turns = AssertUnwindSafe(|| {
                // Speed: yield_one, tcp_echo_1. A round that begins in here moves without a copy on the stack.
                let round = match has_begun {
                    true => mem::take(&mut back),
                    false => self.core.begin_round(),
                };
                round.run_on(
                    &mut back,
                    |entry| self.take(entry, root),
                    |round, entries| self.core.next_round(round, || again(entries)),
                )
            });
            match catch_unwind(turns) {
                Ok(ended) => break ended,
                Err(payload) => self.step_panicked(back.current(), payload, root),
            }
            has_begun = true;
        };
        self.core.set_current(Ticket::NONE);
        self.core.finish_round(round);
        entries
    }

    /// Begins a round that a chooser orders, or whose steps debug mode measures. The steps of a measured
    /// round are taken here: a slow one is reported with the rest of the round, which it has held up.
    #[cold]
    fn begin_long_round(self: &Rc<Self>, root: &mut dyn Root) -> Round<Entry> {
        let mut round = self.core.begin_round();
        if self.has_chooser() {
            self.order_round(&mut round, root);
        }
        while self.is_debug() && !round.is_empty() {
            let turns = AssertUnwindSafe(|| self.measured_turns(&mut round, root));
            if let Err(payload) = catch_unwind(turns) {
                self.step_panicked(round.current(), payload, root);
            }
        }
        round
    }

    /// Takes the entries of a round, each as `take` does, but each step is a slow one.
    fn measured_turns(self: &Rc<Self>, round: &mut Round<Entry>, root: &mut dyn Root) {
        while let Some(entry) = round.next() {
            let (ticket, rest) = (entry.ticket(), round.remaining());
            match self.core.slot_at(ticket) {
                Some(slot) if slot.is_tagged(ticket) => {
                    self.turn_measured((ticket, slot), root, rest);
                }
                slot => self.redeem(entry, slot, root),
            }
        }
    }

    /// Runs one round alone; returns the number of its entries.
    ///
    /// # Panics
    ///
    /// See [`run_rounds`](Self::run_rounds).
    pub fn run_round(self: &Rc<Self>, root: &mut dyn Root) -> usize {
        self.run_rounds(root, |_| false)
    }

    /// Takes an entry of a round. A plain step is polled here; each other entry has a function of
    /// its own. Nearly every entry is a step, so the slot is looked up before the kind of the entry
    /// is known. For an entry of another kind, the lookup finds no slot, or a wrong slot, whose tag
    /// differs from the one of the entry.
    #[inline(always)]
    fn take(self: &Rc<Self>, entry: Entry, root: &mut dyn Root) {
        let ticket = entry.ticket();
        match self.core.slot_at(ticket) {
            Some(slot) if slot.is_tagged(ticket) => self.turn(ticket, slot, root),
            slot => self.redeem(entry, slot, root),
        }
    }

    /// Takes a step of the occupant of a slot.
    #[inline(always)] // Speed: yield_one, yield_many.
    fn turn(self: &Rc<Self>, ticket: Ticket, slot: &Slot, root: &mut dyn Root) {
        if slot.begin(Besides::Nothing) {
            self.core.set_current(ticket);
            if let Some(polled) = poll_box(ticket, slot) {
                // Speed: call_soon_chain. The plain version is `complete`.
                let leaves = polled.is_ready() && slot.leaves_nothing();
                if !(leaves && self.core.free_with_box(ticket, slot)) {
                    self.stepped(ticket, slot, root, polled);
                }
            }
        } else if slot.begin(Besides::Region) {
            self.turn_with_region(ticket, slot, root); // Speed: timeout.
        } else if slot.begin(Besides::Main) {
            self.turn_of_main(ticket, slot, root);
        } else {
            self.turn_slow(ticket, slot, root);
        }
    }

    /// Redeems an entry that is no step of the present occupant of its slot.
    fn redeem(self: &Rc<Self>, entry: Entry, slot: Option<&Slot>, root: &mut dyn Root) {
        match (entry.kind(), slot) {
            (EntryKind::DeferredWake, _) => self.redeem_deferred(entry.timer(), root),
            (EntryKind::CancelScope, _) => self.redeem_scope(entry.scope()),
            (EntryKind::NotifyGroup, Some(slot)) => self.redeem_notice(entry, slot),
            // A stale entry: its occupant has gone.
            (EntryKind::Step, _) | (EntryKind::NotifyGroup, None) => {}
        }
    }

    /// Takes a step of the main future, which is on the stack of the caller: a step without a
    /// cancel, a region or an observer.
    #[inline(never)] // Speed: yield_many. Inlined, it takes registers from the plain step.
    fn turn_of_main(self: &Rc<Self>, ticket: Ticket, slot: &Slot, root: &mut dyn Root) {
        self.core.set_current(ticket);
        if poll_main(ticket, root).is_ready() {
            self.complete_main(ticket, slot, root);
        } else if slot.suspend() {
            self.after_suspension(ticket, slot, root);
        }
    }

    /// Completes the main task after such a step.
    #[cold]
    fn complete_main(self: &Rc<Self>, ticket: Ticket, slot: &Slot, root: &mut dyn Root) {
        self.overtake_main(ticket, slot, root);
        self.complete(ticket, slot, Exit::Returned);
    }

    /// Goes on after a poll. Completes the task if it is ready. Calls `after_suspension` if it is
    /// pending, and a cancel or an observer needs attention.
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
}

impl Wakers for Scheduler {
    #[inline(always)]
    fn waker(ticket: Ticket) -> Waker {
        waker(ticket)
    }
}

/// Polls the future or the callback in the box of a slot. Only the slot of the main task has no
/// box, and this is not called for it; it would return `None`, and the slot would take no step.
#[inline(always)]
fn poll_box(ticket: Ticket, slot: &Slot) -> Option<Poll<()>> {
    let polled = slot.content(|object| object.poll(ticket));
    debug_assert!(polled.is_some(), "only the main task has no box");
    polled
}

/// Polls the main future.
#[inline(always)]
fn poll_main(ticket: Ticket, root: &mut dyn Root) -> Poll<()> {
    // A waker of ours has no drop to run: `ManuallyDrop` leaves the call out.
    let waker = ManuallyDrop::new(waker(ticket));
    root.poll(&mut Context::from_waker(&waker))
}

#[cfg(test)]
#[path = "../../tests/unit/generations.rs"]
mod tests;
