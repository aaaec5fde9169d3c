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
