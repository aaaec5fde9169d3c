//! Programs that must not compile, under any compiler.
//!
//! The problem: the output of one compiler for such a program is recorded beside it, word
//! for word. The next compiler uses other words, and so does the same one after the
//! sources of the standard library are installed. Such a difference must not look like a
//! broken promise.
//!
//! ```text
//!   the recorded compiler   tests/ui                      every word counts
//!   another                 a copy of tests/ui, written   it refuses, and with the
//!                           anew by a run of this test    same error codes
//! ```
//!
//! Invariants:
//! 1. A program that compiles and must not is a failure under every compiler.
//! 2. The recorded words change only on request (`TRYBUILD`).
//!
//! Read next: the `compile_fail.rs` of floors 3 and 4.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, process};

/// The compiler whose output is recorded.
const RECORDED: &str = "rustc 1.95.";

/// The variable through which a run of this test by itself finds its copy of the programs.
const COPY: &str = "REFUSED_PROGRAMS";

/// Calls `check` with the folder of the programs, for the test called `test`.
pub(crate) fn under_any_compiler(test: &str, check: impl FnOnce(&Path)) {
    let programs = Path::new("tests/ui");
    if let Some(copy) = env::var_os(COPY) {
        check(Path::new(&copy));
    } else if env::var_os("TRYBUILD").is_some() || is_recorded() {
        check(programs);
    } else {
        compare(test, programs);
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

/// Makes another compiler write its output into a copy, and compares the codes.
fn compare(test: &str, programs: &Path) {
    let copy = env::temp_dir().join(format!("groundup-{test}-{}", process::id()));
    fs::create_dir_all(&copy).expect("a folder for the copy");
    let files = || fs::read_dir(programs).expect("the programs").flatten();
    let named = |path: &Path| copy.join(path.file_name().expect("a file"));
    for path in files().map(|file| file.path()) {
        if path.extension().is_some_and(|ending| ending == "rs") {
            fs::copy(&path, named(&path)).expect("a copy");
        }
    }
    let mut again = Command::new(env::current_exe().expect("this test"));
    let again = again.args([test, "--exact", "--nocapture"]);
    let status = again.env(COPY, &copy).env("TRYBUILD", "overwrite").status();
    assert!(status.expect("a run of this test").success(), "see above");
    for path in files().map(|file| file.path()) {
        if path.extension().is_some_and(|ending| ending == "stderr") {
            let read = |path: &Path| fs::read_to_string(path).expect("what the compiler said");
            assert_eq!(codes(&read(&named(&path))), codes(&read(&path)), "{path:?}");
        }
    }
    fs::remove_dir_all(&copy).expect("the copy goes");
}

/// Returns the codes of the errors; a lint that is denied has none.
fn codes(stderr: &str) -> BTreeSet<&str> {
    let errors = stderr.lines().filter(|line| line.starts_with("error"));
    errors.filter_map(|line| line.split(':').next()).collect()
}
