//! The task that waits first, stored in its socket.
//!
//! The problem: nearly every wait is of one task, in the same socket, and for the same reason as the
//! wait before. The table of sources, the list of waiters and the table of reasons take more
//! instructions than the read itself. So a socket and its source share a place for one task, and the
//! number of its reason. Only the first wait of a socket takes the long way, on which the reason gets
//! its number.
//!
//! ```text
//!   first wait     table of sources ──> list of waiters ──> table of reasons: "data from .."
//!                                                             └─ number 5 ─> stays here
//!   later waits    the ticket of the task, here; and reason 5, in the slot of the task
//!   an event       takes the ticket out, and then the list
//! ```
//!
//! The place is for callers of `poll_read` and `poll_write` alone, since a future of an operation
//! leaves when it is dropped, and a place has one occupant.
//!
//! Invariants:
//! 1. A ticket comes in here only if its task takes a step of the loop on this thread.
//! 2. There is a number only while the reactor of the source is the driver of its loop. So a task of
//!    another loop, or of a loop that has another driver by now, takes the long way to its error.
//! 3. A ticket comes in only while no future waits. So the task here came before those in the list.
//!
//! Read next: `reactor/source.rs`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::task::Context;

use groundup_sync::task::{Entry, Scheduler, Ticket};

/// The place of the task that waits first for one way of a socket.
// Atomic as the readiness beside it, and for the same reason.
#[derive(Debug, Default)]
pub(super) struct FirstWaiter {
    /// The bits of the ticket, or 0.
    ticket: AtomicU64,
    /// One more than the number of the reason, or 0 while there is none.
    reason: AtomicU32,
}

impl FirstWaiter {
    /// Lets the running task wait here, if `cx` has its waker. Returns true if it did not wait before,
    /// and `None` if it cannot wait here.
    #[inline(always)]
    pub(super) fn wait(&self, any_waits: bool, cx: &Context<'_>) -> Option<bool> {
        let ticket = Scheduler::any_ticket_in(cx)?;
        let reason = self.reason.load(Relaxed).checked_sub(1)?;
        let is_new = !self.is(ticket);
        if is_new && any_waits {
            return None;
        }
        if !Scheduler::running_waits_for(cx, reason) {
            return None;
        }
        self.ticket.store(bits(ticket), Relaxed);
        Some(is_new)
    }

    /// Returns true if the task of this ticket waits here.
    #[inline]
    pub(super) fn is(&self, ticket: Ticket) -> bool {
        self.ticket.load(Relaxed) == bits(ticket)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ticket.load(Relaxed) == 0
    }

    /// Takes the ticket out.
    #[inline]
    pub(super) fn take(&self) -> Option<Ticket> {
        let bits = self.ticket.load(Relaxed);
        if bits == 0 {
            return None;
        }
        self.ticket.store(0, Relaxed);
        Some(Entry::from_bits(bits).ticket())
    }

    /// Sets or clears the number of the reason.
    pub(super) fn set_reason(&self, number: Option<u32>) {
        // A number that does not fit is no loss: each wait takes the long way then.
        let stored = number.map_or(0, |number| number.wrapping_add(1));
        self.reason.store(stored, Relaxed);
    }
}

#[inline]
fn bits(ticket: Ticket) -> u64 {
    Entry::from(ticket).bits()
}

/// The number of waiters of all sources of a reactor or a network. All its changes happen on the
/// thread of the loop.
#[derive(Clone, Debug, Default)]
pub(super) struct WaiterCount(Arc<AtomicUsize>);

impl WaiterCount {
    #[inline]
    pub(super) fn get(&self) -> usize {
        self.0.load(Relaxed)
    }

    #[inline]
    pub(super) fn set(&self, waiters: usize) {
        self.0.store(waiters, Relaxed);
    }
}
