//! The rows of the source texts, and the place of each in the book.
//!
//! The problem: this project began with five texts, and each program, claim and promise of them should
//! have its place in the book, and something that shows it. `book/sources.toml` has a row for each.
//!
//! | entry of `shown` | must be |
//! |---|---|
//! | `tour:S0.P1` | a program of the tour |
//! | `program:floor_4_late` | a program of the book |
//! | `example:21_async_map` | an example with an output |
//! | `test:groundup-task::module::name` | a test of that package |
//! | `quiz:4_order` | a quiz |
//! | `file:README.md` | a file |
//!
//! Invariants
//! 1. Each id is there once, in order.
//! 2. A row names a place in a chapter and a proof, or says why neither is needed.
//!
//! Read next: `html.rs`.

use serde::Deserialize;

use super::Chapters;
use super::spans::{has_test, test_fault};
use crate::tree::{Fault, Tree};

const PATH: &str = "book/sources.toml";

/// The documents, and how many rows each has.
pub const ROWS: [(&str, usize); 5] = [("S0", 30), ("S1", 4), ("S2", 30), ("S3", 41), ("S4", 24)];

#[derive(Debug, Deserialize)]
struct Table {
    row: Vec<Row>,
}

/// One row.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: String,
    what: String,
    chapter: Option<String>,
    #[serde(default)]
    shown: Vec<String>,
    furniture: Option<String>,
}

/// Returns all ids, in order.
pub fn ids() -> Vec<String> {
    let of = |(text, rows): (&str, usize)| {
        (1..=rows)
            .map(move |row| format!("{text}-{row:02}"))
            .collect::<Vec<_>>()
    };
    ROWS.into_iter().flat_map(of).collect()
}

/// Returns the faults of the rows.
pub fn faults(tree: &Tree, chapters: &Chapters) -> Vec<Fault> {
    match tree.read(PATH) {
        Ok(text) => faults_of(tree, chapters, &text),
        Err(what) => vec![Fault::new(PATH, 0, what)],
    }
}

/// Returns the faults of the rows in a text.
pub fn faults_of(tree: &Tree, chapters: &Chapters, text: &str) -> Vec<Fault> {
    let fault = |line: usize, what: String| Fault::new(PATH, line, what);
    let table: Table = match toml::from_str(text) {
        Ok(table) => table,
        Err(why) => return vec![fault(0, why.to_string())],
    };
    let mut faults = Vec::new();
    let found: Vec<&str> = table.row.iter().map(|row| row.id.as_str()).collect();
    let ids = ids();
    if found != ids.iter().map(String::as_str).collect::<Vec<_>>() {
        let at = found
            .iter()
            .zip(&ids)
            .take_while(|(found, id)| found == id)
            .count();
        let (found, id) = (found.get(at).copied().unwrap_or("nothing"), ids.get(at));
        let id = id.map_or("the end", String::as_str);
        faults.push(fault(
            0,
            format!("row {} is {found}, where {id} belongs", at + 1),
        ));
    }
    for row in &table.row {
        let head = format!("id = {:?}", row.id);
        let line = text.lines().position(|line| line.trim().starts_with(&head));
        let line = line.map_or(0, |at| at + 1);
        let wrong = row_faults(tree, chapters, row);
        faults.extend(wrong.into_iter().map(|what| fault(line, what)));
    }
    faults
}

fn row_faults(tree: &Tree, chapters: &Chapters, row: &Row) -> Vec<String> {
    let mut wrong = Vec::new();
    if row.what.trim().is_empty() {
        wrong.push("it says nothing".to_owned());
    }
    match (&row.chapter, &row.furniture) {
        (Some(chapter), None) => {
            let (file, fragment) = chapter.split_once('#').unwrap_or((chapter, ""));
            let anchors = chapters
                .get(file)
                .map(|(references, _)| &references.anchors);
            if !anchors.is_some_and(|anchors| anchors.iter().any(|anchor| anchor == fragment)) {
                wrong.push(format!("there is no place {chapter}"));
            }
            if row.shown.is_empty() {
                wrong.push("nothing shows it".into());
            }
        }
        (None, Some(reason)) if !reason.trim().is_empty() => {}
        _ => wrong.push("a row has a chapter, or a reason to have none".into()),
    }
    wrong.extend(
        row.shown
            .iter()
            .filter_map(|shown| shown_fault(tree, shown)),
    );
    wrong
}

fn shown_fault(tree: &Tree, shown: &str) -> Option<String> {
    let Some((kind, name)) = shown.split_once(':') else {
        return Some(format!("{shown} is no `kind:name`"));
    };
    let known = match kind {
        "tour" => xtask::programs::all()
            .iter()
            .any(|program| program.id == name),
        "program" => tree.has(&crate::programs::source::path(name)),
        "example" => {
            let mut folders = tree.example_folders();
            folders.any(|folder| tree.has(&format!("{folder}/expected/{name}.txt")))
        }
        "test" => is_test(tree, name),
        "quiz" => tree.has(&crate::work::quiz::Quiz::path(name)),
        "file" => tree.has(name),
        _ => false,
    };
    (!known).then(|| format!("there is no {shown}"))
}

/// `package::module::name`, or `path::name`.
fn is_test(tree: &Tree, name: &str) -> bool {
    if name.contains('/') {
        return test_fault(tree, name).is_none();
    }
    let Some((package, rest)) = name.split_once("::") else {
        return false;
    };
    let folder = match (
        package,
        tree.crate_folder(package.trim_start_matches("groundup-")),
    ) {
        (_, Some(folder)) => folder,
        ("checks", None) => "tests".into(),
        ("groundup-parity", None) => "parity".into(),
        (package, None) => package.to_owned(),
    };
    // The module before the name is that of the file, unless it stands in the file.
    let parts: Vec<&str> = rest.split("::").collect();
    let Some((name, modules)) = parts.split_last() else {
        return false;
    };
    let within = |path: &str| modules.iter().all(|module| path.contains(module));
    tree.files(&folder, ".rs").iter().any(|path| {
        let text = tree.read(path).unwrap_or_default();
        let here = modules
            .iter()
            .all(|module| path.contains(module) || text.contains(&format!("mod {module}")));
        (within(path) || here) && has_test(&text, name)
    })
}
