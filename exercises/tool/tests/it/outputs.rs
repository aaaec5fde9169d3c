//! The line of a failed test, from its output alone.

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::ExitStatus;

use exercise_tool::check::outcome::Outcome;
use exercise_tool::check::panics::Places;
use exercise_tool::check::run::Ran;

/// Judges an output. The process ended with `status` (as the system writes it), and `trace` is its output with
/// a stack trace.
fn line(stderr: &str, status: i32, trace: &str) -> String {
    let ran = |stderr: &str| Ran {
        status: Some(ExitStatus::from_raw(status)),
        stdout: String::new(),
        stderr: stderr.into(),
    };
    let places = Places {
        root: Path::new("/project"),
        copy: "exercises/work/floor-9",
    };
    Outcome::of(&ran(stderr), 2.0, places, || Some(ran(trace))).to_string()
}

const FAILED: i32 = 101 << 8;
const ABORTED: i32 = 6;
const INTENDED: &str = "\nthread 'main' (7) panicked at tests/library.rs:9:44:\nno paper\n";
const OWN: &str = "\nthread 'main' (7) panicked at src/lib.rs:5:9:\noops\n";
const SIDES: &str = "\nthread 'main' (7) panicked at tests/library.rs:12:5:\nassertion `left == right` failed: the state\n  left: [1,\n right: [2]\nnote: run with `RUST_BACKTRACE=1`\n";

#[test]
fn the_last_panic_has_ended_a_test() {
    let state = "fails: the state (yours: [1,, expected: [2])";
    assert_eq!(line(&format!("{INTENDED}{SIDES}"), FAILED, ""), state);
    let own = format!("{state}; before, it panics at exercises/work/floor-9/src/lib.rs:5: oops");
    assert_eq!(line(&format!("{OWN}{SIDES}"), FAILED, ""), own);
    let cleanup = "\nthread 'main' (7) panicked at library/core/src/panicking.rs:233:5:\npanic in a destructor during cleanup\n";
    let first = "panics at exercises/work/floor-9/src/lib.rs:5: oops";
    assert_eq!(line(&format!("{OWN}{cleanup}"), ABORTED, ""), first);
}

#[test]
fn an_unfinished_body_counts_before_what_follows_from_it() {
    let unfinished = "\nthread 'main' (7) panicked at tests/../examples/first.rs:3:5:\nexercise 9.2 is unfinished\n";
    let place = "ends in exercise 9.2, unfinished at exercises/work/floor-9/examples/first.rs:3";
    let text = format!("{INTENDED}{unfinished}{SIDES}");
    assert_eq!(line(&text, FAILED, ""), place);
}

#[test]
fn the_sides_have_the_names_of_their_owners_only_in_a_test() {
    let not_equal = SIDES.replace("==", "!=");
    assert_eq!(
        line(&not_equal, FAILED, ""),
        "fails: the state (left: [1,, right: [2])"
    );
    let in_library = SIDES.replace("tests/library.rs", "src/lib.rs");
    let place = "panics at exercises/work/floor-9/src/lib.rs:12";
    assert_eq!(
        line(&in_library, FAILED, ""),
        format!("{place}: the state (left: [1,, right: [2])")
    );
}

#[test]
fn a_panic_in_the_text_of_others_has_the_line_that_led_there() {
    let of_std = "\nthread 'main' (7) panicked at /rustc/5980/library/std/src/thread/local.rs:757:31:\nRefCell already borrowed\n";
    let trace = format!(
        "{INTENDED}stack backtrace:\n   1: library::test\n             at ./tests/library.rs:9:44\n{of_std}stack backtrace:\n   0: __rustc::rust_begin_unwind\n             at /rustc/5980/library/std/src/panicking.rs:689:5\n   3: round\n             at ./tests/../examples/first.rs:80:11\n   4: library::test\n             at ./tests/library.rs:9:44\n"
    );
    let place =
        "the standard library, library/std/src/thread/local.rs:757: RefCell already borrowed";
    let led =
        format!("panics at exercises/work/floor-9/examples/first.rs:80, in a call of {place}");
    assert_eq!(line(of_std, FAILED, &trace), led);
    assert_eq!(
        line(of_std, FAILED, "no trace"),
        format!("panics in {place}")
    );
    let of_floor = of_std.replace("/rustc/5980/library/std", "/project/crates/1-generator");
    let place = "crates/1-generator/src/thread/local.rs:757: RefCell already borrowed";
    assert_eq!(
        line(&of_floor, FAILED, ""),
        format!("panics at {place}"),
        "a lower floor"
    );
}
