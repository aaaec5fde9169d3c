//! Bytes in a row: appended at one end, taken at the other.
//!
//! The problem: a reader needs room into which a socket can write, and that room must be
//! initialized, since the code has no `unsafe`. Initializing the room for each read would cost more
//! than the read. So the room is initialized when it is made, and used again and again.
//!
//! ```text
//!   bytes:   [ taken | filled          | room, initialized ]
//!            0       start             end                 len
//! ```
//!
//! Invariants:
//! 1. Taken bytes are overwritten before the room grows, so an empty buffer does not grow.
//! 2. The room doubles, so the copies of n bytes cost a multiple of n.
//!
//! Read next: `streams/outgoing.rs`.

/// Room that a buffer has when it gets its first bytes.
const FIRST: usize = 2 * 1024;

/// Room that an empty buffer keeps.
const KEPT: usize = 64 * 1024;

/// A row of bytes.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
}

impl Buffer {
    /// Returns the bytes.
    #[inline]
    pub(super) fn filled(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.end - self.start
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Returns where `wanted` begins, if not in the first `from` bytes.
    pub(super) fn find(&self, mut from: usize, wanted: &[u8]) -> Option<usize> {
        let (first, rest) = wanted.split_first()?;
        let bytes = self.filled();
        loop {
            let at = from + bytes.get(from..)?.iter().position(|byte| byte == first)?;
            if bytes[at + 1..].starts_with(rest) {
                return Some(at);
            }
            from = at + 1;
        }
    }

    /// Returns room for new bytes: as much as there is, and at least one byte.
    pub(super) fn room(&mut self) -> &mut [u8] {
        if self.end == self.bytes.len() {
            self.make_room(1);
        }
        &mut self.bytes[self.end..]
    }

    /// Adds the first `count` bytes of the room to the buffer.
    ///
    /// # Panics
    ///
    /// If there is less room.
    pub(super) fn add(&mut self, count: usize) {
        assert!(
            count <= self.bytes.len() - self.end,
            "the reader says that it has read {count} bytes, into less room"
        );
        self.end += count;
    }

    /// Appends bytes.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        if self.bytes.len() - self.end < bytes.len() {
            self.make_room(bytes.len());
        }
        self.bytes[self.end..self.end + bytes.len()].copy_from_slice(bytes);
        self.end += bytes.len();
    }

    /// Takes `count` bytes.
    pub(super) fn take(&mut self, count: usize) -> Vec<u8> {
        let taken = self.filled()[..count].to_vec();
        self.skip(count);
        taken
    }

    /// Takes all bytes.
    pub(super) fn take_all(&mut self) -> Vec<u8> {
        self.take(self.len())
    }

    /// Drops `count` bytes.
    pub(super) fn skip(&mut self, count: usize) {
        self.start += count;
        debug_assert!(self.start <= self.end);
        if self.is_empty() {
            (self.start, self.end) = (0, 0);
            if self.bytes.len() > KEPT {
                self.bytes = Vec::new();
            }
        }
    }

    /// Moves the bytes to the beginning, and grows until there is room for `more`.
    #[cold]
    fn make_room(&mut self, more: usize) {
        let needed = self.len() + more;
        // Half of it is free then, so the move of the bytes is paid for by the bytes that came.
        if self.start > 0 && needed <= self.bytes.len() && self.len() <= self.bytes.len() / 2 {
            self.bytes.copy_within(self.start..self.end, 0);
        } else {
            let room = needed.max(2 * self.len()).max(FIRST);
            let mut bytes = Vec::with_capacity(room);
            bytes.extend_from_slice(self.filled());
            bytes.resize(room, 0);
            self.bytes = bytes;
        }
        (self.start, self.end) = (0, self.len());
    }
}
