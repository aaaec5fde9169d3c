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
//! Read next: `core/mailbox.rs`.

use groundup_interweave::trace::Name;

use crate::core::Core;
use crate::store::object::Place;
use crate::store::slot::Slot;

impl Core {
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
        self.slot_of(ticket)?.place()
    }

    /// What the task of a ticket is called.
    pub(crate) fn name_of(&self, ticket: u64) -> Option<Name> {
        let slot = self.slot_of(ticket)?;
        let given = self.extra(slot, |extra| extra.name.clone()).flatten();
        Some(given.unwrap_or_else(|| Name::from(format!("Task-{}", slot.number()))))
    }

    /// The running task's name; `None` in a callback and outside.
    pub(crate) fn running_name(&self) -> Option<Name> {
        self.running()?;
        self.name_of(self.current())
    }

    /// The tickets of all tasks that are not done, in the order of their numbers.
    pub(crate) fn living(&self) -> Vec<u64> {
        self.by_age(Slot::is_living_task)
    }

    /// The tickets of all slots that are `wanted`, in the order of their numbers.
    pub(crate) fn by_age(&self, wanted: impl Fn(&Slot) -> bool) -> Vec<u64> {
        let wanted = self.slots.iter().filter(|(_, slot)| wanted(slot));
        let mut tickets: Vec<_> = wanted
            .map(|(index, slot)| (slot.number(), slot.tag() | u64::from(index)))
            .collect();
        tickets.sort_unstable();
        tickets.into_iter().map(|(_, ticket)| ticket).collect()
    }
}
