//! Which names a trace has said, and whose they are.
//!
//! The problem: `kettle#2` in every line is exact and hard to read, `kettle` is
//! easy to read and may be two tasks. But a trace is read from its first line on,
//! and the line that tells of a spawn or of a naming says both. So the writer and
//! the reader keep the same list of names, and leave the number out for as long as
//! it can be looked up there.
//!
//! ```text
//!   spawn      worker        #2 by Task-1     worker is 2
//!   step       worker                         looked up: 2
//!   spawn      worker#3      by Task-1        worker is 2 or 3
//!   step       worker#2                       from now on with the number
//! ```
//!
//! Invariants
//! 1. A name stands without a number only where the lines above it give it to one
//!    task alone, and it is that one; or where no line gives it to anybody.
//! 2. What the writer leaves out the reader puts in. A writer that remembers fewer
//!    names than its reader leaves out less, and that is all.
//! 3. An event by itself is written without a list: then all numbers stand.
//!
//! Read next: `reader.rs`, which reads the line back.

use alloc::collections::BTreeMap;

use crate::event::{Event, Verb};
use crate::task_id::{Name, TaskId};

/// How many names a writer remembers; from then on new ones keep their numbers.
const MOST: usize = 1 << 16;

/// The names that were said so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    /// To whom a name was given: a number, or 0 for more than one.
    known: BTreeMap<Name, u64>,
    /// A line may say a name's number for the lines after it.
    pub(crate) says: bool,
}

/// No list: every number stands.
pub(crate) const NONE: &Names = &Names {
    known: BTreeMap::new(),
    says: false,
};

/// How a task is written in the present line.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// The name says it all.
    Bare,
    /// With the number.
    Full,
}

impl Names {
    /// A writer's list, in which nothing stands yet.
    pub(crate) fn of_a_writer() -> Self {
        Self {
            known: BTreeMap::new(),
            says: true,
        }
    }

    /// How a task is to be written.
    pub(crate) fn form(&self, task: &TaskId) -> Form {
        let looked_up = match TaskId::number_in(&task.name) {
            Some(own) => own,
            None => self.number(&task.name),
        };
        let known = self.known.contains_key(&task.name);
        match looked_up == task.number && (looked_up != 0 || !known) {
            true => Form::Bare,
            false => Form::Full,
        }
    }

    /// Whether the line of this spawn is to say the number of a name that is new.
    pub(crate) fn is_said_by(&self, task: &TaskId) -> bool {
        let new = !self.known.contains_key(&task.name) && self.known.len() < MOST;
        self.says && new && task.number != 0 && TaskId::number_in(&task.name).is_none()
    }

    /// The number of a name that stands by itself.
    pub(crate) fn number(&self, name: &str) -> u64 {
        self.known.get(name).copied().unwrap_or(0)
    }

    /// Takes note of what a line has said.
    pub(crate) fn note(&mut self, event: &Event) {
        match (&event.verb, &event.task) {
            (Verb::Spawn { .. }, Some(task)) => self.give(&task.name, task.number),
            (Verb::Name { name }, Some(task)) => self.give(name, task.number),
            _ => {}
        }
    }

    fn give(&mut self, name: &Name, number: u64) {
        if number == 0 || TaskId::number_in(name).is_some() {
            return;
        }
        if let Some(known) = self.known.get_mut(name) {
            if *known != number {
                *known = 0;
            }
        } else if !self.says || self.known.len() < MOST {
            self.known.insert(name.clone(), number);
        }
    }
}
