//! The tests of the upper floors under valgrind.
//!
//! The problem: one expression of the tower is `unsafe`, and wakers, tasks and threads hold each
//! other. A test sees a wrong result; it does not see a read of freed memory, or memory that
//! nothing can reach any more. valgrind sees both.
//!
//! ```text
//!   cargo test --no-run ──► the unit tests, and it-0123 ──► valgrind it-0123 --skip props::
//!                                                            │
//!            any error, any block definitely lost ──► 1 ◄────┘
//! ```
//!
//! The properties run the same code as the other tests, thousands of times, and the tests of costs
//! run it on thousands of tasks. Both are left out, so that a floor takes a minute. Twelve tests lose
//! memory on purpose, and are left out, too.
//!
//! Invariants
//! 1. A floor whose tests did not run is a failure.
//! 2. A block that something still points to at the end is no error: statics are such blocks.
//!
//! Read next: `watched.rs`.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use lexopt::prelude::{Long, Short, Value, ValueExt};
use lexopt::{Error, Parser};

use crate::command::mistake;
use crate::neighbours::cargo;
use crate::props::{Floor, floors};
use crate::tour::workspace;

/// The output of `cargo xtask memcheck --help`.
pub const HELP: &str = "\
cargo xtask memcheck [FLOOR...]

Runs the tests of these floors under valgrind, by number or by name, without the
properties, the tests of costs and the feature processes; of the floors from 3 on, if none is named.
Exits with 1 if valgrind finds an error, or memory that is definitely lost.
";

/// The lowest floor that shares memory between its objects.
const LOWEST: u32 = 3;

/// What valgrind exits with if it has found something.
const FOUND: i32 = 99;

/// The tests that are left out. Properties and costs run long. The others lose memory on purpose: a
/// loop or a future that is forgotten, sinks that hold the loop that holds them, drops that spawn for
/// ever, objects that are leaked to be `'static`, and
/// guards, futures and sockets that are never dropped. Under valgrind a program that is not there starts (the
/// last one): the process and its child share no memory before `exec`.
const LEFT_OUT: [&str; 17] = [
    "props::",
    "costs::",
    "a_waker_may_outlive_the_thread_locals",
    "a_promise_is_done_when_a_sink_is_told_of_it",
    "an_owner_that_is_dropped_by_a_hook_outside_a_run_closes_the_loop_after_the_call",
    "a_sink_or_a_handler_begins_no_round_and_closes_nothing",
    "drops_that_spawn_for_ever_are_told_of_at_close",
    "the_task_that_adopts_a_guard_is_the_holder",
    "a_lock_that_was_passed_to_a_future_of_an_ended_task_is_told",
    "hang_08_a_guard_of_bare_promises_that_is_never_dropped",
    "hang_08_a_guard_that_is_never_dropped",
    "a_wait_that_was_notified_and_is_not_polled_is_told",
    "every_object_refuses_a_second_loop",
    "a_wait_that_a_closed_loop_has_polled_is_refused_elsewhere",
    "the_place_in_a_reader_of_the_users_is_nearer",
    "a_task_that_has_ended_with_its_end_open_is_told",
    "x10_a_program_that_is_not_there_is_an_error_with_its_name",
];

/// The request of a command line.
#[derive(Debug, PartialEq, Eq)]
pub enum Request {
    /// Print the help text.
    Help,
    /// Check these floors.
    Check(Vec<Floor>),
}

/// Runs the verb `cargo xtask memcheck`.
///
/// # Errors
/// A message that says what is wrong with the arguments, or why valgrind or cargo cannot be started.
pub fn main(words: &mut Parser) -> Result<ExitCode, String> {
    let request = parse(words, floors()?).map_err(|why| mistake("memcheck", &why))?;
    let Request::Check(floors) = request else {
        print!("{HELP}");
        return Ok(ExitCode::SUCCESS);
    };
    if !installed() {
        return Err("valgrind cannot be started: install the package valgrind".to_owned());
    }
    let mut all_well = true;
    for floor in &floors {
        all_well &= check(floor)?;
    }
    Ok(match all_well {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// Parses the words after `memcheck`, for the given floors.
///
/// # Errors
/// A message that says what is wrong.
pub fn parse(words: &mut Parser, floors: Vec<Floor>) -> Result<Request, Error> {
    let mut chosen = Vec::new();
    while let Some(word) = words.next()? {
        match word {
            Long("help") | Short('h') => return Ok(Request::Help),
            Value(name) => chosen.push(Floor::called(&name.string()?, &floors)?),
            other => return Err(other.unexpected()),
        }
    }
    if chosen.is_empty() {
        chosen = floors;
        chosen.retain(|floor| {
            floor
                .number
                .parse()
                .is_ok_and(|number: u32| number >= LOWEST)
        });
    }
    Ok(Request::Check(chosen))
}

fn installed() -> bool {
    let mut valgrind = Command::new("valgrind");
    valgrind.arg("--version").stdout(Stdio::null());
    valgrind.status().is_ok_and(|status| status.success())
}

/// Runs the tests of a floor, program by program.
fn check(floor: &Floor) -> Result<bool, String> {
    let mut all_well = true;
    for program in build(floor)? {
        all_well &= check_program(floor, &program)?;
    }
    Ok(all_well)
}

/// Runs a program of tests, and prints one line, or all output if valgrind has found something.
fn check_program(floor: &Floor, tests: &Path) -> Result<bool, String> {
    let began = Instant::now();
    let mut valgrind = Command::new("valgrind");
    valgrind
        .args(["--quiet", "--leak-check=full", "--num-callers=30"])
        .args([
            "--show-leak-kinds=definite",
            "--errors-for-leak-kinds=definite",
        ])
        .arg(format!("--error-exitcode={FOUND}"))
        .arg(tests)
        // Under valgrind one thread runs at a time, and tests beside each other only wait.
        .arg("--test-threads=1")
        .args(LEFT_OUT.iter().flat_map(|name| ["--skip", name]))
        .env("RUST_BACKTRACE", "0")
        .current_dir(floor.folder());
    let output = valgrind.output();
    let output = output.map_err(|why| format!("cannot start valgrind: {why}"))?;
    let told = String::from_utf8_lossy(&output.stdout);
    let passed = passed(&told);
    let word = match (output.status.code(), passed) {
        (Some(0), 0) => "NO TESTS",
        (Some(0), _) => "ok",
        (Some(FOUND), _) => "ERRORS",
        _ => "FAILED",
    };
    if word != "ok" {
        print!("{told}{}", String::from_utf8_lossy(&output.stderr));
    }
    println!(
        "floor {}  {:<12} {passed:>3} tests under valgrind  {:>6.1} s  {word}",
        floor.number,
        floor.name,
        began.elapsed().as_secs_f64()
    );
    Ok(word == "ok")
}

/// Compiles the tests of a floor, and returns the programs that have tests: the unit tests, if the floor
/// has some, and `it`.
fn build(floor: &Floor) -> Result<Vec<PathBuf>, String> {
    let mut cargo = cargo();
    let package = format!("groundup-{}", floor.name);
    cargo.args([
        "test",
        "--package",
        &package,
        "--lib",
        "--test",
        "it",
        "--no-run",
    ]);
    let output = cargo.current_dir(workspace()).output();
    let output = output.map_err(|why| format!("cannot start cargo: {why}"))?;
    let told = String::from_utf8_lossy(&output.stderr);
    let programs: Vec<_> = (executables(&told).map(|program| workspace().join(program))).collect();
    match output.status.success() && programs.len() == 2 {
        true => Ok(programs
            .into_iter()
            .filter(|program| has_tests(program))
            .collect()),
        false => Err(format!("the tests of {package} were not built:\n{told}")),
    }
}

/// Returns true unless a program of tests lists none.
fn has_tests(program: &Path) -> bool {
    let listed = Command::new(program).arg("--list").output();
    listed.map_or(true, |listed| {
        listed.stdout.windows(6).any(|word| word == b": test")
    })
}

/// Returns the programs that cargo names: `Executable tests/it/main.rs (target/debug/deps/it-01)`.
pub fn executables(told: &str) -> impl Iterator<Item = &str> {
    let lines = told.lines().filter(|line| line.contains("Executable"));
    lines.filter_map(|line| line.rsplit_once('(')?.1.strip_suffix(')'))
}

/// Returns the number of tests that passed: `test result: ok. 12 passed; ...`.
#[must_use]
pub fn passed(told: &str) -> u64 {
    let results = told
        .lines()
        .filter_map(|line| line.strip_prefix("test result: ok. "));
    let numbers = results.filter_map(|rest| rest.split(' ').next()?.parse::<u64>().ok());
    numbers.sum()
}
