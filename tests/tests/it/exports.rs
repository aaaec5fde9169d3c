//! Every public name of the floors is in the facade, in one place.
//!
//! The problem: two paths to one name are two ways to write every program, and users of
//! the facade do not find a name that only a floor has. Both happen easily as floors grow.
//!
//! Invariants: the ones the tests are named after. Paths through the prelude do not count,
//! because a prelude repeats names on purpose.
//!
//! Read next: `tidy.rs`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use checks::prose::{documented, quoted, table_rows};
use checks::repository::{FACADE, FLOORS, File, MACROS, assert_none, read, rust_files};
use checks::surface::{Definition, Workspace};

/// The names of all crates, read once.
pub(crate) static WORKSPACE: LazyLock<Workspace> = LazyLock::new(|| {
    let mut crates = FLOORS.to_vec();
    crates.extend([MACROS, FACADE]);
    Workspace::parse(&crates)
});

/// Returns the paths in the facade to each definition, without the prelude.
fn places(workspace: &Workspace) -> BTreeMap<Definition, Vec<String>> {
    let mut places: BTreeMap<Definition, Vec<String>> = BTreeMap::new();
    for (path, definitions) in workspace.public(FACADE.1) {
        if !path.starts_with("groundup::prelude::") {
            for definition in definitions {
                places.entry(definition).or_default().push(path.clone());
            }
        }
    }
    places
}

#[test]
fn every_public_name_is_shown_by_an_example_or_says_where_it_is() {
    let places = places(&WORKSPACE);
    let public = |name: &str| places.keys().any(|definition| definition.name == name);
    let mut complaints = Vec::new();
    for file in rust_files().iter().filter(|file| file.is_crate_source()) {
        for item in documented(&file.text) {
            let called = item.kind == "fn" || item.kind == "macro_rules!";
            let shown = item.doc.contains("```") || (!called && item.doc.contains("[`"));
            if public(&item.name) && !shown {
                let (path, line) = (&file.path, item.line);
                complaints.push(format!("{path}:{line}: {} {}", item.kind, item.name));
            }
        }
    }
    assert_none(
        "A public function has an example; a public type has one, or its docs lead to what gives it:",
        &complaints,
    );
}

#[test]
fn the_changelog_speaks_of_names_that_there_are() {
    let places = places(&WORKSPACE);
    let sources: Vec<File> = rust_files()
        .into_iter()
        .filter(File::is_crate_source)
        .collect();
    let is_name = |text: &str| text.chars().all(|c| c.is_alphanumeric() || c == '_');
    let text = read("CHANGELOG.md");
    let mut complaints = Vec::new();
    for quoted in quoted(&text) {
        let name = quoted.trim_end_matches('!');
        if !is_name(name) || name == FACADE.1 {
            continue;
        }
        let defined = places.keys().any(|definition| definition.name == name);
        let method = format!("pub fn {name}(");
        if !defined && !sources.iter().any(|file| file.text.contains(&method)) {
            complaints.push(name.to_string());
        }
    }
    assert_none("CHANGELOG.md names what there is not:", &complaints);
}

#[test]
fn every_public_name_of_the_floors_is_in_the_facade_in_one_place() {
    let workspace = &*WORKSPACE;
    let places = places(workspace);
    let mut complaints = Vec::new();
    for (_, floor) in FLOORS {
        for (path, definitions) in workspace.public(floor) {
            let own = definitions
                .iter()
                .filter(|d| d.place.krate == floor.replace('-', "_"));
            for definition in own {
                match places.get(definition).map(Vec::as_slice) {
                    None | Some([]) => complaints.push(format!("{path} is not in the facade")),
                    Some([_]) => {}
                    Some(several) => complaints.push(format!("{path} is there as {several:?}")),
                }
            }
        }
    }
    assert_none(
        "Every public name of a floor is reachable from `groundup` in exactly one place. Add it to \
         crates/groundup/src/lib.rs, or to lowlevel.rs with a reason, or make it pub(crate):",
        &complaints,
    );
}

#[test]
fn every_error_is_in_the_list_of_those_that_go_through_question_mark() {
    let list = read("crates/groundup/tests/it/errors.rs");
    let public = places(&WORKSPACE);
    let mut complaints = Vec::new();
    for file in rust_files().iter().filter(|file| file.is_crate_source()) {
        for line in file.text.lines().filter(|line| line.starts_with("impl")) {
            let Some((_, after)) = line.split_once("Error for ") else {
                continue;
            };
            let end = after.find(|c: char| !c.is_alphanumeric() && c != '_');
            let name = &after[..end.unwrap_or(after.len())];
            let known = public.keys().any(|definition| definition.name == name);
            if known && !list.contains(&format!("goes_through::<{name}")) {
                complaints.push(format!("{}: {name}", file.path));
            }
        }
    }
    assert_none(
        "errors that crates/groundup/tests/errors.rs does not name",
        &complaints,
    );
}

#[test]
fn the_facade_defines_nothing() {
    let defined: Vec<String> = WORKSPACE
        .public(FACADE.1)
        .values()
        .flatten()
        .filter(|definition| definition.place.krate == FACADE.1)
        .map(Definition::to_string)
        .collect();
    assert_none(
        "The facade only re-exports; put this into a floor:",
        &defined,
    );
}

#[test]
fn a_floor_hands_on_whole_crates_only() {
    let workspace = &*WORKSPACE;
    let mut complaints = Vec::new();
    for (_, floor) in FLOORS {
        let krate = floor.replace('-', "_");
        for (path, definitions) in workspace.public(floor) {
            // `groundup_task::trace::Event` is re-exported in its crate's module.
            let at_root = path.matches("::").count() == 1;
            if at_root && definitions.iter().any(|d| d.place.krate != krate) {
                complaints.push(path);
            }
        }
    }
    assert_none(
        "A floor hands on the floors beneath as modules, not name by name:",
        &complaints,
    );
}

#[test]
fn the_prelude_has_only_names_of_the_root() {
    let surface = WORKSPACE.public(FACADE.1);
    let strangers: Vec<String> = surface
        .iter()
        .filter_map(|(path, definitions)| {
            let name = path.strip_prefix("groundup::prelude::")?;
            let root = surface.get(&format!("groundup::{name}"));
            (root != Some(definitions)).then(|| name.to_string())
        })
        .collect();
    assert_none(
        "The prelude repeats names of the facade's root:",
        &strangers,
    );
}

#[test]
fn every_lowlevel_name_has_its_reason() {
    let source = read("crates/groundup/src/lowlevel.rs");
    let docs: Vec<&str> = source
        .lines()
        .filter_map(|line| line.strip_prefix("//! "))
        .collect();
    let mut reasoned: Vec<String> = Vec::new();
    for row in table_rows(&docs.join("\n")) {
        assert!(
            row.len() == 2 && !row[1].is_empty(),
            "a row of the table lacks its reason: {row:?}"
        );
        reasoned.extend(
            quoted(&row[0])
                .into_iter()
                .map(|name| format!("groundup::lowlevel::{name}")),
        );
    }
    let surface = WORKSPACE.public(FACADE.1);
    let lowlevel = surface
        .keys()
        .filter(|path| path.starts_with("groundup::lowlevel::"));
    let mut exported: Vec<String> = lowlevel.cloned().collect();
    reasoned.sort();
    exported.sort();
    assert_eq!(
        exported, reasoned,
        "the table in lowlevel.rs lists what the module exports"
    );
}

#[test]
fn names_are_followed_through_private_modules_renames_and_macros() {
    let surface = WORKSPACE.public(FACADE.1);
    let defined = |path: &str| surface.get(path).map(|found| found[0].to_string());
    let expect = |path: &str, at: &str| assert_eq!(defined(path).as_deref(), Some(at));
    expect(
        "groundup::Handle",
        "groundup_task::handles::callback::Handle",
    );
    expect("groundup::trace::Event", "groundup_trace::event::Event");
    expect(
        "groundup::generator::machine::Countdown",
        "groundup_generator::machine::countdown::Countdown",
    );
    expect(
        "groundup::CatchCancel",
        "groundup_task::inside::catch_cancel::CatchCancel",
    );
    assert_eq!(defined("groundup::task::Handle"), None);
}
