//! Inputs: bytes that are read as numbers, and changed.
//!
//! Read next: `reader.rs`.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::dice::Dice;

/// Reads an input from its beginning. Behind the end every number is 0.
pub(crate) struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Input(bytes)
    }

    pub(crate) fn is_over(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn byte(&mut self) -> u8 {
        let Some((&first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        first
    }

    /// Reads a number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::from(self.byte()) % end
    }

    /// Reads a number whose size is likely to be small.
    pub(crate) fn size(&mut self) -> usize {
        let byte = usize::from(self.byte());
        (byte & 15) << (byte >> 4)
    }
}

/// The features of a run: each is an answer, and the one before it.
#[derive(Default)]
pub(crate) struct Features {
    before: u64,
    found: Vec<u64>,
}

impl Features {
    pub(crate) fn add(&mut self, feature: impl Hash) {
        let mut hasher = DefaultHasher::new();
        feature.hash(&mut hasher);
        let now = hasher.finish() >> 1;
        self.found.extend([now, self.before.rotate_left(7) ^ now]);
        self.before = now;
    }

    pub(crate) fn found(self) -> Vec<u64> {
        self.found
    }
}

impl Dice {
    fn bytes(&mut self, most: usize) -> Vec<u8> {
        let length = 1 + self.below(most);
        (0..length).map(|_| self.below(256) as u8).collect()
    }

    /// Returns a new input, or one of the pool with some changes.
    pub(crate) fn changed(&mut self, pool: &[Vec<u8>], longest: usize) -> Vec<u8> {
        if pool.is_empty() || self.below(10) == 0 {
            return self.bytes(longest);
        }
        let mut input = pool[self.below(pool.len())].clone();
        for _ in 0..1 + self.below(4) {
            let at = self.below(input.len() + 1);
            let until = (at + 1 + self.below(8)).min(input.len());
            match self.below(6) {
                0 if at < input.len() => input[at] = self.below(256) as u8,
                1 if at < input.len() => input[at] ^= 1 << self.below(8),
                2 if at < until => drop(input.drain(at..until)),
                3 if at < until => {
                    let again = input[at..until].to_vec();
                    input.splice(at..at, again);
                }
                4 => {
                    let other = &pool[self.below(pool.len())];
                    let from = self.below(other.len() + 1);
                    input.truncate(at);
                    input.extend(&other[from..]);
                }
                _ => {
                    let new = self.bytes(4);
                    input.splice(at..at, new);
                }
            }
        }
        input.truncate(longest);
        input
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads pairs of digits. Returns `None` if the text is anything else.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim().as_bytes();
    let digit = |digit: u8| char::from(digit).to_digit(16).map(|digit| digit as u8);
    let byte = |pair: &[u8]| match pair {
        &[high, low] => Some(digit(high)? << 4 | digit(low)?),
        _ => None,
    };
    digits.chunks(2).map(byte).collect()
}
