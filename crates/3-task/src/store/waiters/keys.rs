//! Finds an entry of a list of waiters by its content.
//!
//! The problem: most waits know the number of their entry. A member of a group does not, nor
//! does a done-callback, which is removed by comparison. A look at every entry is cheap in a
//! list of ten. If a hundred thousand leave a list of a hundred thousand, it would be ten
//! thousand million looks. So a long list gets an index when the first entry is searched.
//!
//! ```text
//!   entries   2:T7  3:member 4 of 1  4:callback  5:T7
//!   index     (T7, 2) (T7, 5) (member 4 of 1, 3) (callback, 4)     in order of the keys
//! ```
//!
//! Invariants:
//! 1. Where there is an index, every entry that has a key is in it, and nothing else.
//! 2. A list in which no entry was searched has none.
//!
//! Read next: `mailbox.rs`, where other threads come in.

use super::Waiter;
use crate::store::ticket::Ticket;
use crate::store::ticket::trees::Tree;

/// A property by which an entry is found, beside its number.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    /// A task of this loop.
    Ticket(Ticket),
    /// A member of a group.
    Member { group: u32, member: u32 },
    /// A done-callback, by its address, which its clones have too.
    Callback(usize),
}

impl Waiter {
    /// Returns the key of an entry. Wakers and proxies have none.
    pub(super) fn key(&self) -> Option<Key> {
        match *self {
            Waiter::Ticket(ticket) => Some(Key::Ticket(ticket)),
            Waiter::Group { group, member } => Some(Key::Member { group, member }),
            Waiter::Callback(ref callback, _) => Some(callback.key()),
            Waiter::Waker(_) | Waiter::Proxy(_) => None,
        }
    }

    /// Returns the task that waits, if it is known.
    pub(crate) fn task(&self) -> Option<Ticket> {
        match self {
            Waiter::Ticket(task) => Some(*task),
            Waiter::Waker(waker) => waker.task(),
            _ => None,
        }
    }
}

impl Key {
    /// Returns the key as a word, and its kind. Keys of two kinds may have one word, which is rare.
    fn word(self) -> (u64, u32) {
        match self {
            Key::Ticket(ticket) => (ticket.bits(), 0),
            Key::Member { group, member } => (u64::from(group) << 32 | u64::from(member), 1),
            Key::Callback(address) => (address as u64, 2),
        }
    }
}

/// The keys of a long list, and the numbers of their entries: the kind of each key, by its word and by
/// the number of the entry.
#[derive(Default)]
pub(super) struct KeyIndex(Tree);

impl KeyIndex {
    /// Enters an entry.
    pub(super) fn enter(&mut self, waiter: &Waiter, number: u64) {
        if let Some(key) = waiter.key() {
            let (word, kind) = key.word();
            self.0.insert((word, number), kind);
        }
    }

    /// Removes an entry.
    pub(super) fn leave(&mut self, waiter: &Waiter, number: u64) {
        if let Some(key) = waiter.key() {
            self.0.remove(&(key.word().0, number));
        }
    }

    /// Returns the numbers of the entries with a key, in order.
    pub(super) fn numbers(&self, key: Key) -> impl Iterator<Item = u64> {
        let (word, kind) = key.word();
        let range = self.0.range((word, 0)..=(word, u64::MAX));
        range.filter_map(move |((_, number), of)| {
            #[cfg(test)]
            super::LOOKS.set(super::LOOKS.get() + 1);
            (*of == kind).then_some(*number)
        })
    }
}
