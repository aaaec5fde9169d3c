//! A cell that tasks share, and whose use the kit can see.
//!
//! The problem: two tasks share an `Rc<Cell<u32>>`. The loop cannot see who reads it and who writes to it.
//! So a search by footprints would take two steps for unrelated, although the second one reads what the
//! first has written. A [`Shared`] is a cell that notes each use in the loop.
//!
//! ```text
//!   task 2   shared.set(5)  ── writes cell 1 ────> footprint of task 2 ┐ conflict: both orders are run
//!   task 3   shared.get()   ── reads cell 1 ─────> footprint of task 3 ┘
//! ```
//!
//! Invariant: the cell notes each read and each write before it happens.
//!
//! Read next: `cancel.rs`.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::mem::replace;
use std::rc::Rc;

use groundup::lowlevel::Scheduler;
use groundup::trace::{Access, Touched};

thread_local! {
    /// How many cells this thread has made.
    static MADE: Cell<u64> = const { Cell::new(0) };
}

/// A value that tasks share, in place of an `Rc<Cell<T>>` or an `Rc<RefCell<T>>`. A clone is another
/// handle of the same value. [`Explore::by_footprints`](crate::Explore::by_footprints) sees which tasks
/// read it and which write to it; a plain cell it does not see.
///
/// ```
/// use groundup::{join, spawn, yield_now};
/// use groundup_testkit::{Explore, Shared};
///
/// async fn bump(counter: Shared<u32>) {
///     let read = counter.get();
///     yield_now().await;
///     counter.set(read + 1);
/// }
///
/// let census = Explore::new().exhaustive(100).by_footprints().census(|| async {
///     let counter = Shared::new(0);
///     join([1, 2].map(|_| spawn(bump(counter.clone())))).await;
///     counter.get()
/// });
/// assert_eq!(census.outcomes(), [1]); // an update is lost in each order
/// ```
pub struct Shared<T> {
    value: Rc<RefCell<T>>,
    number: u64,
}

impl<T> Shared<T> {
    /// Makes a cell with a value.
    pub fn new(value: T) -> Self {
        let number = MADE.get();
        MADE.set(MADE.get() + 1);
        let value = Rc::new(RefCell::new(value));
        Shared { value, number }
    }

    fn touch(&self, access: Access) {
        Scheduler::touch(Touched::Cell(self.number), access);
    }

    /// Returns a copy of the value.
    #[track_caller]
    pub fn get(&self) -> T
    where
        T: Clone,
    {
        self.with(T::clone)
    }

    /// Sets the value, and drops the one before.
    #[track_caller]
    pub fn set(&self, value: T) {
        drop(self.replace(value));
    }

    /// Sets the value, and returns the one before.
    ///
    /// ```
    /// let shared = groundup_testkit::Shared::new(1);
    /// assert_eq!((shared.replace(2), shared.get()), (1, 2));
    /// ```
    #[track_caller]
    pub fn replace(&self, value: T) -> T {
        self.with_mut(|kept| replace(kept, value))
    }

    /// Looks at the value.
    ///
    /// # Panics
    ///
    /// If it is called inside [`with_mut`](Shared::with_mut) of the same cell.
    #[track_caller]
    pub fn with<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        self.touch(Access::Read);
        match self.value.try_borrow() {
            Ok(value) => look(&value),
            Err(_) => {
                panic!("this Shared is being changed: do not use it inside its own `with_mut`")
            }
        }
    }

    /// Changes the value.
    ///
    /// ```
    /// let shared = groundup_testkit::Shared::new(vec!["a"]);
    /// shared.with_mut(|names| names.push("b"));
    /// assert_eq!(shared.with(Vec::len), 2);
    /// ```
    ///
    /// # Panics
    ///
    /// If it is called inside [`with`](Shared::with) or [`with_mut`](Shared::with_mut) of the same cell.
    #[track_caller]
    pub fn with_mut<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        self.touch(Access::Write);
        match self.value.try_borrow_mut() {
            Ok(mut value) => change(&mut value),
            Err(_) => {
                panic!(
                    "this Shared is in use: do not change it inside its own `with` or `with_mut`"
                )
            }
        }
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Shared {
            value: Rc::clone(&self.value),
            number: self.number,
        }
    }
}

impl<T: Default> Default for Shared<T> {
    fn default() -> Self {
        Shared::new(T::default())
    }
}

impl<T: fmt::Debug> fmt::Debug for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.touch(Access::Read);
        f.debug_tuple("Shared").field(&self.value).finish()
    }
}
