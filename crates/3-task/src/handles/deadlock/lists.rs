//! Keeps lists of things, each by a ticket.
//!
//! The problem: the survey has a list by ticket for each kind of wait, and a map of lists is
//! compiled anew for each kind, in each fresh build of a program. Here one kind of map leads from a
//! ticket to a place, and only the lists at these places are of different kinds.
//!
//! ```text
//!   table            lists
//!   ticket a ── 0    0: x, y
//!   ticket b ── 1    1: z
//! ```
//!
//! Invariants:
//! 1. The things of a ticket keep the order in which they were added.
//! 2. A ticket without things has an empty list, for the reader.
//!
//! Read next: `handles/deadlock/among.rs`.

use crate::store::ticket::Ticket;
use crate::store::ticket::trees::TicketPlaces;

/// Things of one kind, by ticket.
pub(super) struct Lists<T> {
    places: TicketPlaces,
    lists: Vec<Vec<T>>,
}

impl<T: PartialEq> Lists<T> {
    pub(super) fn new() -> Self {
        Lists {
            places: TicketPlaces::default(),
            lists: Vec::new(),
        }
    }

    /// Returns the things of a ticket.
    pub(super) fn of(&self, ticket: Ticket) -> &[T] {
        match self.places.get(ticket) {
            Some(place) => &self.lists[place],
            None => &[],
        }
    }

    /// Adds a thing to the list of a ticket.
    pub(super) fn add(&mut self, ticket: Ticket, thing: T) {
        match self.places.get(ticket) {
            Some(place) => self.lists[place].push(thing),
            None => {
                self.places.insert(ticket, self.lists.len());
                self.lists.push(vec![thing]);
            }
        }
    }

    /// Adds a thing, unless it is one of the last two of the list. Returns true if it was added.
    ///
    /// The caller adds all things of one number before those of the next, and there are two of each
    /// number at most. So the list has a thing once.
    pub(super) fn add_once(&mut self, ticket: Ticket, thing: T) -> bool {
        let new = !self
            .of(ticket)
            .iter()
            .rev()
            .take(2)
            .any(|one| *one == thing);
        if new {
            self.add(ticket, thing);
        }
        new
    }
}
