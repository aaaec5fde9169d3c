//! Numbers that look like chance and follow from a seed alone.
//!
//! A difference between two interpreters is worth something only if it can
//! be had again, on another machine and a year later. So the programs that
//! are thrown at them come from a generator of our own, ten lines long, and
//! not from one that a library may change: SplitMix64, which is an odd
//! constant added at each step and a scramble of the sum.
//!
//! Invariants
//! 1. The same seed gives the same numbers for ever.
//! 2. Two seeds that differ by one give unrelated numbers.
//!
//! Read next: `generator.rs`, which throws these dice.

/// A source of numbers.
#[derive(Clone, Debug)]
pub struct Dice {
    state: u64,
}

impl Dice {
    /// Dice that always fall the same way for the same seed.
    pub fn new(seed: u64) -> Self {
        Dice { state: seed }
    }

    /// The next number, any of the 2^64.
    pub fn roll(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, which is not 0.
    pub fn below(&mut self, end: u64) -> u64 {
        self.roll() % end
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    /// True so many times in a hundred.
    pub fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }

    /// One of several, each as likely as the next.
    pub fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize].clone()
    }
}
