//! Looks for faults of the exercises without a build.
//!
//! The problem: a function is renamed, and a hint, a task or the book still names the old one. The proof
//! takes minutes; this takes less than a second, so that every run of the tests has it.
//!
//! Invariant: a name that the exercises use exists: the function, the test, the file, the item of a hint,
//! the heading of the book.
//!
//! Read next: `exercises/README.md`.

use std::collections::BTreeSet;
use std::path::Path;

use crate::copy::edit::read;
use crate::copy::items;
use crate::floor::{Exercise, Floor};

/// Returns the faults of all exercises, each a line.
pub fn faults(root: &Path, floors: &[Floor]) -> Vec<String> {
    let mut faults = Vec::new();
    for floor in floors {
        let mut say = |number: &str, what: String| faults.push(format!("{number}: {what}"));
        for (at, exercise) in floor.exercises.iter().enumerate() {
            let expected = format!("{}.{}", floor.floor, at + 1);
            if exercise.number != expected {
                say(&exercise.number, format!("has the place of {expected}"));
            }
            for fault in of_exercise(root, floor, exercise) {
                say(&exercise.number, fault);
            }
        }
        for fault in of_tests(root, floor) {
            say(&format!("floor {}", floor.floor), fault);
        }
    }
    faults
}

fn of_exercise(root: &Path, floor: &Floor, exercise: &Exercise) -> Vec<String> {
    let mut faults = Vec::new();
    let path = format!("{}/{}", floor.krate, exercise.file);
    for name in &exercise.cut {
        match read(&root.join(&path)).and_then(|text| items::find(&text, name)) {
            Ok(item) if item.body.is_none() => faults.push(format!("{path}: `{name}` has no body")),
            Ok(_) => {}
            Err(why) => faults.push(format!("{path}: {why}")),
        }
    }
    if !(5..=30).contains(&exercise.minutes) {
        faults.push(format!(
            "takes {} minutes, and not 5 to 30",
            exercise.minutes
        ));
    }
    for (what, list) in [
        ("cut", &exercise.cut),
        ("tests", &exercise.tests),
        ("read", &exercise.read),
    ] {
        if list.is_empty() {
            faults.push(format!("`{what}` is empty"));
        }
    }
    if exercise.hints.len() < 2 {
        faults.push("has fewer than two hints".into());
    }
    let texts = exercise.hints.iter().chain([&exercise.text]);
    faults.extend(texts.flat_map(|text| of_references(root, text)));
    let reads = exercise.read.iter();
    faults.extend(reads.filter_map(|place| of_reading(root, place).err()));
    faults
}

/// Checks the names in backticks: `PATH.rs: ITEM`, and a path alone.
fn of_references(root: &Path, text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let quoted = text.split('`').skip(1).step_by(2);
    for name in quoted.filter(|name| name.contains(".rs") && name.contains('/')) {
        let (path, item) = name
            .split_once(": ")
            .map_or((name, None), |(path, item)| (path, Some(item)));
        match (read(&root.join(path)), item) {
            (Err(why), _) => faults.push(format!("names `{path}`: {why}")),
            (Ok(text), Some(item)) => faults.extend(
                items::find(&text, item)
                    .err()
                    .map(|why| format!("names {path}: {why}")),
            ),
            (Ok(_), None) => {}
        }
    }
    faults
}

/// Checks a place to read: a file of the project; or a page of the book, with a heading or without.
fn of_reading(root: &Path, place: &str) -> Result<(), String> {
    let (path, heading) = place.split_once('#').unwrap_or((place, ""));
    let is_page = !path.contains('/') && path != "README.md";
    let book = root.join("book/text");
    let folder = if is_page { &book } else { root };
    let text = read(&folder.join(path)).map_err(|why| format!("reads `{place}`: {why}"))?;
    let mut headings = text.lines().filter(|line| line.starts_with('#'));
    match heading.is_empty() || headings.any(|line| slug(line) == heading) {
        true => Ok(()),
        false => Err(format!("reads `{place}`: the page has no such heading")),
    }
}

/// Returns the name of a heading in an address, as mdBook makes it.
fn slug(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = text
        .chars()
        .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// Checks that the tests of a floor are those which its exercises name.
fn of_tests(root: &Path, floor: &Floor) -> Vec<String> {
    let mut faults = Vec::new();
    for module in floor.modules() {
        let path = floor.checks(module);
        let text = match read(&root.join(&path)) {
            Ok(text) => text,
            Err(why) => {
                faults.push(why);
                continue;
            }
        };
        let lines: Vec<&str> = text.lines().collect();
        let after_test = lines
            .windows(2)
            .filter(|pair| pair[0] == "#[test]")
            .map(|pair| pair[1]);
        let name = |line: &str| {
            Some(
                line.trim_start_matches("fn ")
                    .split('(')
                    .next()?
                    .to_string(),
            )
        };
        let there: BTreeSet<String> = after_test.filter_map(name).collect();
        let exercises = floor
            .exercises
            .iter()
            .filter(|exercise| exercise.module() == module);
        let named: BTreeSet<String> = exercises
            .flat_map(|exercise| exercise.tests.clone())
            .collect();
        faults.extend(
            named
                .difference(&there)
                .map(|test| format!("{path} has no test {test}")),
        );
        faults.extend(
            there
                .difference(&named)
                .map(|test| format!("{path}: no exercise has the test {test}")),
        );
    }
    faults
}
