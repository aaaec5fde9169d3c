//! Stores the scopes of a loop, and gives each a ticket of its own.
//!
//! The problem: a timer or another task that cancels a scope knows only its ticket, an integer.
//! So the state of a scope is an entry of a table, as the state of a task is in its slot. The
//! ticket may be kept for ever. So no ticket may be used twice, not after a billion scopes. Each
//! position of the table counts the scopes that were in it, and retires when its count has ended.
//!
//! ```text
//!   ticket of a scope   | 4095 : 12 | scopes in this position before : 26 | position : 26 |
//! ```
//!
//! A vacant position is known by the ticket of its next scope, so counting costs one addition when
//! a scope is closed.
//!
//! Invariants:
//! 1. No two scopes of a loop have the same ticket. Its price: a position, of about a hundred
//!    bytes, is lost whenever 67 million scopes have been in it.
//! 2. At most 67 million scopes are open at once.
//!
//! Read next: `cancel/state.rs`.

use crate::cancel::{Cancels, Scope};
use crate::store::slab::{Name, Slab};
use crate::store::ticket::{SCOPE, ScopeTicket};

/// Number of bits of a ticket that hold the position.
const POSITION_BITS: u32 = 26;
/// The bits of the position. Positions are numbered from 1, so that 0 can mean "none".
const POSITION: u64 = (1 << POSITION_BITS) - 1;
/// One step of the count. All bits above the count are set, so the addition overflows after
/// the last step.
const COUNTED: u64 = 1 << POSITION_BITS;
/// The ticket of the first scope in a position, without the position. Tests begin near the end of
/// the count.
const FIRST: u64 = SCOPE
    | if cfg!(test) {
        (POSITION - 3) << POSITION_BITS
    } else {
        0
    };

/// The table of scopes.
pub(super) type Scopes = Slab<Scope, ScopeTicket>;

impl Name for ScopeTicket {
    fn first(position: usize) -> Self {
        assert!(
            position as u64 <= POSITION,
            "more than 67 million scopes are open: each timeout, group and CancelScope has one \
             until it is dropped"
        );
        ScopeTicket::from_bits(FIRST | position as u64)
    }

    #[inline]
    fn position(self) -> u32 {
        (self.bits() & POSITION) as u32
    }

    #[inline]
    fn next(self) -> Option<Self> {
        let next = self.bits().checked_add(COUNTED);
        next.map(ScopeTicket::from_bits)
    }
}

/// Tickets of scopes in the ready queue.
impl Cancels {
    /// Marks that the ticket of a scope was pushed into the ready queue. If the ticket is there
    /// already, that earlier entry is taken back.
    pub(crate) fn post(&self, ticket: ScopeTicket) {
        self.retract(ticket);
        self.scope(ticket, |scope| scope.posted = true);
    }

    /// Takes the ticket of a scope in the ready queue back, if it is there.
    pub(crate) fn retract(&self, ticket: ScopeTicket) {
        self.scope(ticket, |scope| {
            scope.retracted += u32::from(std::mem::take(&mut scope.posted));
        });
    }

    /// Redeems a ticket that has come up in the ready queue; returns true unless it was taken back.
    pub(crate) fn redeem(&self, ticket: ScopeTicket) -> bool {
        let valid = self.scope(ticket, |scope| match scope.retracted.checked_sub(1) {
            Some(left) => {
                scope.retracted = left;
                false
            }
            None => std::mem::take(&mut scope.posted),
        });
        valid == Some(true)
    }
}

#[cfg(test)]
#[path = "../../tests/unit/scopes.rs"]
mod tests;
