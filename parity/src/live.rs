//! Many random programs on both sides, until one shows a difference.
//!
//! Invariants
//! 1. Program `k` of seed `s` has the number `s * 1_000_000 + k`. So seeds do
//!    not share programs, and a report needs one number to name its program.
//! 2. The first difference ends the search and is shrunk. The search returns
//!    the original program and the smallest difference.
//!
//! Read next: `command.rs`.

use crate::difference::{Difference, compare};
use crate::generator::{Vocabulary, program_of};
use crate::program::Scenario;
use crate::shrinker::shrink;
use crate::side::Side;

/// Greatest number of smaller programs that are tried for one difference.
pub const TRIES: usize = 20_000;

/// A difference that a random program showed.
#[derive(Clone, Debug)]
pub struct Found {
    /// The program as it was generated.
    pub original: Scenario,
    /// The difference of the smallest program.
    pub smallest: Difference,
}

/// Returns the number of the program `at` of a seed.
pub fn number_of(seed: u64, at: u64) -> u64 {
    seed.wrapping_mul(1_000_000).wrapping_add(at)
}

/// Runs `programs` random programs on both sides. Calls `progress` after each
/// with the number of programs so far.
pub fn search(
    seed: u64,
    programs: u64,
    vocabulary: &Vocabulary,
    left: &mut dyn Side,
    right: &mut dyn Side,
    progress: &mut dyn FnMut(u64),
) -> Result<Option<Found>, String> {
    for at in 0..programs {
        let original = program_of(number_of(seed, at), vocabulary);
        if let Some(difference) = compare(&original, left, right)? {
            let smallest = smallest(difference, left, right)?;
            return Ok(Some(Found { original, smallest }));
        }
        progress(at + 1);
    }
    Ok(None)
}

/// Shrinks the program of a difference, and returns the difference of the smallest one.
pub fn smallest(
    difference: Difference,
    left: &mut dyn Side,
    right: &mut dyn Side,
) -> Result<Difference, String> {
    let mut differs = |candidate: &Scenario| matches!(compare(candidate, left, right), Ok(Some(_)));
    let scenario = shrink(&difference.scenario, TRIES, &mut differs);
    Ok(compare(&scenario, left, right)?.unwrap_or(difference))
}
