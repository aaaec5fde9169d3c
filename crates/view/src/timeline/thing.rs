//! A timer, a promise or a callback: it begins, and it ends.
//!
//! The problem: a task that hangs usually waits for something that was begun and never
//! finished. So a timeline keeps each such thing with its beginning, its end, and the
//! task that began it.
//!
//! ```text
//!   arm timer#1 ───────────────► fire timer#1, or disarm timer#1
//!   make promise#1 ────────────► set promise#1
//!   call callback#1 ───────────► run callback#1, or drop callback#1
//! ```
//!
//! Invariant: a thing begins with an event and ends with a later one, or is open.
//!
//! Read next: `timeline/builder.rs`.

use std::collections::HashMap;

use groundup_trace::Verb;

use super::gap::Gap;

/// The kind of a [`Thing`].
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A timer, with its deadline in nanoseconds since the loop's beginning.
    Timer {
        /// The deadline.
        at: u64,
    },
    /// A promise.
    Promise,
    /// A function that was registered to be called.
    Callback,
}

impl Kind {
    /// Returns the word for the kind, as a trace writes it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Timer { .. } => "timer",
            Self::Promise => "promise",
            Self::Callback => "callback",
        }
    }

    /// Returns the verb with which a thing of this kind begins.
    pub(crate) fn beginning(self) -> &'static str {
        match self {
            Self::Timer { .. } => "arm",
            Self::Promise => "make",
            Self::Callback => "call",
        }
    }
}

/// A timer, a promise or a callback of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thing {
    /// The kind.
    pub kind: Kind,
    /// The number, unique among the things of its kind in one loop.
    pub number: u64,
    /// The lane of the task that began it; `None` if no task was running.
    pub owner: Option<usize>,
    /// The number of the event with which it begins.
    pub from: usize,
    /// The number of the event with which it ends; the number of events if it is open.
    pub to: usize,
}

impl Thing {
    /// Returns true if the thing has begun and has not ended, after `moment` events.
    pub fn open_at(&self, moment: usize) -> bool {
        self.from < moment && moment <= self.to
    }

    /// Returns the name of the thing, as a trace writes it: `timer#3`.
    pub fn name(&self) -> String {
        format!("{}#{}", self.kind.word(), self.number)
    }
}

/// The things of a run, while its events are read.
#[derive(Default)]
pub(super) struct Register {
    things: Vec<Thing>,
    /// The open things, by kind and number.
    open: HashMap<(&'static str, u64), usize>,
    /// The deadline of each timer that has fired.
    deadlines: HashMap<u64, u64>,
}

impl Register {
    /// Begins or ends the thing of event `at`. Returns a gap if an end has no beginning.
    pub(super) fn note(&mut self, at: usize, owner: Option<usize>, verb: &Verb) -> Option<Gap> {
        let (kind, number, begins) = match *verb {
            Verb::Arm { timer, at } => (Kind::Timer { at }, timer, true),
            Verb::Fire { timer } | Verb::Disarm { timer } => (Kind::Timer { at: 0 }, timer, false),
            Verb::Make { promise } => (Kind::Promise, promise, true),
            Verb::Set { promise, .. } => (Kind::Promise, promise, false),
            Verb::Call { callback } => (Kind::Callback, callback, true),
            Verb::Run { callback } | Verb::Drop { callback } => (Kind::Callback, callback, false),
            _ => return None,
        };
        let key = (kind.word(), number);
        if begins {
            if let Some(before) = self.open.insert(key, self.things.len()) {
                self.things[before].to = at; // Not from one loop: its numbers are unique.
            }
            self.things.push(Thing {
                kind,
                number,
                owner,
                from: at,
                to: usize::MAX,
            });
            return None;
        }
        let Some(thing) = self.open.remove(&key) else {
            let what = format!("{}#{number}", kind.word());
            let verb = kind.beginning();
            return Some(Gap::Beginning {
                event: at,
                what,
                verb,
            });
        };
        let thing = &mut self.things[thing];
        thing.to = at;
        if let (Kind::Timer { at: deadline }, Verb::Fire { .. }) = (thing.kind, verb) {
            self.deadlines.insert(number, deadline);
        }
        None
    }

    /// Returns the deadline of a timer that has fired.
    pub(super) fn deadline(&self, timer: u64) -> Option<u64> {
        self.deadlines.get(&timer).copied()
    }

    /// Returns the things of a run of so many events.
    pub(super) fn finish(mut self, events: usize) -> Vec<Thing> {
        for thing in &mut self.things {
            thing.to = thing.to.min(events);
        }
        self.things
    }
}
