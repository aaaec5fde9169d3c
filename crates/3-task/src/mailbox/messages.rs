//! Holds the messages in a mailbox, at most one with each key.
//!
//! The problem: a thread may wake two tasks in turn a million times while their loop is busy. To
//! wake a task twice is to wake it once, so a second message adds nothing. But the search for the
//! first message must not cost more the more messages there are, nor allocate for each message.
//!
//! ```text
//!   list    T3  call  T9  T1  call  T4        in the order in which they came
//!   index   a table from keys to places in the list, if there are more than a few messages
//! ```
//!
//! A mailbox is emptied as often as it is filled. So it costs one addition to empty the index: only
//! the entries with the stamp of the present filling count.
//!
//! Invariants:
//! 1. No two messages in the list have the same key.
//! 2. Messages stay in the order in which they came first.
//! 3. The index knows the first `indexed` messages of the list, and no others.
//!
//! Read next: `mailbox/park.rs`.

use std::mem::swap;

/// Gives a message its key.
pub(crate) trait Keyed {
    /// Returns the key: a mailbox keeps one message of each key. `None` for a message that is never
    /// the same as another.
    fn key(&self) -> Option<u64>;
}

/// A list of fewer messages than these is searched without an index.
const FEW: usize = 8;
/// An index with more entries than these is not kept.
const KEPT: usize = 1 << 12;

/// The messages in a mailbox.
pub(crate) struct Messages<T> {
    pub(super) list: Vec<T>,
    pub(super) index: Option<Box<MessageIndex>>,
}

/// The places of messages with keys in the list.
#[derive(Default)]
pub(super) struct MessageIndex {
    /// An open-addressing table, at most half full: the stamp, and the place in the list.
    entries: Vec<(u32, u32)>,
    pub(super) stamp: u32,
    indexed: usize,
    /// Number of entries with the present stamp.
    living: usize,
}

impl<T: Keyed> Messages<T> {
    /// Makes an empty mailbox.
    pub(crate) const fn new() -> Self {
        Messages {
            list: Vec::new(),
            index: None,
        }
    }

    /// Adds a message, unless one with its key is there.
    #[inline]
    pub(crate) fn put(&mut self, message: T) {
        if message.key().is_none_or(|key| self.is_new(key)) {
            self.list.push(message);
        }
    }

    /// Returns true if no message has this key, which the caller's next message has.
    #[inline]
    fn is_new(&mut self, key: u64) -> bool {
        if self.list.len() < FEW {
            return self.list.iter().all(|message| message.key() != Some(key));
        }
        self.index.get_or_insert_default().enter(key, &self.list)
    }

    /// Appends all messages to `into`. If that is empty, the two lists swap their memory.
    pub(crate) fn take(&mut self, into: &mut Vec<T>) {
        if into.is_empty() {
            swap(&mut self.list, into);
        } else {
            into.append(&mut self.list);
        }
        if let Some(index) = &mut self.index {
            index.clear();
        }
    }
}

impl MessageIndex {
    /// Enters the key of the next message; returns false if a message of the list has it.
    #[inline]
    fn enter<T: Keyed>(&mut self, key: u64, list: &[T]) -> bool {
        if self.indexed != list.len() || 2 * self.living >= self.entries.len() {
            self.catch_up(list);
        }
        let found = self.find(key, list);
        if let Err(entry) = found {
            self.take_entry(entry);
        }
        found.is_err()
    }

    /// Sets an entry for the first message that is not indexed.
    #[inline]
    fn take_entry(&mut self, entry: usize) {
        self.entries[entry] = (self.stamp, self.indexed as u32);
        self.living += 1;
        self.indexed += 1;
    }

    /// Enters all messages that are not indexed, and makes room for one more.
    #[cold]
    fn catch_up<T: Keyed>(&mut self, list: &[T]) {
        loop {
            if 2 * self.living >= self.entries.len() {
                self.grow();
            }
            let Some(message) = list.get(self.indexed) else {
                return;
            };
            match message.key().map(|key| self.find(key, list)) {
                Some(Err(entry)) => self.take_entry(entry),
                _ => self.indexed += 1,
            }
        }
    }

    /// Returns the entry of a key, or as an error the entry where the key would go.
    fn find<T: Keyed>(&self, key: u64, list: &[T]) -> Result<usize, usize> {
        let mask = self.entries.len().wrapping_sub(1);
        // The upper bits of the product depend on all bits of the key.
        let mut entry = (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as usize & mask;
        while let Some((stamp, place)) = self.entries.get(entry) {
            if *stamp != self.stamp {
                break;
            }
            if list[*place as usize].key() == Some(key) {
                return Ok(entry);
            }
            entry = (entry + 1) & mask;
        }
        Err(entry)
    }

    /// Doubles the table and empties it.
    #[cold]
    fn grow(&mut self) {
        let size = (4 * FEW).max(2 * self.entries.len());
        *self = MessageIndex {
            entries: vec![(0, 0); size],
            stamp: 1,
            ..MessageIndex::default()
        };
    }

    fn clear(&mut self) {
        if self.entries.len() > KEPT {
            *self = MessageIndex::default();
        }
        self.indexed = 0;
        self.living = 0;
        self.stamp = self.stamp.checked_add(1).unwrap_or_else(|| {
            self.entries.fill((0, 0));
            1
        });
    }
}
