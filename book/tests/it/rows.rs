//! The rows of the source texts: each has its place in the book.

use book::check::{chapters, sources};
use book::tree::Tree;

#[test]
fn every_row_of_the_sources_has_its_place_and_its_proof() {
    let tree = Tree::here();
    let read = chapters(&tree, &mut Vec::new());
    assert!(read.len() > 10, "the chapters are found");
    assert_eq!(sources::faults(&tree, &read), []);
}

#[test]
fn the_rows_are_counted() {
    let ids = sources::ids();
    assert_eq!(ids.len(), 129);
    assert_eq!(
        (ids[0].as_str(), ids[30].as_str(), ids[128].as_str()),
        ("S0-01", "S1-01", "S4-24")
    );
}

#[test]
fn a_broken_row_is_found() {
    let tree = Tree::here();
    let read = chapters(&tree, &mut Vec::new());
    let text = tree.read("book/sources.toml").expect("the rows are there");
    let found = |old: &str, new: &str, what: &str| {
        let at = text
            .find(old)
            .unwrap_or_else(|| panic!("the rows have {old:?}"));
        let broken = [&text[..at], new, &text[at + old.len()..]].concat();
        let faults = sources::faults_of(&tree, &read, &broken);
        assert!(
            faults.iter().any(|fault| fault.what.contains(what)),
            "{what}: {faults:?}"
        );
    };
    found(
        "id = \"S0-02\"",
        "id = \"S0-03\"",
        "row 2 is S0-03, where S0-02 belongs",
    );
    found("chapter = \"", "chapter = \"no-", "there is no place no-");
    found("\"program:", "\"program:no_", "there is no program:no_");
    found("\"program:", "\"program_", "is no `kind:name`");
    found("\"tour:S", "\"tour:T", "there is no tour:T");
    found("\"example:", "\"example:no_", "there is no example:no_");
    found("\"test:", "\"test:no_", "there is no test:no_");
    found(
        "furniture = \"",
        "furniture = \"\" # \"",
        "a row has a chapter, or a reason",
    );
    found("what = \"", "what = \"\" # \"", "it says nothing");
}
