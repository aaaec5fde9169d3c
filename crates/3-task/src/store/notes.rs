//! Keeps what a watched loop has seen of one task or promise.
//!
//! The problem: a report of a watched loop says more than the slots know. These are the values that the
//! loop keeps for it, beside the slot.
//!
//! ```text
//!   a task      the last eight awaits, each with its place; the promises that have woken it
//!   a promise   the task that has made it; the place at which a handle was cloned last
//! ```
//!
//! Invariant: the notes of a task are bounded, however long it lives.
//!
//! Read next: `store/told.rs`.

use groundup_interweave::trace::Name;

use crate::store::object::CallSite;
use crate::store::ticket::{Ticket, WaitWord};

/// Number of places that a task keeps.
const KEPT: usize = 8;

/// Identifies the thing of an await.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Thing {
    /// It will be the wait word of the task. A named reason has a count beside its number.
    Word(WaitWord, u64),
    /// The first poll links this key to the word.
    Key(u64),
}

/// The notes of one task or promise.
#[derive(Default)]
pub(crate) struct Notes {
    /// The awaits that the task has made last, and their places.
    pub(crate) awaits: Vec<(Thing, Option<CallSite>)>,
    /// The promises that have woken the task, and whose awaits it has perhaps not polled since.
    pub(crate) woken_by: Vec<Ticket>,
    /// The task that has made the promise.
    pub(crate) maker: Option<Actor>,
    /// Where a handle of the promise was copied last, and the task that did it.
    pub(crate) copied: Option<(CallSite, Option<Actor>)>,
}

/// A task that did something, with the name that it had then.
#[derive(Clone)]
pub(crate) struct Actor {
    pub(crate) task: Ticket,
    pub(crate) name: Name,
}

impl Notes {
    /// Notes an await, in place of an earlier one of the same thing.
    pub(crate) fn awaits(&mut self, thing: Thing, place: Option<CallSite>) {
        self.awaits.retain(|(noted, _)| *noted != thing);
        self.add((thing, place));
    }

    /// Forgets the place of a thing, which is awaited at another place now.
    pub(crate) fn forget(&mut self, thing: Thing) {
        self.awaits.retain(|(noted, _)| *noted != thing);
    }

    /// Notes an await of one of the things that have this key.
    pub(crate) fn awaits_among(&mut self, key: u64, place: CallSite) {
        let noted = (Thing::Key(key), Some(place));
        self.awaits.retain(|earlier| *earlier != noted);
        self.add(noted);
    }

    fn add(&mut self, noted: (Thing, Option<CallSite>)) {
        if self.awaits.len() == KEPT {
            self.awaits.remove(0);
        }
        self.awaits.push(noted);
    }

    /// Gives the note of a key to a thing. If the key has several notes, none of them has a place from
    /// now on, since nothing tells which of them is meant.
    pub(crate) fn link(&mut self, key: u64, thing: Thing) {
        let key = Thing::Key(key);
        let Some(at) = self.awaits.iter().rposition(|(noted, _)| *noted == key) else {
            return;
        };
        let (_, mut place) = self.awaits.remove(at);
        for (_, other) in self.awaits.iter_mut().filter(|(noted, _)| *noted == key) {
            (place, *other) = (None, None);
        }
        self.awaits(thing, place);
    }

    /// Notes that a promise has woken the task. Before the list grows, those that do not stand any more
    /// are dropped, so it has at most twice as many as have ever stood at one time.
    pub(crate) fn is_woken_by(&mut self, promise: Ticket, stands: impl FnMut(&Ticket) -> bool) {
        if self.woken_by.len() == self.woken_by.capacity() {
            self.woken_by.retain(stands);
            self.woken_by.reserve(self.woken_by.len().max(1));
        }
        self.woken_by.push(promise);
    }
}

/// Where the handles of a promise went, as far as it is known.
#[derive(Default)]
pub(crate) struct Handed {
    pub(crate) maker: Option<Actor>,
    pub(crate) copied: Option<(CallSite, Option<Actor>)>,
    /// The task that has set the last promise that was made at the same place.
    pub(crate) last_setter: Option<Actor>,
}

#[cfg(test)]
#[path = "../../tests/unit/notes.rs"]
mod tests;
