//! `RULES.md` lists every rule of asyncio with the tests that hold it.
//!
//! A code such as K05 in the name of a test says little to a reader who does not
//! know the list. `RULES.md` is that list, and `BLESS=1 cargo test -p checks rules`
//! writes it.
//!
//! Invariant: the page agrees with the list, the tests and the differences.
//!
//! Read next: `examples.rs`.

use checks::repository::{File, assert_none, files, read};
use checks::{bless, rules};

#[test]
fn the_page_of_rules_is_up_to_date_and_every_rule_is_held() {
    let tests: Vec<File> = files(&[".rs"])
        .into_iter()
        .filter(|file| file.path.starts_with("crates/"))
        .collect();
    let (page, mut complaints) =
        rules::page(&read("tests/rules.txt"), &tests, &read("NOT-HERE.md"));
    complaints.extend(bless::check("RULES.md", &page));
    assert_none(
        "RULES.md is written by `BLESS=1 cargo test -p checks rules`:",
        &complaints,
    );
}
