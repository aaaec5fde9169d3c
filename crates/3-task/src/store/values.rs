//! Stores the task-local values of one task.
//!
//! The problem: these are asyncio's contextvars. A task starts with its spawner's values and
//! changes only its own. So a spawn copies one pointer, and a done-callback keeps the values
//! of the code that has registered it.
//!
//! Invariants:
//! 1. A list of values that is shared is not changed; `Rc::make_mut` copies it first.
//! 2. The drop of a list never panics: each value is dropped on its own.
//!
//! Read next: `store/notes.rs`.

use std::any::Any;
use std::mem::{replace, take};
use std::rc::Rc;

use crate::error::panic::drop_told;

/// The task-local values of one task: a list of (key, value), shared until it changes.
#[derive(Clone, Default)]
pub(crate) struct Values {
    values: Vec<(u64, Rc<dyn Any>)>,
}

impl Values {
    /// Returns the value of a key.
    pub(crate) fn value(&self, key: u64) -> Option<&Rc<dyn Any>> {
        let entry = self.values.iter().find(|(k, _)| *k == key)?;
        Some(&entry.1)
    }

    /// Sets the value of a key. The previous value is dropped when the new one is in its place.
    pub(crate) fn put(&mut self, key: u64, value: Rc<dyn Any>) {
        match self.values.iter_mut().find(|(k, _)| *k == key) {
            Some(entry) => drop(replace(&mut entry.1, value)),
            None => self.values.push((key, value)),
        }
    }

    /// Returns the number of keys that have a value.
    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }
}

impl Drop for Values {
    fn drop(&mut self) {
        take(&mut self.values).into_iter().for_each(drop_told);
    }
}
