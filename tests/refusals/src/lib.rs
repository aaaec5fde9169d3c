//! Programs that must not compile, under any compiler.
//!
//! The problem: the output of one compiler for such a program is recorded beside it, word
//! for word. The next compiler uses other words, and so does the same one after the
//! sources of the standard library are installed. Such a difference must not look like a
//! broken promise.
//!
//! ```text
//!   the recorded compiler   crates/*/tests/ui             every word counts
//!   another                 copies of them, written       it refuses, and with the
//!                           anew by a run of this test    same error codes
//! ```
//!
//! The programs of all crates are one test of one package: each package with such a test
//! builds the floors and the crates beneath them once more.
//!
//! Invariants:
//! 1. A program that compiles and must not is a failure under every compiler.
//! 2. The recorded words change only on request (`TRYBUILD`).
//!
//! Read next: `tests/refused.rs`.

#![forbid(unsafe_code)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, process};

/// The compiler whose output is recorded.
const RECORDED: &str = "rustc 1.95.";

/// The crates that have such programs, in `tests/ui`.
const CRATES: [&str; 4] = ["3-task", "4-executor", "groundup", "testkit"];

/// The variable through which a run of this test by itself finds its copies of the programs.
const COPIES: &str = "REFUSED_PROGRAMS";

/// Returns the folders of the programs of all crates.
fn programs() -> [PathBuf; CRATES.len()] {
    CRATES.map(|name| Path::new("../../crates").join(name).join("tests/ui"))
}

/// Returns the folders of their copies, in `copies`.
fn copied(copies: &Path) -> [PathBuf; CRATES.len()] {
    CRATES.map(|name| copies.join(name))
}

/// Calls `check` with the folders of the programs, for the test called `test`.
///
/// # Panics
///
/// If `check` does, or if another compiler than the recorded one refuses with other codes.
pub fn under_any_compiler(test: &str, check: impl FnOnce(&[PathBuf])) {
    if let Some(copies) = env::var_os(COPIES) {
        check(&copied(Path::new(&copies)));
    } else if env::var_os("TRYBUILD").is_some() || is_recorded() {
        check(&programs());
    } else {
        compare(test);
    }
}

fn rustc(argument: &[&str]) -> String {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).args(argument).output();
    String::from_utf8_lossy(&output.expect("there is a compiler").stdout).into_owned()
}

fn is_recorded() -> bool {
    let sysroot = PathBuf::from(rustc(&["--print", "sysroot"]).trim());
    let with_sources = sysroot.join("lib/rustlib/src/rust/library").exists();
    rustc(&["--version"]).starts_with(RECORDED) && !with_sources
}

/// Returns the files in `folder` with this ending.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).expect("the programs").flatten();
    let files = files.map(|file| file.path());
    files
        .filter(|path| path.extension().is_some_and(|has| has == ending))
        .collect()
}

/// Makes another compiler write its output into copies, and compares the codes.
fn compare(test: &str) {
    let copies = env::temp_dir().join(format!("groundup-{test}-{}", process::id()));
    let named = |copy: &Path, path: &Path| copy.join(path.file_name().expect("a file"));
    for (folder, copy) in programs().iter().zip(copied(&copies)) {
        fs::create_dir_all(&copy).expect("a folder for the copies");
        for path in files(folder, "rs") {
            fs::copy(&path, named(&copy, &path)).expect("a copy");
        }
    }
    let mut again = Command::new(env::current_exe().expect("this test"));
    let again = again.args([test, "--exact", "--nocapture"]);
    let status = again.env(COPIES, &copies).env("TRYBUILD", "overwrite");
    let status = status.status().expect("a run of this test");
    assert!(status.success(), "see above");
    for (folder, copy) in programs().iter().zip(copied(&copies)) {
        for path in files(folder, "stderr") {
            let read = |path: &Path| fs::read_to_string(path).expect("what the compiler said");
            let (is, was) = (read(&named(&copy, &path)), read(&path));
            assert_eq!(codes(&is), codes(&was), "{path:?}");
        }
    }
    fs::remove_dir_all(&copies).expect("the copies go");
}

/// Returns the codes of the errors; a lint that is denied has none.
fn codes(stderr: &str) -> BTreeSet<&str> {
    let errors = stderr.lines().filter(|line| line.starts_with("error"));
    errors.filter_map(|line| line.split(':').next()).collect()
}
