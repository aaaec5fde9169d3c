//! The chain of floors: each depends on exactly one, the one beneath.
//!
//! The problem: a tower whose floors reach past each other is a heap. This test reads the
//! dependencies from `cargo metadata`, not from a document.
//!
//! Invariants: the ones the tests are named after.
//!
//! Read next: `exports.rs`.

use std::collections::BTreeSet;

use checks::repository::{BESIDE, FACADE, FLOORS, MACROS, metadata, read};
use serde_json::Value;

/// The kind of a dependency: for the users of a crate, or only for its tests.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Normal,
    All,
}

/// Returns the workspace's packages that `package` depends on.
fn inside(metadata: &Value, package: &str, kind: Kind) -> Vec<String> {
    let packages = metadata["packages"].as_array().expect("a list of packages");
    let names: Vec<&str> = packages.iter().filter_map(|p| p["name"].as_str()).collect();
    let found = packages.iter().find(|p| p["name"] == package);
    let package = found.unwrap_or_else(|| panic!("{package} is not a package of the workspace"));
    let dependencies = package["dependencies"]
        .as_array()
        .expect("a list of dependencies");
    let wanted = dependencies
        .iter()
        .filter(|d| kind == Kind::All || d["kind"].is_null());
    let own = wanted
        .filter_map(|d| d["name"].as_str())
        .filter(|name| names.contains(name));
    let mut own: Vec<String> = own.map(str::to_string).collect();
    own.dedup();
    own
}

#[test]
fn each_floor_depends_on_the_floor_beneath_and_no_other() {
    let metadata = metadata();
    for (at, (folder, package)) in FLOORS.iter().enumerate() {
        let beneath: Vec<&str> = at
            .checked_sub(1)
            .map(|at| FLOORS[at].1)
            .into_iter()
            .collect();
        assert_eq!(
            inside(&metadata, package, Kind::All),
            beneath,
            "{folder} must depend on {beneath:?} of this workspace, tests included"
        );
    }
}

#[test]
fn the_facade_depends_on_the_top_floor_and_on_its_macros() {
    let (metadata, top) = (metadata(), FLOORS[FLOORS.len() - 1].1);
    let mut beneath = [MACROS.1, top];
    beneath.sort_unstable(); // as cargo lists them
    assert_eq!(inside(&metadata, FACADE.1, Kind::All), beneath);
    assert!(inside(&metadata, MACROS.1, Kind::All).is_empty());
}

#[test]
fn a_crate_beside_the_tower_depends_on_its_list_alone() {
    let metadata = metadata();
    for (folder, package, beneath) in BESIDE {
        assert_eq!(
            inside(&metadata, package, Kind::All),
            beneath,
            "{folder} must depend on {beneath:?} of this workspace, tests included"
        );
    }
}

#[test]
fn every_numbered_folder_is_a_floor_and_named_after_its_crate() {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().expect("a list of packages");
    let manifest = |package: &str| {
        let found = packages.iter().find(|p| p["name"] == package);
        let path = found
            .and_then(|p| p["manifest_path"].as_str())
            .unwrap_or_default();
        path.replace('\\', "/")
    };
    for (at, (folder, package)) in FLOORS.iter().enumerate() {
        assert!(manifest(package).ends_with(&format!("/{folder}/Cargo.toml")));
        let word = package.trim_start_matches("groundup-");
        assert_eq!(*folder, format!("crates/{at}-{word}"));
    }
    let folders = std::fs::read_dir(checks::repository::root().join("crates"));
    assert_eq!(
        folders.expect("the folder of crates can be read").count(),
        FLOORS.len() + 2 + BESIDE.len(),
        "a crate that is no floor, no facade, no macros, and not beside the tower does not belong in crates/"
    );
}

#[test]
fn the_members_are_listed_bottom_floor_first() {
    let manifest = read("Cargo.toml");
    let at = |folder: &str| {
        manifest
            .find(&format!("\"{folder}\""))
            .expect("every crate is a member")
    };
    let mut places: Vec<usize> = FLOORS.iter().map(|(folder, _)| at(folder)).collect();
    places.push(at(FACADE.0));
    assert!(
        places.is_sorted(),
        "`members` in Cargo.toml reads as the course: bottom floor first"
    );
}

/// Returns the crates of others that the tower and its attributes need, without features.
fn needed(metadata: &Value) -> BTreeSet<String> {
    let packages = metadata["packages"].as_array().expect("a list of packages");
    let own: Vec<&str> = packages.iter().filter_map(|p| p["name"].as_str()).collect();
    let tower = FLOORS.iter().chain([&MACROS, &FACADE]);
    let tower: Vec<&str> = tower.map(|(_, package)| *package).collect();
    let of_tower = packages
        .iter()
        .filter(|p| tower.iter().any(|name| p["name"] == *name));
    of_tower
        .flat_map(|package| package["dependencies"].as_array().into_iter().flatten())
        .filter(|d| d["kind"].is_null() && d["optional"] == false)
        .filter_map(|d| d["name"].as_str())
        .filter(|name| !own.contains(name))
        .map(str::to_string)
        .collect()
}

#[test]
fn the_readme_says_what_each_crate_of_others_and_each_feature_is_for() {
    let (metadata, readme) = (metadata(), read("README.md"));
    let (_, program) = readme
        .split_once("\n## In a program of yours\n")
        .expect("the README has it");
    let (program, _) = program.split_once("\n## ").expect("sections behind it");
    let words = ["six", "seven", "eight", "nine", "ten"];
    let needed = needed(&metadata);
    let begins = format!(
        "groundup itself needs {} crates of others: ",
        words[needed.len() - 6]
    );
    let listed = program.split_once(&begins);
    let (_, listed) = listed.unwrap_or_else(|| panic!("{begins}{needed:?}"));
    let (listed, _) = listed.split_once("\n\n").expect("a paragraph");
    for name in &needed {
        assert!(listed.contains(&format!("`{name}`")), "{name}: {listed}");
    }
    let packages = metadata["packages"].as_array().expect("a list of packages");
    let facade = packages.iter().find(|p| p["name"] == FACADE.1);
    let features = facade.and_then(|facade| facade["features"].as_object());
    for feature in features.expect("a list of features").keys() {
        assert!(program.contains(&format!("`{feature}`")), "{feature}");
    }
}

#[test]
fn the_lower_three_floors_need_no_other_crate() {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().expect("a list of packages");
    for (_, name) in &FLOORS[..3] {
        let package = packages
            .iter()
            .find(|p| p["name"] == *name)
            .expect("a floor is a package");
        let dependencies = package["dependencies"]
            .as_array()
            .expect("a list of dependencies");
        let normal = dependencies.iter().filter(|d| d["kind"].is_null()).count();
        let own = inside(&metadata, name, Kind::Normal).len();
        assert_eq!(normal, own, "{name} must not need a crate from elsewhere");
    }
}
