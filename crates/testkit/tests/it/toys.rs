//! Programs whose schedules are counted by hand.
//!
//! Read next: `found.rs`.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use groundup::{race, sleep, spawn, yield_now};
use groundup_testkit::{Explore, census, pick};

pub(crate) fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// Runs so many tasks, each with so many steps. Returns the order of their steps.
pub(crate) async fn tasks(count: usize, steps: usize) -> String {
    let order = Rc::new(RefCell::new(String::new()));
    let names = ["a", "b", "c", "d", "e"].into_iter().take(count);
    let tasks: Vec<_> = names
        .map(|name| {
            let order = order.clone();
            spawn(async move {
                for step in 0..steps {
                    if step > 0 {
                        yield_now().await;
                    }
                    order.borrow_mut().push_str(name);
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    order.take()
}

#[test]
fn a_program_of_one_task_has_one_schedule() {
    let census = census(|| async {
        for milliseconds in [3_000, 1_000, 1_000] {
            sleep(ms(milliseconds)).await;
        }
    });
    assert_eq!((census.schedules(), census.complete()), (1, true));
}

#[test]
fn the_orders_of_one_round_are_the_permutations() {
    for (count, orders) in [(2, 2), (3, 6), (4, 24), (5, 120)] {
        let census = census(move || tasks(count, 1));
        assert_eq!(census.schedules(), orders);
        assert_eq!(census.outcomes().len() as u64, orders);
        assert!(census.counts().iter().all(|count| *count == 1));
        assert!(census.complete());
    }
}

#[test]
fn the_orders_of_several_rounds_are_the_product() {
    for (count, steps, orders) in [(2, 2, 4), (2, 5, 32), (3, 3, 216)] {
        let census = census(move || tasks(count, steps));
        assert_eq!(census.schedules(), orders, "{count} tasks of {steps} steps");
        assert_eq!(census.outcomes().len() as u64, orders);
    }
}

/// Two tasks of n steps have n questions, each with one other answer.
#[test]
fn the_schedules_with_k_deviations_are_the_binomials() {
    let binomials = [1, 6, 15, 20, 15, 6, 1];
    for most in 0..=6 {
        let explored = Explore::new().deviations(most).seeds(0);
        let census = explored.census(|| tasks(2, 6));
        assert_eq!(census.schedules(), binomials[..=most].iter().sum::<u64>());
        assert_eq!(census.outcomes().len() as u64, census.schedules());
        assert!(
            !census.complete(),
            "only the look for a seventh deviation can tell"
        );
    }
    let explored = Explore::new().deviations(7).seeds(0);
    let census = explored.census(|| tasks(2, 6));
    assert_eq!((census.schedules(), census.complete()), (64, true));
}

#[test]
fn three_sleeps_that_end_together_have_six_orders_of_ends() {
    let census = census(|| async {
        let order = Rc::new(RefCell::new(String::new()));
        let tasks = ["a", "b", "c"].map(|name| {
            let order = order.clone();
            spawn(async move {
                sleep(ms(1)).await;
                order.borrow_mut().push_str(name);
            })
        });
        for task in tasks {
            task.await.unwrap();
        }
        order.take()
    });
    assert_eq!(
        census.outcomes(),
        ["abc", "acb", "bac", "bca", "cab", "cba"]
    );
    assert_eq!((census.schedules(), census.complete()), (216, true));
    assert_eq!(census.counts(), [36; 6]);
}

#[test]
fn the_first_branch_of_a_race_is_a_choice() {
    let ready = |name| std::future::ready(name);
    let census = census(move || race([ready("a"), ready("b"), ready("c")]));
    assert_eq!(census.outcomes(), ["a", "b", "c"]);
    assert_eq!(census.schedules(), 3);
}

#[test]
fn the_table_of_a_census_has_a_row_for_each_outcome() {
    let census = census(|| async { pick(3).min(1) });
    let table = census.to_string();
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines[0], "outcome  schedules  replay");
    assert!(lines[1].starts_with("0                1  gu1:"), "{table}");
    assert!(lines[2].starts_with("1                2  gu1:"), "{table}");
    assert_eq!(lines[3], "complete: 3 schedules");
}

#[test]
fn one_schedule_is_told_in_the_singular() {
    let census = census(|| async {});
    assert!(
        census.to_string().ends_with("\ncomplete: 1 schedule"),
        "{census}"
    );
    let found = Explore::new().check(std::future::pending::<()>);
    assert!(
        found
            .unwrap_err()
            .to_string()
            .contains("found after 1 schedule;")
    );
    let explored = Explore::new().deviations(1).seeds(1);
    let text = explored
        .run(|| async { drop(tasks(3, 3).await) })
        .to_string();
    assert!(
        text.ends_with("all with at most 1 deviation, 1 seed"),
        "{text}"
    );
}

#[test]
fn a_limit_of_schedules_ends_a_census_and_the_table_says_so() {
    let census = Explore::new().exhaustive(10).census(|| tasks(4, 1));
    assert_eq!((census.schedules(), census.complete()), (10, false));
    assert!(
        census
            .to_string()
            .ends_with("10 schedules, and there are more")
    );
}

#[test]
fn a_limit_of_time_ends_an_exploration() {
    let explored = Explore::new()
        .limit(Duration::ZERO)
        .run(|| async { drop(tasks(3, 3).await) });
    assert_eq!((explored.schedules(), explored.complete()), (1, false));
}
