//! The names that the exercises use exist: no build.

use std::path::Path;

use exercise_tool::{floor, inspect};

#[test]
fn every_name_of_the_exercises_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
    let root = root.expect("this package is two folders beneath the root");
    let floors = floor::load(root).expect("every floor can be read");
    assert!(!floors.is_empty(), "there are floors");
    let faults = inspect::faults(root, &floors);
    assert!(faults.is_empty(), "\n  {}\n", faults.join("\n  "));
}
