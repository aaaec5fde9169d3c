//! A generator of numbers, for inputs of a seed.
//!
//! Invariant: the same seed gives the same numbers, on every machine.
//!
//! Read next: `../cpython/scripts.rs` and `../fuzz/input.rs`.

/// A generator of numbers: xorshift.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % end
    }
}
