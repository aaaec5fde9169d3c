//! Holds the messages in a mailbox, at most one with each key.
//!
//! The problem: a thread may wake two tasks in turn a million times while their loop is busy. To
//! wake a task twice is to wake it once, so a second message adds nothing. But the search for the
//! first message must not cost more the more messages there are, nor allocate for each message.
//!
//! ```text
//!   words    3  ----   9   1  ----   4        in the order in which they came
//!   others     call          call             those without a key, in the same order
//!   index    a table from keys to places in the words, if there are more than a few messages
//! ```
//!
//! A message that is only a key is one word: what one thread writes and another reads goes from
//! one processor to the other, and costs more the longer it is.
//!
//! A mailbox is emptied as often as it is filled. So it costs one addition to empty the index: only
//! the entries with the stamp of the present filling count.
//!
//! Invariants:
//! 1. No two words are the same key.
//! 2. Messages stay in the order in which they came first. Each word `OTHER` stands for the next of
//!    the others.
//! 3. The index knows the first `indexed` words, and no others.
//!
//! Read next: `mailbox/park.rs`.

use std::mem::swap;

/// The word of a message without a key. No key is 0.
const OTHER: u64 = 0;
/// Fewer words than these are searched without an index.
const FEW: usize = 8;
/// An index with more entries than these is not kept.
const KEPT: usize = 1 << 12;

/// Messages in their order, as they go from thread to thread: keys, and messages `T` without one.
pub(crate) struct Mail<T> {
    pub(super) words: Vec<u64>,
    pub(super) others: Vec<T>,
}

impl<T> Default for Mail<T> {
    fn default() -> Self {
        Mail::new()
    }
}

impl<T> Mail<T> {
    const fn new() -> Self {
        Mail {
            words: Vec::new(),
            others: Vec::new(),
        }
    }

    /// Returns the number of messages for which there is memory.
    pub(crate) fn capacity(&self) -> usize {
        self.words.capacity().max(self.others.capacity())
    }

    /// Takes all messages out and passes them on, each key to one function and the others to the
    /// other one.
    #[inline]
    pub(crate) fn read(&mut self, mut key: impl FnMut(u64), mut other: impl FnMut(T)) {
        let mut others = self.others.drain(..);
        for word in self.words.drain(..) {
            if word != OTHER {
                key(word);
            } else if let Some(next) = others.next() {
                other(next);
            }
        }
    }
}

/// The messages in a mailbox: keys, and messages `T` without one.
pub(crate) struct Messages<T> {
    pub(super) mail: Mail<T>,
    pub(super) index: Option<Box<MessageIndex>>,
}

/// The places of keys among the words.
#[derive(Default)]
pub(super) struct MessageIndex {
    /// An open-addressing table, at most half full: the stamp, and the place of the word.
    pub(super) entries: Vec<(u32, u32)>,
    pub(super) stamp: u32,
    indexed: usize,
}

impl<T> Messages<T> {
    /// Makes an empty mailbox.
    pub(crate) const fn new() -> Self {
        Messages {
            mail: Mail::new(),
            index: None,
        }
    }

    /// Adds a message without a key.
    pub(crate) fn put(&mut self, message: T) {
        self.mail.others.push(message);
        self.mail.words.push(OTHER);
    }

    /// Adds a key, unless it is there.
    #[inline(always)] // Speed: remote_wake. The usual way contains no call, and pushes no register.
    pub(crate) fn put_key(&mut self, key: u64) {
        let words = &mut self.mail.words;
        match &mut self.index {
            Some(index) if words.len() < words.capacity() && index.is_ready(words) => {
                if index.enter(key, words) {
                    words.push(key);
                }
            }
            _ => self.put_key_slowly(key),
        }
    }

    /// Adds a key, unless it is there, where the list or the index has no room or there is no index.
    #[inline(never)]
    fn put_key_slowly(&mut self, key: u64) {
        let words = &mut self.mail.words;
        let is_new = if words.len() < FEW {
            !words.contains(&key)
        } else {
            let index = self.index.get_or_insert_default();
            index.catch_up(words);
            index.enter(key, words)
        };
        if is_new {
            words.push(key);
        }
    }

    /// Moves all messages to `into`, which is empty and leaves its memory for the next ones.
    pub(crate) fn take(&mut self, into: &mut Mail<T>) {
        debug_assert!(into.words.is_empty() && into.others.is_empty());
        swap(&mut self.mail, into);
        if let Some(index) = &mut self.index {
            index.clear();
        }
    }
}

impl MessageIndex {
    /// Returns true if it knows all words, and has room for one more.
    #[inline(always)]
    fn is_ready(&self, words: &[u64]) -> bool {
        self.indexed == words.len() && 2 * words.len() < self.entries.len()
    }

    /// Enters the key that is the next word, if it is ready; returns false if a word is this key.
    #[inline(always)]
    fn enter(&mut self, key: u64, words: &[u64]) -> bool {
        let found = self.find(key, words);
        if let Err(entry) = found {
            self.take_entry(entry);
        }
        found.is_err()
    }

    /// Sets an entry for the first word that is not indexed.
    #[inline]
    fn take_entry(&mut self, entry: usize) {
        self.entries[entry] = (self.stamp, self.indexed as u32);
        self.indexed += 1;
    }

    /// Enters all words that are not indexed, and makes room for one more.
    #[cold]
    fn catch_up(&mut self, words: &[u64]) {
        loop {
            if 2 * words.len() >= self.entries.len() {
                self.grow();
            }
            match words.get(self.indexed) {
                None => return,
                Some(&OTHER) => self.indexed += 1,
                Some(key) => match self.find(*key, words) {
                    Err(entry) => self.take_entry(entry),
                    Ok(_) => self.indexed += 1,
                },
            }
        }
    }

    /// Returns the entry of a key, or as an error the entry where the key would go.
    #[inline(always)]
    pub(super) fn find(&self, key: u64, words: &[u64]) -> Result<usize, usize> {
        let mask = self.entries.len().wrapping_sub(1);
        let mut entry = self.first_entry(key);
        while let Some((stamp, place)) = self.entries.get(entry) {
            if *stamp != self.stamp {
                break;
            }
            if words.get(*place as usize) == Some(&key) {
                return Ok(entry);
            }
            entry = (entry + 1) & mask;
        }
        Err(entry)
    }

    /// Returns the entry at which the search for a key begins.
    #[inline]
    pub(super) fn first_entry(&self, key: u64) -> usize {
        // The upper bits of the product depend on all bits of the key.
        let hash = (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as usize;
        hash & self.entries.len().wrapping_sub(1)
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
        self.stamp = self.stamp.checked_add(1).unwrap_or_else(|| {
            self.entries.fill((0, 0));
            1
        });
    }
}
