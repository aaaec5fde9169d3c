//! Runs the tests of an exercise, and prints those that fail.
//!
//! The problem: a failed test has a line that matters and a page of output. The line comes first, with the
//! place to read; the output of the first failure comes last.
//!
//! Invariant: an output of any length takes at most [`SHOWN`] lines of the screen.
//!
//! Read next: `prove.rs`.

use std::path::Path;

use super::outcome::Outcome;
use super::panics::Places;
use super::readable;
use super::run::{Ran, Tests};
use crate::floor::{Exercise, Floor};

/// How many lines of a test's output are shown.
const SHOWN: usize = 40;

/// The width of a text on the screen.
const WIDTH: usize = 90;

/// A test that failed.
pub(crate) struct Failure {
    test: String,
    line: String,
    ran: Ran,
}

/// Runs the tests of an exercise, and returns those that fail.
pub(crate) fn failures(
    root: &Path,
    tests: &Tests,
    floor: &Floor,
    exercise: &Exercise,
) -> Result<Vec<Failure>, String> {
    let mut failures = Vec::new();
    let copy = floor.work();
    let places = Places { root, copy: &copy };
    for test in &exercise.tests {
        let path = exercise.path_of(test);
        let ran = tests.run(&path, None)?;
        let traced = || tests.traced(&path);
        let line = match Outcome::of(&ran, tests.limit.as_secs_f64(), places, traced) {
            Outcome::Passed => continue,
            Outcome::Unfinished(number, place) if number == exercise.number => {
                format!("is unfinished: write the body at {place}")
            }
            Outcome::Unfinished(number, place) => {
                format!(
                    "needs exercise {number}, which is unfinished at {place}: finish it, or `cargo xtask exercise solve {number} --put`"
                )
            }
            Outcome::Failed(line) => line,
            Outcome::Missing => {
                return Err(format!(
                    "there is no test {test}: a fault of the exercise, not yours"
                ));
            }
        };
        failures.push(Failure {
            test: test.clone(),
            line,
            ran,
        });
    }
    Ok(failures)
}

/// Prints the failed tests of an exercise.
pub(crate) fn print(floor: &Floor, exercise: &Exercise, failures: &[Failure]) {
    let [first, others @ ..] = failures else {
        return;
    };
    let (number, count) = (&exercise.number, exercise.tests.len());
    println!("{number} {}: {}", first.test, first.line);
    others
        .iter()
        .for_each(|other| println!("    {}: {}", other.test, other.line));
    println!(
        "Tests {} of {count} pass, {}/tests/{}.rs",
        count - failures.len(),
        floor.work(),
        exercise.module()
    );
    println!("Read  {}", floor.reading(exercise));
    println!("Hint  cargo xtask exercise hint {number}");
    // After this line, libtest lists the failed test again.
    let stdout = first
        .ran
        .stdout
        .split("\nfailures:\n")
        .next()
        .unwrap_or_default();
    let output = readable(&format!("{}\n{}", stdout.trim(), first.ran.stderr.trim()));
    let of_libtest = ["running 1 test", "note: run with `RUST_BACKTRACE"];
    let is_own =
        |line: &&str| !line.is_empty() && !of_libtest.iter().any(|start| line.starts_with(start));
    let lines: Vec<&str> = output.lines().filter(is_own).collect();
    println!("\nThe output of {}:", first.test);
    for line in lines.iter().take(SHOWN) {
        println!("  {}", line.chars().take(200).collect::<String>());
    }
    if lines.len() > SHOWN {
        println!("  .. and more lines: {}", lines.len() - SHOWN);
    }
}

/// Breaks a text into lines for a terminal.
pub(crate) fn wrapped(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is a line");
        match line.is_empty() {
            true => line.push_str(word),
            false if line.chars().count() + word.chars().count() < WIDTH => {
                *line += &format!(" {word}")
            }
            false => lines.push(word.to_string()),
        }
    }
    lines.join("\n")
}
