//! Takes a slow step: of a task with a cancel or an observer.
//!
//! The problem: a cancel ends a task only if no region in it catches the cancel, and only a poll
//! finds the regions. So a task that has no region ends before the poll. Into any other step the
//! cancel is *delivered*: it has no other owner during the poll. A region takes it there, or the
//! step ends the task.
//!
//! A task that has a region, and neither cancel nor observer, takes a step that is nearly plain
//! (`turn_with_region`). The cancel of a scope may be delivered into it, so it may end as a slow one.
//!
//! ```text
//!   turn_slow ── begin_slow ── a cancel, and no region? ──yes──> end_cancelled
//!                    │ no
//!                    v
//!   poll_slow ── a region takes the cancel (`inside/catch_cancel.rs`), or no region does
//!                    │
//!                    v
//!   settle_slow_step ┬ a cancel that no region has taken ──> end_cancelled, or `complete`
//!                    ├ Ready ────> `complete`
//!                    └ Pending ──> after_suspension, if a cancel came during the step
//! ```
//!
//! Invariants:
//! 1. A cancel that is delivered into a step does not outlive the step: a region or the end of
//!    the task takes it, or it is pending again when the task completes.
//! 2. While the future is polled or dropped, the task is the current one.
//!
//! Read next: `run/entries.rs`, entries that are no steps.

use std::rc::Rc;
use std::task::Poll;

use groundup_interweave::trace::Verb;

use crate::cancel::forward::answer;
use crate::cancel::state::{CancelMove, CancelState};
use crate::run::Scheduler;
use crate::run::turn::{poll_box, poll_main};
use crate::store::key::{FOLLOWS, Mark, PENDING};
use crate::store::object::Root;
use crate::store::slot::Slot;
use crate::store::ticket::{Entry, Ticket, WaitWord};
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
    /// Takes a step that has begun, of a task that has a region, and neither cancel nor observer.
    /// The cancel of a scope may be delivered into the step while its region is polled.
    // Speed: timeout. The plain version is `turn_slow`, with a step that has begun. It is not inlined
    // (yield_many): it would take registers from the plain step.
    #[inline(never)]
    pub(super) fn turn_with_region(
        self: &Rc<Self>,
        ticket: Ticket,
        slot: &Slot,
        root: &mut dyn Root,
    ) {
        self.core.set_current(ticket);
        let plain = !slot.has(Mark::Main) && !slot.has(Mark::Asked);
        let polled = match plain {
            true => poll_box(ticket, slot).unwrap_or(Poll::Pending),
            false => self.poll_slow(Begun::WithRegion, (ticket, slot), root, &[]),
        };
        match plain && !self.cancels.is_delivering() {
            true => self.stepped(ticket, slot, root, polled),
            false => self.settle_slow_step(ticket, slot, root, polled),
        }
    }

    /// Takes a slow step: of a task that has a cancel or an observer.
    #[cold]
    pub(super) fn turn_slow(self: &Rc<Self>, ticket: Ticket, slot: &Slot, root: &mut dyn Root) {
        self.turn_measured((ticket, slot), root, &[]);
    }

    /// Takes a slow step, of which debug mode may make a report. `rest` is the rest of the round.
    #[cold]
    pub(super) fn turn_measured(
        self: &Rc<Self>,
        (ticket, slot): (Ticket, &Slot),
        root: &mut dyn Root,
        rest: &[Entry],
    ) {
        let begun = self.begin_slow(ticket, slot, root);
        if begun != Begun::NoStep {
            let polled = self.poll_slow(begun, (ticket, slot), root, rest);
            self.settle_slow_step(ticket, slot, root, polled);
        }
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
            self.core.begin_step(ticket, slot);
            self.emit_step(ticket, slot);
        }
        if delivers && !has_region {
            self.end_cancelled(ticket, slot, root);
            return Begun::NoStep;
        }
        if cancel == CancelState::None {
            // A forwarded cancel without an answer still needs the word (`wait.rs`, invariant 1).
            slot.set_wait(WaitWord::NOTHING);
        }
        match delivers {
            true => Begun::Delivering,
            false => Begun::Rare,
        }
    }

    /// Polls in a slow step. If a cancel is delivered into the step, a region may take it in this
    /// poll.
    #[cold]
    fn poll_slow(
        &self,
        begun: Begun,
        (ticket, slot): (Ticket, &Slot),
        root: &mut dyn Root,
        rest: &[Entry],
    ) -> Poll<()> {
        if slot.has(Mark::Asked) {
            // From here on a new cancel may set another reason (`cancel/counts.rs`).
            self.core.rare_mut(slot).reason_stands = false;
        }
        if begun == Begun::Delivering {
            self.cancels.begin_task_delivery(&self.core, (ticket, slot));
        }
        let poll = |root: &mut dyn Root| match slot.has(Mark::Main) {
            true => poll_main(ticket, root),
            false => poll_box(ticket, slot).unwrap_or(Poll::Pending),
        };
        match begun {
            Begun::WithRegion => poll(root),
            _ => self.timed((ticket, slot), root, rest, poll),
        }
    }

    /// Settles a slow step after its poll. A delivered cancel that no region has taken ends a task
    /// that has suspended, and wins over the value of a task that has returned.
    #[cold]
    fn settle_slow_step(
        self: &Rc<Self>,
        ticket: Ticket,
        slot: &Slot,
        root: &mut dyn Root,
        polled: Poll<()>,
    ) {
        if self.cancels.end_delivery() {
            if polled.is_pending() {
                self.cancels.end_raised(slot);
                return self.end_cancelled(ticket, slot, root);
            }
            // `complete` lets a pending cancel win. But if a group has returned errors in this
            // step (`let_error_stand`), the cancel follows them, and the value stands.
            if !CancelState::of(slot).has(FOLLOWS) {
                CancelState::apply(slot, CancelMove::SetPending);
            }
        }
        if polled.is_ready() && slot.has(Mark::Main) {
            self.overtake_main(ticket, slot, root);
        }
        self.stepped(ticket, slot, root, polled);
    }

    /// Handles a suspension that is not plain: of an observed task, or with a raised or pending
    /// cancel. A raised cancel that no region has taken ends the task.
    #[cold]
    pub(super) fn after_suspension(
        self: &Rc<Self>,
        ticket: Ticket,
        slot: &Slot,
        root: &mut dyn Root,
    ) {
        if slot.has(Mark::Observed) && slot.is_task() {
            let on = wait_of(&self.core, slot);
            self.emit(self.core.id_of(ticket), Verb::Yield { on });
            if !slot.is_scheduled() {
                self.emit_unpolled(ticket, slot);
            }
        }
        if slot.has(Mark::Raised) {
            self.cancels.end_raised(slot);
            self.end_cancelled(ticket, slot, root);
        } else if CancelState::of(slot).has(PENDING | FOLLOWS) && !slot.is_scheduled() {
            // A cancel was set pending during this step; the task has now suspended.
            CancelState::apply(slot, CancelMove::GoOn);
            self.carry_out(self.cancels.forward_or_reach(&self.core, ticket));
        }
    }
}
