//! What the test of refusals compares, and with which library.
//!
//! The problem: a comparison that sees too little passes for ever, and nobody reads what it did not see. So
//! here it gets words that differ, and folders with a wrong library.
//!
//! Read next: `../src/words.rs`.

use std::fs;
use std::path::PathBuf;

use refusals::compiler::root;
use refusals::libraries::library_of;
use refusals::may_bless;
use refusals::words::{Refusal, refusals};

const TWO: &str = "\
error[E0277]: `u8` is not a future
 --> $WORKSPACE/a.rs
  |
  |     run(3);
  |     --- ^ it is a number
  |     |
  |     required by this call
  |
  = note: more words
error[E0277]: `u8` is not a future
 --> $WORKSPACE/a.rs
  |
  |     run(4);
  |         ^ it is a number
";

fn refusal<'a>(code: &'a str, line: &'a str) -> Refusal<'a> {
    Refusal { code, line }
}

/// Modules whose types a user of the library never writes: a message that names them leads nowhere.
const PRIVATE: [&str; 4] = [
    "members::pairs::",
    "in_place::",
    "streams::read_ahead::",
    "gather::children::",
];

#[test]
fn no_recorded_word_names_the_inside_of_several_futures() {
    let mut programs = 0;
    for entry in fs::read_dir(root().join("crates/groundup/tests/ui")).expect("the programs") {
        let path = entry.expect("a program").path();
        if path.extension().is_some_and(|ending| ending == "stderr") {
            programs += 1;
            let words = fs::read_to_string(&path).expect("the words");
            let private = PRIVATE.iter().filter(|module| words.contains(**module));
            let private: Vec<_> = private.collect();
            assert!(private.is_empty(), "{}: {private:?}", path.display());
        }
    }
    assert!(programs > 10, "the programs are found: {programs}");
}

#[test]
fn each_refusal_has_its_code_and_the_line_at_fault() {
    let both = [refusal("E0277", "run(3);"), refusal("E0277", "run(4);")];
    assert_eq!(refusals(TWO), both);
    let second =
        TWO.find("error[E0277]: `u8` is not a future\n --> $WORKSPACE/a.rs\n  |\n  |     run(4)");
    let first = &TWO[..second.expect("the second")];
    assert_eq!(refusals(first), both[..1]);
    let reworded = TWO.replace("is not a future", "cannot be awaited");
    assert_eq!(refusals(&reworded), both);
}

#[test]
fn a_lint_has_its_name_and_an_error_without_a_code_its_words() {
    let lint = "error: unused `Sleep` that must be used\n --> a.rs\n  |\n  |     sleep(1);\n  |     ^^^^^^^^\n  |\n\
                note: the lint level is defined here\n --> a.rs\n  |\n  | #![deny(unused_must_use)]\n  |         ^^^\n";
    assert_eq!(refusals(lint), [refusal("unused_must_use", "sleep(1);")]);
    let of_macro = "error: take none\n --> a.rs\n  |\n  | fn a(b: u8) {}\n  |      ^^^^^\n";
    assert_eq!(refusals(of_macro), [refusal("take none", "fn a(b: u8) {}")]);
    let other = "error: linking with `cc` failed\n";
    assert_eq!(refusals(other), [refusal("linking with `cc` failed", "")]);
    assert_ne!(refusals(&format!("{other}{lint}")), refusals(lint));
}

#[test]
fn every_recorded_refusal_has_a_line() {
    let mut count = 0;
    for folder in ["3-task", "4-executor", "groundup", "testkit"] {
        let folder = root().join("crates").join(folder);
        for entry in fs::read_dir(folder.join("tests/ui")).unwrap().flatten() {
            if entry
                .path()
                .extension()
                .is_some_and(|ending| ending == "stderr")
            {
                let recorded = fs::read_to_string(entry.path()).unwrap();
                let all = refusals(&recorded);
                assert!(
                    all.iter().all(|refusal| !refusal.line.is_empty()),
                    "{entry:?}: {all:?}"
                );
                count += all.len();
            }
        }
    }
    assert!(count > 60, "{count} refusals");
}

#[test]
fn words_are_blessed_under_the_recorded_compiler_alone() {
    assert_eq!(
        (may_bless(false, false), may_bless(false, true)),
        (Ok(false), Ok(false))
    );
    assert_eq!(may_bless(true, true), Ok(true));
    assert!(may_bless(true, false).unwrap_err().contains("rustc 1.95."));
}

/// Makes a folder of builds with two libraries, the newer of which is not the one of the program.
fn folder_of_builds(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("refusals-{name}-{}", std::process::id()));
    let write = |file: &str, text: &str| {
        let file = folder.join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    };
    write("deps/libfloor-aa.rlib", "");
    write("deps/refused-cc", "");
    write("deps/libfloor-bb.rlib", "");
    write("deps/libfloor_1-dd.rlib", "");
    write(".fingerprint/floor-aa/lib-floor", "0d9807e920444420");
    write(".fingerprint/floor-bb/lib-floor", "1d9807e920444420");
    let note = "{\"deps\":[[1,\"floor_1\",false,7],[2,\"floor\",false,2325058215769249805]]}";
    write(".fingerprint/refused-cc/test.json", note);
    folder
}

#[test]
fn of_several_libraries_that_of_the_own_build_counts() {
    let folder = folder_of_builds("noted");
    let deps = folder.join("deps");
    let library = library_of(&deps.join("refused-cc"), &deps, "floor");
    assert_eq!(library, deps.join("libfloor-aa.rlib"));
    assert_eq!(
        library_of(&deps.join("refused-cc"), &deps, "floor_1"),
        deps.join("libfloor_1-dd.rlib")
    );
    fs::remove_dir_all(folder).unwrap();
}
