//! Random schedules are schedules of the program.
//!
//! The problem: a seed, a sparse seed and priorities answer questions each in its own way. If one of them
//! gave an answer that the loop takes for another one, its failures would be failures of no schedule, and
//! their tokens would repeat something else.
//!
//! Read next: `props/alarms.rs`.

use groundup::current_loop;
use groundup::trace::Recorder;
use groundup_testkit::{Explore, Sampling};
use proptest::prelude::*;

use super::{Program, programs, run};

/// Runs the program. Returns what it did, and its whole trace behind its first step.
async fn traced(program: Program) -> (String, String) {
    let log = Recorder::new();
    current_loop().set_trace(Some(Box::new(log.clone())));
    let did = run(program).await;
    (did, log.text())
}

proptest! {
    /// Each random schedule is one of all schedules, and its token repeats its trace to the byte.
    #[test]
    fn a_random_schedule_is_one_of_all_and_its_token_repeats_its_trace(
        program in programs(),
        depth in 1_usize..4,
    ) {
        let traced = || traced(program.clone());
        let all = Explore::new().exhaustive(400).census(traced);
        for sampling in [Sampling::Uniform, Sampling::Sparse, Sampling::Pct { depth }] {
            let seeds = Explore::new().deviations(0).seeds(20).sampled_by([sampling]);
            let census = seeds.census(traced);
            for (outcome, token) in census.outcomes().iter().zip(census.tokens()) {
                let is_known = all.outcomes().binary_search(outcome).is_ok();
                prop_assert!(is_known || !all.complete(), "{sampling:?}: {}", outcome.1);
                let again = Explore::new().replay(token, || {
                    let (traced, first) = (traced(), outcome.clone());
                    async move { assert_eq!(traced.await, first) }
                });
                prop_assert!(again.is_ok(), "{sampling:?}: {}", again.unwrap_err());
            }
        }
    }
}
