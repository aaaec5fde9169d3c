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
//! Read next: `run/moving.rs`.

use std::mem::ManuallyDrop;
use std::task::{Context, RawWaker, RawWakerVTable, Waker};

use crate::mailbox::remote;
use crate::run::Scheduler;
use crate::run::waker::{ticket_of, waker_of};
use crate::store::ticket::Ticket;
use crate::wait::listed::is_listed;

static LISTED: RawWakerVTable =
    RawWakerVTable::new(|data| RawWaker::new(data, &LISTED), wake, wake, |_| ());

/// Lists the future of a waker, and wakes the owner of the list.
fn wake(data: *const ()) {
    let ticket = Ticket::from_bits(data.addr() as u64);
    if Scheduler::peek(|scheduler| scheduler.woken_lists.wake_plain(ticket)) != Some(true) {
        wake_slow(ticket);
    }
}

#[cold]
#[inline(never)]
fn wake_slow(ticket: Ticket) {
    let list = |scheduler: &Scheduler| {
        let here = scheduler.core.loop_field() == ticket.loop_field();
        here.then(|| scheduler.woken_lists.wake(ticket))
    };
    match Scheduler::peek(list).flatten() {
        Some(None) => {}
        Some(Some(owner)) => owner.wake(),
        None => remote::wake(ticket),
    }
}

/// Makes the waker of a listed future. It owns nothing, so its drop is left out.
#[inline]
pub(crate) fn listed_waker(ticket: Ticket) -> ManuallyDrop<Waker> {
    ManuallyDrop::new(waker_of(ticket, &LISTED))
}

impl Scheduler {
    /// Redeems the ticket of a listed future that came through the mailbox; returns false if it is
    /// none.
    pub(in crate::run) fn wake_listed(&self, ticket: Ticket) -> bool {
        if is_listed(ticket) && ticket.loop_field() == self.core.loop_field() {
            if let Some(owner) = self.woken_lists.wake(ticket) {
                owner.wake();
            }
            return true;
        }
        false
    }

    /// Returns true if a context has a waker of this loop, of a task or of a listed future. A call of
    /// such a waker reaches its task when the loop runs, and not before.
    pub(crate) fn is_own(&self, cx: &Context<'_>) -> bool {
        let waker = cx.waker();
        let listed = std::ptr::eq(waker.vtable(), &LISTED);
        let ticket = match listed {
            true => Some(Ticket::from_bits(waker.data().addr() as u64)),
            false => ticket_of(cx),
        };
        ticket.is_some_and(|ticket| ticket.loop_field() == self.core.loop_field())
    }
}
