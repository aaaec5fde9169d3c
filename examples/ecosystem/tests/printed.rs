//! Every program prints its expected lines, and no error.
//!
//! `BLESS=1 cargo test` writes the files of `expected/` again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

#[path = "../../../tests/src/blessing.rs"]
mod blessing;

/// How many lines a program may have.
const LINES: usize = 60;

/// Returns the sources of the programs, in the order of their names.
fn sources() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bin");
    let entries = fs::read_dir(folder).expect("the folder of the programs can be read");
    let mut sources: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    sources.sort();
    sources
}

#[test]
fn every_program_prints_what_is_expected() {
    let bless = blessing::blessing();
    let expected = Path::new(env!("CARGO_MANIFEST_DIR")).join("expected");
    let mut complaints = Vec::new();
    for source in sources() {
        let name = source.file_stem().expect("a source has a name");
        let program = Path::new(env!("CARGO_BIN_EXE_actor")).with_file_name(name);
        let output = Command::new(&program).output();
        let output = output.unwrap_or_else(|error| panic!("{name:?} cannot be run: {error}"));
        let errors = String::from_utf8_lossy(&output.stderr);
        if !output.status.success() || !errors.is_empty() {
            complaints.push(format!("{name:?}: {}\n{errors}", output.status));
            continue;
        }
        let printed = String::from_utf8_lossy(&output.stdout).replace("\r\n", "\n");
        let file = expected.join(name).with_extension("txt");
        if bless {
            fs::write(&file, printed).expect("the expected output can be written");
        } else if fs::read_to_string(&file).unwrap_or_default() != printed {
            complaints.push(format!("{name:?} prints something else:\n{printed}"));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn every_program_is_short_and_unwraps_nothing_twice() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/async_code.rs");
    for source in sources().into_iter().chain([tests]) {
        let text = fs::read_to_string(&source).expect("a source can be read");
        let lines = text.lines().count();
        assert!(lines <= LINES, "{}: {lines} lines", source.display());
        let packed: String = text.split_whitespace().collect();
        assert!(
            !packed.contains(".unwrap().unwrap()"),
            "{} unwraps twice",
            source.display()
        );
    }
}
