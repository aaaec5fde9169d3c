//! The cost of a schedule, in instructions and in time.
//!
//! The problem: a search is worth what it sees in the time that a test may take. A loop that is
//! slower to make, or a kit that records more, makes all searches smaller, and no test fails. So the
//! instructions of a schedule are counted under callgrind, and compared with a budget.
//!
//! ```text
//!   callgrind: this file's `one_program`, n schedules  ──> instructions A
//!   callgrind: the same, 3n schedules                  ──> instructions B
//!   a schedule costs (B - A) / 2n: without the start of the process
//! ```
//!
//! `cargo test --release -p groundup-testkit --test cost -- --ignored --nocapture` prints both tables.
//! A budget is for a release build: 1.05 of the cost that was counted when it was entered. Without valgrind the test
//! leaves the first table out.
//!
//! Invariant: the programs are small, so the cost is that of the loop and the kit.
//!
//! Read next: `it/main.rs`.

use std::env;
use std::future::Future;
use std::io::ErrorKind;
use std::process::Command;
use std::time::Duration;

use groundup::{sleep, spawn, yield_now};
use groundup_testkit::Explore;

#[path = "programs/p9.rs"]
mod p9;

/// A program, and the instructions that one of its schedules may cost.
const BUDGETS: [(&str, u64); 5] = [
    ("one task", 57_300),
    ("two tasks of five steps", 70_100),
    ("three sleeps that end together", 72_800),
    ("P9, everything free", 190_300),
    ("P9, by footprints", 571_700),
];

const ROW: &str = "GROUNDUP_COST_ROW";
const SCHEDULES: &str = "GROUNDUP_COST_SCHEDULES";

async fn each(count: usize, work: impl Fn() -> futures::future::LocalBoxFuture<'static, ()>) {
    let tasks: Vec<_> = (0..count).map(|_| spawn(work())).collect();
    for task in tasks {
        task.await.unwrap();
    }
}

/// Runs schedules of a program, as `explore` says; returns how many there were.
fn run(row: &str, explore: &Explore) -> u64 {
    fn schedules<F: Future<Output: Ord + std::fmt::Debug + 'static> + 'static>(
        explore: &Explore,
        program: impl Fn() -> F + 'static,
    ) -> u64 {
        explore.census(program).schedules()
    }
    match BUDGETS.iter().position(|budget| budget.0 == row) {
        Some(0) => schedules(explore, || async { groundup_testkit::pick(1 << 15) }),
        Some(1) => schedules(explore, || {
            each(2, || {
                Box::pin(async {
                    for _ in 0..5 {
                        yield_now().await
                    }
                })
            })
        }),
        Some(2) => schedules(explore, || {
            each(3, || Box::pin(sleep(Duration::from_secs(1))))
        }),
        Some(3) => schedules(explore, p9::p9),
        Some(4) => schedules(&explore.clone().by_footprints(), p9::p9),
        _ => panic!("there is no program {row}"),
    }
}

/// Not a test: the work of [`a_schedule_costs_no_more_than_its_budget`].
#[test]
#[ignore = "runs under callgrind, as a child of the next test: cargo test --release -p groundup-testkit --test cost -- --ignored --nocapture"]
fn one_program() {
    let (Ok(row), Ok(schedules)) = (env::var(ROW), env::var(SCHEDULES)) else {
        return;
    };
    let schedules = schedules.parse().expect("a number");
    assert_eq!(run(&row, &Explore::new().exhaustive(schedules)), schedules);
}

/// Counts the instructions of a process that runs so many schedules; `None` only if valgrind was not
/// found. A valgrind that says something else fails the test.
fn instructions(row: &str, schedules: u64) -> Option<u64> {
    let output = match Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(env::current_exe().expect("it has a path"))
        .args(["--exact", "one_program", "--ignored", "--test-threads=1"])
        .env(ROW, row)
        .env(SCHEDULES, schedules.to_string())
        .output()
    {
        Err(error) if error.kind() == ErrorKind::NotFound => return None,
        output => output.expect("valgrind starts"),
    };
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    Some(collected(&text).unwrap_or_else(|| panic!("valgrind has counted nothing: {text}")))
}

/// Returns the count in the last lines of callgrind.
fn collected(text: &str) -> Option<u64> {
    let (_, count) = text.split_once("Collected : ")?;
    count.lines().next()?.trim().parse().ok()
}

#[test]
fn a_text_without_a_count_is_not_read_as_one() {
    let text = |count: &str| format!("==7== \n==7== Collected : {count}\n==7== \n");
    assert_eq!(collected(&text("12345")), Some(12345));
    for other in [text("12,345"), text(""), "==7== Events: Ir\n".to_string()] {
        assert_eq!(collected(&other), None, "{other}");
    }
}

#[test]
#[ignore = "needs valgrind and a release build: cargo test --release -p groundup-testkit --test cost -- --ignored --nocapture"]
fn a_schedule_costs_no_more_than_its_budget() {
    const N: u64 = 10;
    let mut over = Vec::new();
    for (row, budget) in BUDGETS {
        let (Some(few), Some(many)) = (instructions(row, N), instructions(row, 3 * N)) else {
            println!("left out: valgrind was not found");
            return;
        };
        let cost = (many - few) / (2 * N);
        println!("{row:32} {cost:9} instructions a schedule, of {budget}");
        if cost > budget && !cfg!(debug_assertions) {
            over.push(row);
        }
    }
    assert!(over.is_empty(), "over the budget: {over:?}");
}

#[test]
#[ignore = "prints rates, which depend on the machine: cargo test --release -p groundup-testkit --test cost -- --ignored --nocapture"]
fn rates_are_printed() {
    for (row, _) in BUDGETS {
        let explore = Explore::new().deviations(0).seeds(u64::MAX);
        let rate = run(row, &explore.limit(Duration::from_secs(1)));
        println!("{row:32} {rate:9} schedules of seeds in a second");
    }
}
