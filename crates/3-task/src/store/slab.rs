//! Stores entries in a table, under small numbers that stay the same.
//!
//! The problem: a slot has four bytes to spare for everything rare. So the rare
//! things are in a table, and the slot keeps the number of its entry.
//!
//! A vacant place stores the name of its next entry. For most tables that is the number of the
//! place again; the table of scopes counts in it (`cancel/scopes.rs`).
//!
//! Invariants:
//! 1. A number is never 0, so that 0 can mean "none".
//! 2. Numbers are reused only after `remove`.
//!
//! Read next: `store/values.rs`, the first of the rare things.

/// Names an entry: by its place, and by all that tells it from earlier entries of that place.
pub(crate) trait Name: Copy + Default {
    /// Returns the name of the first entry in a place.
    fn first(place: usize) -> Self;
    /// Returns the number of the place; 0 for the default name, which names no entry.
    fn place(self) -> u32;
    /// Returns the name of the next entry in the place; `None` if there must be none.
    #[inline]
    fn next(self) -> Option<Self> {
        Some(self)
    }
}

impl Name for u32 {
    fn first(place: usize) -> Self {
        u32::try_from(place).expect("fewer than four billion entries")
    }

    #[inline]
    fn place(self) -> u32 {
        self
    }
}

/// A table of `T`, each in a place with a number from 1 on.
pub(crate) struct Slab<T, N = u32> {
    places: Vec<SlabEntry<T, N>>,
    /// The name of the next entry in the place that was vacated last, or none.
    vacant: N,
}

enum SlabEntry<T, N> {
    /// Holds the name of the next entry in the place that was vacated before, or none.
    Vacant(N),
    Taken(T),
}

impl<T, N: Name> Default for Slab<T, N> {
    fn default() -> Self {
        Slab {
            places: Vec::new(),
            vacant: N::default(),
        }
    }
}

impl<T, N: Name> Slab<T, N> {
    /// Adds an entry, which `entry` makes of its name, and returns the name.
    #[inline]
    pub(crate) fn insert(&mut self, entry: impl FnOnce(N) -> T) -> N {
        let name = self.vacant;
        if let Some(place) = self.places.get_mut((name.place() as usize).wrapping_sub(1))
            && let SlabEntry::Vacant(before) = *place
        {
            self.vacant = before;
            *place = SlabEntry::Taken(entry(name));
            return name;
        }
        let name = N::first(self.places.len() + 1);
        self.places.push(SlabEntry::Taken(entry(name)));
        name
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

    /// Removes the entry with this name. The place is used again, unless it has no next name.
    #[inline]
    pub(crate) fn remove(&mut self, name: N) -> Option<T> {
        let place = self
            .places
            .get_mut((name.place() as usize).wrapping_sub(1))?;
        if matches!(place, SlabEntry::Vacant(_)) {
            return None;
        }
        let before = match name.next() {
            Some(next) => std::mem::replace(&mut self.vacant, next),
            None => N::default(),
        };
        match std::mem::replace(place, SlabEntry::Vacant(before)) {
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
        let taken = |place: &&SlabEntry<T, N>| matches!(place, SlabEntry::Taken(_));
        self.places.iter().filter(taken).count()
    }
}

#[cfg(test)]
#[path = "../../tests/unit/slab.rs"]
mod tests;
