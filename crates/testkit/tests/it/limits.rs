//! A limit of time ends each part of an exploration, between two runs.
//!
//! The problem: the limit is one of the machine's clock, and a test must not depend on the speed of the machine.
//! So the programs of this file compute until the limit is over, in a run that the test names.
//!
//! ```text
//!   run 1   run 2   run 3 ~~~~~~ computes ~~~~~~ | the limit: no run 4
//! ```
//!
//! Invariant: each assert holds also if the machine stands still for a while, and the limit comes earlier.
//!
//! Read next: `bad_input.rs`.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use groundup::{Driver, ThreadPark};
use groundup_testkit::{Explore, Explored, FailureKind, pick};

use crate::toys::tasks;

const LIMIT: Duration = Duration::from_millis(50);

/// Computes until the limit is over.
fn compute() {
    let clock = ThreadPark::new();
    while u128::from(clock.now()) <= LIMIT.as_nanos() {
        std::hint::spin_loop();
    }
}

/// Returns a program that is correct, and whose run of this number computes until the limit is over.
fn slow_in(number: u32) -> impl Fn() -> Pin<Box<dyn Future<Output = ()>>> {
    let runs = Cell::new(0);
    move || {
        runs.set(runs.get() + 1);
        let is_slow = runs.get() == number;
        Box::pin(async move {
            tasks(3, 3).await;
            if is_slow {
                compute();
            }
        })
    }
}

/// Returns the number of schedules and of seeds, with the greatest number of deviations that is complete.
fn looked(explored: &Explored) -> (u64, u64, Option<usize>) {
    assert!(!explored.complete());
    (
        explored.schedules(),
        explored.seeds(),
        explored.deviations(),
    )
}

#[test]
fn a_limit_ends_the_search_by_deviations() {
    let explore = Explore::new().seeds(5);
    let all = looked(&explore.run(slow_in(0)));
    assert_eq!(all, (43 + 5, 5, Some(2)));
    // The second run only asks for the questions of the first one again.
    let (schedules, seeds, deviations) = looked(&explore.limit(LIMIT).run(slow_in(5)));
    assert!(schedules <= 4 && seeds == 0 && deviations <= Some(0));
}

#[test]
fn a_limit_ends_the_seeds() {
    let explore = Explore::new().deviations(0).seeds(50);
    assert_eq!(looked(&explore.run(slow_in(0))), (51, 50, Some(0)));
    let (schedules, seeds, _) = looked(&explore.limit(LIMIT).run(slow_in(4)));
    assert!(schedules <= 4 && seeds <= 3, "{schedules}, {seeds}");
}

#[test]
fn a_limit_ends_the_search_through_all_schedules() {
    let explore = Explore::new().exhaustive(1_000).limit(LIMIT);
    let (schedules, ..) = looked(&explore.run(slow_in(3)));
    assert!(schedules <= 3, "{schedules}");
}

/// Fails in each order but the usual one. The first failure computes until the limit is over.
async fn in_the_usual_order(has_failed: Rc<Cell<bool>>) {
    if tasks(4, 3).await != "abcdabcdabcd" {
        if !has_failed.replace(true) {
            compute();
        }
        panic!("another order");
    }
}

/// The failure is reported as it was found: by a seed that deviates nearly everywhere.
#[test]
fn a_limit_ends_the_shrinking() {
    let seed = Explore::new().deviations(0).seeds(1);
    let check = |explore: &Explore| {
        let has_failed = Rc::new(Cell::new(false));
        explore.check(|| in_the_usual_order(has_failed.clone()))
    };
    let found = check(&seed).unwrap_err();
    assert_eq!((found.deviations, found.deviations_at_first), (1, 4));
    // If the machine has stood still, the limit came before the seed.
    if let Err(found) = check(&seed.limit(LIMIT)) {
        assert_eq!((found.deviations, found.deviations_at_first), (4, 4));
        assert_eq!(found.failure.kind, FailureKind::Panicked);
    }
}

/// A search that ran nothing would say that there is no failure.
#[test]
fn an_exploration_runs_its_program_at_least_once() {
    let fails = || async { assert_eq!(1, 2, "in each schedule") };
    for explore in [
        Explore::new().limit(Duration::ZERO),
        Explore::new().exhaustive(0),
        Explore::new().schedules(0).seeds(0),
    ] {
        assert!(explore.check(fails).is_err());
        assert_eq!(explore.run(async || ()).schedules(), 1);
    }
}

#[test]
fn each_limit_may_be_as_large_as_its_type_allows() {
    let explore = Explore::new().slow(Duration::MAX).limit(Duration::MAX);
    let explored = explore.iterations(u64::MAX).run(async || ());
    assert!(explored.complete());
}

/// The names of so many options would not fit into the memory.
#[test]
fn a_pick_may_have_more_options_than_a_record_can_count() {
    let explore = Explore::new().deviations(0).seeds(1);
    let found = explore.check(|| async { assert_eq!(pick(usize::MAX), 0) });
    let found = found.unwrap_err();
    assert_eq!(
        (found.failure.kind, found.deviations),
        (FailureKind::Panicked, 1)
    );
    assert!(
        explore
            .replay(&found.token, || async { assert_eq!(pick(usize::MAX), 0) })
            .is_err()
    );
}
