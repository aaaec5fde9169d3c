//! Stores entries in a table, under small numbers that stay the same.
//!
//! The problem: a slot has four bytes to spare for everything rare. So the rare
//! things are in a table, and the slot keeps the number of its entry.
//!
//! Invariants:
//! 1. A number is never 0, so that 0 can mean "none".
//! 2. Numbers are reused only after `remove`.
//!
//! Read next: `store/waiters.rs`, the longest of the rare things.

/// A table of `T`, each with a number from 1 on.
pub(crate) struct Slab<T> {
    places: Vec<SlabEntry<T>>,
    /// The number that was vacated last, or 0.
    vacant: u32,
}

enum SlabEntry<T> {
    /// Holds the number that was vacated before this one, or 0.
    Vacant(u32),
    Taken(T),
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Slab {
            places: Vec::new(),
            vacant: 0,
        }
    }
}

impl<T> Slab<T> {
    /// Adds an entry and returns its number.
    #[inline]
    pub(crate) fn insert(&mut self, entry: T) -> u32 {
        let number = self.vacant;
        if let Some(place) = self.places.get_mut((number as usize).wrapping_sub(1))
            && let SlabEntry::Vacant(before) = *place
        {
            self.vacant = before;
            *place = SlabEntry::Taken(entry);
            return number;
        }
        self.places.push(SlabEntry::Taken(entry));
        u32::try_from(self.places.len()).expect("fewer than four billion entries")
    }

    /// Returns the entry with this number.
    #[inline]
    pub(crate) fn get(&self, number: u32) -> Option<&T> {
        match self.places.get((number as usize).wrapping_sub(1))? {
            SlabEntry::Taken(entry) => Some(entry),
            SlabEntry::Vacant(_) => None,
        }
    }

    /// Returns the entry with this number, to change it.
    #[inline]
    pub(crate) fn get_mut(&mut self, number: u32) -> Option<&mut T> {
        match self.places.get_mut((number as usize).wrapping_sub(1))? {
            SlabEntry::Taken(entry) => Some(entry),
            SlabEntry::Vacant(_) => None,
        }
    }

    /// Removes the entry with this number; the number may be given to another entry.
    #[inline]
    pub(crate) fn remove(&mut self, number: u32) -> Option<T> {
        let place = self.places.get_mut((number as usize).wrapping_sub(1))?;
        if matches!(place, SlabEntry::Vacant(_)) {
            return None;
        }
        let vacant = SlabEntry::Vacant(std::mem::replace(&mut self.vacant, number));
        match std::mem::replace(place, vacant) {
            SlabEntry::Taken(entry) => Some(entry),
            SlabEntry::Vacant(_) => None,
        }
    }

    /// Iterates over all entries with their numbers, to change them.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (u32, &mut T)> {
        let places = (1..).zip(&mut self.places);
        places.filter_map(|(number, place)| match place {
            SlabEntry::Taken(entry) => Some((number, entry)),
            SlabEntry::Vacant(_) => None,
        })
    }

    /// Returns the number of entries.
    pub(crate) fn len(&self) -> usize {
        let taken = |place: &&SlabEntry<T>| matches!(place, SlabEntry::Taken(_));
        self.places.iter().filter(taken).count()
    }
}

#[cfg(test)]
#[path = "../../tests/unit/slab.rs"]
mod tests;
