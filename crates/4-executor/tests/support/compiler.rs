//! What must not compile does not, whichever compiler is asked.
//!
//! The problem: beside each program of `ui/` stands what the compiler says of it,
//! and the next compiler says it in other words. A test that compares words fails
//! for everybody whose compiler is not the author's, and shows no mistake.
//!
//! ```text
//!   the compiler of RECORDED   the programs of ui/ ───> words compared by trybuild
//!   any other                  a copy of them ───> trybuild writes down what it says,
//!                              and the codes are compared: error[E0277]
//! ```
//!
//! To write the words anew: `TRYBUILD=overwrite cargo test` with the name of the test,
//! and the new version in [`RECORDED`]. The crates that have such programs have copies
//! of this file, since none may depend on another's tests; they are held equal.
//!
//! Invariants:
//! 1. Under every compiler each program must fail, and with the same codes.
//! 2. Nothing beside the target folder is written, unless `TRYBUILD` asks for it.
//!
//! Read next: the test that uses it.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

/// The compiler whose words stand in `ui/`.
const RECORDED: &str = "rustc 1.95.";

/// Tells the same test, run once more, where the copy is.
const COPY: &str = "COMPILE_FAIL_COPY";

/// Checks the programs of `ui/`: which compile, and which do not. `test` is the name
/// of the test that calls this.
pub(crate) fn check(test: &str, passing: &[&str], failing: &[&str]) {
    let known = env::var_os("TRYBUILD").is_some() || version().starts_with(RECORDED);
    if let Ok(copy) = env::var(COPY) {
        ask(&copy, passing, failing);
    } else if known {
        ask("tests/ui", passing, failing);
    } else {
        ask_about_a_copy(test);
    }
}

fn version() -> String {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let said = Command::new(rustc).arg("--version").output();
    said.map(|said| String::from_utf8_lossy(&said.stdout).into_owned())
        .unwrap_or_default()
}

fn ask(folder: &str, passing: &[&str], failing: &[&str]) {
    let programs = trybuild::TestCases::new();
    for pattern in passing {
        programs.pass(format!("{folder}/{pattern}"));
    }
    for pattern in failing {
        programs.compile_fail(format!("{folder}/{pattern}"));
    }
}

/// Runs the test once more, over a copy without words, and compares the codes.
fn ask_about_a_copy(test: &str) {
    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join(env!("CARGO_CRATE_NAME"));
    let _ = fs::remove_dir_all(&copy);
    fs::create_dir_all(&copy).expect("the target folder can be written");
    let ui = || fs::read_dir("tests/ui").expect("the folder of the programs");
    for file in ui().map(|file| file.expect("a file of the folder").path()) {
        if file.extension().is_some_and(|end| end == "rs") {
            let name = file.file_name().expect("a file has a name");
            fs::copy(&file, copy.join(name)).expect("a program can be copied");
        }
    }
    let again = Command::new(env::current_exe().expect("this test has a path"))
        .args([test, "--exact", "--nocapture"])
        .env("TRYBUILD", "overwrite")
        .env(COPY, &copy)
        .output()
        .expect("this test can be run again");
    let said = String::from_utf8_lossy(&again.stderr);
    assert!(again.status.success(), "one compiles, or cannot:\n{said}");
    for file in ui().map(|file| file.expect("a file of the folder").path()) {
        if file.extension().is_some_and(|end| end == "stderr") {
            let name = file.file_name().expect("a file has a name");
            let now = codes(&copy.join(name));
            assert_eq!(now, codes(&file), "{}", file.display());
        }
    }
}

/// The codes of the errors in what a compiler said; `error` for those without.
fn codes(said: &Path) -> BTreeSet<String> {
    let text = fs::read_to_string(said).unwrap_or_else(|e| panic!("{}: {e}", said.display()));
    let heads = text.lines().filter(|line| line.starts_with("error"));
    let code = |line: &str| {
        line.split_once(':')
            .map_or(line, |(code, _)| code)
            .to_string()
    };
    heads.map(code).collect()
}
