//! The table of asyncio's names, and the checks that hold it.
//!
//! The problem: a table of 300 names is out of date after the next renaming, and nobody counts whether
//! a name is missing. So a script lists the names of asyncio (`book/porting/asyncio_names.py`), and
//! this page compares the list with the first column of the tables of `porting.md`. It looks up each
//! Rust name of the second column in the sources.
//!
//! ```text
//!   | asyncio                  | groundup                      | remark |
//!   | `Lock`, `Lock.acquire`   | `Lock`, `Lock::acquire`       |        |
//!       each name of the list      a name of the facade, or
//!       once, and no other         a `pub fn` of that type
//! ```
//!
//! A name counts as one of the facade if the program `porting_names` imports it from that module, so the
//! compiler has looked at it. A method is looked up by its text: the line `pub fn name` in an `impl` of
//! its type.
//!
//! Invariants:
//! 1. The first columns together are the list, each name once.
//! 2. A name of the second column exists.
//!
//! Read next: `html.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Returns the faults of the tables of `porting.md`, one a line.
pub fn check(root: &Path) -> Vec<String> {
    let read = |path: &str| fs::read_to_string(root.join(path)).unwrap_or_default();
    let rows = rows(&read("book/text/porting.md"));
    let mut faults = missing(&read("book/porting/asyncio-3.13.txt"), &rows);
    let names = Names::of(root);
    for (_, ours) in &rows {
        let unknown = ours.iter().filter(|name| !names.has(name));
        faults.extend(unknown.map(|name| format!("groundup has no `{name}`")));
    }
    faults
}

/// Names of the facade that need a feature, so that no program of the book can import them.
const FEATURED: [&str; 4] = [
    "ProcessPool",
    "run_in_process",
    "web::connect_tls",
    "web::tls_acceptor",
];

/// The names in the first and in the second column of one row.
type Row = (Vec<String>, Vec<String>);

/// Returns the rows of all tables whose first column is called "asyncio".
fn rows(text: &str) -> Vec<Row> {
    let (mut rows, mut inside) = (Vec::new(), false);
    for line in text.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        match cells[..] {
            ["", "asyncio", "groundup", ..] => inside = true,
            ["", theirs, ours, ..] if inside && !theirs.starts_with('-') => {
                rows.push((quoted(theirs), quoted(ours)));
            }
            ["", ..] if cells.len() > 1 => {}
            _ => inside = false,
        }
    }
    rows
}

/// Returns the words in backticks.
fn quoted(cell: &str) -> Vec<String> {
    let parts = cell.split('`').enumerate();
    let inside = parts.filter(|(at, _)| at % 2 == 1);
    inside.map(|(_, name)| name.to_owned()).collect()
}

/// Compares the first columns with the list.
fn missing(list: &str, rows: &[Row]) -> Vec<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for name in rows.iter().flat_map(|(theirs, _)| theirs) {
        *counts.entry(name).or_default() += 1;
    }
    let mut faults = Vec::new();
    if list.is_empty() {
        faults.push("book/porting/asyncio-3.13.txt is missing or empty".to_owned());
    }
    for name in list.lines() {
        match counts.remove(name) {
            Some(1) => {}
            Some(count) => faults.push(format!("`{name}` has {count} rows")),
            None => faults.push(format!("`{name}` of asyncio has no row")),
        }
    }
    faults.extend(counts.keys().map(|name| format!("asyncio has no `{name}`")));
    faults
}

/// The public names of the crates.
#[derive(Default)]
struct Names {
    /// The imports of `porting_names`: `Lock`, `net::Server`.
    imports: BTreeSet<String>,
    /// `Type::name` of methods and of variants.
    members: BTreeSet<String>,
}

impl Names {
    fn of(root: &Path) -> Self {
        let mut names = Names::default();
        let program = fs::read_to_string(root.join("book/programs/porting_names.rs"));
        names.read_imports(&program.unwrap_or_default());
        let facade = root.join("crates/groundup/src");
        let texts = ["lib.rs", "web.rs"].map(|file| fs::read_to_string(facade.join(file)));
        let texts = texts.map(Result::unwrap_or_default).concat();
        let word = |name: &&str| texts.contains(name.rsplit("::").next().unwrap_or(name));
        names
            .imports
            .extend(FEATURED.into_iter().filter(word).map(str::to_owned));
        let crates = fs::read_dir(root.join("crates"));
        for entry in crates.into_iter().flatten().flatten() {
            names.read_folder(&entry.path().join("src"));
        }
        names
    }

    fn read_folder(&mut self, folder: &Path) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                self.read_folder(&path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let text = fs::read_to_string(&path).unwrap_or_default();
                self.read_members(&text);
            }
        }
    }

    /// Collects `use groundup::net::{..};`, with the module before each name.
    fn read_imports(&mut self, text: &str) {
        for list in text.split("use groundup::").skip(1) {
            let list = list.split(';').next().unwrap_or_default();
            let (module, list) = list.split_once('{').unwrap_or(("", list));
            let words = list
                .split([',', '}'])
                .map(str::trim)
                .filter(|word| !word.is_empty());
            for word in words {
                // A name with a module may stand alone, too.
                let names = [format!("{module}{word}"), word.to_owned()];
                self.imports.extend(names);
            }
        }
    }

    /// Collects the methods and variants of a file, which rustfmt has indented.
    fn read_members(&mut self, text: &str) {
        let mut owner: Option<String> = None;
        for line in text.lines() {
            if line.starts_with('}') {
                owner = None;
            } else if !line.starts_with(' ') {
                owner = owner_of(line).or(owner);
            } else if let (Some(owner), Some(member)) = (&owner, member_of(line)) {
                self.members.insert(format!("{owner}::{member}"));
            }
        }
    }

    /// Returns true for `name`, `Type::name`, and both with their module of the facade before them.
    fn has(&self, name: &str) -> bool {
        if self.imports.contains(name) {
            return true;
        }
        let Some((owner, member)) = name.rsplit_once("::") else {
            return false;
        };
        let bare = owner.rsplit("::").next().unwrap_or(owner);
        self.imports.contains(owner) && self.members.contains(&format!("{bare}::{member}"))
    }
}

/// Returns the type of an `impl` or an `enum` that begins in this line.
fn owner_of(line: &str) -> Option<String> {
    let rest = match line.strip_prefix("pub enum ") {
        Some(rest) => rest,
        None => {
            let rest = line.strip_prefix("impl")?;
            let rest = rest.rsplit_once(" for ").map_or(rest, |(_, after)| after);
            match rest.strip_prefix('<') {
                Some(generics) => generics.split_once("> ")?.1,
                None => rest.trim_start(),
            }
        }
    };
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
    Some(rest[..end.unwrap_or(rest.len())].to_owned())
}

/// Returns the name of a public method, or of a variant.
fn member_of(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("    ")?;
    let name = match rest.strip_prefix("pub ") {
        Some(rest) => {
            let rest = rest.strip_prefix("async ").unwrap_or(rest);
            let rest = rest.strip_prefix("const ").unwrap_or(rest);
            rest.strip_prefix("fn ")?
        }
        None if rest.starts_with(|c: char| c.is_ascii_uppercase()) => rest,
        None => return None,
    };
    let end = name.find(|c: char| !c.is_alphanumeric() && c != '_');
    Some(&name[..end.unwrap_or(name.len())])
}
