//! The command line of `watched`, and the outputs that it reads.

use std::fs;
use std::path::Path;

use lexopt::Parser;
use xtask::watched::known::{CIRCLES, FAILS, IDLE};
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
fn circles_idle_loops_and_failures_belong_to_their_tests() {
    let output = "\
running 6 tests
test a::one ... ok
test a::two ... tasks wait for each other, while the loop goes on
  one (spawned at here) waits for task two
ok
test a::three - should panic ... text of its own
FAILED
test a::four ... the loop is idle: nothing is ready and no timer is armed; it goes on waiting, since a thread may wake a task
  one (spawned at here) waits for something that the loop does not know
ok
test b ... ignored
test c ... assertion `left == right` failed
  left: [\"Executing Task-1 took 0.104 seconds\"]
FAILED
test d ... assertion `left == right` failed
  left: [\"Executing Task-1 took 0.104 seconds and held up Task-2 (ready)\"]
FAILED

failures:

failures:
    a::three
    c

test result: FAILED. 3 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out
";
    let told = Told {
        passed: 3,
        failed: ["a::three", "c"].map(str::to_owned).to_vec(),
        circles: vec!["a::two".to_owned()],
        idle: vec!["a::four".to_owned()],
        slow: ["c", "d"].map(str::to_owned).to_vec(),
    };
    assert_eq!(Told::read(output), told);
    assert!(!told.has_crashed(false));
}

#[test]
fn a_program_that_ends_in_the_middle_of_a_test_has_crashed() {
    let told = Told::read("running 2 tests\ntest a::one ... ok\ntest a::two ... ");
    assert_eq!(told, Told::default());
    assert!(told.has_crashed(false));
}

/// Adds the text of all Rust files of a folder.
fn sources(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, text);
        } else if path.extension().is_some_and(|end| end == "rs") {
            text.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn each_entry_of_the_lists_is_a_test_of_its_package() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates");
    let floors = (3..).zip(["task", "executor", "combinators", "sync", "io"]);
    let floors = floors.map(|(floor, package)| (package, format!("{floor}-{package}")));
    let others = ["groundup", "testkit"].map(|package| (package, package.to_owned()));
    let packages: Vec<_> = floors.chain(others).collect();
    for known in FAILS.iter().chain(&CIRCLES).chain(&IDLE) {
        let is_there = packages.iter().any(|(name, _)| *name == known.package);
        assert!(is_there, "there is no such package: {known:?}");
    }
    for (package, folder) in packages {
        let (folder, mut text) = (crates.join(folder), String::new());
        for part in ["src", "tests"] {
            sources(&folder.join(part), &mut text);
        }
        for known in FAILS.iter().chain(&CIRCLES).chain(&IDLE) {
            let name = known.test.rsplit("::").next().unwrap_or_default();
            let is_there = || text.contains(&format!("fn {name}("));
            assert!(known.package != package || is_there(), "{known:?}");
        }
    }
}
