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
//! A name counts as one of the facade if a `pub use` of the crate `groundup` has the word. The program
//! `porting_names` imports the names, so the compiler has looked at them, too. A method is looked up by
//! its text: the line `pub fn name` in an `impl` of its type.
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
    /// The words in the `pub use` lists of the facade.
    facade: BTreeSet<String>,
    /// `Type::name` of methods and of variants.
    members: BTreeSet<String>,
}

impl Names {
    fn of(root: &Path) -> Self {
        let mut names = Names::default();
        let crates = fs::read_dir(root.join("crates"));
        for entry in crates.into_iter().flatten().flatten() {
            let facade = entry.file_name() == "groundup";
            names.read_folder(&entry.path().join("src"), facade);
        }
        names
    }

    fn read_folder(&mut self, folder: &Path, facade: bool) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                self.read_folder(&path, facade);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let text = fs::read_to_string(&path).unwrap_or_default();
                match facade {
                    true => self.read_facade(&text),
                    false => self.read_members(&text),
                }
            }
        }
    }

    fn read_facade(&mut self, text: &str) {
        for list in text.split("pub use ").skip(1) {
            let list = list.split(';').next().unwrap_or_default();
            let words = list.split(|c: char| !c.is_alphanumeric() && c != '_');
            self.facade.extend(words.map(str::to_owned));
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

    /// Returns true for `name`, `Type::name`, and both with a module of the facade before them.
    fn has(&self, name: &str) -> bool {
        let lower = |part: &&str| part.starts_with(|c: char| c.is_ascii_lowercase());
        let parts: Vec<&str> = name.split("::").collect();
        let module = parts.len() > 1 && parts.first().is_some_and(lower);
        match parts[usize::from(module)..] {
            [name] => self.facade.contains(name),
            [owner, member] => {
                self.facade.contains(owner) && self.members.contains(&format!("{owner}::{member}"))
            }
            _ => false,
        }
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
