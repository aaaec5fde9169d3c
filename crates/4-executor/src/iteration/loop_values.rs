//! The values that a loop keeps: at most one of each type.
//!
//! The problem: some values exist once in each loop, such as the pool on which it runs
//! blocking calls. A thread-local does not serve: two loops of a thread would share the
//! value, and it would outlive both.
//!
//! Invariants:
//! 1. A type has one value as long as the loop lives, whichever caller asks for it first.
//! 2. Values are dropped after the tasks of the loop, the last one kept first, since it may
//!    use the ones before it.
//! 3. Values are made and dropped while nothing is borrowed.
//! 4. After the first drop no further value is kept, so that the drops end.
//!
//! Read next: `iteration/tally.rs`.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// The kept values, in the order in which they were kept. A loop has a handful of types.
#[derive(Default)]
pub(crate) struct LoopValues {
    values: RefCell<Vec<Rc<dyn Any>>>,
    ending: Cell<bool>,
}

impl LoopValues {
    fn find<T: 'static>(&self) -> Option<Rc<T>> {
        let values = self.values.borrow();
        let value = values.iter().find(|value| value.is::<T>())?;
        value.clone().downcast().ok()
    }

    /// Returns the value of type `T`, made by `make` if there is none. If `make` itself
    /// keeps a value of the type, that value stays.
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
