//! The examples print what they are said to print.
//!
//! The problem: an example that nobody runs is wrong within a year. Each one is
//! built, run and compared with `examples/expected/NAME.txt`, to the letter.
//! `BLESS=1 cargo test -p checks` writes these files anew.
//!
//! Invariants: the ones the tests are named after.
//!
//! Read next: `manifests.rs`.

use std::path::PathBuf;
use std::process::Command;

use checks::bless;
use checks::repository::{assert_none, files, read, root};

/// The names of the examples, in order.
fn names() -> Vec<String> {
    let files = files(&[".rs"]);
    let paths = files
        .iter()
        .filter_map(|file| file.path.strip_prefix("examples/"));
    let flat = paths.filter(|path| !path.contains('/'));
    flat.map(|path| path.trim_end_matches(".rs").to_string())
        .collect()
}

/// Builds the examples, and gives the name and the program of each.
fn build() -> Vec<(String, PathBuf)> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["build", "--package", "examples", "--examples"])
        .arg("--message-format=json-render-diagnostics")
        .current_dir(root())
        .output()
        .expect("cargo can be run");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "the examples do not build:\n{errors}"
    );
    let messages = String::from_utf8_lossy(&output.stdout);
    let message = |line: &str| serde_json::from_str::<serde_json::Value>(line).ok();
    messages
        .lines()
        .filter_map(message)
        .filter(|message| message["target"]["kind"][0] == "example")
        .filter_map(|message| {
            let name = message["target"]["name"].as_str()?.to_string();
            Some((name, message["executable"].as_str()?.into()))
        })
        .collect()
}

#[test]
fn every_example_prints_what_is_expected_and_nothing_to_standard_error() {
    let mut complaints = Vec::new();
    let built = build();
    assert_eq!(built.len(), names().len(), "every example was built");
    for (name, program) in built {
        let output = Command::new(&program).current_dir(root()).output();
        let output = output.unwrap_or_else(|error| panic!("{name} cannot be run: {error}"));
        let errors = String::from_utf8_lossy(&output.stderr);
        if !output.status.success() || !errors.is_empty() {
            complaints.push(format!("{name}: {}\n{errors}", output.status));
            continue;
        }
        let printed = String::from_utf8_lossy(&output.stdout).replace("\r\n", "\n");
        complaints.extend(bless::check(
            &format!("examples/expected/{name}.txt"),
            &printed,
        ));
    }
    assert_none(
        "An example prints something else; if it should, BLESS=1 writes it:",
        &complaints,
    );
}

#[test]
fn every_example_is_at_most_sixty_lines() {
    let long: Vec<String> = names()
        .iter()
        .map(|name| (name, read(&format!("examples/{name}.rs")).lines().count()))
        .filter(|(_, lines)| *lines > 60)
        .map(|(name, lines)| format!("{name}: {lines} lines"))
        .collect();
    assert_none("An example shows one thing:", &long);
}

#[test]
fn every_example_is_a_target_and_has_its_output() {
    let manifest = read("examples/Cargo.toml");
    let names = names();
    assert!(
        names.len() >= 16,
        "the examples are in examples/, not in a folder of it: {names:?}"
    );
    let mut complaints = Vec::new();
    for name in &names {
        let entry = format!("[[example]]\nname = \"{name}\"\npath = \"{name}.rs\"\n");
        if !manifest.contains(&entry) {
            complaints.push(format!("{name} is not in examples/Cargo.toml"));
        }
    }
    for file in files(&[".txt"]) {
        let name = file.path.strip_prefix("examples/expected/");
        if name.is_some_and(|name| !names.iter().any(|n| format!("{n}.txt") == name)) {
            complaints.push(format!("{} belongs to no example", file.path));
        }
    }
    assert_none(
        "Examples, targets and outputs belong together:",
        &complaints,
    );
}
