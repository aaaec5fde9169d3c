//! Makes the wakers of futures that stand in a list, and redeems them.
//!
//! The problem: the futures of a long `join` each need a waker (`wait/listed.rs`). It is a ticket, as the
//! waker of a task, and has another function table. So no code takes it for the waker of a task: a
//! future that waits under it waits as under the waker of another executor, and a cancel of its task
//! goes the way that it goes then.
//!
//! ```text
//!   on the loop's thread   the future is listed at once, and the owner is woken
//!   elsewhere              a message to the loop, which does the same when it collects its mail
//! ```
//!
//! Invariants: those of `run/waker.rs`, for the list in place of the task. A waker that outlives its
//! loop lists at most a future of a later loop, which is polled once for nothing.
//!
//! Read next: `run/waker/foreign.rs`, wakers of other executors.

use std::mem::ManuallyDrop;
use std::task::{Context, RawWaker, RawWakerVTable, Waker};

use crate::mailbox::remote;
use crate::run::Scheduler;
use crate::run::waker::{TABLE, waker_of};
use crate::store::ticket::Ticket;
use crate::wait::listed::{WokenLists, is_listed};

static LISTED: RawWakerVTable =
    RawWakerVTable::new(|data| RawWaker::new(data, &LISTED), wake, wake, |_| ());

/// Lists the future of a waker, and wakes the owner of the list.
fn wake(data: *const ()) {
    let ticket = Ticket::from_bits(data.addr() as u64);
    let wake = |scheduler: &Scheduler| {
        let owner = scheduler.woken_lists.wake(ticket)?;
        // Speed: unordered. The usual wake of the owner takes no second look at the loop.
        let woken = owner == Ticket::NONE || scheduler.core.wake_plain(owner);
        Some((!woken).then_some(owner))
    };
    match Scheduler::peek(wake).flatten() {
        Some(None) => {}
        Some(Some(owner)) => Scheduler::wake_ticket(owner),
        None => wake_elsewhere(ticket),
    }
}

/// Sends the wake to its loop, unless that is the loop of this thread, which knows no such future.
#[cold]
#[inline(never)]
fn wake_elsewhere(ticket: Ticket) {
    let here = |scheduler: &Scheduler| scheduler.core.loop_field() == ticket.loop_field();
    if Scheduler::peek(here) != Some(true) {
        remote::wake(ticket);
    }
}

/// Makes the waker of a listed future. It owns nothing, so its drop is left out.
#[inline]
pub(crate) fn listed_waker(ticket: Ticket) -> ManuallyDrop<Waker> {
    ManuallyDrop::new(waker_of(ticket, &LISTED))
}

/// Returns the ticket of the list whose waker this is, if it is the one of a listed future.
pub(super) fn list_of(waker: &Waker) -> Option<Ticket> {
    let listed = std::ptr::eq(waker.vtable(), &LISTED);
    listed.then(|| WokenLists::list(Ticket::from_bits(waker.data().addr() as u64)))
}

/// Returns the number in this context's waker. It is the ticket of a task only if it equals one: in a waker
/// of another crate it is an address, and the ticket of a listed future has a mark.
#[inline(always)]
pub(crate) fn number_in(cx: &Context<'_>) -> Ticket {
    Ticket::from_bits(cx.waker().data().addr() as u64)
}

impl Scheduler {
    /// Redeems the ticket of a listed future that came through the mailbox; returns false if it is
    /// none.
    pub(in crate::run) fn wake_listed(&self, ticket: Ticket) -> bool {
        if is_listed(ticket) && ticket.loop_field() == self.core.loop_field() {
            match self.woken_lists.wake(ticket) {
                Some(Ticket::NONE) => {}
                Some(owner) => Scheduler::wake_ticket(owner),
                None => self.woken_lists.close_if_told(ticket),
            }
            return true;
        }
        false
    }

    /// Returns true if this loop has made the waker of the context, for a task or for a listed future.
    #[doc(hidden)] // for new primitives: `lowlevel` names it
    pub fn has_made_waker(&self, cx: &Context<'_>) -> bool {
        self.own_ticket(cx).is_some()
    }

    /// Returns the ticket in a context's waker, if it is a waker of this loop, of a task or of a listed
    /// future. A call of such a waker reaches its task when the loop runs, and not before.
    #[inline]
    pub(crate) fn own_ticket(&self, cx: &Context<'_>) -> Option<Ticket> {
        let (waker, table) = (cx.waker(), cx.waker().vtable());
        let own = std::ptr::eq(table, &TABLE) || std::ptr::eq(table, &LISTED);
        let ticket = Ticket::from_bits(waker.data().addr() as u64);
        (own && ticket.loop_field() == self.core.loop_field()).then_some(ticket)
    }
}
