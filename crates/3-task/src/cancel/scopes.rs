//! Stores the scopes of a loop, and gives each a ticket of its own.
//!
//! The problem: a timer or another task that cancels a scope knows only its ticket, an integer.
//! So the state of a scope is an entry of a table, as the state of a task is in its slot. The
//! ticket may be kept for ever. So no ticket may be used twice, not after a billion scopes. Each
//! place of the table counts the scopes that were in it, and retires when its count has ended.
//!
//! ```text
//!   ticket of a scope   | 4095 : 12 | scopes in this place before : 26 | place : 26 |
//! ```
//!
//! A vacant place is known by the ticket of its next scope, so counting costs one addition when
//! a scope is closed.
//!
//! Invariants:
//! 1. No two scopes of a loop have the same ticket. Its price: a place, of about a hundred
//!    bytes, is lost whenever 67 million scopes have been in it.
//! 2. At most 67 million scopes are open at once.
//!
//! Read next: `cancel/state.rs`.

use crate::cancel::{Cancels, Scope};
use crate::store::ticket::WATCHED;

/// Number of bits of a ticket that hold the place.
const PLACE_BITS: u32 = 26;
/// The bits of the place. Places are numbered from 1, so that 0 can mean "none".
const PLACE: u64 = (1 << PLACE_BITS) - 1;
/// One step of the count. All bits above the count are set, so the addition overflows after
/// the last step.
const COUNTED: u64 = 1 << PLACE_BITS;
/// The ticket of the first scope in a place, without the place. Tests begin near the end of
/// the count.
const FIRST: u64 = WATCHED
    | if cfg!(test) {
        (PLACE - 3) << PLACE_BITS
    } else {
        0
    };

/// Returns the number of the place in a scope's ticket.
#[inline]
pub(crate) fn place_of(ticket: u64) -> u32 {
    (ticket & PLACE) as u32
}

/// The table of scopes.
#[derive(Default)]
pub(super) struct Scopes {
    places: Vec<ScopeEntry>,
    /// The ticket of the next scope in the place that was vacated last, or 0.
    vacant: u64,
}

enum ScopeEntry {
    /// Holds the ticket of the next scope in the place that was vacated before, or 0.
    Vacant(u64),
    Taken(Scope),
}

impl Scopes {
    /// Opens a scope and returns its ticket, which `scope` gets to make the entry.
    #[inline]
    pub(super) fn insert(&mut self, scope: impl FnOnce(u64) -> Scope) -> u64 {
        let own = self.vacant;
        if let Some(place) = self
            .places
            .get_mut((place_of(own) as usize).wrapping_sub(1))
            && let ScopeEntry::Vacant(before) = *place
        {
            self.vacant = before;
            *place = ScopeEntry::Taken(scope(own));
            return own;
        }
        let number = self.places.len() as u64 + 1;
        assert!(
            number <= PLACE,
            "more than 67 million scopes are open: each timeout, group and CancelScope has one \
             until it is dropped"
        );
        let own = FIRST | number;
        self.places.push(ScopeEntry::Taken(scope(own)));
        own
    }

    /// Returns the scope in a place.
    #[inline]
    pub(super) fn get_mut(&mut self, number: u32) -> Option<&mut Scope> {
        match self.places.get_mut((number as usize).wrapping_sub(1))? {
            ScopeEntry::Taken(scope) => Some(scope),
            ScopeEntry::Vacant(_) => None,
        }
    }

    /// Removes the scope of a place. The place is used again, unless its count has ended.
    #[inline]
    pub(super) fn remove(&mut self, number: u32) -> Option<Scope> {
        let place = self.places.get_mut((number as usize).wrapping_sub(1))?;
        let ScopeEntry::Taken(scope) = place else {
            return None;
        };
        let next = scope.own.checked_add(COUNTED);
        let before = next.map_or(0, |next| std::mem::replace(&mut self.vacant, next));
        match std::mem::replace(place, ScopeEntry::Vacant(before)) {
            ScopeEntry::Taken(scope) => Some(scope),
            ScopeEntry::Vacant(_) => None,
        }
    }
}

/// Tickets of scopes in the ready queue.
impl Cancels {
    /// Marks that the ticket of a scope was pushed into the ready queue. If the ticket is there
    /// already, that earlier entry is taken back.
    pub(crate) fn post(&self, ticket: u64) {
        self.retract(ticket);
        self.scope(ticket, |scope| scope.posted = true);
    }

    /// Takes the ticket of a scope in the ready queue back, if it is there.
    pub(crate) fn retract(&self, ticket: u64) {
        self.scope(ticket, |scope| {
            scope.retracted += u32::from(std::mem::take(&mut scope.posted));
        });
    }

    /// Redeems a ticket that has come up in the ready queue; returns true unless it was taken back.
    pub(crate) fn redeem(&self, ticket: u64) -> bool {
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
