//! Tracks the owner of a cancel, and returns a dropped cancel.
//!
//! The problem: in Python a cancel on its way is an exception, and an exception does not vanish
//! because a sibling was ready. Here the future that raises a caught cancel again is one of several
//! in a task. It may be dropped before a region or the end of the task has taken the cancel. So a
//! cancel has an *address*, the task or one scope, and an *owner*. An owner that is dropped
//! gives the cancel back to its address.
//!
//! ```text
//!   delivered ──> caught: Cancelled, with the address ──> user code: it is over
//!                    │ raise                │ hold (a group, until its children have ended)
//!                    v                      v
//!                   out, for one step     held ── raise ──> out
//!          caught <──┤ a region around      │  └── follow ──> pending, behind errors
//!           ended <──┤ the step suspends    │
//!      given back <──┴──── dropped ─────────┘
//! ```
//!
//! | address | the cancel is | given back |
//! |---|---|---|
//! | a task's ticket | a cancel of the task | pending; an idle task is cancelled anew |
//! | a scope's ticket | a cancel of a scope | requested again, if the scope is still open |
//! | `BY_HAND` | raised by hand, or the end of another task | to the task in which it was raised |
//! | `ECHO` | taken back, or a scope's own, counted together with another one | not at all |
//!
//! If a group returns errors while cancels count on its task, an echo follows the errors: in
//! asyncio the group cancels its task anew.
//!
//! A raised cancel is *out* until it is caught, given back, or ends its task: for one step at
//! most. This time is an *outing*, and `Cancels::outing` is the number of the present one. The
//! future that has raised stores the number of its outing. If `Cancels::outing` has another value,
//! the cancel is no longer out. So no list of the raising futures is needed. If several futures
//! have raised in one step, the last one that is dropped gives the cancel back for all.
//!
//! Invariants:
//! 1. A cancel is counted when it is asked for, and not again when it is given back.
//! 2. Giving a cancel back runs no code of the task: a running task gets a mark.
//! 3. Two cancels that meet go on as one, with the outer address: the task before a
//!    scope, a scope before the scopes in it.
//!
//! Read next: `cancel/forward.rs`.

use std::mem;

use crate::cancel::region::open_slot;
use crate::cancel::scope_state::ScopeMove;
use crate::cancel::state::{CancelMove, CancelState};
use crate::cancel::{Cancels, Next, Scope, gate};
use crate::core::Core;
use crate::error::CancelAddress;
use crate::store::key::{FOLLOWS, FORWARDED, Mark, PENDING, REACHED};
use crate::store::slab::Name;
use crate::store::slot::Slot;
use crate::store::ticket::{LOOP, SCOPE, ScopeTicket, Ticket};

impl From<Ticket> for CancelAddress {
    #[inline]
    fn from(task: Ticket) -> Self {
        CancelAddress(task.bits())
    }
}

impl From<ScopeTicket> for CancelAddress {
    #[inline]
    fn from(scope: ScopeTicket) -> Self {
        CancelAddress(scope.bits())
    }
}

impl CancelAddress {
    /// The cancel was raised by hand, or is the end of another task.
    const BY_HAND: CancelAddress = CancelAddress(0);
    /// No cancel is delivered or raised.
    const NONE: CancelAddress = CancelAddress::BY_HAND;
    /// The counts decide about it: it was taken back, or is a scope's own, counted with another.
    pub(crate) const ECHO: CancelAddress = CancelAddress(1);

    /// Returns the ticket of the scope, if the address is one.
    pub(super) fn scope(self) -> Option<ScopeTicket> {
        (self.0 & LOOP == SCOPE).then_some(ScopeTicket::from_bits(self.0))
    }

    /// Returns true if the address is a task or a scope.
    pub(crate) fn is_known(self) -> bool {
        self.0 > CancelAddress::ECHO.0
    }
}

/// Delivery into the running step.
impl Cancels {
    /// Begins the delivery of a cancel with this address.
    pub(crate) fn begin_delivery(&self, address: CancelAddress) {
        self.delivering.set(address);
        gate::shut(true);
    }

    /// Begins the delivery of a cancel of a scope, or joins it to the one that is under way.
    #[cold]
    pub(crate) fn join_delivery(&self, core: &Core, scope: ScopeTicket) {
        match self.delivering.get() {
            CancelAddress::NONE => self.begin_delivery(scope.into()),
            other => self.delivering.set(self.outer(core, [other, scope.into()])),
        }
    }

    /// Begins the delivery of a cancel of the running task.
    #[cold]
    pub(crate) fn begin_task_delivery(&self, core: &Core, (ticket, slot): (Ticket, &Slot)) {
        let echo = slot.rare() != 0 && mem::take(&mut core.rare_mut(slot).echo);
        let own = || CancelAddress::from(ticket);
        self.begin_delivery(if echo { CancelAddress::ECHO } else { own() });
    }

    /// Returns true if a cancel is being delivered into the running step, and no region has
    /// taken it yet.
    #[inline]
    pub(crate) fn is_delivering(&self) -> bool {
        self.delivering.get() != CancelAddress::NONE
    }

    /// Ends the delivery, as the step is over; returns true if no region has taken the cancel.
    #[inline]
    pub(crate) fn end_delivery(&self) -> bool {
        let untaken = self.delivering.take() != CancelAddress::NONE;
        if untaken {
            gate::shut(self.raisers.get() != 0);
        }
        untaken
    }

    /// Catches, for a region, the cancel that was raised inside it and, if `delivered`, the one
    /// that is being delivered. Returns the address.
    pub(crate) fn catch(&self, core: &Core, slot: &Slot, delivered: bool) -> CancelAddress {
        let delivered = match delivered {
            true => self.delivering.take(),
            false => CancelAddress::NONE,
        };
        if self.raisers.get() == 0 {
            gate::shut(self.is_delivering());
            return delivered;
        }
        match (delivered, self.end_raised(slot)) {
            (CancelAddress::NONE, raised) => raised,
            (delivered, raised) => self.outer(core, [delivered, raised]),
        }
    }

    /// Returns true if the cancel that would be caught now is aimed at another scope.
    #[cold]
    pub(crate) fn aims_beyond(&self, scope: ScopeTicket) -> bool {
        let out = self.raisers.get() != 0;
        let address = match self.delivering.get() {
            CancelAddress::NONE if out => self.raised.get(),
            delivered => delivered,
        };
        address.scope().is_some_and(|other| other != scope)
    }
}

/// Raised cancels.
impl Cancels {
    /// Raises a cancel, for a future of the running task; returns the number of the outing.
    pub(crate) fn raise(&self, core: &Core, slot: &Slot, address: CancelAddress) -> u64 {
        slot.mark(Mark::Raised, true);
        let beside = |scope: ScopeTicket| !self.is_inside(scope.position());
        let address = match address.scope() {
            // Its region has caught it. Outside, no region of that scope is to catch it again.
            Some(scope) if beside(scope) => CancelAddress::BY_HAND,
            _ => address,
        };
        let raised = match self.raisers.get() {
            0 => address,
            _ => self.outer(core, [self.raised.get(), address]),
        };
        self.raised.set(raised);
        self.raisers.set(self.raisers.get() + 1);
        gate::shut(true);
        self.outing.get()
    }

    /// Returns true if a cancel that was raised in this outing is still out.
    #[inline]
    pub(crate) fn is_out(&self, outing: u64) -> bool {
        self.outing.get() == outing
    }

    /// Withdraws a raise whose future is dropped while the cancel is out. If no other future has
    /// raised, returns the address to give the cancel back to.
    pub(crate) fn withdraw(&self, slot: &Slot) -> Option<CancelAddress> {
        self.raisers.set(self.raisers.get() - 1);
        (self.raisers.get() == 0).then(|| self.end_raised(slot))
    }

    /// Ends the outing: its cancel was caught, is given back, or ends the task. Returns the
    /// address.
    pub(crate) fn end_raised(&self, slot: &Slot) -> CancelAddress {
        slot.mark(Mark::Raised, false);
        self.outing.set(self.outing.get() + 1);
        self.raisers.set(0);
        gate::shut(self.is_delivering());
        self.raised.take()
    }
}

/// Giving back.
impl Cancels {
    /// Gives a cancel back to its address, for an owner in task `task` that is dropped. With
    /// `follows` the task keeps the result that it ends with, and the cancel comes behind it.
    pub(crate) fn give_back(
        &self,
        core: &Core,
        task: Ticket,
        address: CancelAddress,
        follows: bool,
    ) -> Option<Next> {
        let address = self.standing(core, address);
        if address == CancelAddress::ECHO && !follows {
            return None;
        }
        if let Some(number) = address.scope() {
            if let Some(mut scope) = self.scope(number) {
                self.move_state(&mut scope, ScopeMove::Again);
                let change = match follows {
                    true => ScopeMove::Follow,
                    false => ScopeMove::Lead,
                };
                self.move_state(&mut scope, change);
            }
            return self.request_again(core, number);
        }
        let slot = core.slot_of(task).filter(|slot| !slot.is_done())?;
        if core.current() != task && !slot.is_scheduled() {
            return self.forward_or_reach(core, task);
        }
        let (echo, change) = match follows {
            true => (!address.is_known(), CancelMove::Follow),
            false => (false, CancelMove::SetPending),
        };
        let state = CancelState::of(slot);
        if echo && state.has(FOLLOWS) {
            return None; // one follows already
        }
        // A cancel that is on its way already comes with it.
        let alone = !state.has(PENDING | FORWARDED | REACHED);
        core.rare_mut(slot).echo = echo && alone;
        CancelState::apply(slot, change);
        None
    }

    /// Requests a cancel of a scope again in its region, in whichever task that is by now; does
    /// nothing if the scope is closed.
    pub(crate) fn request_again(&self, core: &Core, scope: ScopeTicket) -> Option<Next> {
        let mut asked = self.scope(scope)?;
        self.move_state(&mut asked, ScopeMove::Again);
        let task = asked.task();
        drop(asked);
        let request = (scope, open_slot(core, task));
        self.send_request(core, request, task, || self.is_inside(scope.position()))
    }

    /// The running task closes a scope while other cancels count. A cancel of the scope that
    /// still follows errors from inside leaves an echo, about which those counts decide.
    #[cold]
    pub(crate) fn leave_echo(&self, core: &Core, scope: ScopeTicket) {
        if self.scope(scope).is_some_and(|scope| scope.state.follows()) {
            let _ = self.give_back(core, core.current(), CancelAddress::ECHO, true);
        }
    }

    /// Returns the outer one of the addresses of two cancels that meet.
    pub(crate) fn outer(&self, core: &Core, both: [CancelAddress; 2]) -> CancelAddress {
        let [one, other] = both.map(|address| self.standing(core, address));
        match (one.scope(), other.scope()) {
            _ if one == CancelAddress::ECHO => other,
            _ if other == CancelAddress::ECHO => one,
            _ if !one.is_known() => other,
            _ if !other.is_known() => one,
            (None, _) => one,
            (_, None) => other,
            (Some(inner), Some(outer)) if self.is_around(outer, inner) => other,
            _ => one,
        }
    }

    /// Returns true if scope `outer` is around scope `inner`.
    fn is_around(&self, outer: ScopeTicket, inner: ScopeTicket) -> bool {
        let number = outer.position();
        let around = |other, scope: &mut Scope| (other == number).then_some(scope.own == outer);
        self.way_out(inner.position(), around) == Some(true)
    }

    /// Returns true if the future that is polled now is in the region of a scope.
    fn is_inside(&self, number: u32) -> bool {
        let inside = self.inside.get();
        let around = |other, _: &mut Scope| (other == number).then_some(());
        self.scope(inside).is_some() && self.way_out(inside.position(), around).is_some()
    }
}
