//! The verb `solve`: the text of the library beside the learner's.
//!
//! The problem: a learner who is stuck wants to compare. A solution in the place of their text would take it away.
//!
//! Invariant: without `--put` nothing is written. With it, the text of the learner is kept first.
//!
//! Read next: `check.rs`.

use std::path::Path;

use crate::copy::edit;
use crate::floor::{Exercise, Floor};

/// Prints both texts.
pub(crate) fn show(root: &Path, floor: &Floor, exercise: &Exercise) -> Result<(), String> {
    let (library, copy) = (root.join(&floor.krate), root.join(floor.work()));
    if copy.exists() {
        match edit::functions(&copy, exercise) {
            Ok(own) => print(&format!("yours: {}/{}", floor.work(), exercise.file), own),
            Err(why) => println!("yours cannot be read: {}/{why}", floor.work()),
        }
    }
    let solution = edit::functions(&library, exercise)?;
    print(
        &format!("the library's: {}/{}", floor.krate, exercise.file),
        solution,
    );
    Ok(())
}

fn print(title: &str, functions: Vec<(String, usize, String)>) {
    for (_, line, text) in functions {
        println!("{title}:{line}\n");
        println!("{text}\n");
    }
}

/// Puts the library's bodies into the copy, and returns where the old ones are kept.
pub(crate) fn put(root: &Path, floor: &Floor, exercise: &Exercise) -> Result<String, String> {
    let copy = root.join(floor.work());
    let kept = edit::keep(&copy, exercise)?;
    edit::solve(&copy, &root.join(&floor.krate), exercise)?;
    let kept = kept.strip_prefix(root).unwrap_or(&kept);
    Ok(kept.display().to_string())
}
