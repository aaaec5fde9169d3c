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
    /// It will be the wait word of the task.
    Word(WaitWord),
    /// The first poll links this key to the word.
    Key(u64),
}

/// The notes of one task or promise.
#[derive(Default)]
pub(crate) struct Notes {
    /// The awaits that the task has made last, and their places.
    pub(crate) awaits: Vec<(Thing, CallSite)>,
    /// The promises that have woken the task, and whose awaits it has perhaps not polled since.
    pub(crate) told: Vec<Ticket>,
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
    pub(crate) fn awaits(&mut self, thing: Thing, place: CallSite) {
        self.awaits.retain(|(noted, _)| *noted != thing);
        if self.awaits.len() == KEPT {
            self.awaits.remove(0);
        }
        self.awaits.push((thing, place));
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
