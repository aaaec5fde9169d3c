//! A table whose entries are named by small numbers that stay the same.
//!
//! The problem: a slot has four bytes to spare for everything rare. So the rare
//! things stand in a table, and the slot keeps the number.
//!
//! Invariants:
//! 1. A number is never 0, so that 0 can mean "none".
//! 2. Numbers are reused only after `remove`.
//!
//! Read next: `store/waiters.rs`, the longest of them.

/// A table of `T`.
pub(crate) struct Slab<T> {
    places: Vec<Option<T>>,
    /// The numbers of the empty places.
    vacant: Vec<u32>,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        let (places, vacant) = (Vec::new(), Vec::new());
        Slab { places, vacant }
    }
}

impl<T> Slab<T> {
    /// Puts an entry in and gives its number.
    #[inline]
    pub(crate) fn insert(&mut self, entry: T) -> u32 {
        if let Some(number) = self.vacant.pop() {
            self.places[number as usize - 1] = Some(entry);
            return number;
        }
        self.places.push(Some(entry));
        u32::try_from(self.places.len()).expect("fewer than four billion entries")
    }

    /// The entry with this number.
    #[inline]
    pub(crate) fn get(&self, number: u32) -> Option<&T> {
        self.places.get(number.wrapping_sub(1) as usize)?.as_ref()
    }

    /// The entry with this number, to change it.
    #[inline]
    pub(crate) fn get_mut(&mut self, number: u32) -> Option<&mut T> {
        let place = self.places.get_mut(number.wrapping_sub(1) as usize)?;
        place.as_mut()
    }

    /// Takes the entry out; its number may be given to another.
    #[inline]
    pub(crate) fn remove(&mut self, number: u32) -> Option<T> {
        let place = self.places.get_mut(number.wrapping_sub(1) as usize)?;
        let entry = place.take()?;
        self.vacant.push(number);
        Some(entry)
    }

    /// All entries with their numbers, to change them.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (u32, &mut T)> {
        let places = (1..).zip(&mut self.places);
        places.filter_map(|(number, place)| Some((number, place.as_mut()?)))
    }

    /// How many entries there are.
    pub(crate) fn len(&self) -> usize {
        self.places.len() - self.vacant.len()
    }
}

#[cfg(test)]
#[path = "../../tests/unit/slab.rs"]
mod tests;
