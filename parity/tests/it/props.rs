//! Properties of the harness itself; none of them needs Python.

use groundup_parity::generator::program;
use groundup_parity::program::Scenario;
use groundup_parity::reader::read;
use groundup_parity::shrinker::smaller;
use proptest::prelude::*;

/// Returns the size that shrinking makes smaller: lines, words, then the sum of all
/// numbers, where `none` is less than 0.
fn size(scenario: &Scenario) -> (usize, usize, u64) {
    let text = scenario.to_string();
    let words = text.lines().skip(1).flat_map(str::split_whitespace);
    let numbers = words
        .clone()
        .filter(|word| word.starts_with(|first: char| first.is_ascii_digit()))
        .filter_map(|word| word.parse::<f64>().ok())
        .map(|number| (number * 1000.0) as u64 + 1);
    (text.lines().count(), words.count(), numbers.sum())
}

proptest! {
    /// A program that is printed and read back is the same program.
    #[test]
    fn printing_then_reading_changes_nothing(seed: u64) {
        let scenario = program(seed);
        prop_assert_eq!(read(&scenario.to_string()), Ok(vec![scenario]));
    }

    /// A seed gives the same program each time.
    #[test]
    fn a_seed_is_a_program(seed: u64) {
        prop_assert_eq!(program(seed), program(seed));
    }

    /// Every program is a scenario.
    #[test]
    fn a_random_program_is_a_scenario(seed: u64) {
        prop_assert_eq!(program(seed).check(), Ok(()));
    }

    /// Every candidate of the shrinker is smaller than its original. A program
    /// has hundreds of candidates; each case looks at some.
    #[test]
    fn every_candidate_is_smaller(seed: u64, first in 0..50_usize) {
        let scenario = program(seed);
        for candidate in smaller(&scenario).into_iter().skip(first).step_by(50) {
            prop_assert!(size(&candidate) < size(&scenario), "{candidate}\nfrom\n{scenario}");
        }
    }

    /// No body can run or await itself, directly or through other bodies.
    #[test]
    fn bodies_run_and_await_later_bodies_only(seed: u64) {
        let scenario = program(seed);
        let order = |name: &str| scenario.bodies.iter().position(|body| body.name == name);
        for (at, body) in scenario.bodies.iter().enumerate() {
            groundup_parity::mentions::runs(&body.block, &mut |run| {
                assert!(order(run) > Some(at), "{} runs {run}\n{scenario}", body.name);
            });
        }
    }
}
