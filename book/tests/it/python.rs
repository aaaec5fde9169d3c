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

/// Returns the command of a CPython 3.13, if there is one. A name in `GROUNDUP_PYTHON` must be one.
fn python() -> Option<String> {
    let named = env::var("GROUNDUP_PYTHON")
        .ok()
        .filter(|name| !name.is_empty());
    let program = named.clone().unwrap_or_else(|| "python3.13".into());
    let told = Command::new(&program).arg("--version").output();
    let version = told.map(|told| String::from_utf8_lossy(&told.stdout).into_owned());
    let fits = version.is_ok_and(|version| version.starts_with("Python 3.13."));
    assert!(
        fits || named.is_none(),
        "GROUNDUP_PYTHON names {program}, which is no CPython 3.13"
    );
    fits.then_some(program)
}

/// Runs a program, and returns its standard output.
fn printed(python: &str, program: &Path) -> String {
    let run = Command::new(python)
        .arg(program)
        .output()
        .expect("it can be started");
    let told = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{}: {told}", program.display());
    String::from_utf8(run.stdout).expect("it prints text")
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
            assert_eq!(printed(python, &program), expected, "{}", program.display());
        }
    }
}

/// The list that the table of `porting.md` must have is that of CPython 3.13.
#[test]
fn cpython_has_the_names_of_the_list() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("porting");
    let list = fs::read_to_string(folder.join("asyncio-3.13.txt")).expect("the list is there");
    match python() {
        Some(python) => assert_eq!(printed(&python, &folder.join("asyncio_names.py")), list),
        None => println!("skipped: no CPython 3.13; name one in GROUNDUP_PYTHON"),
    }
}
