//! The examples of doc comments import what a user imports.
//!
//! The problem: a user depends on `groundup`, and most pages that this user reads are pages of
//! the floors, re-exported. A floor's example cannot use the facade, because the facade is
//! above it. So each example begins with a hidden line, a module `groundup` that re-exports
//! the floor, and the visible lines import from that.
//!
//! ```text
//!   /// # mod groundup { pub use groundup_executor::*; }      hidden in the reference
//!   /// use groundup::{sleep, spawn};                         resolved here, in the facade
//! ```
//!
//! Invariants: the ones the tests are named after.
//!
//! Read next: `tidy.rs`.

use checks::doc_examples::doc_examples;
use checks::prose::documented;
use checks::repository::{BESIDE, FACADE, assert_none, rust_files};
use syn::UseTree;

use crate::exports::WORKSPACE;

/// Returns the paths that a `use` imports. A path through a glob ends in front of the star.
fn imported(tree: &UseTree, before: &str, found: &mut Vec<String>) {
    match tree {
        UseTree::Path(path) => imported(&path.tree, &format!("{before}{}::", path.ident), found),
        UseTree::Name(name) if name.ident == "self" => found.push(before.to_string()),
        UseTree::Name(name) => found.push(format!("{before}{}", name.ident)),
        UseTree::Rename(rename) => found.push(format!("{before}{}", rename.ident)),
        UseTree::Glob(_) => found.push(before.to_string()),
        UseTree::Group(group) => {
            let trees = group.items.iter();
            trees.for_each(|tree| imported(tree, before, found));
        }
    }
}

#[test]
fn the_visible_lines_of_an_example_resolve_in_the_facade() {
    let public = WORKSPACE.public(FACADE.1);
    let others = WORKSPACE.other_crates(FACADE.1);
    let known = |path: &str| {
        let path = path.trim_end_matches(':');
        let module = format!("{path}::");
        let of_another = |other: &String| path.starts_with(&format!("{other}::"));
        path == "groundup"
            || others.iter().any(of_another)
            || public.keys().any(|p| p == path || p.starts_with(&module))
    };
    let (mut complaints, mut resolved) = (Vec::new(), 0);
    for file in rust_files().iter().filter(|file| file.is_crate_source()) {
        for example in doc_examples(&file.text) {
            for import in example.imports() {
                let parsed: syn::ItemUse = match syn::parse_str(&import.text) {
                    Ok(parsed) => parsed,
                    Err(why) => panic!("{}:{}: {why}", file.path, import.line),
                };
                let mut paths = Vec::new();
                imported(&parsed.tree, "", &mut paths);
                paths.retain(|path| path.starts_with("groundup::"));
                resolved += paths.len();
                for path in paths.iter().filter(|path| !known(path)) {
                    complaints.push(format!("{}:{}: {path}", file.path, import.line));
                }
            }
        }
    }
    assert!(resolved > 300, "{resolved} names were resolved");
    assert_none("No user of the facade can import:", &complaints);
}

/// Returns the item at which a line of a source begins, or at its method: a type, a trait or a function.
fn owner(line: &str, of_impl: &mut String) -> String {
    let word = |text: &str| {
        let word = text.split(|c: char| !c.is_alphanumeric() && c != '_');
        word.map(str::to_string).next().unwrap_or_default()
    };
    if let Some(of) = line.strip_prefix("impl") {
        // The type is the last word in front of the brace that is not a parameter.
        let of = of.split(" where").next().unwrap_or_default();
        let of = of.rsplit_once(" for ").map_or_else(
            || of.rsplit_once("> ").map_or(of, |(_, of)| of),
            |(_, of)| of,
        );
        *of_impl = word(of.trim_start());
    }
    if line.starts_with(' ') {
        return of_impl.clone();
    }
    let kinds = ["fn ", "struct ", "enum ", "trait ", "type "];
    let named = kinds.iter().find_map(|kind| line.split_once(kind));
    named.map(|(_, name)| word(name)).unwrap_or_default()
}

#[test]
fn no_example_of_a_thing_that_programs_use_needs_a_scheduler() {
    let public = WORKSPACE.public(FACADE.1);
    let of_programs = |name: &str| {
        let named = |path: &String| path.rsplit("::").next() == Some(name);
        let mut paths = public.keys().filter(|path| named(path));
        paths.any(|path| !path.contains("::lowlevel::"))
    };
    let (mut complaints, mut looked_at) = (Vec::new(), 0);
    for file in rust_files().iter().filter(|file| file.is_crate_source()) {
        let (mut doc, mut of_impl) = (String::new(), String::new());
        for (at, line) in file.text.lines().enumerate() {
            let trimmed = line.trim_start();
            if trimmed.starts_with("///") {
                doc = doc + line + "\n";
            } else if trimmed.starts_with("#[doc(hidden)]") {
                doc.clear();
            } else if !trimmed.starts_with('#') {
                let name = owner(line, &mut of_impl);
                let examples = doc_examples(&doc);
                let mut lines = examples.iter().flat_map(|example| example.visible());
                looked_at += usize::from(!examples.is_empty());
                if lines.any(|line| line.text.contains("Scheduler")) && of_programs(&name) {
                    complaints.push(format!("{}:{}: {name}", file.path, at + 1));
                }
                doc.clear();
            }
        }
    }
    assert!(looked_at > 300, "{looked_at} examples");
    assert_none("A program has no scheduler:", &complaints);
}

#[test]
fn an_example_that_needs_another_crate_says_so() {
    let (mut complaints, mut users) = (Vec::new(), 0);
    for file in rust_files().iter().filter(|file| file.is_crate_source()) {
        let mut doc = String::new();
        for (at, line) in file.text.lines().enumerate() {
            if line.trim_start().starts_with("//") {
                doc = doc + line + "\n";
                continue;
            }
            let examples = doc_examples(&doc);
            let mut imports = examples.iter().flat_map(|example| example.imports());
            let prose = doc.replace("///", "").replace("//!", "");
            let prose: Vec<&str> = prose.split_whitespace().collect();
            let says = |krate: &str| {
                let named = format!("crate `{krate}`");
                prose.join(" ").contains(&named)
            };
            let uses = imports.any(|import| import.text.starts_with("use futures"));
            users += usize::from(uses);
            if uses && !says("futures") {
                complaints.push(format!("{}:{}", file.path, at + 1));
            }
            doc.clear();
        }
    }
    assert!(users >= 10, "{users} examples use the crate futures");
    assert_none(
        "A reader who depends on groundup alone is told of the crate that an example needs:",
        &complaints,
    );
}

/// The functions that take several things, or one with a condition: what a program awaits.
const COMBINATORS: [&str; 23] = [
    "as_completed",
    "async_map",
    "borrowing_group",
    "buffer_unordered",
    "buffered",
    "catch_cancel",
    "gather",
    "join",
    "merge",
    "race",
    "race_ok",
    "select",
    "select_biased",
    "shield",
    "task_group",
    "timeout",
    "timeout_at",
    "try_gather",
    "try_join",
    "unordered",
    "wait",
    "wait_for",
    "zip",
];

/// The list of a page shows the first paragraph.
#[test]
fn the_first_paragraph_of_a_combinator_says_what_it_returns() {
    let (mut complaints, mut found) = (Vec::new(), Vec::new());
    for file in rust_files().iter().filter(|file| file.is_crate_source()) {
        for item in documented(&file.text) {
            let name = COMBINATORS.iter().find(|name| **name == item.name);
            let Some(name) = name.filter(|_| item.kind == "fn") else {
                continue;
            };
            found.push(*name);
            let first = item.doc.split("\n\n").next().unwrap_or_default();
            let mut words = first.split_whitespace().map(str::to_lowercase);
            if !words.any(|word| word == "returns") {
                complaints.push(format!("{}:{}: {first}", file.path, item.line));
            }
        }
    }
    found.sort_unstable();
    assert_eq!(found, COMBINATORS);
    assert_none("What does an await of it give?", &complaints);
}

/// Returns true if a line names a crate that users of the facade do not depend on. They depend on
/// a crate beside the tower by its own name.
fn names_a_floor(line: &str) -> bool {
    let beside = BESIDE.map(|(_, package, _)| package.replace('-', "_"));
    let own = |text: &str| beside.iter().any(|name| text.starts_with(name));
    line.match_indices("groundup_")
        .any(|(at, _)| !own(&line[at..]))
}

/// What readers have of their own: a path of a file, and a type of a program.
const OF_THE_READER: [&str; 2] = ["path", "MyHost"];

#[test]
fn no_hidden_line_of_an_example_defines_what_a_visible_line_uses() {
    let (mut complaints, mut hidden) = (Vec::new(), 0);
    for file in rust_files().iter().filter(|file| file.is_crate_source()) {
        for example in doc_examples(&file.text) {
            hidden += example.hidden().count();
            let lent = example.lent_names().into_iter();
            for name in lent.filter(|name| !OF_THE_READER.contains(&&*name.text)) {
                complaints.push(format!("{}:{}: {}", file.path, name.line, name.text));
            }
        }
    }
    assert!(hidden > 500, "{hidden} hidden lines");
    assert_none(
        "The visible lines of an example compile alone:",
        &complaints,
    );
}

/// An example shows what a program does with two results: it passes them on.
#[test]
fn no_example_unwraps_twice() {
    let (mut complaints, mut unwraps) = (Vec::new(), 0);
    for file in rust_files().iter().filter(|file| file.is_crate_source()) {
        for example in doc_examples(&file.text) {
            unwraps += example.calls(".unwrap()").len();
            let twice = example.calls(".unwrap().unwrap()").into_iter();
            complaints.extend(twice.map(|line| format!("{}:{line}", file.path)));
        }
    }
    assert!(unwraps > 100, "{unwraps} calls of unwrap");
    assert_none("Use `?`, or match both results:", &complaints);
}

#[test]
fn no_visible_line_of_an_example_names_a_floor() {
    let mut complaints = Vec::new();
    for file in rust_files().iter().filter(|file| file.is_crate_source()) {
        for example in doc_examples(&file.text) {
            for line in example.visible().filter(|line| names_a_floor(&line.text)) {
                complaints.push(format!("{}:{}: {}", file.path, line.line, line.text.trim()));
            }
        }
    }
    assert_none(
        "A user depends on the facade and has no floor:",
        &complaints,
    );
}
