//! The command line of `watched`, and the outputs that it reads.

use lexopt::Parser;
use xtask::watched::known::{CIRCLES, FAILS};
use xtask::watched::{Told, parse};

fn chosen(words: &[&str]) -> Option<Vec<String>> {
    let packages = ["task", "io"].map(str::to_owned).to_vec();
    parse(&mut Parser::from_args(words), packages).expect("good words")
}

#[test]
fn packages_are_chosen_by_name() {
    assert_eq!(chosen(&["io"]), Some(vec!["io".to_owned()]));
    assert_eq!(chosen(&[]).map(|all| all.len()), Some(2));
    assert_eq!(chosen(&["--help"]), None);
    let wrong = parse(&mut Parser::from_args(["ui"]), vec!["io".to_owned()]);
    let why = wrong.expect_err("there is none").to_string();
    assert_eq!(why, "there is no package ui; there are io");
}

#[test]
fn circles_and_failures_belong_to_their_tests() {
    let output = "\
running 5 tests
test a::one ... ok
test a::two ... tasks wait for each other, while the loop goes on
  one (spawned at here) waits for task two
ok
test a::three - should panic ... text of its own
FAILED
test b ... ignored
test c ... assertion `left == right` failed
  left: [\"Executing Task-1 took 0.104 seconds\"]
FAILED

failures:

failures:
    a::three
    c

test result: FAILED. 2 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out
";
    let told = Told {
        passed: 2,
        failed: ["a::three", "c"].map(str::to_owned).to_vec(),
        circles: vec!["a::two".to_owned()],
        slow: vec!["c".to_owned()],
    };
    assert_eq!(Told::read(output), told);
}

#[test]
fn each_entry_of_the_lists_has_a_reason() {
    let known = FAILS.iter().chain(&CIRCLES);
    assert!(known.into_iter().all(|known| known.why.len() > 10));
}
