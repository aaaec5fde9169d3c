//! Ring: the last values of a broadcast, and the receivers left for each.
//!
//! The problem: every receiver is at another place of the same sequence, and the sequence has no
//! end. A value must go when all receivers have it, or when a newer one needs its room. So a value
//! has a number in the sequence, and a count of the receivers that have not read it.
//!
//! ```text
//!   number   3      4      5              end: 6, the number of the next value
//!   left     1      1      2
//!            ^ a receiver that is at 3 has three values to read, and one at 5 has one
//! ```
//!
//! Receivers read in order. So a value has no more receivers left than the next one has, and the
//! value that is read by its last receiver is the first of the ring.
//!
//! Invariants:
//! 1. Each value of the ring has a receiver left.
//! 2. A ring has at most `capacity` values.
//!
//! Read next: `channels/broadcast/receiver.rs`.

use std::collections::VecDeque;
use std::rc::Rc;

/// The last values of a broadcast. A value is in an `Rc`, so that it is cloned and dropped while the
/// ring is not borrowed.
pub(super) struct Ring<T> {
    values: VecDeque<Sent<T>>,
    capacity: usize,
    /// The number of the value that is sent next.
    end: u64,
}

/// A value, and the number of receivers that have not read it.
struct Sent<T> {
    value: Rc<T>,
    left: usize,
}

/// The finding of a receiver at its place of the sequence.
pub(super) enum NextValue<T> {
    /// Its next value.
    Value(Rc<T>),
    /// So many values were replaced before it read them.
    Missed(u64),
    /// No value, yet.
    Nothing,
}

impl<T> Ring<T> {
    pub(super) fn new(capacity: usize) -> Self {
        Ring {
            values: VecDeque::new(),
            capacity,
            end: 0,
        }
    }

    /// Returns the number of the value that is sent next.
    pub(super) fn end(&self) -> u64 {
        self.end
    }

    /// Returns the number of the first value.
    pub(super) fn begin(&self) -> u64 {
        self.end - self.values.len() as u64
    }

    /// Adds a value for so many receivers. Returns the value that it replaces, for the caller to
    /// drop.
    pub(super) fn push(&mut self, value: T, left: usize) -> Option<Rc<T>> {
        let full = self.values.len() == self.capacity;
        let replaced = full.then(|| self.values.pop_front()).flatten();
        let value = Rc::new(value);
        self.values.push_back(Sent { value, left });
        self.end += 1;
        replaced.map(|sent| sent.value)
    }

    /// Returns what a receiver that is at `next` finds, and moves it on.
    pub(super) fn read(&mut self, next: &mut u64) -> NextValue<T> {
        let begin = self.begin();
        if *next < begin {
            let missed = begin - *next;
            *next = begin;
            return NextValue::Missed(missed);
        }
        match self.take(*next) {
            Some(value) => {
                *next += 1;
                NextValue::Value(value)
            }
            None => NextValue::Nothing,
        }
    }

    /// Takes the value with this number for one receiver. The last receiver has it alone.
    pub(super) fn take(&mut self, number: u64) -> Option<Rc<T>> {
        let place = usize::try_from(number.checked_sub(self.begin())?).ok()?;
        let sent = self.values.get_mut(place)?;
        sent.left -= 1;
        match sent.left {
            0 => self.values.pop_front().map(|sent| sent.value),
            _ => Some(sent.value.clone()),
        }
    }
}
