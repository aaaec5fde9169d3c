//! Delivery: from the request to where the task waits, and back.
//!
//! The problem: a task that is cancelled may await another one, which awaits a third.
//! The cancel goes to the end of that chain, and comes back outward one iteration a
//! level as each of them ends (C05). Tasks may even await each other in a circle.
//!
//! ```text
//!   cancel(a)    a awaits b, b awaits c, c sleeps
//!                a: Forwarded   b: Forwarded   c: Delivered, woken
//!   iteration 1  c ends cancelled          -> b: Delivered, woken
//!   iteration 2  b ends cancelled          -> a: Delivered, woken
//! ```
//!
//! Invariants:
//! 1. Nothing here wakes, calls or drops: what is to be done is given back.
//! 2. A cancel ends at one place: a task that is woken, or marked since it will step
//!    anyway, or a promise that is asked.
//!
//! Read next: `cancel/aim.rs`.

use std::rc::Rc;

use groundup_interweave::trace::Verb;

use crate::cancel::scope::ticket_or_current;
use crate::cancel::state::{Answer, CancelMove, CancelState};
use crate::cancel::{Asker, Cancels, Next};
use crate::core::Core;
use crate::error::Cancelled;
use crate::observe::Trace;
use crate::store::key::Mark;
use crate::store::slot::Slot;
use crate::store::waiters::Waiter;
use crate::wait::Waits;

/// What a cancel looks at beside its own state.
#[derive(Clone, Copy)]
pub(crate) struct Beneath<'a> {
    /// Who lives where, and who runs.
    pub(crate) core: &'a Core,
    /// Who awaits what.
    pub(crate) waits: &'a Waits,
    /// Who is told.
    pub(crate) trace: &'a Trace,
}

impl Cancels {
    /// Asks a task to stop; `None` if it is done already.
    pub(crate) fn ask(
        &self,
        beneath: Beneath<'_>,
        ticket: u64,
        reason: Option<&Rc<str>>,
    ) -> Option<Next> {
        let core = beneath.core;
        let slot = core.slot_of(ticket)?;
        if slot.is_done() || slot.has(Mark::Callback) {
            return None;
        }
        self.count(beneath, ticket, slot, reason);
        if core.current() == ticket {
            CancelState::step(slot, CancelMove::Mark);
        } else if slot.is_scheduled() {
            // If it is about to learn of a cancel anyway, that one says why.
            came_back(core, slot);
            CancelState::step(slot, CancelMove::Mark);
        } else {
            return Some(self.deliver(beneath, ticket));
        }
        Some(Next::Nothing)
    }

    /// Takes one cancel back, and gives how many are left. With none left, one that
    /// was not delivered yet is not delivered (C10).
    pub(crate) fn uncancel(&self, core: &Core, ticket: u64) -> u32 {
        let slot = core.slot_of(ticket).filter(|slot| slot.extra() != 0);
        let Some(slot) = slot else { return 0 };
        let left = core.extra_mut(slot, |extra| {
            extra.cancelling = extra.cancelling.saturating_sub(1);
            extra.cancelling
        });
        if left == 0 {
            CancelState::step(slot, CancelMove::TakeBack);
            self.revoke(core, ticket, slot);
        }
        left
    }

    /// Counts a cancel on a task, keeps its reason, and tells the trace.
    pub(super) fn count(
        &self,
        beneath: Beneath<'_>,
        ticket: u64,
        slot: &Slot,
        reason: Option<&Rc<str>>,
    ) {
        let core = beneath.core;
        let delivered = CancelState::of(slot).is_delivered();
        slot.mark(Mark::Asked, true);
        let before = core.extra_mut(slot, |extra| {
            extra.cancelling += 1;
            let stands = delivered || extra.reason_stands;
            (!stands).then(|| std::mem::replace(&mut extra.reason, reason.cloned()))
        });
        drop(before);
        if slot.has(Mark::Observed) {
            let by = core.running_name();
            beneath
                .trace
                .emit(core, core.name_of(ticket), Verb::Cancel { by });
        }
    }

    /// Takes a cancel to where the task waits: to what it awaits, if that can be
    /// cancelled in its place, or to the task itself, which then steps.
    pub(crate) fn deliver(&self, beneath: Beneath<'_>, ticket: u64) -> Next {
        let core = beneath.core;
        let mut ticket = ticket;
        let mut passed = Vec::new();
        loop {
            let Some(slot) = core.slot_of(ticket) else {
                return Next::Nothing;
            };
            let Some((awaited, target)) = beneath.waits.awaited(core, slot) else {
                break;
            };
            // Tasks may await each other in a circle; then the last of it is woken.
            passed.push(ticket);
            if passed.contains(&awaited) {
                break;
            }
            let reason = core.reason(slot);
            let before = CancelState::of(slot).is_forwarded();
            CancelState::step(slot, CancelMove::Forward);
            if target.has(Mark::Promise) {
                let asker = Asker::Task { ticket, before };
                return Next::CancelPromise {
                    asker,
                    ticket: awaited,
                    reason,
                };
            }
            self.count(beneath, awaited, target, reason.as_ref());
            if core.current() == awaited || target.is_scheduled() {
                CancelState::step(target, CancelMove::Mark);
                return Next::Nothing;
            }
            ticket = awaited;
        }
        match core.slot_of(ticket) {
            Some(slot) => {
                CancelState::step(slot, CancelMove::Reach);
                Next::Wake(ticket)
            }
            None => Next::Nothing,
        }
    }

    /// What a cancel was handed on to has accepted it or not.
    pub(crate) fn answered(&self, core: &Core, asker: Asker, accepted: bool) {
        match asker {
            _ if accepted => {}
            Asker::Task { ticket, before } => {
                // It will end by itself; the cancel then wins over its value. An
                // earlier one that it had accepted may still come back.
                if let Some(slot) = core.slot_of(ticket) {
                    if !before {
                        CancelState::step(slot, CancelMove::Refuse);
                    }
                    CancelState::step(slot, CancelMove::Mark);
                }
            }
            Asker::Scope { before: true, .. } => {}
            Asker::Scope { number, ticket, .. } => {
                self.own_scope(number, |scope| scope.forwarded = 0);
                if let Some(slot) = core.slot_of(ticket) {
                    self.may_be_revoked(core, number, slot);
                }
            }
        }
    }

    /// Whether the cancel of a task is delivered into the step that begins, and the
    /// bits that stay.
    pub(crate) fn begin(&self, core: &Core, waits: &Waits, slot: &Slot) -> (CancelState, bool) {
        CancelState::of(slot).begin(|| {
            if came_back(core, slot) {
                Answer::Cancelled
            } else if waits.awaited(core, slot).is_some() {
                Answer::Out
            } else {
                Answer::Lost
            }
        })
    }

    /// A step has suspended that cancelled its own task: now there is a place (C09).
    pub(crate) fn deliver_own(&self, beneath: Beneath<'_>, ticket: u64, slot: &Slot) -> Next {
        if !CancelState::of(slot).is_pending() || slot.is_scheduled() {
            return Next::Nothing;
        }
        CancelState::step(slot, CancelMove::TakeBack);
        self.deliver(beneath, ticket)
    }

    /// The task or promise of this slot ends as cancelled: the cancels that were handed
    /// on to it come back to those who wait, also if the slot will be gone by the time
    /// they step.
    #[cold]
    pub(crate) fn bring_back(&self, core: &Core, ticket: u64, slot: &Slot) {
        if slot.extra() != 0 {
            let scopes = core.extra_mut(slot, |extra| std::mem::take(&mut extra.asked_by));
            self.bring_back_scopes(ticket, scopes);
        }
        let mut waiting = vec![slot.waiting_ticket()];
        core.extra(slot, |extra| {
            waiting.extend(extra.waiters.iter().filter_map(|waiter| match waiter {
                Waiter::Ticket(ticket) => Some(*ticket),
                _ => None,
            }));
        });
        for waiter in waiting {
            let Some(other) = core.slot_of(waiter) else {
                continue;
            };
            if CancelState::of(other).is_forwarded() && other.wait() == ticket {
                CancelState::step(other, CancelMove::ComeBack);
                copy_reason(core, slot, other);
            }
        }
    }

    /// The cancel of the task in `slot`, as a value.
    pub(crate) fn cancelled_here(&self, core: &Core, slot: &Slot) -> Cancelled {
        Cancelled {
            reason: core.reason(slot),
        }
    }

    /// The task that a cancel of a scope counts on.
    pub(super) fn task_of(&self, core: &Core, scope_ticket: u64) -> u64 {
        ticket_or_current(core, scope_ticket)
    }
}

/// A cancel was handed on, and what it was handed to has ended by it. What
/// that one said last is the reason now (C14).
pub(super) fn came_back(core: &Core, slot: &Slot) -> bool {
    let target = core.slot_of(slot.wait()).filter(|slot| slot.is_cancelled());
    let Some(target) = target else {
        return false;
    };
    copy_reason(core, target, slot);
    true
}

/// The reason of one cancel becomes that of another.
fn copy_reason(core: &Core, from: &Slot, to: &Slot) {
    let reason = core.reason(from);
    let before = core.extra_mut(to, |extra| std::mem::replace(&mut extra.reason, reason));
    drop(before);
}
