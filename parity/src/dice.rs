//! Numbers that look like chance and follow from a seed alone.
//!
//! A difference between two interpreters is useful only if it can be
//! reproduced, on another machine and a year later. A library may change its
//! generator of random numbers. So this one is our own, ten lines long:
//! SplitMix64, which adds an odd constant at each step and scrambles the sum.
//!
//! Invariants
//! 1. A seed gives the same numbers for ever.
//! 2. Two seeds that differ by one give unrelated numbers.
//!
//! Read next: `generator.rs`, which uses these numbers.

/// A source of numbers.
#[derive(Clone, Debug)]
pub struct Dice {
    state: u64,
}

impl Dice {
    /// Makes a source that gives the same numbers for the same seed.
    pub fn new(seed: u64) -> Self {
        Dice { state: seed }
    }

    /// Returns the next number, any of the 2^64.
    pub fn roll(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Returns a number below `end`, which is not 0.
    pub fn below(&mut self, end: u64) -> u64 {
        self.roll() % end
    }

    /// Returns a number from `low` to `high`, both included.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    /// Returns true in `chance` of a hundred calls.
    pub fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }

    /// Returns one of several, each with the same probability.
    pub fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize].clone()
    }
}
