//! Holds values of the user's that are dropped one by one.
//!
//! The problem: a primitive keeps several values of the user's at once: outputs that wait for the
//! others, errors, results that were not read. If it is dropped, its fields are dropped one after
//! the other, and each of them may panic. Rust ends the process if one panics while the panic of
//! another unwinds.
//!
//! ```text
//!   Vec<T>        drop ──> 1 panics ──unwinds──> 2 panics ──> the process ends
//!   EachTold<T>   drop ──> 1 panics ──> told ──> 2 panics ──> told
//!   Told<T>       the same for one value beside others
//! ```
//!
//! Invariants:
//! 1. The drop of these types never panics: each value is dropped by [`drop_told`].
//! 2. A value that is taken out is the caller's to drop.
//!
//! Read next: `store/hidden.rs`.

use std::fmt;
use std::mem::{needs_drop, take};
use std::ops::{Deref, DerefMut};

use crate::error::panic::drop_told;

/// A value whose drop may panic, beside others. Such a panic goes no further: the loop of the
/// thread reports it.
///
/// ```
/// # mod groundup { pub mod lowlevel { pub use groundup_task::*; } }
/// use groundup::lowlevel::Told;
///
/// let kept = Told::new("the first output");
/// assert_eq!(kept.into_inner(), "the first output");
/// ```
#[derive(Debug)]
pub struct Told<T>(Option<T>);

impl<T> Told<T> {
    /// Keeps a value.
    #[inline]
    pub fn new(value: T) -> Self {
        Told(Some(value))
    }

    /// Returns the value.
    #[inline]
    pub fn into_inner(mut self) -> T {
        self.0.take().expect("it is taken once, with the holder")
    }
}

impl<T> Drop for Told<T> {
    #[inline]
    fn drop(&mut self) {
        if needs_drop::<T>()
            && let Some(value) = self.0.take()
        {
            drop_told(value);
        }
    }
}

/// A list of values whose drops may panic. Each is dropped on its own, in order. Such a panic goes
/// no further: the loop of the thread reports it.
///
/// ```
/// # mod groundup { pub mod lowlevel { pub use groundup_task::*; } }
/// use groundup::lowlevel::EachTold;
///
/// struct Sour;
///
/// impl Drop for Sour {
///     fn drop(&mut self) {
///         panic!("the milk has turned");
///     }
/// }
///
/// # std::panic::set_hook(Box::new(|_| ()));
/// let bottles: EachTold<Sour> = [Sour, Sour].into_iter().collect();
/// drop(bottles); // a Vec would end the process here
/// ```
pub struct EachTold<T>(Vec<T>);

impl<T> EachTold<T> {
    /// Makes a list with room for `capacity` values.
    #[inline]
    pub fn with_capacity(capacity: usize) -> Self {
        EachTold(Vec::with_capacity(capacity))
    }

    /// Returns the values.
    #[inline]
    pub fn into_vec(mut self) -> Vec<T> {
        take(&mut self.0)
    }
}

impl<T: fmt::Debug> fmt::Debug for EachTold<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<T> Default for EachTold<T> {
    fn default() -> Self {
        EachTold(Vec::new())
    }
}

impl<T> From<Vec<T>> for EachTold<T> {
    #[inline]
    fn from(values: Vec<T>) -> Self {
        EachTold(values)
    }
}

impl<T> FromIterator<T> for EachTold<T> {
    /// Collects values. If the iterator panics, those before are dropped one by one, too.
    #[inline]
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        let values = values.into_iter();
        let mut list = EachTold::with_capacity(values.size_hint().0);
        values.for_each(|value| list.push(value));
        list
    }
}

impl<T> Deref for EachTold<T> {
    type Target = Vec<T>;

    #[inline]
    fn deref(&self) -> &Vec<T> {
        &self.0
    }
}

impl<T> DerefMut for EachTold<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut Vec<T> {
        &mut self.0
    }
}

impl<T> Drop for EachTold<T> {
    #[inline]
    fn drop(&mut self) {
        if needs_drop::<T>() && !self.0.is_empty() {
            take(&mut self.0).into_iter().for_each(drop_told);
        }
    }
}
