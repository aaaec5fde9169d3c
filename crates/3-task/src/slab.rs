//! A table whose entries are named by small numbers that stay the same.
//!
//! The problem: a slot has four bytes to spare for everything rare. So the rare
//! things stand in a table, and the slot keeps the number.
//!
//! Invariants:
//! 1. A number is never 0, so that 0 can mean "none".
//! 2. Numbers are reused only after `remove`.
//!
//! Read next: `extra.rs`, the first of them.

/// A table of `T`.
pub(crate) struct Slab<T> {
    entries: Vec<Option<T>>,
    vacant: Vec<u32>,
}

impl<T> Slab<T> {
    pub(crate) const fn new() -> Self {
        Slab {
            entries: Vec::new(),
            vacant: Vec::new(),
        }
    }

    /// Puts an entry in and gives its number.
    pub(crate) fn insert(&mut self, entry: T) -> u32 {
        if let Some(number) = self.vacant.pop() {
            self.entries[number as usize - 1] = Some(entry);
            return number;
        }
        self.entries.push(Some(entry));
        u32::try_from(self.entries.len()).expect("fewer than four billion entries")
    }

    /// The entry with this number.
    pub(crate) fn get(&self, number: u32) -> Option<&T> {
        self.entries
            .get((number as usize).checked_sub(1)?)?
            .as_ref()
    }

    /// The entry with this number, to change it.
    pub(crate) fn get_mut(&mut self, number: u32) -> Option<&mut T> {
        self.entries
            .get_mut((number as usize).checked_sub(1)?)?
            .as_mut()
    }

    /// Takes the entry out; its number may be given to another.
    pub(crate) fn remove(&mut self, number: u32) -> Option<T> {
        let entry = self
            .entries
            .get_mut((number as usize).checked_sub(1)?)?
            .take();
        if entry.is_some() {
            self.vacant.push(number);
        }
        entry
    }

    /// All entries with their numbers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        let entries = (1..).zip(&self.entries);
        entries.filter_map(|(number, entry)| Some((number, entry.as_ref()?)))
    }

    /// All entries, to change them.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.entries.iter_mut().flatten()
    }

    /// How many entries there are.
    pub(crate) fn len(&self) -> usize {
        self.entries.len() - self.vacant.len()
    }
}

#[cfg(test)]
mod tests {
    use super::Slab;

    #[test]
    fn numbers_start_at_one_and_are_reused_after_removal() {
        let mut slab = Slab::new();
        assert_eq!((slab.insert('a'), slab.insert('b')), (1, 2));
        assert_eq!(slab.remove(1), Some('a'));
        assert_eq!(
            (slab.remove(1), slab.get(0), slab.get(3)),
            (None, None, None)
        );
        assert_eq!((slab.insert('c'), slab.len()), (1, 2));
        *slab.get_mut(2).unwrap() = 'd';
        assert_eq!(slab.get(2), Some(&'d'));
    }
}
