//! Many random programs on both sides, until one shows a difference.
//!
//! Invariants
//! 1. Program `k` of seed `s` is that of the number
//!    `s * 1_000_000 + k`: seeds do not
//!    share programs, and a report names the one number that makes its
//!    program again.
//! 2. The first difference ends the search and is shrunk; it is given back as
//!    it was and as it is at its smallest.
//!
//! Read next: `command.rs`.

use crate::difference::{Difference, compare};
use crate::generator::{Vocabulary, program_of};
use crate::program::Scenario;
use crate::shrinker::shrink;
use crate::side::Side;

/// How many smaller programs are tried for one difference.
pub const TRIES: usize = 20_000;

/// A difference that a random program showed.
#[derive(Clone, Debug)]
pub struct Found {
    /// The program as it was generated.
    pub original: Scenario,
    /// The difference of the smallest program.
    pub smallest: Difference,
}

/// The number of the program `at` of a seed.
pub fn number_of(seed: u64, at: u64) -> u64 {
    seed.wrapping_mul(1_000_000).wrapping_add(at)
}

/// Runs `programs` random programs on both sides; `progress` hears how many
/// are done.
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

/// The difference of the smallest program that shows one.
pub fn smallest(
    difference: Difference,
    left: &mut dyn Side,
    right: &mut dyn Side,
) -> Result<Difference, String> {
    let mut differs = |candidate: &Scenario| matches!(compare(candidate, left, right), Ok(Some(_)));
    let scenario = shrink(&difference.scenario, TRIES, &mut differs);
    Ok(compare(&scenario, left, right)?.unwrap_or(difference))
}
