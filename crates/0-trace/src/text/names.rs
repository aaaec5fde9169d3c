//! Remembers the names in a trace, and which task each belongs to.
//!
//! The problem: `kettle#2` in every line is exact but hard to read, and `kettle` is
//! easy to read but may be two tasks. A trace is read from its first line on, and the
//! line of a spawn or of a naming gives both the name and the number. So the writer and
//! the reader keep the same list of names. The writer omits a number as long as the
//! list gives it.
//!
//! ```text
//!   spawn      worker        #2 by Task-1     worker is 2
//!   step       worker                         the list gives 2
//!   spawn      worker#3      by Task-1        worker is 2 or 3
//!   step       worker#2                       with the number from now on
//! ```
//!
//! Invariants
//! 1. A name stands without a number in three cases only. The name itself contains the
//!    number. Or the earlier lines give the name to exactly one task, and the line means
//!    that task. Or no earlier line gives the name, and the task's number is unknown.
//! 2. The reader restores every number that the writer omits. A writer that remembers
//!    fewer names than its reader only omits fewer numbers.
//! 3. An event that is written by itself has an empty list, so it gives every number that
//!    a name does not contain.
//!
//! Read next: `text/reader.rs`, which reads a line back.

use alloc::collections::BTreeMap;

use crate::event::{Event, Verb};
use crate::task_id::{Name, TaskId};

/// How many names a writer remembers. A task with any further name keeps its number in
/// every line.
const MOST: usize = 1 << 16;

/// The names of the trace so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    /// The number of the task with this name, or 0 if several tasks have it.
    known: BTreeMap<Name, u64>,
    /// True in a writer's list: the line of a spawn gives the number of a new name.
    of_writer: bool,
}

/// An empty list, for an event that is written by itself.
pub(crate) const NONE: &Names = &Names {
    known: BTreeMap::new(),
    of_writer: false,
};

/// The ways to write a task in a line.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// The name without the number.
    Bare,
    /// The name and the number.
    Full,
}

impl Names {
    /// Creates the empty list of a writer.
    pub(crate) fn of_writer() -> Self {
        Self {
            known: BTreeMap::new(),
            of_writer: true,
        }
    }

    /// Returns how to write `task` in the next line.
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

    /// Returns true if the line that spawns `task` introduces its name, and so gives its
    /// number.
    pub(crate) fn introduces(&self, task: &TaskId) -> bool {
        let new = !self.known.contains_key(&task.name) && self.known.len() < MOST;
        self.of_writer && new && task.number != 0 && TaskId::number_in(&task.name).is_none()
    }

    /// Returns the number of the task with this name; 0 if there is none or more than
    /// one.
    pub(crate) fn number(&self, name: &str) -> u64 {
        self.known.get(name).copied().unwrap_or(0)
    }

    /// Stores the name that the line of `event` introduces.
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
        } else if !self.of_writer || self.known.len() < MOST {
            self.known.insert(name.clone(), number);
        }
    }
}
