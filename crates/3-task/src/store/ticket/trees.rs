//! Looks numbers up by tickets.
//!
//! The problem: several parts of this floor look something up by a task. The compiler makes the code of
//! a map once for each type of its keys and values, in each fresh build of a program, and the code of
//! one map is that of a hundred functions. So all of them are the same map inside, from two numbers
//! to one.
//!
//! | type | two numbers | number |
//! |---|---|---|
//! | [`ScopesOfTasks`] | a task and a scope | the scope |
//! | [`TicketPlaces`] | a task or a promise, and 0 | its place in a list |
//! | `KeyIndex` (`store/waiters/keys.rs`) | a key and an entry | the kind of the key |
//!
//! Invariant: a map is in the order of its two numbers, so what is made of it repeats from run to run.
//!
//! Read next: `store/key.rs`, the lower half of a slot's key.

use std::collections::BTreeMap;

use super::Ticket;

/// A map from two numbers to one.
pub(crate) type Tree = BTreeMap<(u64, u64), u32>;

/// Scopes: the task of each, and its number.
#[derive(Default)]
pub(crate) struct ScopesOfTasks(Tree);

impl ScopesOfTasks {
    pub(crate) fn insert(&mut self, task: Ticket, number: u32) {
        self.0.insert((task.bits(), number.into()), number);
    }

    pub(crate) fn remove(&mut self, task: Ticket, number: u32) {
        self.0.remove(&(task.bits(), number.into()));
    }

    /// Takes out the numbers of the scopes of a task.
    pub(crate) fn take_of(&mut self, task: Ticket) -> impl Iterator<Item = u32> {
        let of_task = (task.bits(), 0)..=(task.bits(), u64::MAX);
        self.0.extract_if(of_task, |_, _| true).map(|of| of.1)
    }

    /// Returns the numbers of all scopes.
    pub(crate) fn into_numbers(self) -> impl Iterator<Item = u32> {
        self.0.into_values()
    }
}

/// Tickets, each with a place in a list. Where only the tickets count, their places are 0.
#[derive(Default)]
pub(crate) struct TicketPlaces(Tree);

impl TicketPlaces {
    /// Makes a set of the tickets of some lists.
    pub(crate) fn of<'a>(lists: impl IntoIterator<Item = &'a Vec<Ticket>>) -> TicketPlaces {
        let mut set = TicketPlaces::default();
        for list in lists {
            set.add(list);
        }
        set
    }

    /// Adds tickets whose places do not count.
    pub(crate) fn add(&mut self, tickets: &[Ticket]) {
        for ticket in tickets {
            self.insert(*ticket, 0);
        }
    }

    /// Sets the place of a ticket and returns true, unless the ticket has one.
    pub(crate) fn insert(&mut self, ticket: Ticket, place: usize) -> bool {
        let new = !self.contains(ticket);
        if new {
            let place = u32::try_from(place).expect("fewer than four billion places");
            self.0.insert((ticket.bits(), 0), place);
        }
        new
    }

    /// Returns the place of a ticket.
    pub(crate) fn get(&self, ticket: Ticket) -> Option<usize> {
        self.0.get(&(ticket.bits(), 0)).map(|place| *place as usize)
    }

    pub(crate) fn contains(&self, ticket: Ticket) -> bool {
        self.get(ticket).is_some()
    }
}
