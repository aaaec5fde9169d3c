//! Finds the lane of a task, and labels the lanes.
//!
//! The problem: an event names a task by number and name. The number identifies the task,
//! but an old trace, or one that was typed by hand, may have names alone. And a label
//! should be the name that the program gave to the task, as long as one task has it.
//!
//! ```text
//!   number 2, name kettle   ──► the lane of number 2
//!   number 0, name kettle   ──► the lane of the name kettle, without a number
//!
//!   label:  kettle          one task has this name
//!           worker#3        two tasks have it
//! ```
//!
//! Invariants
//! 1. Two tasks have two lanes, also if they have one name.
//! 2. Two lanes have two labels.
//!
//! Read next: `timeline/causes.rs`.

use std::collections::{HashMap, HashSet};

use groundup_trace::{Name, TaskId};

use super::lane::Lane;
use crate::words::shown;

/// The lane of each task.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Index {
    by_number: HashMap<u64, usize>,
    /// The tasks of unknown number.
    by_name: HashMap<Name, usize>,
}

impl Index {
    /// Returns the lane of a task.
    pub(crate) fn get(&self, task: &TaskId) -> Option<usize> {
        match task.number {
            0 => self.by_name.get(&task.name).copied(),
            number => self.by_number.get(&number).copied(),
        }
    }

    /// Stores the lane of a task.
    pub(super) fn put(&mut self, task: &TaskId, lane: usize) {
        match task.number {
            0 => self.by_name.insert(task.name.clone(), lane),
            number => self.by_number.insert(number, lane),
        };
    }
}

/// Gives each lane the shortest label that no other lane has.
pub(super) fn label(lanes: &mut [Lane]) {
    let mut count = HashMap::<Name, usize>::new();
    for lane in lanes.iter() {
        *count.entry(lane.task.name.clone()).or_default() += 1;
    }
    let mut taken = HashSet::new();
    for lane in lanes {
        let TaskId { number, name } = &lane.task;
        let mut label = shown(name);
        if count[name] > 1 {
            label = format!("{label}#{number}");
        }
        while !taken.insert(label.clone()) {
            label.push('\'');
        }
        lane.label = label;
    }
}
