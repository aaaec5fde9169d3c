//! Keeps lists of things, each by a ticket.
//!
//! The problem: the survey has a list by ticket for each kind of wait, and a hash table of lists is
//! compiled anew for each kind, in each fresh build of a program. Here one kind of table leads from a
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

use std::collections::HashMap;

use crate::store::ticket::Ticket;

/// Things of one kind, by ticket.
pub(super) struct Lists<T> {
    places: HashMap<Ticket, usize>,
    lists: Vec<Vec<T>>,
}

impl<T: PartialEq> Lists<T> {
    pub(super) fn new() -> Self {
        Lists {
            places: HashMap::new(),
            lists: Vec::new(),
        }
    }

    /// Returns the things of a ticket.
    pub(super) fn of(&self, ticket: Ticket) -> &[T] {
        match self.places.get(&ticket) {
            Some(place) => &self.lists[*place],
            None => &[],
        }
    }

    /// Adds a thing to the list of a ticket.
    pub(super) fn add(&mut self, ticket: Ticket, thing: T) {
        let new = self.lists.len();
        let place = *self.places.entry(ticket).or_insert(new);
        if place == new {
            self.lists.push(Vec::new());
        }
        self.lists[place].push(thing);
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
