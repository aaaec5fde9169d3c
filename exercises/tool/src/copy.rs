//! Copies the crate of a floor, with the tests of its exercises.
//!
//! The problem: a learner changes a crate, and the library must stay whole. The copy depends on the
//! floors beneath by their paths in the project, and builds by itself.
//!
//! ```text
//!   work/floor-3/Cargo.toml          the crate's own, and the tables of the workspace that it needs
//!                src/ examples/      the crate's own
//!                .library/           the files of the exercises, as they were at the copy
//!                tests/exercises.rs  names the modules of the tests
//!                tests/library.rs    tests that use the crate
//!                tests/first_task.rs tests inside the example, which see its private names
//! ```
//!
//! Invariant: a copy is whole or not there. It is made under another name, and renamed.
//!
//! Read next: `copy/manifest.rs`.

use std::fs;
use std::path::Path;

use crate::floor::{Exercise, Floor};
use edit::{read, write};

pub mod edit;
pub mod items;
mod manifest;

/// The folder of the built copies, from the root of the project: one for all, so that a floor is built once
/// for the floors above it.
pub const TARGET: &str = "exercises/target/copies";

/// The folder in a copy with the files of the exercises as the library had them then.
pub const ORIGINAL: &str = ".library";

/// Makes a copy of the floor's crate at `to`, a folder inside the project at `root`. `name` tells it from
/// other copies of the floor.
///
/// # Errors
/// Returns a line about a file that cannot be read or written, or a folder that exists.
pub fn make(root: &Path, floor: &Floor, to: &str, name: &str) -> Result<(), String> {
    let target = root.join(to);
    if target.exists() {
        return Err(format!("{to} is there already"));
    }
    let new = root.join(format!("{to}.new"));
    if new.exists() {
        fs::remove_dir_all(&new).map_err(|why| format!("{}: {why}", new.display()))?;
    }
    let back = "../".repeat(to.split('/').count());
    let library = root.join(&floor.krate);
    let manifest = manifest::of_copy(root, &floor.krate, back.trim_end_matches('/'), name)?;
    write(&new.join("Cargo.toml"), &manifest)?;
    for name in ["src", "examples", "README.md"] {
        copy_all(&library.join(name), &new.join(name), &back)?;
    }
    let lock = root.join("Cargo.lock");
    if lock.exists() {
        write(&new.join("Cargo.lock"), &read(&lock)?)?;
    }
    for exercise in &floor.exercises {
        let text = read(&library.join(&exercise.file))?;
        write(&new.join(ORIGINAL).join(&exercise.file), &text)?;
    }
    write_checks(root, floor, &new)?;
    fs::rename(&new, &target).map_err(|why| format!("{}: {why}", target.display()))
}

/// Writes the tests of the floor's exercises into its copy.
///
/// # Errors
/// Returns a line about a file.
pub fn write_checks(root: &Path, floor: &Floor, copy: &Path) -> Result<(), String> {
    let mut main = String::from(
        "//! The tests of the exercises. `cargo xtask exercise` writes them again.\n\n",
    );
    for module in floor.modules() {
        let checks = read(&root.join(floor.checks(module)))?;
        let path = copy.join(format!("tests/{module}.rs"));
        if let Ok(own) = read(&path)
            && own != checks
        {
            let kept = edit::keep_text(copy, &format!("tests-{module}"), &own)?;
            eprintln!(
                "The tests of the copy were changed; they are kept in {}",
                kept.display()
            );
        }
        write(&path, &checks)?;
        let is_example = |exercise: &Exercise| exercise.example() == Some(module);
        if !floor.exercises.iter().any(is_example) {
            main += &format!("mod {module};\n");
            continue;
        }
        main += &format!("#[path = \"../examples/{module}.rs\"]\nmod {module};\n");
        let example = copy.join(format!("examples/{module}.rs"));
        let text = read(&example)?;
        let inside =
            format!("\n#[cfg(test)]\n#[path = \"../tests/{module}.rs\"]\nmod exercises;\n");
        if !text.contains(inside.trim()) {
            write(&example, &(text + &inside))?;
        }
    }
    write(&copy.join("tests/exercises.rs"), &main)
}

/// Copies a file or a folder, if it is there.
fn copy_all(from: &Path, to: &Path, back: &str) -> Result<(), String> {
    if from.is_dir() {
        let entries = fs::read_dir(from).map_err(|why| format!("{}: {why}", from.display()))?;
        for entry in entries.flatten() {
            copy_all(&entry.path(), &to.join(entry.file_name()), back)?;
        }
        return Ok(());
    }
    let is_text = from
        .extension()
        .is_some_and(|ending| ending == "rs" || ending == "md");
    if !from.is_file() || !is_text {
        return Ok(());
    }
    // An example that contains the example of a lower floor finds it in the project.
    let lower = format!("#[path = \"../{back}crates/");
    write(to, &read(from)?.replace("#[path = \"../../", &lower))
}
