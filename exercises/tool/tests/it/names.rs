//! The names that the exercises use exist: no build.

use std::path::Path;

use exercise_tool::{floor, inspect};

use crate::project::{EXAMPLE, EXAMPLE_CHECKS};

#[test]
fn every_name_of_the_exercises_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
    let root = root.expect("this package is two folders beneath the root");
    let floors = floor::load(root).expect("every floor can be read");
    assert!(!floors.is_empty(), "there are floors");
    let faults = inspect::faults(root, &floors);
    assert!(faults.is_empty(), "\n  {}\n", faults.join("\n  "));
}

#[test]
fn each_name_that_does_not_exist_is_a_fault() {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("names");
    let write = |path: &str, text: &str| {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().expect("a file has a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    };
    write("README.md", "");
    write(EXAMPLE, include_str!("../project/first_tiny.rs"));
    write(EXAMPLE_CHECKS, include_str!("../project/first_checks.rs"));
    write(
        "crates/9-tiny/src/lib.rs",
        include_str!("../project/lib.rs"),
    );
    write(
        "exercises/checks/floor_9/library.rs",
        include_str!("../project/checks.rs"),
    );
    write(
        "book/text/floor-9.md",
        "# Nine\n\n## The first version, or two\n",
    );
    let faults = |from: &str, to: &str| {
        let text = include_str!("../project/floor-9.toml").replacen(from, to, 1);
        write("exercises/floor-9.toml", &text);
        floor::load(&root).map(|floors| inspect::faults(&root, &floors).join(" | "))
    };
    assert_eq!(faults("", ""), Ok(String::new()), "no fault");
    let cases = [
        (
            "number = \"9.2\"",
            "number = \"9.3\"",
            "9.3: has the place of 9.2",
        ),
        (
            "fn add",
            "fn sum",
            "9.1: crates/9-tiny/src/lib.rs: there is no `fn sum`",
        ),
        (
            "It is `+`.",
            "See `crates/9-tiny/src/lib.rs: fn sum`.",
            "9.1: names crates/9-tiny/src/lib.rs: there is no `fn sum`",
        ),
        (
            "Add two numbers.",
            "See `crates/9-tiny/src/sum.rs`.",
            "9.1: names `crates/9-tiny/src/sum.rs`: ",
        ),
        ("README.md", "floor-8.md", "9.1: reads `floor-8.md`: "),
        (
            "README.md",
            "crates/README.md",
            "9.1: reads `crates/README.md`: ",
        ),
        (
            "README.md",
            "floor-9.md#the-second-version",
            "9.1: reads `floor-9.md#the-second-version`: the page has no such heading",
        ),
        (
            "minutes = 5",
            "minutes = 90",
            "9.1: takes 90 minutes, and not 5 to 30",
        ),
        (
            "\"There is an operator.\", ",
            "",
            "9.1: has fewer than two hints",
        ),
        (
            ", \"zero_adds_nothing\"",
            "",
            "floor 9: exercises/checks/floor_9/library.rs: no exercise has the test zero_adds_nothing",
        ),
        (
            "zero_adds_nothing",
            "zero_adds_zero",
            "floor 9: exercises/checks/floor_9/library.rs has no test zero_adds_zero",
        ),
    ];
    for (from, to, fault) in cases {
        let found = faults(from, to).expect("the file can be read");
        assert!(found.starts_with(fault), "{to}: {found}");
    }
    let page = faults("README.md", "floor-9.md#the-first-version-or-two");
    assert_eq!(page, Ok(String::new()), "a heading of the book");
    let unknown = faults("minutes = 5", "minutes = 5\nseconds = 3");
    assert!(
        unknown.is_err_and(|why| why.ends_with("there is no field `seconds`")),
        "a field"
    );
}
