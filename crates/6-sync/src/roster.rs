//! Roster: entries in the order in which they came, each with a number.
//!
//! The problem: an object keeps an entry for each task that is inside, or for each object beneath
//! it. An entry leaves at any time, also from the middle, and the object asks for the oldest. A
//! list of pointers needs `unsafe`, and a search costs more the more entries there are. Here the
//! links are numbers of places in a `Vec`, and a freed place is used again.
//!
//! ```text
//!   number   1     2     3     4
//!   value    b     -     a     c        first: 3, last: 4, vacant: 2
//!   before   3     -     0     1
//!   after    4     0     1     0        the order: a, b, c
//! ```
//!
//! Invariants:
//! 1. The links from `first` to `last` join the entries in the order in which they were added.
//! 2. A number is never 0, and is used again only after its entry was removed.
//! 3. Each operation costs the same, however many entries there are.
//!
//! Read next: `home.rs`.

/// Entries in the order in which they were added. Each has a number by which it is removed.
pub(crate) struct Roster<T> {
    links: Vec<Link<T>>,
    first: u32,
    last: u32,
    /// The vacant place that was freed last.
    vacant: u32,
}

/// An entry with the numbers of its neighbours.
struct Link<T> {
    value: Option<T>,
    before: u32,
    /// The entry behind this one; of a vacant place, the next vacant place.
    after: u32,
}

impl<T> Default for Roster<T> {
    fn default() -> Self {
        Roster {
            links: Vec::new(),
            first: 0,
            last: 0,
            vacant: 0,
        }
    }
}

impl<T> Roster<T> {
    fn link(&mut self, number: u32) -> &mut Link<T> {
        &mut self.links[number as usize - 1]
    }

    /// Adds an entry at the end, and returns its number.
    pub(crate) fn add(&mut self, value: T) -> u32 {
        let link = Link {
            value: Some(value),
            before: self.last,
            after: 0,
        };
        let number = match self.vacant {
            0 => {
                self.links.push(link);
                u32::try_from(self.links.len()).expect("fewer than four billion entries")
            }
            number => {
                self.vacant = self.link(number).after;
                *self.link(number) = link;
                number
            }
        };
        match std::mem::replace(&mut self.last, number) {
            0 => self.first = number,
            before => self.link(before).after = number,
        }
        number
    }

    /// Removes the entry with this number, and returns its value.
    pub(crate) fn remove(&mut self, number: u32) -> Option<T> {
        let vacant = self.vacant;
        let link = self.link(number);
        let value = link.value.take();
        let (before, after) = (link.before, std::mem::replace(&mut link.after, vacant));
        self.vacant = number;
        match before {
            0 => self.first = after,
            before => self.link(before).after = after,
        }
        match after {
            0 => self.last = before,
            after => self.link(after).before = before,
        }
        value
    }

    /// Returns the oldest entry.
    pub(crate) fn first(&self) -> Option<&T> {
        self.links
            .get(self.first.checked_sub(1)? as usize)?
            .value
            .as_ref()
    }

    /// Returns the values, the oldest first.
    pub(crate) fn into_values(mut self) -> impl Iterator<Item = T> {
        let mut next = self.first;
        std::iter::from_fn(move || {
            let link = self.links.get_mut(next.checked_sub(1)? as usize)?;
            next = link.after;
            link.value.take()
        })
    }
}
