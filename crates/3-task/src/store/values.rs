//! The task-local values of one task.
//!
//! The problem: they are what contextvars are to asyncio: a task starts with its spawner's
//! and changes only its own (K14). So a copy of them at every spawn is one reference count,
//! and a done-callback keeps those of the caller that registered it.
//!
//! Invariant: a list of values that is shared is not changed; `Rc::make_mut` copies it
//! first.
//!
//! Read next: `store/waiters.rs`.

use std::any::Any;
use std::rc::Rc;

/// The values of one task: a list of (key, value), shared until it changes.
#[derive(Clone, Default)]
pub(crate) struct Values {
    values: Vec<(u64, Rc<dyn Any>)>,
}

impl Values {
    /// The value of a key.
    pub(crate) fn value(&self, key: u64) -> Option<&Rc<dyn Any>> {
        let entry = self.values.iter().find(|(k, _)| *k == key)?;
        Some(&entry.1)
    }

    /// Puts a value in the place of the one with this key.
    pub(crate) fn put(&mut self, key: u64, value: Rc<dyn Any>) {
        self.values.retain(|(k, _)| *k != key);
        self.values.push((key, value));
    }

    /// How many keys have a value.
    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }
}
