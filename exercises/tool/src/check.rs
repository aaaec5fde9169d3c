//! Checks the work of a learner.
//!
//! The problem: the copy may not compile, and its tests may end in any way. Each of these ends is one line.
//!
//! ```text
//!   compile   builds the tests of the copy       does not compile: file and line
//!   run       runs a test in its own process     with limits of time and memory
//!   outcome   judges the process                 passed, unfinished, failed: one line
//!   panics    reads the panics of its output
//!   report    prints the failures
//! ```
//!
//! Invariant: a check changes no text of the learner.
//!
//! Read next: `check/compile.rs`.

use std::path::Path;
use std::time::Duration;

use crate::copy;
use crate::floor::{Exercise, Floor};
use compile::Built;
use run::Tests;

pub mod compile;
pub mod outcome;
pub mod panics;
pub(crate) mod report;
pub mod run;

/// Checks an exercise in its copy, and prints the faults. Returns true if all tests pass.
pub(crate) fn exercise(
    root: &Path,
    floor: &Floor,
    exercise: &Exercise,
    limit: Duration,
) -> Result<bool, String> {
    let copy = root.join(floor.work());
    copy::write_checks(root, floor, &copy)?;
    let Built { program, warnings } =
        match compile::build(&copy, &floor.work(), &root.join(copy::TARGET)) {
            Ok(built) => built,
            Err(error) => {
                println!("{} {}", exercise.number, error.line);
                println!("Read  {}\n", floor.reading(exercise));
                println!("{}", readable(error.messages.trim_end()));
                return Ok(false);
            }
        };
    let folder = copy;
    let tests = Tests {
        program,
        folder,
        limit,
    };
    let failures = report::failures(root, &tests, floor, exercise)?;
    report::print(floor, exercise, &failures);
    if !failures.is_empty() && !warnings.is_empty() {
        println!("\nThe compiler warns:\n\n{}", readable(warnings.trim_end()));
    }
    Ok(failures.is_empty())
}

/// Returns a path without its steps back: an example is compiled as `tests/../examples/NAME.rs`.
fn plain(path: &str) -> String {
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            ".." if !parts.is_empty() => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Returns a text of the compiler or of a test with the paths of examples as the learner knows them.
fn readable(text: &str) -> String {
    text.replace("tests/../examples/", "examples/")
}
