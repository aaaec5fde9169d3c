//! Done-callbacks, and the task-local values they are called with.
//!
//! The problem: a done-callback may be registered twice, and is taken back by
//! comparing it with the one that was registered, as Python compares functions.
//! Closures cannot be compared. So a done-callback is a counted pointer, and two are
//! equal if they are clones of one. Values are what contextvars are to asyncio: a task
//! starts with its spawner's and changes only its own (K14). To copy a table at every
//! spawn would cost every program that uses one, so a copy is one reference count.
//!
//! Invariants:
//! 1. The function is called by the callback that `run/` makes of it, and by nobody else.
//! 2. A list of values that is shared is not changed; `Rc::make_mut` copies it first.
//!
//! Read next: `mailbox.rs`, where other threads come in.

use std::any::Any;
use std::cell::Cell;
use std::fmt;
use std::rc::Rc;

use crate::store::object::Place;

/// A function registered to be called when a task or a promise is done.
///
/// Cloning gives the same callback; two are equal if one is a clone of the
/// other. That is what `remove_done_callback` compares, as Python compares the
/// functions themselves.
///
/// ```
/// use groundup_task::DoneCallback;
///
/// let hello = DoneCallback::new(|| println!("done"));
/// assert_eq!(hello, hello.clone());
/// assert_ne!(hello, DoneCallback::new(|| println!("done")));
/// ```
#[derive(Clone)]
pub struct DoneCallback(Rc<Registered<dyn Fn()>>);

/// A function, and where it was registered first.
struct Registered<F: ?Sized> {
    place: Cell<Option<Place>>,
    function: F,
}

impl DoneCallback {
    /// Wraps a function.
    pub fn new(function: impl Fn() + 'static) -> Self {
        DoneCallback(Rc::new(Registered {
            place: Cell::new(None),
            function,
        }))
    }

    /// Where it was registered first: here, if it was not before.
    pub(crate) fn place(&self, here: Place) -> Place {
        let place = self.0.place.get().unwrap_or(here);
        self.0.place.set(Some(place));
        place
    }

    pub(crate) fn call(&self) {
        (self.0.function)();
    }
}

impl<F: Fn() + 'static> From<F> for DoneCallback {
    fn from(function: F) -> Self {
        DoneCallback::new(function)
    }
}

impl PartialEq for DoneCallback {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for DoneCallback {}

impl fmt::Debug for DoneCallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DoneCallback")
    }
}

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
