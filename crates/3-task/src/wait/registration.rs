//! Registers a waiter at a task or a promise, and takes it back.
//!
//! The problem: nearly every task and every promise has exactly one waiter, a task of the same
//! loop. This must cost no more than to store its ticket. All other waiters (a second one, a
//! waker from elsewhere, one that leaves before the end) are in the list of `store/waiters.rs`.
//!
//! | await | registered | taken back |
//! |---|---|---|
//! | `promise.await`, `task_ref.ended()` | in the slot, if it is the first; else in the list | when its future is dropped |
//! | `task.await`, `&mut task`, each clone of one | in the slot, if it is the first; else in the list | when the handle is dropped |
//!
//! A registration that was not taken back costs its task at most one step for nothing. Each owner
//! stores the place of its registration, so that leaving needs no search.
//!
//! Invariants:
//! 1. The ticket in a slot came before all entries of the list, and is woken first.
//! 2. A wait that is polled again with another waker moves its registration to that waker, and
//!    keeps its place.
//! 3. A waker of the user's is cloned before the table is borrowed, and dropped after that.
//!
//! Read next: `wait/listed.rs`, the wakers of many futures in one task.

use crate::core::{Caller, Core};
use crate::store::hidden::ForeignWaker;
use crate::store::key::Mark;
use crate::store::slot::Slot;
use crate::store::ticket::{Ticket, WaitWord};
use crate::store::waiters::{Key, Waiter, Waiters};
use crate::wait::{add, add_to};

/// The place of a registration whose ticket stands in the slot itself.
const IN_SLOT: u64 = 1;

/// A ticket, and its slot.
type Awaited<'a> = (Ticket, &'a Slot);

/// Returns the caller's ticket, and adds the wait to the running task's word.
#[inline]
fn ticket_waiting(core: &Core, caller: Caller<'_>, on: Ticket) -> Option<Ticket> {
    let waiter = caller.ticket;
    if waiter == Ticket::NONE {
        return None;
    }
    if waiter == core.current() {
        add(core, on.into());
    }
    Some(waiter)
}

/// Registers an await of the running task as the first one for the occupant and returns true, if this
/// needs no call. Otherwise returns false, and has changed nothing.
// Speed: one_shot. The plain version is `register`.
#[inline(always)]
pub(crate) fn register_plainly(
    core: &Core,
    (ticket, slot): Awaited<'_>,
    running: Ticket,
    place: &mut u64,
) -> bool {
    let first = *place == 0 && !slot.has_waiter() && slot.rare() == 0;
    if first {
        add_to(core, running, ticket.into());
        slot.set_waiter(running);
        *place = IN_SLOT;
    }
    first
}

/// Registers an await; `place` is the place of its registration, 0 at first, which the
/// handle or the future stores. Returns the task whose registration it was before, if that was
/// another one and a cancel may have been handed on for it; else none.
#[inline]
#[must_use = "the other task has lost its wait"]
pub(crate) fn register(
    core: &Core,
    (ticket, slot): Awaited<'_>,
    caller: Caller<'_>,
    place: &mut u64,
) -> Ticket {
    // While a cancel asks for the end of the occupant, a wait that changes its task gives it back.
    let again = *place == IN_SLOT && !slot.has(Mark::Asked);
    let first = again || (*place == 0 && !slot.has_waiter() && core.no_more_waiters(slot));
    if first && let Some(waiter) = ticket_waiting(core, caller, ticket) {
        slot.set_waiter(waiter);
        *place = IN_SLOT;
        return Ticket::NONE;
    }
    register_more(core, (ticket, slot), caller, place)
}

/// Registers in the list; `place` is the place of the registration, 0 at first. A registration in the slot
/// stays there, unless it is polled with a foreign waker now.
#[cold]
fn register_more(
    core: &Core,
    (ticket, slot): Awaited<'_>,
    caller: Caller<'_>,
    place: &mut u64,
) -> Ticket {
    let here = ticket_waiting(core, caller, ticket);
    if *place == IN_SLOT {
        let before = slot.set_waiter(here.unwrap_or_default());
        if here.is_none() {
            register_in_list(core, slot, caller, here, place);
        }
        return other(before, here);
    }
    let before = register_in_list(core, slot, caller, here, place);
    match before {
        Some(Waiter::Ticket(before)) => other(before, here),
        _ => Ticket::NONE, // a waker of the user's is dropped under no borrow
    }
}

/// Returns the ticket of the task before, if it is not the one that is registered now.
fn other(before: Ticket, here: Option<Ticket>) -> Ticket {
    let other = Some(before).filter(|before| here != Some(*before));
    other.unwrap_or_default()
}

/// Registers in the list; returns the waiter before, if it was another.
fn register_in_list(
    core: &Core,
    slot: &Slot,
    caller: Caller<'_>,
    here: Option<Ticket>,
    place: &mut u64,
) -> Option<Waiter> {
    let record = if here.is_none() {
        (caller.hidden_waits)(caller.waker)
    } else {
        None
    };
    let same = |waiters: &Waiters| match (waiters.get(*place), here) {
        (Some(Waiter::Waker(waker)), None) => waker.is(caller.waker, record.as_ref()),
        (Some(Waiter::Ticket(known)), Some(waiter)) => *known == waiter,
        _ => false,
    };
    if core.rare(slot, |rare| same(&rare.waiters)) == Some(true) {
        return None;
    }
    let foreign = || Waiter::Waker(ForeignWaker::new(caller.waker.clone(), record));
    let waiter = here.map_or_else(foreign, Waiter::Ticket);
    let (number, before) = core.rare_mut(slot).waiters.put(*place, waiter);
    *place = number;
    before
}

/// Takes a registration back; returns the ticket of its task, or none.
pub(crate) fn unregister(core: &Core, ticket: Ticket, slot: &Slot, place: u64) -> Ticket {
    let waiter = match place {
        IN_SLOT => slot.set_waiter(Ticket::NONE),
        _ if slot.rare() == 0 => Ticket::NONE,
        _ => {
            let left = core.rare_mut(slot).waiters.leave(place);
            match left {
                Some(Waiter::Ticket(waiter)) => waiter,
                _ => Ticket::NONE, // a waker of the user's is dropped under no borrow
            }
        }
    };
    // The word may have another wait of the same step: then it is `SEVERAL`, and stays so. Another wait
    // for this one thing may still be registered: of this step, or this one is of an earlier step.
    if let Some(running) = core
        .running()
        .filter(|running| running.wait() == ticket.into())
        && !is_registered(core, slot, core.current())
    {
        running.set_wait(WaitWord::NOTHING);
    }
    waiter
}

/// Returns true if a task is registered here, through any handle.
#[cold]
pub(crate) fn is_registered(core: &Core, slot: &Slot, waiter: Ticket) -> bool {
    let in_slot = slot.waiter() == waiter && !slot.has(Mark::Group);
    let key = Key::Ticket(waiter);
    let listed = || core.rare_mut(slot).waiters.holds(key);
    in_slot || (slot.rare() != 0 && listed())
}

#[cfg(test)]
#[path = "../../tests/unit/registration.rs"]
mod tests;
