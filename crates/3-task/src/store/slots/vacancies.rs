//! Finds the lowest word that has a vacant slot.
//!
//! The problem: of a million slots, half may be vacant, in any order, and a spawn must find one in a
//! few instructions. A list of vacant slots is short work, but it returns them in the order in which
//! they became vacant: tasks that are spawned in a row are then all over the memory, and each spawn waits
//! for the caches. So each slot has a bit, in words of 64, and above the words is a tree that knows which of
//! them have a bit set.
//!
//! ```text
//!   level 1     [ 0 1 0 1 ]         bit w: word w of the level below is not 0
//!                 │ └────┐
//!   level 0     [0000] [0110] ...   a bit for each slot: 1 is vacant
//!                          ^
//!                      lowest: from the top, the first bit of each level
//! ```
//!
//! A change goes up only while a word becomes 0, or is no longer 0.
//!
//! Invariants:
//! 1. A bit of level k + 1 is set exactly if the word of level k that it stands for is not 0.
//! 2. The numbers of the words are those of the positions, without a gap between chunks.
//!
//! Read next: `store/slot.rs`.

use std::mem::replace;

/// Number of words in a block.
pub(super) const BLOCK: u32 = u64::BITS;
/// Number of levels. They have bits for 64^5 slots; there are 2^28 at most.
const LEVELS: usize = 5;

/// The vacant slots, and the blocks that are not skipped.
#[derive(Default)]
pub(super) struct Vacancies {
    levels: [Vec<u64>; LEVELS],
    /// A bit for each block: 0 if it is skipped.
    used: Vec<u64>,
}

/// Returns the word of a bit, and the bit in it.
fn place_of(bit: u32) -> (usize, u64) {
    ((bit / u64::BITS) as usize, 1 << (bit % u64::BITS))
}

impl Vacancies {
    /// Adds words, whose slots are all vacant.
    pub(super) fn grow(&mut self, words: u32) {
        let before = self.levels[0].len() as u32;
        let mut len = (before + words) as usize;
        for level in &mut self.levels {
            level.resize(len, 0);
            len = len.div_ceil(u64::BITS as usize);
        }
        self.used.resize(self.levels[2].len(), 0);
        for word in before..before + words {
            self.store(word, u64::MAX);
        }
    }

    /// Returns the vacant slots of a word. A word behind the last has none that is in use.
    pub(super) fn of(&self, word: u32) -> u64 {
        let of = self.levels[0].get(word as usize);
        of.copied().unwrap_or(u64::MAX)
    }

    /// Stores the vacant slots of a word.
    #[inline]
    pub(super) fn store(&mut self, word: u32, vacant: u64) {
        let (mut word, mut bits, mut level) = (word, vacant, 0);
        loop {
            let before = replace(&mut self.levels[level][word as usize], bits);
            level += 1;
            if level == LEVELS || (before == 0) == (bits == 0) {
                return;
            }
            let (above, bit) = place_of(word);
            let others = self.levels[level][above] & !bit;
            bits = others | if bits == 0 { 0 } else { bit };
            word = above as u32;
        }
    }

    /// Returns the lowest word that has a vacant slot.
    pub(super) fn lowest(&self) -> Option<u32> {
        let mut word = 0;
        for level in self.levels[1..].iter().rev() {
            let bits = level[word as usize];
            if bits == 0 {
                return None;
            }
            word = word * u64::BITS + bits.trailing_zeros();
        }
        Some(word)
    }

    /// Returns the vacant slots of a word from which slots are claimed from now on.
    #[inline]
    pub(super) fn enter(&mut self, word: u32) -> u64 {
        let (at, bit) = place_of(word / BLOCK);
        self.used[at] |= bit;
        self.levels[0][word as usize]
    }

    /// Returns the blocks that are not skipped, in ascending order.
    pub(super) fn blocks(&self) -> Vec<u32> {
        let bits = |(at, &used): (u32, &u64)| {
            let of_word = (0..u64::BITS).filter(move |bit| used >> bit & 1 != 0);
            of_word.map(move |bit| at * u64::BITS + bit)
        };
        (0..).zip(&self.used).flat_map(bits).collect()
    }

    /// Skips a block from now on, until it is entered.
    pub(super) fn leave(&mut self, block: u32) {
        let (at, bit) = place_of(block);
        self.used[at] &= !bit;
    }
}
