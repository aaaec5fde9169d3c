//! Each example that is one async program, under its schedules.
//!
//! The problem: an example prints what it prints first in, first out. A reader takes that for the
//! only answer. The kit says which other lines the example may print, and whether the list of its
//! outcomes is complete. An outcome is the list of printed lines.
//!
//! ```text
//!   examples/18_wait.rs ── program() ──► census ──► a row of TABLES.md
//!        println! ──► the macro of this file ──► lines, the outcome
//! ```
//!
//! Examples with threads of their own, sockets of the system, processes or several runs are not one program. A job
//! on a thread of the loop and a network in memory are under control, so `28_frozen_loop` and `32_network` are in
//! the list. `01_hello` has one task and one schedule.
//!
//! Invariants:
//! 1. No example fails under a schedule, apart from the deadlocks that two of them are about.
//! 2. Each example that exposes a program is in the list.
//!
//! Read next: `tables.rs`.

use std::cell::RefCell;
use std::fmt::Debug;
use std::path::Path;

use groundup::trace::{Choice, Chooser, Seeded};
use groundup_testkit::{Census, Explore, FailureKind};

thread_local! {
    static PRINTED: RefCell<String> = const { RefCell::new(String::new()) };
}

fn print(text: &str) {
    PRINTED.with_borrow_mut(|printed| printed.push_str(text));
}

// The examples print through these macros, which come before those of the standard library.
macro_rules! print {
    ($($text:tt)*) => { $crate::examples::print(&format!($($text)*)) };
}
macro_rules! println {
    () => { $crate::examples::print("\n") };
    ($($text:tt)*) => { $crate::examples::print(&format!("{}\n", format!($($text)*))) };
}

macro_rules! examples {
    ($($file:literal $module:ident)*) => {
        $(#[allow(dead_code)]
        #[path = $file]
        mod $module;)*

        /// The files of the examples in this test.
        const FILES: &[&str] = &[$($file),*];
    };
}

examples! {
    "../../../../examples/02_trace.rs" trace
    "../../../../examples/09_dictionary.rs" dictionary
    "../../../../examples/10_promise.rs" promise
    "../../../../examples/11_cancel.rs" cancel
    "../../../../examples/13_virtual_day.rs" virtual_day
    "../../../../examples/14_deadlock.rs" deadlock
    "../../../../examples/16_slow_step.rs" slow_step
    "../../../../examples/17_gather.rs" gather
    "../../../../examples/18_wait.rs" wait
    "../../../../examples/19_task_group.rs" task_group
    "../../../../examples/20_race.rs" race
    "../../../../examples/23_ladder.rs" ladder
    "../../../../examples/24_borrowing_group.rs" borrowing_group
    "../../../../examples/25_philosophers.rs" philosophers
    "../../../../examples/26_producers.rs" producers
    "../../../../examples/28_frozen_loop.rs" frozen_loop
    "../../../../examples/32_network.rs" network
}

/// The most schedules of an example.
const MOST: u64 = 600;

/// The outcomes of an example.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) census: Census<String>,
}

/// Runs a program under its schedules. The outcome is what it prints, and what it returns.
fn row<T: Debug, F: Future<Output = T> + 'static>(
    name: &'static str,
    most: u64,
    program: impl Fn() -> F,
) -> Row {
    let program = || {
        PRINTED.take();
        let program = program();
        async move {
            let value = format!("{:?}", program.await);
            let printed = PRINTED.take();
            match value.as_str() {
                "()" | "Ok(())" => printed,
                value => format!("{printed}{value}\n"),
            }
        }
    };
    let census = Explore::new().exhaustive(most).census(program);
    Row { name, census }
}

/// The census of each example that ends.
pub(crate) fn rows() -> Vec<Row> {
    vec![
        row("02_trace", MOST, trace::program),
        row("09_dictionary", MOST, dictionary::program),
        row("10_promise", MOST, || async {
            promise::program().await.map_err(|error| error.to_string())
        }),
        row("11_cancel", MOST, cancel::program),
        row("13_virtual_day", 4, virtual_day::program),
        row("16_slow_step", MOST, slow_step::program),
        row("17_gather", MOST, || async {
            gather::program().await.map_err(|error| error.to_string())
        }),
        row("18_wait", MOST, wait::program),
        row("19_task_group", MOST, task_group::program),
        row("20_race", MOST, race::program),
        row("23_ladder", MOST, ladder::program),
        row("24_borrowing_group", MOST, borrowing_group::program),
        row("25_philosophers, by number", MOST, || {
            philosophers::dinner(true)
        }),
        row("26_producers", MOST, producers::program),
        row("28_frozen_loop, in a step", MOST, || {
            frozen_loop::program(false)
        }),
        row("28_frozen_loop, on a thread", MOST, || {
            frozen_loop::program(true)
        }),
        row("32_network", MOST, network::program),
    ]
}

/// The lines that the example prints by itself, if all of them are its program's.
fn alone(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/expected");
    std::fs::read_to_string(folder.join(format!("{name}.txt"))).expect("the lines are there")
}

/// Panics if an outcome is not one of the example's, or the list of outcomes has another length.
pub(crate) fn check(rows: &[Row]) {
    let row = |name: &str| rows.iter().find(|row| row.name == name).expect("a row");
    for (name, outcomes, complete) in [
        ("10_promise", 2, true),
        ("11_cancel", 2, true),
        ("13_virtual_day", 1, false),
        ("17_gather", 1, true),
        ("18_wait", 1, true),
        ("19_task_group", 2, true),
        ("20_race", 2, false),
        ("24_borrowing_group", 1, true),
        ("26_producers", 8, true),
        ("32_network", 1, true),
    ] {
        let census = &row(name).census;
        let found = (census.outcomes().len(), census.complete());
        assert_eq!(found, (outcomes, complete), "{name}\n{census}");
        assert!(census.outcomes().contains(&alone(name)), "{name}\n{census}");
    }
    let values = row("09_dictionary").census.outcomes().iter();
    assert!(
        values
            .clone()
            .all(|lines| lines.ends_with("Ok((25, 2500))\n"))
    );
    assert_eq!(
        values.len(),
        4,
        "the squares of two tasks come in turns, or not"
    );
}

/// Runs the examples that are about a deadlock, first in, first out and under random schedules. Returns
/// the number of schedules. Panics if a run of one does not end in its deadlock.
pub(crate) fn deadlocks() -> u64 {
    const RANDOM: u64 = 99;
    for seed in 0..=RANDOM {
        let mut random = Seeded::new(seed);
        let list: Vec<u16> = (0..64 * seed.min(1))
            .map(|_| random.choose(Choice::Pick, 1 << 12) as u16)
            .collect();
        let one = Explore::from_choices(&list);
        let found = one.check(deadlock::program).unwrap_err();
        assert_eq!(found.failure.kind, FailureKind::Deadlock, "{found}");
        let found = one.check(|| philosophers::dinner(false)).unwrap_err();
        assert_eq!(found.failure.kind, FailureKind::Deadlock, "{found}");
        assert!(found.failure.text.contains("a circle"), "{found}");
    }
    RANDOM + 1
}

/// An example with a program that another file can run is in the list above.
#[test]
fn every_example_that_exposes_a_program_is_explored() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).expect("the examples are there") {
        let path = entry.expect("a file").path();
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        if path.is_file() && text.contains("\npub(crate) async fn ") {
            let name = path.file_name().expect("a name").to_string_lossy();
            let listed = FILES.iter().any(|file| file.ends_with(&*name));
            assert!(listed, "{name} is in no census");
            count += 1;
        }
    }
    assert_eq!(count, FILES.len());
}
