//! Typed tables of the book: rows of the sources, hours of a chapter.

use book::check::{chapters, sources};
use book::tree::Tree;

#[test]
fn every_row_of_the_sources_has_its_place_and_its_proof() {
    let tree = Tree::here();
    let read = chapters(&tree, &mut Vec::new());
    assert!(read.len() > 10, "the chapters are found");
    assert_eq!(sources::faults(&tree, &read), []);
}

/// Returns the minutes of all exercises of a floor.
fn minutes(tree: &Tree, floor: usize) -> u32 {
    let text = tree
        .read(&format!("exercises/floor-{floor}.toml"))
        .expect("each floor has exercises");
    let minutes = text
        .lines()
        .filter_map(|line| line.strip_prefix("minutes = "));
    minutes
        .map(|minutes| minutes.trim().parse::<u32>().expect("minutes are a number"))
        .sum()
}

#[test]
fn the_hours_of_a_chapter_are_the_sum_of_its_exercises() {
    let tree = Tree::here();
    let ways = tree
        .read("book/text/ways.md")
        .expect("the chapter is there");
    for floor in 0..=7 {
        let link = format!("](floor-{floor}.md) |");
        let row = ways
            .lines()
            .find(|line| line.starts_with("| [") && line.contains(&link));
        let cells: Vec<&str> = row
            .expect("each floor has a row")
            .split('|')
            .map(str::trim)
            .collect();
        let told = match minutes(&tree, floor) {
            all @ 0..60 => format!("{all} min"),
            all if all % 60 == 0 => format!("{} h", all / 60),
            all => format!("{} h {:02}", all / 60, all % 60),
        };
        assert_eq!(cells[3], told, "floor {floor}");
    }
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
