//! How many of a thousand seeds find a bug.
//!
//! Read next: the file `replay.rs` beside `it/`.

use std::cell::Cell;
use std::rc::Rc;

use groundup::{iteration, spawn, yield_now};
use groundup_testkit::{Explore, Sampling};

/// Returns true if the last of `count` tasks is the first one of each of `rounds` rounds.
async fn last_is_always_first(count: u32, rounds: u32) -> bool {
    let (seen, wins) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
    let tasks = (1..=count).map(|number| {
        let (seen, wins) = (seen.clone(), wins.clone());
        spawn(async move {
            for _ in 0..rounds {
                let first = seen.replace(iteration()) != iteration();
                wins.set(wins.get() + u32::from(first && number == count));
                yield_now().await;
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    wins.get() == rounds
}

/// Returns true if the last of `count` tasks is the first one in the first half of the rounds, and the
/// last one in the second half.
async fn first_and_then_last(count: u32, rounds: u32) -> bool {
    let (seen, right) = (Rc::new(Cell::new((0, 0))), Rc::new(Cell::new(0)));
    let tasks = (1..=count).map(|number| {
        let (seen, right) = (seen.clone(), right.clone());
        spawn(async move {
            for round in 0..rounds {
                let before = match seen.get() {
                    (now, before) if now == iteration() => before,
                    _ => 0,
                };
                seen.set((iteration(), before + 1));
                let wanted = if round < rounds / 2 { 0 } else { count - 1 };
                right.set(right.get() + u32::from(number == count && before == wanted));
                yield_now().await;
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    right.get() == rounds
}

/// Returns how many of 1,000 seeds find it.
fn found<F: Future<Output = bool> + 'static>(sampling: Sampling, program: impl Fn() -> F) -> u64 {
    let seeds = Explore::new().deviations(0).seeds(1_000);
    let census = seeds.sampled_by([sampling]).census(program);
    let found = census.outcomes().iter().position(|found| *found);
    found.map_or(0, |at| census.counts()[at])
}

/// The table of the README: uniform and sparse seeds, and priorities of depth 1, 2 and 3. The counts are
/// the same on each machine.
#[test]
fn priorities_find_orders_that_last() {
    let pct = |depth| Sampling::Pct { depth };
    let sorts = [Sampling::Uniform, Sampling::Sparse, pct(1), pct(2), pct(3)];
    let rows = [(4, 2), (4, 3), (4, 4), (6, 4)].map(|(tasks, rounds)| {
        sorts.map(|sort| found(sort, || last_is_always_first(tasks, rounds)))
    });
    let expected = [
        [48, 71, 243, 222, 192],
        [13, 47, 243, 200, 166],
        [2, 31, 243, 183, 147],
        [4, 17, 169, 131, 137],
    ];
    assert_eq!(rows, expected);
    let turns = [(4, 4), (6, 4)].map(|(tasks, rounds)| {
        sorts.map(|sort| found(sort, || first_and_then_last(tasks, rounds)))
    });
    assert_eq!(turns, [[5, 1, 0, 15, 17], [0, 0, 0, 11, 10]]);
}

/// A quarter of them is uniform, and a quarter sparse.
#[test]
fn half_of_the_usual_seeds_have_priorities() {
    let seeds = Explore::new().deviations(0).seeds(1_000);
    let usual = seeds.census(|| last_is_always_first(6, 4));
    let flat = seeds.pct(1).census(|| last_is_always_first(6, 4));
    assert_eq!(
        [usual, flat].map(|census| census.counts()),
        [[913, 88], [916, 85]]
    );
}
