//! Who polls: a task of this loop, or a waker from elsewhere.
//!
//! The problem: a primitive that registers whoever polls it wants a ticket, eight
//! bytes, if that is a task of its own loop, and a waker else. Only the roof can read
//! a ticket out of a waker. So the roof reads a context once, and what is beneath
//! gets this.
//!
//! Invariant: a ticket that is not 0 is one of the loop that the caller was read for.
//!
//! Read next: `locals.rs`, the first part above the core.

use std::task::Waker;

/// The task or executor that polls.
#[derive(Clone, Copy)]
pub(crate) struct Caller<'a> {
    ticket: u64,
    waker: &'a Waker,
}

impl<'a> Caller<'a> {
    /// A caller whose waker is one of this loop's, with its ticket, or, with 0, a
    /// foreign one.
    #[inline(always)]
    pub(crate) fn new(ticket: u64, waker: &'a Waker) -> Self {
        Caller { ticket, waker }
    }

    /// The ticket, if the waker is one of this loop's.
    #[inline(always)]
    pub(crate) fn ticket(self) -> Option<u64> {
        (self.ticket != 0).then_some(self.ticket)
    }

    /// Returns true if the waker is that of a ticket.
    #[inline(always)]
    pub(crate) fn is(self, ticket: u64) -> bool {
        self.ticket == ticket && ticket != 0
    }

    /// The waker itself.
    #[inline(always)]
    pub(crate) fn waker(self) -> &'a Waker {
        self.waker
    }
}
