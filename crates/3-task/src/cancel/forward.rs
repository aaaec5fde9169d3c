//! Forwards a cancel to where its task waits, and brings it back.
//!
//! The problem: a cancelled task may await another task, which awaits a third. The cancel goes
//! to the end of this chain. It comes back one iteration per level, as each of the tasks ends.
//! Tasks may even await each other in a circle.
//!
//! ```text
//!   a awaits b, b awaits c, c sleeps         a            b            c
//!   iteration 5    a.cancel()                Forwarded    Forwarded    Reached, and woken
//!   iteration 6    c ends cancelled          Forwarded    Reached    ended
//!   iteration 7    b ends cancelled          Reached    ended
//!   iteration 8    a ends cancelled          ended
//! ```
//!
//! Invariant: a cancel stops at one task or promise: a task that is woken, a task that is only
//! marked because it will step anyway, or a promise that is cancelled.
//!
//! Read next: `cancel/path.rs`.

use std::sync::Arc;

use crate::cancel::hidden::has_hidden_waits;
use crate::cancel::path::Reply;
use crate::cancel::scope_state::ScopeMove;
use crate::cancel::state::{Answer, CancelMove, CancelState};
use crate::cancel::{Asker, Cancels, Next, Scope};
use crate::core::Core;
use crate::observe::Trace;
use crate::store::key::{Exit, FORWARDED, Mark};
use crate::store::slab::Name;
use crate::store::slot::Slot;
use crate::store::ticket::trees::ScopesOfTasks;
use crate::store::ticket::{ScopeTicket, Ticket, WaitWord};
use crate::store::waiters::Waiter;
use crate::wait::open_target;

impl Cancels {
    /// Cancels a task that is not done. `steps` is false in a loop that is being closed: there the
    /// task takes no more steps, and the awaited tasks and promises are closed by themselves.
    pub(crate) fn ask(
        &self,
        (core, trace): (&Core, &Trace),
        (ticket, slot): (Ticket, &Slot),
        reason: Option<&Arc<str>>,
        steps: bool,
    ) -> Option<Next> {
        self.count((core, trace), (ticket, slot), reason);
        let mut rare = core.rare_mut(slot);
        rare.echo = false;
        rare.asked_after = rare.taken_back;
        drop(rare);
        if core.current() != ticket && steps {
            if !slot.is_scheduled() {
                return self.forward_or_reach(core, ticket);
            }
            // If the awaited task has ended as cancelled, its reason replaces this one.
            adopt_reason(core, slot, slot.wait().awaited(core).unwrap_or_default());
        }
        CancelState::apply(slot, CancelMove::SetPending);
        None
    }

    /// Takes one cancel back, and returns how many are left. With none left, a cancel that waits
    /// for the task's next step is not delivered.
    pub(crate) fn uncancel(&self, core: &Core, ticket: Ticket) -> u32 {
        let slot = core.slot_of(ticket).filter(|slot| slot.rare() != 0);
        let Some(slot) = slot else { return 0 };
        let mut rare = core.rare_mut(slot);
        let left = rare.cancelling.saturating_sub(1);
        rare.cancelling = left;
        let revocable = match left {
            0 => std::mem::take(&mut rare.revocable),
            _ => ScopesOfTasks::default(),
        };
        drop(rare);
        if left == 0 {
            CancelState::apply(slot, CancelMove::TakeBack);
        }
        for number in revocable.into_numbers() {
            self.look();
            // The number may belong to a scope of another task by now.
            if let Some(mut scope) = self.own_scope(number)
                && scope.task() == ticket
            {
                self.move_state(&mut scope, ScopeMove::TakeBack);
            }
        }
        left
    }

    /// Forwards a cancel of an idle task to the awaited task or promise, which is cancelled first.
    /// If the task does not wait for this one alone, the cancel has reached the task itself, which
    /// then steps.
    pub(crate) fn forward_or_reach(&self, core: &Core, ticket: Ticket) -> Option<Next> {
        let slot = core.slot_of(ticket)?;
        let target = open_target(core, ticket, slot.wait());
        let Some((awaited, target)) = target.filter(|_| !has_hidden_waits(core, slot)) else {
            return self.reach(core, ticket);
        };
        target.mark(Mark::Asked, true);
        let asker = Asker {
            ticket,
            scope: 0,
            before: handed_on(core, slot, awaited),
        };
        CancelState::apply(slot, CancelMove::Forward);
        let mut rare = core.rare_mut(slot);
        rare.forwarded_to = awaited;
        let reason = rare.reason.clone();
        drop(rare);
        Some(Next::Cancel(asker, awaited, reason))
    }

    /// Ends the way of a cancel at this task, which awaits nothing that can take the cancel, and
    /// has it woken. If tasks await each other in a circle, the last of them is woken.
    pub(crate) fn reach(&self, core: &Core, ticket: Ticket) -> Option<Next> {
        CancelState::apply(core.slot_of(ticket)?, CancelMove::Reach);
        Some(Next::Wake(ticket))
    }

    /// Passes a reply to the task or scope that has asked.
    pub(crate) fn replied(&self, core: &Core, asker: &Asker, reply: Reply) -> Option<Next> {
        match reply {
            Reply::Accepted => None,
            Reply::Circle if asker.scope == 0 => self.reach(core, asker.ticket),
            Reply::Circle | Reply::Refused => {
                self.refused(core, asker);
                None
            }
        }
    }

    /// Takes note that the awaited task or promise has not accepted the cancel.
    fn refused(&self, core: &Core, asker: &Asker) {
        match (asker.scope, core.slot_of(asker.ticket)) {
            (0, Some(slot)) => {
                // The awaited task will end by itself, and then the cancel wins over its value. An
                // earlier cancel that it has accepted may still come back.
                if !asker.before {
                    CancelState::apply(slot, CancelMove::Refuse);
                }
                CancelState::apply(slot, CancelMove::SetPending);
            }
            (number, slot) if !asker.before => {
                if let Some(mut scope) = self.own_scope(number) {
                    self.move_state(&mut scope, ScopeMove::ComeBack);
                }
                if let Some(slot) = slot {
                    self.may_be_revoked(core, number, (asker.ticket, slot));
                }
            }
            _ => {}
        }
    }

    /// Ends the wait for a reply, for each waiter that has handed its cancel on to this task or
    /// promise, which ends as cancelled now: the cancel is the waiter's again. This cannot wait
    /// until the waiters step: the slot may be vacant by then.
    #[cold]
    pub(crate) fn bring_back(&self, core: &Core, ticket: Ticket, slot: &Slot) {
        let group = slot.has(Mark::Group);
        let mut waiting = vec![if group { Ticket::NONE } else { slot.waiter() }];
        if slot.rare() != 0 {
            let mut rare = core.rare_mut(slot);
            for waiter in rare.waiters.iter() {
                if let Waiter::Ticket(ticket) = waiter {
                    waiting.push(*ticket);
                }
            }
            let scopes = std::mem::take(&mut rare.asked_by);
            drop(rare);
            for number in scopes.into_numbers() {
                // From now on the cancel is due in the scope's own region. The number may
                // belong to another scope by now.
                if let Some(mut scope) = self.own_scope(number)
                    && scope.forwarded() == ticket
                {
                    self.move_state(&mut scope, ScopeMove::ComeBack);
                }
            }
        }
        for waiter in waiting {
            if let Some(other) = core.slot_of(waiter)
                && handed_on(core, other, ticket)
            {
                CancelState::apply(other, CancelMove::ComeBack);
                let reason = core.reason(slot);
                core.rare_mut(other).reason = reason;
            }
        }
    }

    /// Takes back the scopes of task `waiter` that have handed their cancel on to the awaited task
    /// or promise, and returns them: `waiter` awaits it no more, so their cancels are due again.
    pub(crate) fn scopes_that_asked(
        &self,
        core: &Core,
        waiter: Ticket,
        (awaited, target): (Ticket, &Slot),
    ) -> Vec<ScopeTicket> {
        let mut ours = Vec::new();
        for number in core.rare_mut(target).asked_by.take_of(waiter) {
            self.look();
            if let Some(scope) = self.own_scope(number)
                && scope.forwarded() == awaited
                && scope.ticket == waiter
            {
                ours.push(scope.own);
            }
        }
        ours
    }

    /// Takes back the cancel that a task has handed on to another one, which it awaits no more.
    pub(crate) fn leave_awaited(
        &self,
        core: &Core,
        waiter: Ticket,
        awaited: Ticket,
    ) -> Option<Next> {
        let slot = core.slot_of(waiter).filter(|slot| !slot.is_done())?;
        if !handed_on(core, slot, awaited) {
            return None;
        }
        CancelState::apply(slot, CancelMove::GiveBack);
        if core.current() == waiter || slot.is_scheduled() {
            return None;
        }
        CancelState::apply(slot, CancelMove::GoOn);
        if slot.wait() == awaited.into() {
            slot.set_wait(WaitWord::NOTHING);
        }
        self.forward_or_reach(core, waiter)
    }
}

/// Notes at the task or promise to which the cancel of a scope was handed on, that the region of the
/// scope is in another task now.
pub(super) fn asks_for(core: &Core, scope: &Scope, ticket: Ticket) {
    if scope.ticket != ticket
        && let Some(target) = core.slot_of(scope.forwarded())
    {
        let number = scope.own.position();
        let mut rare = core.rare_mut(target);
        rare.asked_by.remove(scope.ticket, number);
        rare.asked_by.insert(ticket, number);
    }
}

/// Returns the answer of the task or promise to which a task has handed its cancel on.
#[cold]
pub(crate) fn answer(core: &Core, slot: &Slot) -> Answer {
    let to = core
        .rare(slot, |rare| rare.forwarded_to)
        .unwrap_or_default();
    match core.slot_of(to) {
        Some(target) if !target.is_done() => Answer::Out,
        _ if adopt_reason(core, slot, to) => Answer::Cancelled,
        _ => Answer::Caught,
    }
}

/// Returns true if a task has handed its cancel on to `awaited`, and it has not come back.
pub(crate) fn handed_on(core: &Core, slot: &Slot, awaited: Ticket) -> bool {
    let to = |slot| core.rare(slot, |rare| rare.forwarded_to);
    CancelState::of(slot).has(FORWARDED) && to(slot) == Some(awaited)
}

/// Returns true if the awaited task or promise has ended as cancelled. The reason of that end
/// becomes the reason of the waiting task's cancel.
pub(super) fn adopt_reason(core: &Core, slot: &Slot, awaited: Ticket) -> bool {
    let ended = |slot: &&Slot| slot.exit() == Some(Exit::Cancelled);
    let Some(target) = core.slot_of(awaited).filter(ended) else {
        return false;
    };
    let reason = core.reason(target);
    core.rare_mut(slot).reason = reason;
    true
}
