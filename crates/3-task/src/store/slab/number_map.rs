//! Maps numbers to values of any type, in the order of the numbers.
//!
//! The problem: a map of the standard library is compiled anew for each type of its values, as the code
//! of a hundred functions, in each fresh build of a program. The floors have many maps of few entries. So
//! all of them share one map from numbers to places, and only the values at these places are of
//! different types.
//!
//! ```text
//!   tree              slab
//!   (7, 0) ── 2       1: b    2: a
//!   (9, 0) ── 1
//! ```
//!
//! Invariants:
//! 1. Each place in the tree is that of one value, and each value has one.
//! 2. There are at most four times as many places as values, and a few.
//!
//! Read next: `store/values.rs`, the first of the rare things.

use std::mem::{replace, take};

use super::Slab;
use crate::store::ticket::trees::Tree;

/// Number of places that a map keeps, also if it is empty.
const FEW: usize = 64;

/// A map from two numbers to values, in the order of the numbers. Where one number names a value, the
/// other is 0.
///
/// ```
/// # mod groundup { pub mod lowlevel { pub use groundup_task::*; } }
/// use groundup::lowlevel::NumberMap;
///
/// let mut map = NumberMap::default();
/// assert_eq!(map.insert((9, 0), "b"), None);
/// assert_eq!(map.insert((7, 0), "a"), None);
/// assert_eq!(map.keys().collect::<Vec<_>>(), [(7, 0), (9, 0)]);
/// assert_eq!((map.remove((9, 0)), map.get((9, 0)), map.len()), (Some("b"), None, 1));
/// ```
pub struct NumberMap<V> {
    places: Tree,
    values: Slab<V>,
}

impl<V> Default for NumberMap<V> {
    fn default() -> Self {
        NumberMap {
            places: Tree::new(),
            values: Slab::default(),
        }
    }
}

impl<V> NumberMap<V> {
    /// Returns the number of values.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Returns true if there is no value.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Returns the value of a key.
    pub fn get(&self, key: (u64, u64)) -> Option<&V> {
        self.values.get(*self.places.get(&key)?)
    }

    /// Returns the value of a key, to change it.
    pub fn get_mut(&mut self, key: (u64, u64)) -> Option<&mut V> {
        self.values.get_mut(*self.places.get(&key)?)
    }

    /// Sets the value of a key, and returns the value before.
    pub fn insert(&mut self, key: (u64, u64), value: V) -> Option<V> {
        if let Some(known) = self.get_mut(key) {
            return Some(replace(known, value));
        }
        self.places.insert(key, self.values.insert(|_| value));
        None
    }

    /// Removes a key, and returns its value.
    pub fn remove(&mut self, key: (u64, u64)) -> Option<V> {
        let value = self.values.remove(self.places.remove(&key)?);
        if self.values.positions() > FEW.max(4 * self.places.len()) {
            self.shrink();
        }
        value
    }

    /// Moves the values into a table without vacant places. As many values were removed before as are
    /// moved, and more.
    #[cold]
    fn shrink(&mut self) {
        let mut before = take(&mut self.values);
        for place in self.places.values_mut() {
            if let Some(value) = before.remove(*place) {
                *place = self.values.insert(|_| value);
            }
        }
    }

    /// Returns the first key.
    pub fn first(&self) -> Option<(u64, u64)> {
        self.keys().next()
    }

    /// Returns the keys, in order.
    pub fn keys(&self) -> impl Iterator<Item = (u64, u64)> + use<'_, V> {
        self.places.keys().copied()
    }

    /// Takes out all values, in the order of their keys.
    pub fn take_all(&mut self) -> Vec<V> {
        let mut all = Vec::new();
        let mut values = take(&mut self.values);
        for place in take(&mut self.places).into_values() {
            all.extend(values.remove(place));
        }
        all
    }
}

#[cfg(test)]
#[path = "../../../tests/unit/number_map.rs"]
mod tests;
