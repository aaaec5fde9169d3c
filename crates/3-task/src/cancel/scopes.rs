//! The table of scopes, and the tickets that name them.
//!
//! The problem: a timer, or a task far away, keeps the ticket of a scope for as long as
//! it likes. So no ticket may come again: not after a million scopes, and not after a
//! billion. A place counts the scopes that were in it, and when its count ends, it is
//! given to no other.
//!
//! ```text
//!   ticket of a scope   | 4095 : 12 | scopes in this place before : 26 | place : 26 |
//! ```
//!
//! A vacant place is known by the ticket of its next scope, so that counting costs one
//! addition when a scope is closed.
//!
//! Invariants:
//! 1. No two scopes of a loop have the same ticket. For that a place, of about a hundred
//!    bytes, is lost whenever 67 million scopes have been in it.
//! 2. At most 67 million scopes are open at once.
//!
//! Read next: `cancel/state.rs`.

use crate::cancel::{Cancels, Scope};
use crate::store::ticket::WATCHED;

/// How many bits of a ticket are the number of the place.
const PLACE_BITS: u32 = 26;
/// The number of a place in a ticket; they begin at 1, so that 0 can mean "none".
const PLACE: u64 = (1 << PLACE_BITS) - 1;
/// One more in the count of a place. All bits above the count are set, so after the last
/// one the addition overflows.
const COUNTED: u64 = 1 << PLACE_BITS;
/// The ticket of the first scope in a place, without the place. Tests begin near the end of
/// the count.
const FIRST: u64 = WATCHED
    | if cfg!(test) {
        (PLACE - 3) << PLACE_BITS
    } else {
        0
    };

/// The number of the place of a scope's ticket.
#[inline]
pub(crate) fn place_of(ticket: u64) -> u32 {
    (ticket & PLACE) as u32
}

/// All scopes of a loop.
#[derive(Default)]
pub(super) struct Scopes {
    places: Vec<Place>,
    /// The ticket of the next scope in the place that was vacated last, or 0.
    vacant: u64,
}

enum Place {
    /// With the ticket of the next scope in the place that was vacated before, or 0.
    Vacant(u64),
    Taken(Scope),
}

impl Scopes {
    /// Opens a scope that knows its ticket, and gives that.
    #[inline]
    pub(super) fn insert(&mut self, scope: impl FnOnce(u64) -> Scope) -> u64 {
        let own = self.vacant;
        if let Some(place) = self
            .places
            .get_mut((place_of(own) as usize).wrapping_sub(1))
            && let Place::Vacant(before) = *place
        {
            self.vacant = before;
            *place = Place::Taken(scope(own));
            return own;
        }
        let number = self.places.len() as u64 + 1;
        assert!(
            number <= PLACE,
            "more than 67 million scopes are open: each timeout, group and CancelScope has one \
             until it is dropped"
        );
        let own = FIRST | number;
        self.places.push(Place::Taken(scope(own)));
        own
    }

    /// The scope in a place.
    #[inline]
    pub(super) fn get_mut(&mut self, number: u32) -> Option<&mut Scope> {
        match self.places.get_mut((number as usize).wrapping_sub(1))? {
            Place::Taken(scope) => Some(scope),
            Place::Vacant(_) => None,
        }
    }

    /// Takes the scope of a place out; the place is given to another, unless its count
    /// has ended.
    #[inline]
    pub(super) fn remove(&mut self, number: u32) -> Option<Scope> {
        let place = self.places.get_mut((number as usize).wrapping_sub(1))?;
        let Place::Taken(scope) = place else {
            return None;
        };
        let next = scope.own.checked_add(COUNTED);
        let before = next.map_or(0, |next| std::mem::replace(&mut self.vacant, next));
        match std::mem::replace(place, Place::Vacant(before)) {
            Place::Taken(scope) => Some(scope),
            Place::Vacant(_) => None,
        }
    }
}

/// A ticket in the ready queue.
impl Cancels {
    /// Marks that the ticket of a scope stands in the ready queue. One that stands there
    /// already is taken back.
    pub(crate) fn post(&self, ticket: u64) {
        self.retract(ticket);
        self.scope(ticket, |scope| scope.posted = true);
    }

    /// Takes the ticket of a scope in the ready queue back, if it stands there.
    pub(crate) fn retract(&self, ticket: u64) {
        self.scope(ticket, |scope| {
            scope.retracted += u32::from(std::mem::take(&mut scope.posted));
        });
    }

    /// The ticket of a scope has come up; true if it was not taken back.
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
