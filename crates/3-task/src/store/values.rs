//! The values of one task: what contextvars are to asyncio.
//!
//! The problem: a task starts with its spawner's values and changes only its own
//! (K14). Copying a table at every spawn would cost every program that uses one. So
//! the values are a list that is never changed once it is shared: a copy is one
//! reference count.
//!
//! Invariant: a list that is shared is not changed; `Rc::make_mut` copies it first.
//!
//! Read next: `core.rs`, the cells of a loop begin there.

use std::any::Any;
use std::fmt;
use std::rc::Rc;

/// The values of one task: a list of (key, value), shared until it changes.
///
/// What Python calls a context. [`Locals::current`] takes a copy, and
/// [`scope`](Locals::scope) runs a function with it.
#[derive(Clone, Default)]
pub struct Locals {
    values: Vec<(u32, Rc<dyn Any>)>,
}

impl Locals {
    /// The value of a key.
    pub(crate) fn value(&self, key: u32) -> Option<&Rc<dyn Any>> {
        let entry = self.values.iter().find(|(k, _)| *k == key)?;
        Some(&entry.1)
    }

    /// Puts a value in the place of the one with this key.
    pub(crate) fn put(&mut self, key: u32, value: Rc<dyn Any>) {
        self.values.retain(|(k, _)| *k != key);
        self.values.push((key, value));
    }
}

impl fmt::Debug for Locals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Locals({} values)", self.values.len())
    }
}
