//! The verb `prove`: each test fails without its body, passes with it.
//!
//! The problem: a test that passes without the body teaches nothing, and one that fails with the
//! solution is worse. Both happen when the library changes.
//!
//! ```text
//!   cut     all bodies cut             compiles; each test ends at an unfinished body
//!   switch  a switch before each body  nothing cut: each test passes
//!                                      one exercise cut: each of its tests ends at its body
//! ```
//!
//! Invariants
//! 1. A floor costs two builds.
//! 2. All faults are printed, not only the first.
//! 3. The compiler warns of no check.
//!
//! Read next: `inspect.rs`.

use std::path::Path;
use std::time::Duration;
use std::{fs, io};

use crate::check::compile::{self, Built};
use crate::check::outcome::Outcome;
use crate::check::panics::Places;
use crate::check::run::Tests;
use crate::copy::{self, edit};
use crate::floor::{Exercise, Floor};

/// How long one test may take here.
const LIMIT: Duration = Duration::from_secs(30);

/// Proves the exercises of all floors, or of some. Returns false if one has a fault.
///
/// # Errors
/// Returns a line about a floor that is not there, or a file.
pub fn all(root: &Path, floors: &[Floor], only: &[String]) -> Result<bool, String> {
    let is_there = |name: &String| floors.iter().any(|floor| floor.floor.to_string() == *name);
    if let Some(name) = only.iter().find(|name| !is_there(name)) {
        return Err(format!("there is no floor {name:?}"));
    }
    let mut all_well = true;
    for floor in floors {
        if !only.is_empty() && !only.contains(&floor.floor.to_string()) {
            continue;
        }
        let faults = of_floor(root, floor)?;
        faults
            .iter()
            .for_each(|fault| println!("floor {}: {fault}", floor.floor));
        let tests: usize = floor
            .exercises
            .iter()
            .map(|exercise| exercise.tests.len())
            .sum();
        let count = floor.exercises.len();
        match faults.len() {
            0 => println!(
                "floor {}: {count} exercises, {tests} tests: red when cut, green when solved",
                floor.floor
            ),
            faults => println!("floor {}: faults: {faults}", floor.floor),
        }
        all_well &= faults.is_empty();
    }
    Ok(all_well)
}

fn of_floor(root: &Path, floor: &Floor) -> Result<Vec<String>, String> {
    let mut faults = Vec::new();
    match built(root, floor, "cut", edit::cut)? {
        Err(why) => faults.push(format!("all cut: {why}")),
        Ok(tests) => for_each_test(floor, |exercise, test| {
            match outcome(&tests, exercise, test, None)? {
                Outcome::Unfinished(..) => {}
                other => faults.push(format!("{test}, with all bodies cut, {other}")),
            }
            Ok(())
        })?,
    }
    match built(root, floor, "switch", edit::switch)? {
        Err(why) => faults.push(format!("solved: {why}")),
        Ok(tests) => for_each_test(floor, |exercise, test| {
            match outcome(&tests, exercise, test, None)? {
                Outcome::Passed => {}
                other => faults.push(format!("{test}, with the solutions, {other}")),
            }
            match outcome(&tests, exercise, test, Some(&exercise.number))? {
                Outcome::Unfinished(number, _) if number == exercise.number => {}
                other => faults.push(format!("{test}, with {} cut, {other}", exercise.number)),
            }
            Ok(())
        })?,
    }
    Ok(faults)
}

fn for_each_test(
    floor: &Floor,
    mut visit: impl FnMut(&Exercise, &str) -> Result<(), String>,
) -> Result<(), String> {
    let mut tests = floor
        .exercises
        .iter()
        .flat_map(|exercise| exercise.tests.iter().map(move |test| (exercise, test)));
    tests.try_for_each(|(exercise, test)| visit(exercise, test))
}

fn outcome(
    tests: &Tests,
    exercise: &Exercise,
    test: &str,
    cut: Option<&str>,
) -> Result<Outcome, String> {
    let ran = tests.run(&exercise.path_of(test), cut)?;
    let places = Places {
        root: &tests.folder,
        copy: ".",
    };
    Ok(Outcome::of(&ran, LIMIT.as_secs_f64(), places, || None))
}

/// Makes a copy of the floor in which `change` was made for each exercise, and builds it.
fn built(
    root: &Path,
    floor: &Floor,
    state: &str,
    change: impl Fn(&Path, &Exercise) -> Result<(), String>,
) -> Result<Result<Tests, String>, String> {
    let to = format!("exercises/target/proof/floor-{}-{state}", floor.floor);
    let folder = root.join(&to);
    match fs::remove_dir_all(&folder) {
        Err(why) if why.kind() != io::ErrorKind::NotFound => return Err(format!("{to}: {why}")),
        _ => {}
    }
    copy::make(root, floor, &to, state)?;
    for exercise in &floor.exercises {
        change(&folder, exercise)?;
    }
    let built = compile::build(&folder, &to, &root.join(copy::TARGET));
    Ok(match built {
        Err(error) => Err(format!("{}\n{}", error.line, error.messages)),
        // A learner sees it beside each failure, and can do nothing about it.
        Ok(Built { warnings, .. }) if warnings.contains("--> tests/") => {
            Err(format!("the compiler warns of a check:\n{warnings}"))
        }
        Ok(Built { program, .. }) => Ok(Tests {
            program,
            folder,
            limit: LIMIT,
        }),
    })
}
