//! What a loop keeps: at most one value of each type.
//!
//! The problem: some things are one to a loop, such as the pool on which it runs
//! blocking calls. A thread-local is wrong for them: two loops of a thread would share
//! one, and it would outlive both.
//!
//! Invariants:
//! 1. A type has one value as long as the loop lives, whoever asks first.
//! 2. Values go after the tasks of the loop, the last one kept first, since it may use
//!    those before it.
//! 3. Values are made and dropped while nothing is borrowed.
//! 4. From the first drop on nothing is kept any more, so that the drops end.
//!
//! Read next: `callers.rs`.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// The values, in the order in which they were kept. A loop has a handful of types.
#[derive(Default)]
pub(crate) struct Kept {
    values: RefCell<Vec<Rc<dyn Any>>>,
    ending: Cell<bool>,
}

impl Kept {
    fn find<T: 'static>(&self) -> Option<Rc<T>> {
        let values = self.values.borrow();
        let value = values.iter().find(|value| value.is::<T>())?;
        value.clone().downcast().ok()
    }

    /// Returns the value of a type, which `make` makes if there is none. If `make` keeps
    /// one itself, that one stays.
    pub(crate) fn get_or_make<T: 'static>(&self, make: impl FnOnce() -> T) -> Rc<T> {
        if let Some(value) = self.find() {
            return value;
        }
        let made = Rc::new(make());
        if let Some(value) = self.find() {
            return value;
        }
        if !self.ending.get() {
            self.values.borrow_mut().push(made.clone());
        }
        made
    }

    /// Takes out the value that was kept last, to be dropped.
    pub(crate) fn pop(&self) -> Option<Rc<dyn Any>> {
        self.ending.set(true);
        self.values.borrow_mut().pop()
    }
}
