//! Stores entries in a table, under small numbers that stay the same.
//!
//! The problem: a slot has four bytes to spare for everything rare. So the rare
//! things are in a table, and the slot keeps the number of its entry.
//!
//! A vacant position stores the name of its next entry. For most tables that is the number of the
//! position again; the table of scopes counts in it (`cancel/scopes.rs`).
//!
//! Invariants:
//! 1. A number is never 0, so that 0 can mean "none".
//! 2. Numbers are reused only after `remove`.
//!
//! Read next: `store/slab/number_map.rs`.

pub(crate) mod number_map;

/// Names an entry: by its position, and by all that tells it from earlier entries of that position.
pub(crate) trait Name: Copy + Default {
    /// Returns the name of the first entry in a position.
    fn first(position: usize) -> Self;
    /// Returns the number of the position; 0 for the default name, which names no entry.
    fn position(self) -> u32;
    /// Returns the name of the next entry in the position; `None` if there must be none.
    #[inline]
    fn next(self) -> Option<Self> {
        Some(self)
    }
}

impl Name for u32 {
    fn first(position: usize) -> Self {
        u32::try_from(position).expect("fewer than four billion entries")
    }

    #[inline]
    fn position(self) -> u32 {
        self
    }
}

/// A table of `T`, each in a position with a number from 1 on.
pub(crate) struct Slab<T, N = u32> {
    positions: Vec<SlabEntry<T, N>>,
    /// The name of the next entry in the position that was vacated last, or none.
    vacant: N,
}

enum SlabEntry<T, N> {
    /// Holds the name of the next entry in the position that was vacated before, or none.
    Vacant(N),
    Taken(T),
}

impl<T, N: Name> Default for Slab<T, N> {
    fn default() -> Self {
        Slab {
            positions: Vec::new(),
            vacant: N::default(),
        }
    }
}

impl<T, N: Name> Slab<T, N> {
    /// Adds an entry, which `entry` makes of its name, and returns the name.
    #[inline]
    pub(crate) fn insert(&mut self, entry: impl FnOnce(N) -> T) -> N {
        let name = self.vacant;
        if let Some(position) = self
            .positions
            .get_mut((name.position() as usize).wrapping_sub(1))
            && let SlabEntry::Vacant(before) = *position
        {
            self.vacant = before;
            *position = SlabEntry::Taken(entry(name));
            return name;
        }
        let name = N::first(self.positions.len() + 1);
        self.positions.push(SlabEntry::Taken(entry(name)));
        name
    }

    /// Returns the entry with this number.
    #[inline]
    pub(crate) fn get(&self, number: u32) -> Option<&T> {
        match self.positions.get((number as usize).wrapping_sub(1))? {
            SlabEntry::Taken(entry) => Some(entry),
            SlabEntry::Vacant(_) => None,
        }
    }

    /// Returns the entry with this number, to change it.
    #[inline]
    pub(crate) fn get_mut(&mut self, number: u32) -> Option<&mut T> {
        match self.positions.get_mut((number as usize).wrapping_sub(1))? {
            SlabEntry::Taken(entry) => Some(entry),
            SlabEntry::Vacant(_) => None,
        }
    }

    /// Removes the entry with this name. The position is used again, unless it has no next name.
    #[inline]
    pub(crate) fn remove(&mut self, name: N) -> Option<T> {
        let position = self
            .positions
            .get_mut((name.position() as usize).wrapping_sub(1))?;
        if matches!(position, SlabEntry::Vacant(_)) {
            return None;
        }
        let before = match name.next() {
            Some(next) => std::mem::replace(&mut self.vacant, next),
            None => N::default(),
        };
        match std::mem::replace(position, SlabEntry::Vacant(before)) {
            SlabEntry::Taken(entry) => Some(entry),
            SlabEntry::Vacant(_) => None,
        }
    }

    /// Calls `change` with all entries and their numbers, in order.
    pub(crate) fn each(&mut self, change: &mut dyn FnMut(u32, &mut T)) {
        let mut number = 0;
        for position in &mut self.positions {
            number += 1;
            if let SlabEntry::Taken(entry) = position {
                change(number, entry);
            }
        }
    }

    /// Returns the number of positions, vacant or taken.
    pub(crate) fn positions(&self) -> usize {
        self.positions.len()
    }

    /// Returns the number of entries.
    pub(crate) fn len(&self) -> usize {
        let mut taken = 0;
        for position in &self.positions {
            taken += usize::from(matches!(position, SlabEntry::Taken(_)));
        }
        taken
    }
}

#[cfg(test)]
#[path = "../../tests/unit/slab.rs"]
mod tests;
