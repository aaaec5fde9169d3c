//! Inside a floor, too, each file uses only files beneath it.
//!
//! The problem: the compiler keeps crates from importing each other in a circle. It does
//! not keep files of one crate from it, and a floor of folders becomes one knot, an
//! import at a time. The order of a floor is a listing in its section of ARCHITECTURE.md;
//! this test compares it with the imports of the floor's files.
//!
//! Invariants: the ones the tests are named after. The test compares paths: `use` lines,
//! and paths in code. A call of a method names no file.
//!
//! Read next: `layering.rs`.

use std::sync::LazyLock;

use checks::modules::Floor;
use checks::order::{Order, circles, crowded};
use checks::repository::{FLOORS, assert_none, read, rust_files};

/// The most entries of a folder. A page and its folder are one entry.
const ENTRIES: usize = 12;

/// The most lines of a function, from `fn` to the closing brace.
const LINES: usize = 60;

/// All floors, from the bottom.
static ALL: LazyLock<Vec<Floor>> = LazyLock::new(|| {
    let files = rust_files();
    let floors = FLOORS.iter();
    floors
        .map(|(folder, _)| Floor::of(folder, &files))
        .collect()
});

/// Returns the floors that have an order, and the order.
fn ordered() -> Vec<(&'static Floor, Order)> {
    let document = read("ARCHITECTURE.md");
    let floors = ALL.iter().enumerate();
    let ordered = floors.filter_map(|(number, floor)| Some((floor, Order::of(&document, number)?)));
    ordered.collect()
}

#[test]
fn every_floor_lists_the_order_of_its_files() {
    let ordered: Vec<String> = ordered()
        .into_iter()
        .map(|(floor, _)| floor.folder.clone())
        .collect();
    let mut complaints = Vec::new();
    for (number, (folder, _)) in FLOORS.iter().enumerate() {
        if !ordered.iter().any(|ordered| ordered == folder) {
            complaints.push(format!(
                "{folder} has none: list it in its section, \"## Floor {number}\""
            ));
        }
    }
    assert_none(
        "ARCHITECTURE.md lists the entries of each floor from top to bottom, in a listing with \
         the label `order`:",
        &complaints,
    );
}

#[test]
fn every_entry_of_a_floor_stands_in_its_order_once() {
    let mut complaints = Vec::new();
    for (floor, order) in ordered() {
        complaints.extend(order.errors(floor));
        let undeclared = floor.undeclared().into_iter();
        complaints.extend(undeclared.map(|path| {
            format!("{path}: no page declares it with `mod` (files of tests end in _tests.rs)")
        }));
    }
    assert_none(
        "The order in ARCHITECTURE.md lists what is in `src/`; correct the one or the other:",
        &complaints,
    );
}

#[test]
fn a_file_imports_only_what_stands_beneath_it() {
    let floors = ordered().into_iter();
    let broken: Vec<String> = floors
        .flat_map(|(floor, order)| order.broken(floor))
        .collect();
    assert_none(
        "A file imports entries beneath its own, in the order that ARCHITECTURE.md lists for its \
         floor, and files of its own folder:",
        &broken,
    );
}

#[test]
fn no_circle_leaves_a_folder_or_has_more_than_two_files() {
    let floors = ordered().into_iter();
    let found: Vec<String> = floors.flat_map(|(floor, _)| circles(floor)).collect();
    assert_none(
        "Files of one folder import each other in pairs at most, and folders not at all; move \
         what both need to a file beneath them, or hand it in as an argument:",
        &found,
    );
}

#[test]
fn a_folder_has_twelve_entries_at_most() {
    let crowded = ordered()
        .into_iter()
        .flat_map(|(floor, _)| crowded(floor, ENTRIES));
    let complaints: Vec<String> = crowded
        .map(|(path, entries)| format!("{path}: {entries} entries"))
        .collect();
    assert_none(
        "A folder has 12 entries at most; look for the folder in it:",
        &complaints,
    );
}

#[test]
fn a_function_fits_a_screen() {
    let mut complaints = Vec::new();
    for floor in ALL.iter() {
        for (module, file) in &floor.files {
            let path = floor.path(module);
            for function in file.functions.iter().filter(|f| f.lines > LINES) {
                complaints.push(format!(
                    "{path}:{}: {} has {} lines",
                    function.line, function.name, function.lines
                ));
            }
        }
    }
    assert_none(
        "A function has 60 lines at most; name the part that is a step of its own:",
        &complaints,
    );
}
