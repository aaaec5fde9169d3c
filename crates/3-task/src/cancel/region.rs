//! Brings a cancel to its region, and finds the innermost region.
//!
//! The problem: a region is a future somewhere inside a task, and only a poll reaches it. So a
//! cancel of a scope is stored as a request in the scope. The task is woken, and the region
//! reads the request when it is polled.
//!
//! The innermost region catches a cancel, but only the futures know how they are nested. The
//! nesting shows while they are polled: a region that suspends sets a mark. If a region finds
//! the mark set behind the poll of its own future, there is a region further in.
//!
//! ```text
//!   enter   outside := marks so far; marks := none ──> poll what is inside
//!   leave   ended:      marks := outside (also if the future has panicked)
//!           suspended:  marks := outside and inside, and "a region was alive"
//! ```
//!
//! Invariants:
//! 1. A request ends at most one region.
//! 2. A region that is polled with a foreign waker is woken through that waker, also if the task
//!    in which it was polled has ended: another task may hold the region by now.
//! 3. A task or promise awaited in the region is cancelled first, and may refuse. If it ends as
//!    cancelled, the scope stores that at once: at the next poll the slot may be vacant.
//! 4. Each region stores what the futures in it await, apart from the futures beside it. So a
//!    cancel of its scope goes to the right task.
//! 5. A combinator that polls only its woken futures sets the mark for the regions in the others
//!    (`inside/unpolled.rs`). Marks of one step do not affect the next. A step begins by clearing the marks of the
//!    slot, and a region clears `Cancels::region` before it polls its future.
//! 6. While a cancel that was raised beside a region is out, the region does not poll its
//!    future, and its own request waits.
//!
//! Read next: `run.rs`, the scheduler.

use std::mem::ManuallyDrop;
use std::task::Waker;

use crate::cancel::forward::{adopt_reason, asks_for};
use crate::cancel::scope_state::{ScopeMove, ScopeState};
use crate::cancel::{Asker, Cancels, Next, Scope};
use crate::core::Core;
use crate::core::history::PutAside;
use crate::observe::Trace;
use crate::store::key::{Exit, Mark};
use crate::store::lender::Restored;
use crate::store::slab::Name;
use crate::store::slot::Slot;
use crate::store::ticket::{ScopeTicket, Ticket, WaitWord};
use crate::wait::open_target;

/// Holds the marks that futures before and around a region have left in this step. Its drop puts
/// them back when the future of the region has ended: by a value, or by a panic that other code of
/// the step may catch. All awaits inside have ended then, also the awaits of a task that was only
/// borrowed.
pub(crate) struct Outside<'a> {
    core: &'a Core,
    cancels: &'a Cancels,
    slot: &'a Slot,
    region: bool,
    waits: PutAside,
}

impl Drop for Outside<'_> {
    #[inline]
    fn drop(&mut self) {
        self.cancels.region.set(self.region);
        self.core.put_waits_back(self.slot, self.waits);
    }
}

/// A region that is polled.
impl Cancels {
    /// Returns true if a cancel is to be delivered into a region now: the task's, or the one of
    /// its scope. A request of the scope ends by this, and joins a delivery that is under way.
    #[inline]
    pub(crate) fn delivers_into(&self, core: &Core, ticket: ScopeTicket) -> bool {
        if self.requests.get() != 0
            && let Some(scope) = self.scope_due(core, ticket)
        {
            self.join_delivery(core, scope);
        }
        self.is_delivering()
    }

    /// Returns the ticket of a scope if its cancel is due in its region now. Clears the request if
    /// it is due, or if the awaited task or promise has caught the cancel. From now on the scope
    /// belongs to the running task, which may be another one than at its last poll.
    #[cold]
    fn scope_due(&self, core: &Core, ticket: ScopeTicket) -> Option<ScopeTicket> {
        let scope = self.scope(ticket)?;
        if !scope.state.is_requested() {
            return None;
        }
        let forwarded = scope.forwarded();
        drop(scope);
        let (due, answered) = match core.slot_of(forwarded) {
            None => (forwarded == Ticket::NONE, true),
            Some(target) => (target.exit() == Some(Exit::Cancelled), target.is_done()),
        };
        if answered && let Some(mut scope) = self.scope(ticket) {
            self.move_state(&mut scope, ScopeMove::End);
            self.move_to_task(core, &mut scope, core.current());
        }
        due.then_some(ticket)
    }

    /// Returns true if a region has suspended in the futures that were polled since `enter`.
    pub(crate) fn has_region_inside(&self) -> bool {
        self.region.get()
    }

    /// Takes the marks of this step out and returns them. The marks set from here on belong to
    /// the futures inside the region.
    #[inline]
    pub(crate) fn enter<'a>(&'a self, core: &'a Core, slot: &'a Slot) -> Outside<'a> {
        Outside {
            core,
            cancels: self,
            slot,
            region: self.region.replace(false),
            waits: core.put_waits_aside(slot),
        }
    }

    /// Begins to poll in the region of a scope. If this is the region's first poll (`fresh`), the
    /// scope stores the scope around it.
    #[inline]
    pub(crate) fn enter_scope(
        &self,
        ticket: ScopeTicket,
        fresh: bool,
    ) -> Restored<'_, ScopeTicket> {
        let around = self.inside.get().position();
        if fresh && let Some(mut scope) = self.scope(ticket) {
            scope.around = around;
        }
        Restored::after(&self.inside, ticket)
    }

    /// Sets the marks of a region that has suspended; returns true if a region is inside it.
    #[inline]
    pub(crate) fn leave_suspended(&self, outside: Outside<'_>) -> bool {
        let outside = ManuallyDrop::new(outside);
        outside.core.join_waits(outside.slot, outside.waits);
        self.pass_by(outside.slot)
    }

    /// Sets the mark of a region that stays suspended because it is not polled now.
    #[inline]
    pub(crate) fn pass_by(&self, slot: &Slot) -> bool {
        slot.mark(Mark::Region, true);
        self.region.replace(true)
    }

    /// Stores the task and the wait word of a region that has suspended. Returns true if a cancel
    /// came while the region ran: [`forward_or_reach_in_scope`](Self::forward_or_reach_in_scope) delivers it now.
    /// `foreign` is the waker of the poll, unless that is the task's own.
    #[inline(always)]
    pub(crate) fn scope_suspended(
        &self,
        core: &Core,
        scope: ScopeTicket,
        wait: WaitWord,
        foreign: Option<&Waker>,
    ) -> bool {
        let ticket = core.current();
        let mut kept = false;
        if let Some(mut scope) = self.scope(scope) {
            self.move_to_task(core, &mut scope, ticket);
            scope.wait = wait;
            kept = scope.waker.is_some();
        }
        if foreign.is_some() || kept {
            drop(self.set_waker(scope, foreign));
        }
        let ready = |state: ScopeState| state.is_requested() && !state.is_forwarded();
        self.requests.get() != 0 && self.scope(scope).is_some_and(|scope| ready(scope.state))
    }

    /// Moves a scope to the task that polls its region, with the cancels that it counts.
    #[inline(always)]
    fn move_to_task(&self, core: &Core, scope: &mut Scope, ticket: Ticket) {
        if scope.state != ScopeState::Uncalled {
            self.move_counts(core, scope, ticket);
            asks_for(core, scope, ticket);
        }
        scope.ticket = ticket;
    }

    /// Sets the waker of the region, none if the task itself polls it. Returns the waker before,
    /// if it was another.
    #[cold]
    pub(super) fn set_waker(&self, scope: ScopeTicket, waker: Option<&Waker>) -> Option<Waker> {
        if let Some(scope) = self.scope(scope)
            && let (Some(known), Some(waker)) = (&scope.waker, waker)
            && known.will_wake(waker)
        {
            return None;
        }
        // If the scope is closed by now, the clone is dropped here, while nothing is borrowed.
        let waker = waker.cloned();
        std::mem::replace(&mut self.scope(scope)?.waker, waker)
    }
}

/// The way of a cancel to its region.
impl Cancels {
    /// Cancels a scope.
    pub(crate) fn ask_scope(
        &self,
        (core, trace): (&Core, &Trace),
        scope: ScopeTicket,
    ) -> Option<Next> {
        let mut asked = self.scope(scope)?;
        self.move_state(&mut asked, ScopeMove::Ask);
        let (task, fresh) = (asked.task(), asked.ticket == Ticket::NONE);
        drop(asked);
        let slot = open_slot(core, task);
        if let Some(slot) = slot {
            self.count((core, trace), (task, slot), None);
        }
        self.count_of_scope(core, scope, slot.map_or(Ticket::NONE, |_| task));
        self.send_request(core, (scope, slot), task, || fresh)
    }

    /// Moves the request of a scope on its way. If the scope's task is running now, a region that
    /// is being polled (`here`) sees the request when it suspends. Any other region needs one more
    /// step. Without a slot the scope's task has ended: the task that holds the region now is not
    /// known, but a waker of the region reaches it. Without a waker, the region is polled anyway
    /// when it is first awaited there.
    pub(super) fn send_request(
        &self,
        core: &Core,
        (scope, slot): (ScopeTicket, Option<&Slot>),
        task: Ticket,
        here: impl FnOnce() -> bool,
    ) -> Option<Next> {
        let Some(slot) = slot else {
            return self.set_waker(scope, None).map(Next::WakeForeign);
        };
        if core.current() != task {
            return self.forward_or_reach_in_scope(core, scope.position());
        }
        self.may_be_revoked(core, scope.position(), (task, slot));
        if here() {
            return None;
        }
        let waker = self.set_waker(scope, None);
        Some(waker.map_or(Next::Wake(task), Next::WakeForeign))
    }

    /// Marks the cancel of a scope as revocable: it waits for the next step of this task, and has had
    /// no effect yet.
    pub(super) fn may_be_revoked(&self, core: &Core, number: u32, (task, slot): (Ticket, &Slot)) {
        if let Some(mut scope) = self.own_scope(number) {
            self.move_state(&mut scope, ScopeMove::SetPending);
        }
        core.rare_mut(slot).revocable.insert(task, number);
    }

    /// Moves a cancel of a scope to the task or promise that its region awaits, or else to the
    /// region itself.
    pub(crate) fn forward_or_reach_in_scope(&self, core: &Core, number: u32) -> Option<Next> {
        let mut scope = self.own_scope(number)?;
        let alone = scope.hidden.strong_count() == 0;
        let (ticket, wait, waker) = (scope.ticket, scope.wait, scope.waker.take());
        drop(scope);
        if let Some(waker) = waker {
            return Some(Next::WakeForeign(waker));
        }
        let slot = core.slot_of(ticket)?;
        if slot.is_scheduled() {
            adopt_reason(core, slot, slot.wait().awaited(core).unwrap_or_default());
            self.may_be_revoked(core, number, (ticket, slot));
            return None;
        }
        self.move_state(&mut *self.own_scope(number)?, ScopeMove::Go);
        let Some((awaited, target)) = open_target(core, ticket, wait).filter(|_| alone) else {
            slot.mark(Mark::Asked, true);
            core.rare_mut(slot).reason_stands = true;
            return Some(Next::Wake(ticket));
        };
        let mut scope = self.own_scope(number)?;
        let before = scope.forwarded() == awaited;
        self.move_state(&mut scope, ScopeMove::Forward);
        scope.forwarded_to = awaited;
        drop(scope);
        target.mark(Mark::Asked, true);
        core.rare_mut(target).asked_by.insert(ticket, number);
        let asker = Asker {
            ticket,
            scope: number,
            before,
        };
        Some(Next::Cancel(asker, awaited, None))
    }
}

/// Returns the slot of a task that has not ended.
pub(super) fn open_slot(core: &Core, task: Ticket) -> Option<&Slot> {
    core.slot_of(task).filter(|slot| !slot.is_done())
}
