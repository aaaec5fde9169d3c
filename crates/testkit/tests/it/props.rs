//! Properties of explorations, over random programs.
//!
//! Read next: `props/reductions.rs`, `props/footprints.rs`, `props/sampled.rs`, then `props/alarms.rs`, random
//! programs that leave nothing.

mod alarms;
mod footprints;
mod notes;
mod reductions;
mod sampled;

use std::cell::RefCell;
use std::rc::Rc;

use groundup::{race, sleep, spawn, yield_now};
use groundup_testkit::{Explore, pick};
use proptest::prelude::*;

use crate::toys::ms;

/// One act of a task.
#[derive(Clone, Copy, Debug)]
enum Act {
    Yield,
    Sleep(u64),
    Race,
    Pick(usize),
}

type Program = Vec<Vec<Act>>;

fn programs() -> impl Strategy<Value = Program> {
    let act = prop_oneof![
        3 => Just(Act::Yield),
        2 => (1_u64..3).prop_map(Act::Sleep),
        1 => Just(Act::Race),
        1 => (2_usize..4).prop_map(Act::Pick),
    ];
    prop::collection::vec(prop::collection::vec(act, 0..3), 1..4)
}

/// Runs the program. Returns who did what, in order.
async fn run(program: Program) -> String {
    let log = Rc::new(RefCell::new(String::new()));
    let tasks = program.into_iter().zip('a'..).map(|(acts, name)| {
        let log = log.clone();
        spawn(async move {
            for act in acts {
                let answer = match act {
                    Act::Yield => {
                        yield_now().await;
                        0
                    }
                    Act::Sleep(time) => {
                        sleep(ms(time)).await;
                        0
                    }
                    Act::Race => race([std::future::ready(0), std::future::ready(1)]).await,
                    Act::Pick(options) => pick(options),
                };
                log.borrow_mut().push_str(&format!("{name}{answer} "));
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    log.take()
}

fn fail_with(log: &str) {
    panic!("{log}");
}

proptest! {
    /// All schedules with any number of deviations are all schedules, each once.
    #[test]
    fn both_searches_find_the_same_outcomes_as_often(program in programs()) {
        let run = || run(program.clone());
        let all = Explore::new().exhaustive(400).census(run);
        prop_assume!(all.complete());
        let few = Explore::new().deviations(99).schedules(1_000).census(run);
        prop_assert!(few.complete());
        prop_assert_eq!(few.outcomes(), all.outcomes());
        prop_assert_eq!(few.counts(), all.counts());
        prop_assert_eq!(few.schedules(), all.schedules());
    }

    /// A list of any numbers is a schedule, and its token repeats its outcome.
    #[test]
    fn a_list_is_a_schedule_and_its_token_repeats_it(
        program in programs(),
        choices in prop::collection::vec(any::<u16>(), 0..20),
    ) {
        let fail = || {
            let program = program.clone();
            async { fail_with(&run(program).await) }
        };
        let found = Explore::from_choices(&choices).check(fail).unwrap_err();
        let again = Explore::new().replay(&found.token, fail).unwrap_err();
        prop_assert_eq!(again.failure, found.failure);
        prop_assert_eq!(again.token, found.token);
        prop_assert_eq!(again.story, found.story);
    }

    /// A failure that a seed finds is shrunk to the fewest deviations that any schedule needs.
    #[test]
    fn a_seed_is_shrunk_to_the_fewest_deviations(program in programs()) {
        let usual = Explore::new().deviations(0).seeds(0).census(|| run(program.clone()));
        let usual = usual.outcomes()[0].clone();
        let differs = || {
            let (program, usual) = (program.clone(), usual.clone());
            async move { assert_eq!(run(program).await, usual) }
        };
        let seeds = Explore::new().deviations(0).seeds(20).check(differs);
        if let Err(found) = seeds {
            let fewest = Explore::new().deviations(3).check(differs).unwrap_err();
            prop_assert_eq!(found.deviations, fewest.deviations);
        }
    }
}
