//! Who is who: numbers, names, places, and the list of the living.
//!
//! The problem: a ticket says which task is meant, but not to a reader. Traces and
//! reports need a name that is the same in every run of the same program, and the
//! place in the source where the task came from.
//!
//! Invariants:
//! 1. Tasks are numbered in the order of spawning, from 1; promises apart from
//!    them. The numbers do not depend on which slots are free.
//! 2. A name costs nothing until somebody gives one or asks for one.
//!
//! Read next: `spawning.rs`, where a task comes to be.

use groundup_interweave::trace::Name;

use crate::object::Place;
use crate::scheduler::Scheduler;
use crate::ticket::{CALLBACK, DONE, PROMISE, TAG, VACANT};

impl Scheduler {
    /// A number for the next task.
    pub(crate) fn next_number(&self) -> u32 {
        self.numbers.set(self.numbers.get().wrapping_add(1));
        self.numbers.get()
    }

    /// A number for the next promise.
    pub(crate) fn next_promise(&self) -> u32 {
        self.promises.set(self.promises.get().wrapping_add(1));
        self.promises.get()
    }

    /// Where the occupant of a ticket was made.
    pub(crate) fn place_of(&self, ticket: u64) -> Option<Place> {
        let slot = self.slot_of(ticket)?;
        let object = slot.object.try_borrow().ok()?;
        object.as_ref().map(|object| object.place())
    }

    /// What the task of a ticket is called.
    pub(crate) fn name_of(&self, ticket: u64) -> Option<Name> {
        let slot = self.slot_of(ticket)?;
        let given = self.extra(slot, |extra| extra.name.clone()).flatten();
        Some(given.unwrap_or_else(|| Name::from(format!("Task-{}", slot.number.get()))))
    }

    /// The tickets of all tasks that are not done, in the order of their numbers.
    pub(crate) fn living(&self) -> Vec<u64> {
        self.by_age(|key| key & (VACANT | DONE | CALLBACK | PROMISE) == 0)
    }

    /// The tickets of all whose keys are `wanted`, oldest first.
    pub(crate) fn by_age(&self, wanted: impl Fn(u64) -> bool) -> Vec<u64> {
        let wanted = self.slots.iter().filter(|(_, slot)| wanted(slot.key.get()));
        let mut tickets: Vec<_> = wanted
            .map(|(index, slot)| (slot.number.get(), slot.key.get() & TAG | u64::from(index)))
            .collect();
        tickets.sort_unstable();
        tickets.into_iter().map(|(_, ticket)| ticket).collect()
    }
}
