//! P9 of the source, "a toolbox of ways", under its schedules.
//!
//! The source pops an element of a Python set, which may be any. So the program has three results,
//! and the table of the source's scenario S2-24 lists them.
//!
//! Read next: `bad_input.rs`.

use groundup::trace::Choice;
use groundup_testkit::{Explore, pick};

use crate::p9::{p9, p9_seen};

#[test]
fn p9_with_only_the_pop_free_has_the_three_rows_of_the_source() {
    let only = Explore::new().only([Choice::Pick]).exhaustive(100);
    let census = only.census(p9);
    assert_eq!(census.outcomes(), [(16, 3_200), (17, 3_400), (18, 3_600)]);
    assert_eq!(census.counts(), [2, 2, 2]);
    assert_eq!((census.schedules(), census.complete()), (6, true));
}

#[test]
fn p9_with_everything_free_takes_at_most_two_tenths_more_or_less() {
    for (most, schedules) in [(0, 1), (1, 21), (2, 207), (3, 1_275)] {
        let explored = Explore::new().deviations(most).seeds(0);
        let census = explored.census(p9);
        assert_eq!(
            census.schedules(),
            schedules,
            "at most {most} deviations\n{census}"
        );
        let times = census.outcomes().iter().map(|outcome| outcome.1);
        assert!(
            times
                .into_iter()
                .all(|time| [3_200, 3_400, 3_600].contains(&time))
        );
    }
}

/// The times in milliseconds, and the names that are done then.
type Ends = Vec<(u128, Vec<&'static str>)>;

/// Returns who was done at which time.
async fn ends_of_p9() -> Ends {
    let mut ends = Ends::new();
    let ran = p9_seen(|at, done| {
        let mut names: Vec<_> = done
            .iter_mut()
            .map(|task| task.take_result().unwrap().unwrap())
            .collect();
        names.sort_unstable();
        if !names.is_empty() {
            ends.push((at, names));
        }
    });
    ran.await;
    ends
}

/// CPython prints the outcome in which b1 is done at 1.0 s, and b2 at the end of the next wait, with b3. It needs
/// two deviations: the pop takes b3 first, and the first wait until 1.0 s is over before b2 is done.
#[test]
fn p9_with_everything_free_has_few_outcomes_and_that_of_cpython_is_one_of_them() {
    for (most, outcomes, has_cpython) in [(0, 1, false), (1, 9, false), (2, 36, true)] {
        let explored = Explore::new().deviations(most).seeds(0);
        let census = explored.census(ends_of_p9);
        let cpython =
            |ends: &Ends| ends.starts_with(&[(1_000, vec!["b1"]), (1_200, vec!["b2", "b3"])]);
        let found = census.outcomes();
        assert_eq!(
            (found.len(), found.iter().any(cpython)),
            (outcomes, has_cpython)
        );
        let last = found.iter().map(|ends| ends.last().map_or(0, |end| end.0));
        assert!(
            last.into_iter()
                .all(|end| [3_200, 3_400, 3_600].contains(&end))
        );
    }
}

/// A seed of `rng` is one of 65,536, too, and a search by deviations leaves it alone.
#[test]
fn a_pick_of_as_many_options_as_there_are_seeds_is_a_pick() {
    let census = Explore::new()
        .exhaustive(3)
        .census(|| async { pick(65_536) });
    assert_eq!(census.outcomes(), [0, 1, 2]);
    assert!(!census.complete());
}
