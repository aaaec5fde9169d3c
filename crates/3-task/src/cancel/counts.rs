//! Counts the cancels of a task, and those that concern one scope.
//!
//! The problem: a deadline recognises its own cancel by a count, as asyncio's timeout does. But
//! a task may poll several futures side by side, each in a scope of its own, and the cancel of
//! one scope must not count for the scopes beside it. So a task counts all its cancels, and
//! how many of them its open scopes have asked for. Each scope counts its own.
//!
//! ```text
//!   concern a scope  =  all of the task  -  by its scopes  +  by this one and those around it
//! ```
//!
//! A cancel with an address needs no count: the deadline lets a cancel of the task, or of another
//! scope, go on outward. But the address holds only while code wants the cancel. If code calls
//! `uncancel` and no cancel of the task is left, each of them was taken back. Those that
//! are on their way still arrive, and those that a group holds still go on. But none *stands*
//! any more, and the counts alone decide about it:
//!
//! ```text
//!   cancel ──> count 1, handed on to the awaited task
//!   uncancel ─> count 0: it does not stand
//!   the deadline passes ──> count 1, handed on, too
//!   the awaited task ends ──> one cancel comes back. The deadline takes its own back, count 0,
//!                             as at its entry: the cancel is its own
//! ```
//!
//! So a task and a scope store when they were cancelled last: after how many such calls.
//!
//! Invariants:
//! 1. The `counted` of all scopes that count on a task add up to the task's `by_scopes`.
//! 2. The cancels of a scope count on the task that polls its region: they move with it. From a
//!    cancel that comes when that task has ended, they count on none, until the next task polls the
//!    region. A scope takes back its own cancels only.
//! 3. `concerning` looks at each scope around the given one, and at no other.
//! 4. A cancel stands until code has taken it back. A deadline or a group takes back its own cancel
//!    only: the other cancels stand.
//!
//! Read next: `cancel/gate.rs`.

use std::sync::Arc;

use groundup_interweave::trace::Verb;

use crate::cancel::state::CancelState;
use crate::cancel::{Cancels, Scope};
use crate::core::Core;
use crate::error::CancelAddress;
use crate::observe::Trace;
use crate::store::key::{Mark, REACHED};
use crate::store::slab::Name;
use crate::store::slot::Slot;
use crate::store::ticket::{ScopeTicket, Ticket};

impl Cancels {
    /// Counts a cancel on a task, stores its reason, and emits the event.
    pub(super) fn count(
        &self,
        (core, trace): (&Core, &Trace),
        (ticket, slot): (Ticket, &Slot),
        reason: Option<&Arc<str>>,
    ) {
        slot.mark(Mark::Asked, true);
        let mut rare = core.rare_mut(slot);
        rare.cancelling += 1;
        if !CancelState::of(slot).has(REACHED) && !rare.reason_stands {
            rare.reason = reason.cloned();
        }
        drop(rare);
        if slot.has(Mark::Observed) {
            let by = core.running_id();
            trace.emit(core, core.id_of(ticket), Verb::Cancel { by });
        }
    }

    /// Moves the counts of a scope to the task that polls its region now, or to none.
    #[cold]
    pub(super) fn move_counts(&self, core: &Core, scope: &mut Scope, to: Ticket) {
        let (from, moved) = (scope.counts_on, scope.counted);
        if from == to {
            return;
        }
        scope.counts_on = to;
        scope.asked_after = taken_back(core, to);
        self.count_by_scopes(core, from, |count| count - moved);
        self.count_all(core, from, |count| count.saturating_sub(moved));
        self.count_by_scopes(core, to, |count| count + moved);
        self.count_all(core, to, |count| count + moved);
        if let Some(slot) = core.slot_of(to) {
            slot.mark(Mark::Asked, true);
        }
    }

    /// Counts a cancel for a scope whose region is in this task, or in none. The task has counted it.
    pub(super) fn count_of_scope(&self, core: &Core, scope: ScopeTicket, on: Ticket) {
        if let Some(mut scope) = self.scope(scope) {
            self.move_counts(core, &mut scope, on);
            scope.counted += 1;
            scope.asked_after = taken_back(core, on);
        }
        self.count_by_scopes(core, on, |count| count + 1);
    }

    /// Takes one cancel of a task back, for code that says so, and returns how many are left. With
    /// none left, all cancels of the task and of its scopes were taken back, wherever they are.
    pub(crate) fn uncancel_by_hand(&self, core: &Core, ticket: Ticket) -> u32 {
        let slot = core.slot_of(ticket);
        let counted = slot.and_then(|slot| core.rare(slot, |rare| rare.cancelling));
        if let (Some(slot), Some(1)) = (slot, counted) {
            let mut rare = core.rare_mut(slot);
            rare.taken_back = rare.taken_back.wrapping_add(1);
        }
        self.uncancel(core, ticket)
    }

    /// Takes one cancel of a scope back, if one counts.
    pub(crate) fn uncancel_scope(&self, core: &Core, scope: ScopeTicket) {
        if let Some(mut scope) = self.scope(scope).filter(|scope| scope.counted > 0) {
            scope.counted -= 1;
            let task = scope.counts_on;
            drop(scope);
            self.count_by_scopes(core, task, |count| count - 1);
            self.uncancel(core, task);
        }
    }

    /// Returns an address, or `ECHO` in its place if no code wants its cancel any more: since it was
    /// asked for last, `uncancel` has left no cancel of the task.
    pub(crate) fn standing(&self, core: &Core, address: CancelAddress) -> CancelAddress {
        let asked = match (address.scope(), Ticket::from_bits(address.0)) {
            _ if !address.is_known() => None,
            (Some(scope), _) => {
                let scope = self.scope(scope);
                scope.map(|scope| (scope.counts_on, scope.asked_after))
            }
            (None, task) => {
                let asked = |slot| core.rare(slot, |rare| (task, rare.asked_after));
                core.slot_of(task).and_then(asked)
            }
        };
        match asked {
            Some((task, asked_after)) if asked_after != taken_back(core, task) => {
                CancelAddress::ECHO
            }
            _ => address,
        }
    }

    /// Returns how many cancels of the task concern a scope: all but the cancels of other scopes
    /// of the task that are not around it. Looks at each scope around this one, and at no other.
    pub(crate) fn concerning(&self, core: &Core, scope: ScopeTicket) -> u32 {
        let ticket = self.task_of_scope(scope).unwrap_or(core.current());
        let counts = |slot| core.rare(slot, |rare| (rare.cancelling, rare.by_scopes));
        let (all, by_scopes) = core.slot_of(ticket).and_then(counts).unwrap_or((0, 0));
        if all == 0 || by_scopes == 0 {
            return all;
        }
        let beside = by_scopes - self.counted_around(scope.position(), ticket);
        all.saturating_sub(beside)
    }

    /// Returns how many cancels of a scope and of those around it count on a task.
    fn counted_around(&self, number: u32, ticket: Ticket) -> u32 {
        let mut sum = 0;
        let add = |_, scope: &mut Scope| {
            sum += u32::from(scope.counts_on == ticket) * scope.counted;
            None::<()>
        };
        self.way_out(number, add);
        sum
    }

    /// Visits a scope and those around it, outward, and returns the first `Some` of `found`.
    pub(super) fn way_out<R>(
        &self,
        mut number: u32,
        mut found: impl FnMut(u32, &mut Scope) -> Option<R>,
    ) -> Option<R> {
        // A number may belong to another scope by now, so the way outward may be a circle.
        let question = self.look();
        loop {
            let mut scope = self.own_scope(number)?;
            if std::mem::replace(&mut scope.seen, question) == question {
                return None;
            }
            let found = found(number, &mut scope);
            self.look();
            if found.is_some() {
                return found;
            }
            number = scope.around;
        }
    }

    /// Changes how many of a task's cancels its scopes count; does nothing for no ticket.
    pub(super) fn count_by_scopes(&self, core: &Core, ticket: Ticket, change: impl Fn(u32) -> u32) {
        if let Some(slot) = core.slot_of(ticket) {
            let mut rare = core.rare_mut(slot);
            rare.by_scopes = change(rare.by_scopes);
        }
    }

    /// Changes how many cancels a task counts; does nothing for no ticket.
    fn count_all(&self, core: &Core, ticket: Ticket, change: impl Fn(u32) -> u32) {
        if let Some(slot) = core.slot_of(ticket) {
            let mut rare = core.rare_mut(slot);
            rare.cancelling = change(rare.cancelling);
        }
    }

    /// Counts a look at a task, a promise or a scope; returns a number that no other look has.
    pub(super) fn look(&self) -> u64 {
        self.looks.set(self.looks.get() + 1);
        self.looks.get()
    }

    /// Returns how many looks were counted.
    pub(crate) fn looks(&self) -> u64 {
        self.looks.get()
    }
}

/// Returns how often `uncancel` has left no cancel of a task.
fn taken_back(core: &Core, task: Ticket) -> u32 {
    let slot = core.slot_of(task);
    let count = slot.and_then(|slot| core.rare(slot, |rare| rare.taken_back));
    count.unwrap_or(0)
}
