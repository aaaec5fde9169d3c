//! The command line of `memcheck`, and the outputs that it reads.

use lexopt::Parser;
use xtask::memcheck::{Request, executables, parse, passed};
use xtask::props::floors;

fn floors_of(words: &[&str]) -> Vec<String> {
    let floors = floors().expect("the floors are here");
    match parse(&mut Parser::from_args(words), floors) {
        Ok(Request::Check(floors)) => floors.into_iter().map(|floor| floor.number).collect(),
        other => panic!("{words:?}: {other:?}"),
    }
}

#[test]
fn alone_it_checks_the_floors_from_3_on() {
    let chosen = floors_of(&[]);
    assert!(
        chosen.starts_with(&["3", "4", "5", "6"].map(String::from)),
        "{chosen:?}"
    );
}

#[test]
fn floors_are_chosen_by_number_or_name() {
    assert_eq!(floors_of(&["6", "generator"]), ["6", "1"]);
}

#[test]
fn the_programs_are_those_that_cargo_names() {
    let told = "    Finished `test` profile\n  \
        Executable unittests src/lib.rs (target/debug/deps/task-01)\n  \
        Executable tests/it/main.rs (target/debug/deps/it-01)\n";
    let programs: Vec<_> = executables(told).collect();
    assert_eq!(
        programs,
        ["target/debug/deps/task-01", "target/debug/deps/it-01"]
    );
    assert_eq!(executables("error: no\n").next(), None);
}

#[test]
fn tests_that_passed_are_counted() {
    let told = "running 2 tests\n\ntest result: ok. 12 passed; 0 failed; 1 ignored\n";
    assert_eq!(passed(told), 12);
    assert_eq!(passed("test result: FAILED. 11 passed; 1 failed\n"), 0);
}
