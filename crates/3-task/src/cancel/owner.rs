//! Owners: who holds a cancel, and where it goes when that is dropped.
//!
//! The problem: in Python a cancel that is on its way is an exception, and an exception
//! does not vanish because something beside it was ready. Here the future that lets a
//! cancel through is one of several in a task, and may be dropped before anybody has
//! taken it. So a cancel has an *address*, the task or one scope, and an *owner*, and an
//! owner that is dropped gives it back to its address.
//!
//! ```text
//!   delivered ──> caught: Cancelled, with the address ──> the user's: it is over
//!                    │ raise                │ hold (a group, until its children have ended)
//!                    v                      v
//!                   out, for one step     held ── raise ──> out
//!          caught <──┤ a region around      │  └── follow ──> pending, behind errors
//!           ended <──┤ the step suspends    │
//!      given back <──┴──── dropped ─────────┘
//! ```
//!
//! | address | of | given back |
//! |---|---|---|
//! | a task's ticket | a cancel of the task | pending; at an idle task, delivered |
//! | a scope's ticket | a deadline, a group's own | requested again, if the scope is still open |
//! | `BY_HAND` | a raise by hand | to the task in which it was raised |
//! | `ECHO` | an own cancel that another one was counted with | not at all: that one comes |
//!
//! A group that tells errors while cancels count on its task lets an echo follow, as
//! asyncio's group asks its task anew (P06).
//!
//! A raised cancel is out for one step. The number of its outing, of which there is a new
//! one at each catch and each end, says whether it still is: no list is kept. Where several
//! futures have raised in one step, the last of them to be dropped gives back for all.
//!
//! Invariants:
//! 1. A cancel that is given back was counted when it was asked for, and is not again.
//! 2. Giving back calls nothing of the task's: a running task sees a mark.
//! 3. Two cancels that meet go on as one, with the outer address: the task before a
//!    scope, a scope before those in it.
//!
//! Read next: `cancel/deliver.rs`.

use std::mem;

use crate::cancel::scopes::place_of;
use crate::cancel::state::{CancelMove, CancelState};
use crate::cancel::{Cancels, Next, Scope, gate};
use crate::core::Core;
use crate::error::CancelAddress;
use crate::store::key::{FOLLOWS, Mark, PENDING};
use crate::store::slot::Slot;
use crate::store::ticket::{LOOP, WATCHED};

impl CancelAddress {
    /// Raised by hand, or the end of another task.
    const BY_HAND: CancelAddress = CancelAddress(0);
    /// Counts decide about it further out.
    pub(crate) const ECHO: CancelAddress = CancelAddress(1);

    /// The ticket of the scope that it is, if it is one.
    fn scope(self) -> Option<u64> {
        (self.0 & LOOP == WATCHED).then_some(self.0)
    }

    /// Returns true if it is a task or a scope.
    pub(crate) fn is_known(self) -> bool {
        self.0 > CancelAddress::ECHO.0
    }
}

/// A delivery into the running step.
impl Cancels {
    /// Begins one, of a cancel with this address.
    pub(crate) fn begin_delivery(&self, address: u64) {
        self.delivering.set(address);
        gate::shut(true);
    }

    /// A cancel of a scope is due in its region: it begins a delivery, or goes with the one
    /// that is under way.
    #[cold]
    pub(crate) fn join_delivery(&self, scope: u64) {
        match self.delivering.get() {
            0 => self.begin_delivery(scope),
            other => {
                let outer = self.outer(CancelAddress(other), CancelAddress(scope));
                self.delivering.set(outer.0);
            }
        }
    }

    /// Begins one, of a cancel of the running task.
    #[cold]
    pub(crate) fn begin_task_delivery(&self, core: &Core, (ticket, slot): (u64, &Slot)) {
        let echo = slot.extra() != 0 && core.extra_mut(slot, |extra| mem::take(&mut extra.echo));
        self.begin_delivery(if echo { CancelAddress::ECHO.0 } else { ticket });
    }

    /// Returns true if a cancel is delivered into the running step, and no region has
    /// taken it yet.
    #[inline]
    pub(crate) fn is_delivering(&self) -> bool {
        self.delivering.get() != 0
    }

    /// The step is over; returns true if no region has taken what was delivered into it.
    #[inline]
    pub(crate) fn end_delivery(&self) -> bool {
        let untaken = self.delivering.replace(0) != 0;
        if untaken {
            gate::shut(self.raisers.get() != 0);
        }
        untaken
    }

    /// A region catches what was raised inside it and, if `delivered`, what was delivered.
    pub(crate) fn catch(&self, slot: &Slot, delivered: bool) -> CancelAddress {
        let delivered = match delivered {
            true => self.delivering.replace(0),
            false => 0,
        };
        if self.raisers.get() == 0 {
            gate::shut(self.is_delivering());
            return CancelAddress(delivered);
        }
        match (delivered, self.end_raised(slot)) {
            (0, raised) => raised,
            (delivered, raised) => self.outer(CancelAddress(delivered), raised),
        }
    }

    /// Returns true if what would be caught now is aimed at another scope than this one.
    #[cold]
    pub(crate) fn aims_beyond(&self, scope: u64) -> bool {
        let out = self.raisers.get() != 0;
        let address = match self.delivering.get() {
            0 if out => self.raised.get(),
            delivered => delivered,
        };
        CancelAddress(address)
            .scope()
            .is_some_and(|aim| aim != scope)
    }
}

/// What was raised.
impl Cancels {
    /// A future of the running task raises a cancel; gives the number of the outing.
    pub(crate) fn raise(&self, slot: &Slot, address: CancelAddress) -> u64 {
        slot.mark(Mark::Raised, true);
        let beside = |scope| !self.is_inside(place_of(scope));
        let address = match address.scope() {
            // What its region has caught goes to no region of it any more.
            Some(scope) if beside(scope) => CancelAddress::BY_HAND,
            _ => address,
        };
        let raised = match self.raisers.get() {
            0 => address,
            _ => self.outer(CancelAddress(self.raised.get()), address),
        };
        self.raised.set(raised.0);
        self.raisers.set(self.raisers.get() + 1);
        gate::shut(true);
        self.outing.get()
    }

    /// Returns true if what was raised in an outing is still out.
    #[inline]
    pub(crate) fn is_out(&self, outing: u64) -> bool {
        self.outing.get() == outing
    }

    /// A future that has raised is dropped while that is out. Gives what is to be given
    /// back, if no other future has it out.
    pub(crate) fn withdraw(&self, slot: &Slot) -> Option<CancelAddress> {
        self.raisers.set(self.raisers.get() - 1);
        (self.raisers.get() == 0).then(|| self.end_raised(slot))
    }

    /// What is out has been caught or has ended the task; gives its address.
    pub(crate) fn end_raised(&self, slot: &Slot) -> CancelAddress {
        slot.mark(Mark::Raised, false);
        self.outing.set(self.outing.get() + 1);
        self.raisers.set(0);
        gate::shut(self.is_delivering());
        CancelAddress(self.raised.replace(0))
    }
}

/// Giving back.
impl Cancels {
    /// A cancel goes back to its address, for one that held it in this task. With `follows`
    /// it does not take the place of what the task ends with.
    pub(crate) fn give_back(
        &self,
        core: &Core,
        task: u64,
        address: CancelAddress,
        follows: bool,
    ) -> Option<Next> {
        if address == CancelAddress::ECHO && !follows {
            return None;
        }
        if let Some(number) = address.scope() {
            self.scope(number, |scope| scope.follows = follows);
            return self.request_again(core, number);
        }
        let slot = core.slot_of(task).filter(|slot| !slot.is_done())?;
        if core.current() != task && !slot.is_scheduled() {
            return self.deliver(core, task);
        }
        let (echo, step) = match follows {
            true => (!address.is_known(), CancelMove::Follow),
            false => (false, CancelMove::Mark),
        };
        let state = CancelState::of(slot);
        if echo && state.has(FOLLOWS) {
            return None; // one is on its way
        }
        // One that is pending goes behind the errors, too.
        core.extra_mut(slot, |extra| extra.echo = echo && !state.has(PENDING));
        CancelState::step(slot, step);
        None
    }

    /// A cancel of a scope is due in its region again; void, if the scope is closed.
    pub(crate) fn request_again(&self, core: &Core, scope: u64) -> Option<Next> {
        let number = place_of(scope);
        let task = self.scope(scope, |scope| {
            if !mem::replace(&mut scope.requested, true) {
                self.requests.set(self.requests.get() + 1);
            }
            scope.forwarded = 0;
            scope.task(core)
        })?;
        let slot = core.slot_of(task).filter(|slot| !slot.is_done())?;
        if core.current() != task {
            return self.aim(core, number);
        }
        // A region that is being polled sees it when it suspends, another one in one more
        // step.
        self.may_be_revoked(core, number, slot);
        if self.is_inside(number) {
            return None;
        }
        let waker = self.set_waker(scope, None);
        Some(waker.map_or(Next::Wake(task), Next::WakeForeign))
    }

    /// A scope is closed by the running task, while other cancels count. Its own, if it still
    /// follows errors that were told inside, leaves an echo, about which those decide.
    #[cold]
    pub(crate) fn leave_echo(&self, core: &Core, scope: u64) {
        let follows = |scope: &mut Scope| scope.requested && scope.follows;
        if self.scope(scope, follows) == Some(true) {
            let _ = self.give_back(core, core.current(), CancelAddress::ECHO, true);
        }
    }

    /// The outer one of the addresses of two cancels that meet.
    pub(crate) fn outer(&self, one: CancelAddress, other: CancelAddress) -> CancelAddress {
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

    /// Returns true if a scope is around another one.
    fn is_around(&self, outer: u64, inner: u64) -> bool {
        let number = place_of(outer);
        let around = |other, scope: &mut Scope| (other == number).then_some(scope.own == outer);
        self.way_out(place_of(inner), around) == Some(true)
    }

    /// Returns true if what is polled now is in the region of a scope.
    fn is_inside(&self, number: u32) -> bool {
        let here = self.scope(self.inside.get(), |scope| place_of(scope.own));
        let around = |other, _: &mut Scope| (other == number).then_some(());
        here.and_then(|here| self.way_out(here, around)).is_some()
    }
}
