//! Ends a task, a callback or a promise, and notifies its waiters.
//!
//! The problem: several waiters must learn of an end, in the order in which they registered,
//! and no waiter may run before the next round. The value stays in the slot until a handle takes
//! it. If no handle is left, the slot is freed at once, and a failure that no code has seen is kept
//! for a report.
//!
//! ```text
//!   complete ─┬ 1 wakes ──────────────────> the waiter in the slot, if it is a task
//!             │   or posts a notice for ──> the waiter in the slot, if it is a group
//!             ├ 2 in order, for each ─────> the waiters in the list: wakes a task or a foreign
//!             │                             waker, schedules a callback, also one that notifies
//!             │                             a group, ends a proxy (a task's handle for an
//!             │                             awaitable that is no task)
//!             └ 3 if no handle is left,
//!                 calls ──────────────────> abandon: reports an unseen failure, frees the slot
//! ```
//!
//! Invariants:
//! 1. The future of a task is dropped before any waiter learns that the task is done.
//! 2. No waiter runs here. Foreign wakers are called, and may panic.
//! 3. The drop of a value may drop the last handle of the next one, and so on: a chain of any
//!    length is dropped with at most 64 drops inside each other, also if one drop panics.
//! 4. A pending cancel wins over a value: the task counts as cancelled. A cancel that follows
//!    errors (`FOLLOWS` in `store/key.rs`) does not win.
//!
//! Read next: floor 4, `groundup-executor`, which knows the time. Second reading:
//! `run/unseen.rs`.

use std::rc::Rc;

use groundup_interweave::trace::{Access, Touched};

use crate::cancel::state::CancelState;
use crate::group::COALESCED;
use crate::run::Scheduler;
use crate::run::report::DROPPED;
use crate::store::key::{Exit, Mark, PENDING};
use crate::store::object::Root;
use crate::store::slot::Slot;
use crate::store::ticket::{Entry, Ticket};
use crate::store::waiters::Waiter;

impl Scheduler {
    /// Drops the future of a task, which is in the slot's box or on the stack of the caller. The
    /// drop may panic. If the task was cancelled, the panic of the drop becomes the outcome of the
    /// task. If the task has panicked before, its outcome stays, and the panic of the drop is reported.
    pub(super) fn drop_future(&self, slot: &Slot, root: &mut dyn Root) {
        if slot.has(Mark::Main) {
            root.clear();
        } else {
            drop_content(slot);
        }
    }

    /// Ends a task, a callback or a promise: notifies its waiters in the order in which they
    /// registered.
    #[inline]
    pub(crate) fn complete(self: &Rc<Self>, ticket: Ticket, slot: &Slot, how: Exit) {
        if slot.ends_plainly() {
            slot.end(how);
            self.notify_waiters(ticket, slot, how);
        } else {
            self.complete_rare(ticket, slot, how);
        }
    }

    /// Ends an occupant for which one task waits, wakes this task and returns true, if this needs no
    /// call. Otherwise returns false, and has changed nothing.
    // Speed: one_shot. The plain version is `complete`.
    #[inline(always)]
    pub(crate) fn complete_plainly(&self, slot: &Slot, how: Exit) -> bool {
        let woken = slot.ends_for_a_task() && self.core.wake_plain(slot.waiter());
        if woken {
            slot.end(how);
        }
        woken
    }

    /// Notifies the waiters of an occupant that has ended, and frees its slot if no handle is
    /// left. The caller has marked the occupant as ended, and has emitted the event.
    #[inline(always)]
    fn notify_waiters(self: &Rc<Self>, ticket: Ticket, slot: &Slot, how: Exit) {
        if slot.has_waiter() {
            self.notify_first(ticket, slot, how);
        }
        if slot.rare() != 0 {
            // The list is notified, and the slot freed, while the loop is held open.
            return self.notify_listed(ticket, slot, how);
        }
        if slot.has(Mark::Detached) {
            self.abandon(ticket, slot);
        }
    }

    /// Notifies the waiter in the slot: wakes a task, or posts a notice for a group that wants it.
    #[inline(always)]
    fn notify_first(&self, ticket: Ticket, slot: &Slot, how: Exit) {
        if !slot.has(Mark::Group) {
            // The ticket stays in the slot: there a report of a deadlock finds the task that a
            // promise has woken (`Slot::told`).
            self.wake(slot.waiter());
        } else if self.groups.note_end(&self.core, slot.group(), how) {
            self.core.push(Entry::notify_group(ticket));
        } else {
            slot.set_group(0);
        }
    }

    /// Ends an observed occupant, or a task with a pending or raised cancel.
    #[cold]
    fn complete_rare(self: &Rc<Self>, ticket: Ticket, slot: &Slot, how: Exit) {
        // The sink may drop the owner of the loop, which then closes when this call has ended.
        let _call = self.core.calls().begin();
        let how = self.exit_after_cancel(ticket, slot, how);
        let observed = slot.has(Mark::Observed);
        if observed && slot.has(Mark::Promise) {
            // The promise ends before the sink gets the event, so the sink can neither set nor
            // cancel it again.
            slot.end(how);
        } else {
            slot.mark(Mark::Ending, observed);
        }
        if slot.has(Mark::Group) {
            self.touch_group(slot.group().0, how);
        }
        let by = observed.then(|| self.emit_end(ticket, slot, how)).flatten();
        if !slot.is_of(ticket) {
            return; // the sink has dropped the last handle
        }
        if !slot.is_done() {
            slot.end(how);
        }
        match by {
            Some(by) => self.caused(by, || self.notify_waiters(ticket, slot, how)),
            None => self.notify_waiters(ticket, slot, how),
        }
        if observed
            && slot.is_of(ticket)
            && let Some(task) = slot.woken()
        {
            self.core.note_woken(task, ticket);
        }
    }

    /// Notes that the present entry ends as a member of a group. A coalesced group only counts the values.
    fn touch_group(&self, group: u32, how: Exit) {
        let access = match group & COALESCED != 0 && how == Exit::Returned {
            true => Access::Add,
            false => Access::Write,
        };
        self.core.touch(Touched::Group(group), Access::Add);
        self.core.touch(Touched::Ends(group), access);
    }

    /// Returns the exit of an occupant that ends with `how`. If a task has returned while a cancel was
    /// pending or raised, the cancel wins: this drops the value, and the task ends as cancelled.
    fn exit_after_cancel(&self, ticket: Ticket, slot: &Slot, how: Exit) -> Exit {
        let mut cancelled = CancelState::of(slot).has(PENDING);
        if slot.has(Mark::Raised) {
            // The future that raised the cancel was leaked: its drop would have given the cancel
            // back to the task or scope that was cancelled (`cancel/owner.rs`).
            self.cancels.end_raised(slot);
            cancelled = true;
        }
        if !cancelled || how != Exit::Returned || !slot.is_task() {
            return how;
        }
        let output = slot.content(|object| object.as_ref().get_ref().output_type());
        self.report_overtaken(ticket, slot, output.unwrap_or_default());
        self.keeping_reason(slot, || drop_content(slot));
        self.cancels.bring_back(&self.core, ticket, slot);
        Exit::Cancelled
    }

    /// Notifies the waiters in the list, in order, and frees the slot if no handle is left.
    #[cold]
    fn notify_listed(self: &Rc<Self>, ticket: Ticket, slot: &Slot, how: Exit) {
        // A foreign waker may drop the owner of the loop, which then closes when this call has ended.
        let _call = self.core.calls().begin();
        let waiters = std::mem::take(&mut self.core.rare_mut(slot).waiters);
        if !slot.has_waiter() {
            slot.set_waiter(waiters.first_task().unwrap_or(Ticket::NONE));
        }
        for waiter in waiters.take_all() {
            match waiter {
                Waiter::Ticket(ticket) => self.wake(ticket),
                Waiter::Group { group, member } => {
                    self.touch_group(group, how);
                    if self.groups.note_end(&self.core, (group, member), how) {
                        self.report_member(group, member, how);
                    }
                }
                Waiter::Proxy(proxy) => self.end_proxy(proxy, how, self.core.reason(slot)),
                Waiter::Callback(callback, locals) => self.schedule_done(callback, locals),
                Waiter::Waker(waker) => self.wake_foreign(waker.into_waker()),
            }
        }
        if slot.has(Mark::Detached) {
            self.abandon(ticket, slot);
        }
    }

    /// Frees the slot of an occupant that has no handle left: a done one, or a promise. Reports
    /// a failure that no code has seen.
    #[inline]
    pub(crate) fn abandon(&self, ticket: Ticket, slot: &Slot) {
        if slot.failed_unseen() || slot.has(Mark::Observed) || slot.rare() != 0 {
            return self.abandon_rare(ticket, slot);
        }
        self.vacate(ticket, slot);
    }

    #[cold]
    fn abandon_rare(&self, ticket: Ticket, slot: &Slot) {
        self.report_error(ticket, slot);
        if !slot.is_of(ticket) {
            return; // the error's `Debug` or drop has closed the loop
        }
        self.report_unseen(ticket, slot);
        let event = self.drop_event(ticket, slot);
        self.vacate(ticket, slot);
        self.emit_dropped(event);
    }

    /// Abandons an occupant whose last handle was dropped. Its value may hold the last handle
    /// of the next one, and so on. From a depth of 64 drops on, an occupant waits in a list
    /// until those before it are dropped.
    #[inline]
    pub(crate) fn abandon_bounded(&self, ticket: Ticket, slot: &Slot) {
        // Speed: one_shot. Where nothing is dropped, no drop is nested.
        if !slot.holds_nothing() || slot.rare() != 0 || slot.has(Mark::Group) {
            return self.abandon_deeper(ticket, slot);
        }
        if slot.has(Mark::Observed) || !self.core.free_with_box(ticket, slot) {
            self.abandon(ticket, slot);
        }
    }

    #[inline(never)]
    fn abandon_deeper(&self, ticket: Ticket, slot: &Slot) {
        let depth = self.drop_depth.get();
        if depth == DEEP {
            return self.drops_waiting.borrow_mut().push_back(ticket);
        }
        let _deeper = Deeper(self);
        self.drop_depth.set(depth + 1);
        self.abandon(ticket, slot);
    }

    /// Abandons the occupants in `drops_waiting`. The user's code has dropped one handle, and may
    /// be unwinding. So a panic of one of these further drops is reported, and does not reach that
    /// code.
    #[cold]
    fn drop_waiting(&self) {
        loop {
            let next = self.drops_waiting.borrow_mut().pop_front();
            let Some(ticket) = next else { break };
            if let Some(slot) = self.core.slot_of(ticket) {
                self.guard_idle(DROPPED, &mut || self.abandon(ticket, slot));
            }
        }
    }
}

/// Lends the box out of its slot, and drops the user's value in it.
#[cold]
fn drop_content(slot: &Slot) {
    if let Some(object) = slot.lend().object() {
        object.clear();
    }
}

/// Depth up to which last handles may be dropped, one inside the other.
const DEEP: u32 = 64;

/// Counts one level of nested drops of last handles, also if a panic ends the level. The guard of
/// the outermost level first drops the waiting occupants, and then lowers the depth: their drops
/// count from depth 1.
struct Deeper<'a>(&'a Scheduler);

impl Drop for Deeper<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.0.drop_depth.get() == 1 && !self.0.drops_waiting.borrow().is_empty() {
            self.0.drop_waiting();
        }
        self.0.drop_depth.set(self.0.drop_depth.get() - 1);
    }
}

#[cfg(test)]
#[path = "../../tests/unit/finish.rs"]
mod tests;
