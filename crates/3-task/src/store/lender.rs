//! Lends its content out for a call, so that no cell stays borrowed.
//!
//! The problem: a sink and a chooser are the user's, and are called in the middle of other work.
//! Each may use the loop, cause an event, ask for a choice, or set another one in its own place.
//! If the place were borrowed during the call, that would panic. So the content leaves its place
//! for the length of a call, and a second caller learns that it is out.
//!
//! ```text
//!   Empty ── set ──> Here ── lend ──> Lent ── the call ends ──> Here
//!                                      │ set
//!                                      v
//!                                   Replaced ── the call ends ──> Here, or Empty
//! ```
//!
//! Invariants:
//! 1. Content that is set during a call takes the place when the call ends.
//! 2. The content comes back however the call ends.
//! 3. Nothing of the user's is dropped while the place is borrowed.
//!
//! Read next: `store/slot.rs`.

use std::cell::{Cell, RefCell};
use std::mem::{replace, take};

/// A place for a value of the user's that is called.
pub(crate) struct Lender<T>(RefCell<State<T>>);

enum State<T> {
    Empty,
    Here(T),
    /// It is being called.
    Lent,
    /// It is being called, and this takes its place when the call ends.
    Replaced(Option<T>),
}

impl<T> State<T> {
    fn of(content: Option<T>) -> Self {
        content.map_or(State::Empty, State::Here)
    }
}

impl<T> Default for Lender<T> {
    fn default() -> Self {
        Lender(RefCell::new(State::Empty))
    }
}

impl<T> Lender<T> {
    /// Sets the content; returns the previous one, unless that is being called.
    pub(crate) fn set(&self, content: Option<T>) -> Option<T> {
        let mut state = self.0.borrow_mut();
        let next = match *state {
            State::Lent | State::Replaced(_) => State::Replaced(content),
            State::Empty | State::Here(_) => State::of(content),
        };
        match replace(&mut *state, next) {
            State::Here(before) => Some(before),
            State::Replaced(before) => before,
            State::Empty | State::Lent => None,
        }
    }

    /// Gives up the content that is being called: it does not come back.
    pub(crate) fn give_up(&self) {
        let mut state = self.0.borrow_mut();
        if let State::Lent = *state {
            *state = State::Replaced(None);
        }
    }

    /// Returns true if there is content, or will be when the running call ends.
    pub(crate) fn is_set(&self) -> bool {
        !matches!(*self.0.borrow(), State::Empty | State::Replaced(None))
    }

    /// Calls the content; returns `None` if there is none or it is being called already. If the
    /// content does not come back, it is returned, too, for the caller to drop.
    pub(crate) fn lend<R>(&self, call: impl FnOnce(&mut T) -> R) -> Option<(R, Option<T>)> {
        let mut state = self.0.borrow_mut();
        let content = match replace(&mut *state, State::Lent) {
            State::Here(content) => content,
            other => {
                *state = other;
                return None;
            }
        };
        drop(state);
        let mut loan = Loan(self, Some(content));
        let answer = loan.1.as_mut().map(call)?;
        loan.put_back();
        Some((answer, loan.1.take()))
    }
}

/// Content that is being called. Its drop puts it back if the call panics.
struct Loan<'a, T>(&'a Lender<T>, Option<T>);

impl<T> Loan<'_, T> {
    fn put_back(&mut self) {
        if self.1.is_none() {
            return;
        }
        let mut state = self.0.0.borrow_mut();
        *state = match replace(&mut *state, State::Empty) {
            State::Replaced(other) => State::of(other),
            _ => State::of(self.1.take()),
        };
    }
}

impl<T> Drop for Loan<'_, T> {
    fn drop(&mut self) {
        self.put_back();
    }
}

/// Restores the previous value of a cell when it is dropped, also after a panic.
pub(crate) struct Restored<'a, T: Default> {
    cell: &'a Cell<T>,
    before: T,
}

impl<'a, T: Default> Restored<'a, T> {
    /// Sets a cell until the returned guard is dropped.
    #[inline]
    pub(crate) fn after(cell: &'a Cell<T>, value: T) -> Self {
        let before = cell.replace(value);
        Restored { cell, before }
    }
}

impl<T: Default> Drop for Restored<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.cell.set(take(&mut self.before));
    }
}
