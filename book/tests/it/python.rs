//! The Python programs of the book print what the book says they print.
//!
//! Without a CPython 3.13 (`GROUNDUP_PYTHON` names one, or `python3.13` is on the `PATH`) only the
//! presence of the outputs is checked, and a printed line says so.
//!
//! Invariant: an output in `book/python` is the standard output of its program, to the byte.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Returns the Python programs of the book.
fn programs() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("python");
    let entries = fs::read_dir(folder).expect("the folder is there");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "py"));
    files.sort();
    assert!(!files.is_empty());
    files
}

/// Returns the command of a CPython 3.13, if there is one.
fn python() -> Option<String> {
    let named = env::var("GROUNDUP_PYTHON").unwrap_or_else(|_| "python3.13".into());
    let version = Command::new(&named).arg("--version").output().ok()?;
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    version.starts_with("Python 3.13.").then_some(named)
}

/// Each program has its output beside it, and CPython 3.13 prints that output.
#[test]
fn cpython_prints_the_outputs() {
    let python = python();
    if python.is_none() {
        println!("skipped: no CPython 3.13; name one in GROUNDUP_PYTHON");
    }
    for program in programs() {
        let output = program.with_extension("txt");
        let expected = fs::read_to_string(&output);
        let expected = expected.unwrap_or_else(|why| panic!("{}: {why}", output.display()));
        assert!(!expected.is_empty(), "{} is empty", output.display());
        if let Some(python) = &python {
            let run = Command::new(python).arg(&program).output().unwrap();
            let printed = String::from_utf8_lossy(&run.stdout);
            assert_eq!(printed, expected, "{}", program.display());
        }
    }
}
