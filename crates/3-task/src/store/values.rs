//! Stores the task-local values of one task.
//!
//! The problem: these are asyncio's contextvars. A task starts with its spawner's values and
//! changes only its own. So a spawn copies one pointer, and a done-callback keeps the values
//! of the code that has registered it.
//!
//! Invariant: a list of values that is shared is not changed; `Rc::make_mut` copies it first.
//!
//! Read next: `store/hidden.rs`.

use std::any::Any;
use std::rc::Rc;

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

    /// Sets the value of a key.
    pub(crate) fn put(&mut self, key: u64, value: Rc<dyn Any>) {
        self.values.retain(|(k, _)| *k != key);
        self.values.push((key, value));
    }

    /// Returns the number of keys that have a value.
    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }
}
