//! Checks the whole book.
//!
//! The problem: an author wants all that is wrong in one list, and each entry with its file and line.
//! And an author at work wants the list of one chapter.
//!
//! ```text
//!   SUMMARY.md ──► chapters ── expand ──► text for mdBook
//!                     │           ├─────► faults of directives
//!                     │           └─────► generated files ── compared, or written
//!                     └── references ───► links, fragments, paths, tests
//! ```
//!
//! Invariants
//! 1. A generated file agrees with a run of today, and belongs to a chapter.
//! 2. A program, a quiz and a sabotage are used by a chapter.
//! 3. A second blessing changes nothing.
//!
//! Read next: `check/links.rs`, `check/spans.rs`, `check/generated.rs`, `check/sources.rs`.

pub mod generated;
pub mod links;
pub mod porting;
pub mod sources;
pub mod spans;

use std::collections::{BTreeMap, BTreeSet};

use crate::expand::chapter::{References, references};
use crate::expand::{Expanded, Expander};
use crate::programs::Program;
use crate::programs::cast::Cast;
use crate::tree::{Fault, Tree};

/// The folder of the chapters.
pub const TEXT: &str = "book/text";
/// The chapters of a book: file name, references, text.
pub type Chapters = BTreeMap<String, (References, String)>;

/// The folders of generated files.
const GENERATED: [&str; 3] = ["book/text/out", "book/text/pictures", "book/text/quiz"];
/// The most lines of a program, with its comment.
const LINES: usize = 60;

/// The chapters of a book, filled, and their faults.
#[derive(Debug, Default)]
pub struct Checked {
    /// Each chapter, by its file name.
    pub chapters: BTreeMap<String, Expanded>,
    /// The faults, in the order of the files.
    pub faults: Vec<Fault>,
    /// The generated files that were written.
    pub written: Vec<String>,
    /// Those that were removed, since no chapter shows them.
    pub removed: Vec<String>,
}

/// The wishes of a caller.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// Only the chapter whose file begins so.
    pub chapter: Option<String>,
    /// Write the generated files.
    pub bless: bool,
    /// Make the pages to step through.
    pub players: bool,
}

/// Checks a book.
pub fn check(tree: &Tree, programs: &[Program], wish: &Wish) -> Checked {
    let cast = Cast::new(tree, programs);
    let mut checked = Checked::default();
    let read = chapters(tree, &mut checked.faults);
    let wanted = |name: &String| {
        let chapter = wish.chapter.as_deref();
        chapter.is_none_or(|only| name.trim_end_matches(".md") == only.trim_end_matches(".md"))
    };
    for (name, (_, text)) in read.iter().filter(|(name, _)| wanted(name)) {
        let path = format!("{TEXT}/{name}");
        let expander = Expander::new(tree, &cast, wish.players);
        let expanded = expander.chapter(&path, text);
        checked.faults.extend(expanded.faults.iter().cloned());
        checked
            .faults
            .extend(links::faults(tree, name, &read, &expanded));
        generated::compare(tree, &expanded.generated, wish.bless, &mut checked);
        checked.chapters.insert(name.clone(), expanded);
    }
    match &wish.chapter {
        None => whole(tree, &read, wish.bless, &mut checked),
        Some(only) if checked.chapters.is_empty() => {
            let names: Vec<&str> = read
                .keys()
                .map(|name| name.trim_end_matches(".md"))
                .collect();
            let what = format!("there is no chapter {only}; there are {}", names.join(", "));
            checked.faults = vec![Fault::new(format!("{TEXT}/SUMMARY.md"), 0, what)];
        }
        Some(_) => checked
            .faults
            .retain(|fault| !fault.path.ends_with("SUMMARY.md")),
    }
    checked.faults.sort();
    checked.faults.dedup();
    checked
}

/// Reads the chapters that `SUMMARY.md` lists.
pub fn chapters(tree: &Tree, faults: &mut Vec<Fault>) -> Chapters {
    let mut read = BTreeMap::new();
    for (line, name) in listed(tree, faults) {
        match tree.read(&format!("{TEXT}/{name}")) {
            Ok(text) => {
                read.insert(name, (references(&text), text));
            }
            Err(what) => faults.push(Fault::new(format!("{TEXT}/SUMMARY.md"), line, what)),
        }
    }
    read
}

/// Returns the chapters of `SUMMARY.md`, each with its line.
fn listed(tree: &Tree, faults: &mut Vec<Fault>) -> Vec<(usize, String)> {
    let path = format!("{TEXT}/SUMMARY.md");
    let text = match tree.read(&path) {
        Ok(text) => text,
        Err(what) => {
            faults.push(Fault::new(path, 0, what));
            return Vec::new();
        }
    };
    let links = references(&text).links.into_iter();
    let listed: Vec<(usize, String)> = links.filter(|(_, link)| link.ends_with(".md")).collect();
    for (at, (line, name)) in listed.iter().enumerate() {
        if listed[..at].iter().any(|(_, before)| before == name) {
            faults.push(Fault::new(
                path.clone(),
                *line,
                format!("{name} stands here twice"),
            ));
        }
    }
    for name in tree.names(TEXT) {
        let known = name == "SUMMARY.md" || listed.iter().any(|(_, chapter)| *chapter == name);
        if name.ends_with(".md") && !known {
            faults.push(Fault::new(
                format!("{TEXT}/{name}"),
                0,
                "SUMMARY.md does not list it",
            ));
        }
    }
    listed
}

/// Adds the faults that no single chapter shows: files that belong to none, and the sources.
fn whole(tree: &Tree, chapters: &Chapters, bless: bool, checked: &mut Checked) {
    let all = || checked.chapters.values();
    let generated = all().flat_map(|chapter| chapter.generated.keys());
    let generated: BTreeSet<String> = generated.cloned().collect();
    let used: BTreeSet<&String> = all().flat_map(|chapter| &chapter.used).collect();
    let mut faults = Vec::new();
    let strays = GENERATED
        .into_iter()
        .flat_map(|folder| tree.files(folder, ""));
    let strays: Vec<String> = strays.filter(|path| !generated.contains(path)).collect();
    // A chapter that could not be filled may show them tomorrow.
    let removes = bless && checked.faults.is_empty();
    for path in strays {
        let removed = removes.then(|| std::fs::remove_file(tree.path(&path)));
        match removed {
            Some(Ok(())) => checked.removed.push(path),
            Some(Err(why)) => {
                faults.push(Fault::new(path, 0, format!("it cannot be removed: {why}")))
            }
            None => faults.push(Fault::new(
                path,
                0,
                "no chapter shows it; `--bless` removes it if all else is well",
            )),
        }
    }

    for (folder, ending) in [
        ("programs", ".rs"),
        ("quiz", ".toml"),
        ("quiz", ".rs"),
        ("sabotage", ".patch"),
        ("sabotage", ".toml"),
        ("python", ".py"),
        ("python", ".txt"),
        ("text/drawings", ""),
    ] {
        for path in tree.files(&format!("book/{folder}"), ending) {
            let module = ending == ".rs" && folder == "programs" && !is_program(tree, &path);
            if !used.contains(&path) && !module {
                faults.push(Fault::new(path.clone(), 0, "no chapter uses it"));
            }
        }
    }
    for path in tree.files("book/programs", ".rs") {
        if !is_program(tree, &path) {
            continue; // it is a module that programs share
        }
        let lines = tree.read(&path).unwrap_or_default().lines().count();
        if lines > LINES {
            faults.push(Fault::new(
                path,
                0,
                format!("{lines} lines; {LINES} are enough"),
            ));
        }
    }
    faults.extend(sources::faults(tree, chapters));
    if chapters.contains_key("porting.md") {
        let complaints = porting::check(&tree.path(""));
        faults.extend(
            complaints
                .into_iter()
                .map(|what| Fault::new("book/text/porting.md", 0, what)),
        );
    }
    checked.faults.extend(faults);
}

fn is_program(tree: &Tree, path: &str) -> bool {
    let text = tree.read(path).unwrap_or_default();
    let mut lines = text.lines();
    lines.any(|line| line.starts_with("pub async fn main(") || line.starts_with("pub fn main("))
}
