//! The order of a floor's files: a tower inside the floor.
//!
//! The problem: crates cannot import each other in a circle, but files of one crate can.
//! A floor of forty files that do is like one file of ten thousand lines. So
//! ARCHITECTURE.md lists the entries of each floor's `src/` from top to bottom, in a
//! listing with the label `order`, and each file imports entries beneath its own.
//!
//! ```text
//!   drain        weave    │ loops that run to the end
//!   interweave   rounds   │ a deque; two buffers
//!   ladder/               │ a folder: `ladder.rs` and the files in `ladder/`
//!   order                 │ which turn is next
//! ```
//!
//! Invariants:
//! 1. A line is a layer: it uses lines beneath it, and its entries do not use each
//!    other. A name of a folder ends in `/`. Words stand right of a `│`.
//! 2. Each entry of `src/` except `lib.rs` and tests stands in the list once.
//! 3. Inside a folder, its files, its page and its subfolders form no circle, except that
//!    two files may import each other. A file other than the page is part of one such
//!    pair only.
//!
//! Read next: `tests/it/order.rs`.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::modules::{Floor, Import};
use crate::prose::listings;

/// The label of the listing.
const LABEL: &str = "order";

/// The sign before the words of a layer.
const BAR: char = '│';

/// The layers of a floor, from the top.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// The entries of each layer; names of folders end in `/`.
    pub layers: Vec<Vec<String>>,
}

/// Returns the section of a document about a floor, by the floor's number.
fn chapter(document: &str, number: usize) -> Option<&str> {
    let title = format!("\n## Floor {number}: ");
    let (_, rest) = document.split_once(&title)?;
    rest.split("\n## ").next()
}

impl Order {
    /// Returns the order of a floor that its section of the document lists, if it lists one.
    ///
    /// # Panics
    ///
    /// If the section has two such listings.
    pub fn of(document: &str, number: usize) -> Option<Self> {
        let listings = listings(chapter(document, number)?);
        let mut orders = listings.iter().filter(|(label, _)| label == LABEL);
        let order = orders.next().map(|(_, listing)| Order::parse(listing));
        let more = orders.next().is_some();
        assert!(!more, "floor {number} has two listings of its {LABEL}");
        order
    }

    /// Parses a listing.
    pub fn parse(listing: &str) -> Self {
        let names = |line: &str| -> Vec<String> {
            let names = line.split(BAR).next().unwrap_or_default();
            names.split_whitespace().map(str::to_string).collect()
        };
        let layers = listing.lines().map(names);
        Order {
            layers: layers.filter(|layer| !layer.is_empty()).collect(),
        }
    }

    /// Returns the number of an entry's layer, from the top.
    fn layer(&self, entry: &str) -> Option<usize> {
        let is_entry = |name: &String| name.trim_end_matches('/') == entry;
        self.layers
            .iter()
            .position(|names| names.iter().any(is_entry))
    }

    /// Returns the differences between the list and `src/`.
    pub fn errors(&self, floor: &Floor) -> Vec<String> {
        let place = format!("{}/src", floor.folder);
        let mut errors = Vec::new();
        let mut entries: BTreeSet<String> = floor
            .entries(&[])
            .into_iter()
            .map(|(name, folder)| if folder { format!("{name}/") } else { name })
            .collect();
        let mut listed = BTreeSet::new();
        for name in self.layers.iter().flatten() {
            if !listed.insert(name) {
                errors.push(format!("{place}: {name} stands in the order twice"));
            } else if !entries.remove(name) {
                errors.push(format!(
                    "{place}: {name} stands in the order and is no entry (a folder ends in /, \
                     words stand right of {BAR})"
                ));
            }
        }
        let missing = entries.iter();
        errors.extend(missing.map(|name| format!("{place}: {name} does not stand in the order")));
        errors
    }

    /// Returns the imports that do not lead downwards, each with its cure.
    pub fn broken(&self, floor: &Floor) -> Vec<String> {
        let mut broken = Vec::new();
        let mut imports = floor.imports();
        imports.dedup_by(|a, b| (&a.from, a.line, &a.to) == (&b.from, b.line, &b.to));
        for import in imports {
            let place = at(floor, &import);
            let Some(to) = import.to.first() else {
                broken.push(format!(
                    "{place} names a thing of lib.rs itself; lib.rs stands above all: move it to a file"
                ));
                continue;
            };
            let from = &import.from[0];
            let (Some(above), Some(beneath)) = (self.layer(from), self.layer(to)) else {
                continue;
            };
            if from != to && above >= beneath {
                let file = floor.path(&import.to);
                let how = match above == beneath {
                    true => format!("`{to}` stands beside `{from}`: put it on a line beneath"),
                    false => format!(
                        "`{to}` stands above `{from}`: hand it in as an argument, move its type \
                         beneath, or move the caller above"
                    ),
                };
                broken.push(format!("{place} of {file}; {how}"));
            }
        }
        broken
    }
}

/// Formats the place and the text of an import.
fn at(floor: &Floor, import: &Import) -> String {
    let path = floor.path(&import.from);
    format!("{path}:{}: `{}`", import.line, import.text)
}

/// Returns the folders with more than `most` entries, and the number of their entries.
pub fn crowded(floor: &Floor, most: usize) -> Vec<(String, usize)> {
    let folders = floor.folders().into_iter().map(|folder| {
        let path = format!("{}/src/{}", floor.folder, folder.join("/"));
        let path = path.trim_end_matches('/').to_string();
        (path, floor.entries(&folder).len())
    });
    folders.filter(|(_, entries)| *entries > most).collect()
}

/// The imports between the entries of one folder, one for each pair. The page is
/// the entry with the empty name.
type Arrows<'a> = BTreeMap<&'a str, BTreeMap<&'a str, &'a Import>>;

/// Returns the circles of a floor that are not allowed: between a folder and another
/// entry beside it, of more than two files, or of pairs that share a file.
pub fn circles(floor: &Floor) -> Vec<String> {
    let imports = floor.imports();
    let mut circles = Vec::new();
    for folder in floor.folders() {
        if folder.is_empty() {
            continue; // The list holds the order of `src/` itself.
        }
        let mut arrows = Arrows::new();
        for import in &imports {
            let ends = [&import.from, &import.to].map(|file| entry_of(&folder, file));
            if let [Some(from), Some(to)] = ends
                && from != to
            {
                arrows.entry(from).or_default().entry(to).or_insert(import);
            }
        }
        let folders = floor.entries(&folder);
        let is_folder = |name: &str| folders.get(name).is_some_and(|folder| *folder);
        circles.extend(long(floor, &arrows));
        circles.extend(pairs(floor, &arrows, &is_folder));
    }
    circles
}

/// Returns the entry of a folder that contains a file, if the file is in the folder.
fn entry_of<'a>(folder: &[String], file: &'a [String]) -> Option<&'a str> {
    let inner = file.strip_prefix(folder)?;
    Some(inner.first().map_or("", String::as_str))
}

/// Formats a circle as its imports.
fn shown(floor: &Floor, arrows: &Arrows<'_>, circle: &[&str]) -> String {
    let next = circle.iter().cycle().skip(1);
    let steps = circle.iter().zip(next).map(|(from, to)| {
        let import = arrows[from][to];
        format!("{} of {}", at(floor, import), floor.path(&import.to))
    });
    let steps: Vec<String> = steps.collect();
    steps.join("\n      ")
}

/// Returns the circles of more than two entries.
fn long(floor: &Floor, arrows: &Arrows<'_>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut circles = Vec::new();
    for (&from, beneath) in arrows {
        for &to in beneath.keys() {
            let Some(circle) = way_back(arrows, from, to) else {
                continue;
            };
            if seen.insert(BTreeSet::from_iter(circle.clone())) {
                let shown = shown(floor, arrows, &circle);
                circles.push(format!("a circle of {}:\n      {shown}", circle.len()));
            }
        }
    }
    circles
}

/// Returns the shortest circle that begins with the arrow `from` → `to` and has more than
/// two entries.
fn way_back<'a>(arrows: &Arrows<'a>, from: &'a str, to: &'a str) -> Option<Vec<&'a str>> {
    let mut before = BTreeMap::from([(to, from)]);
    let mut queue = VecDeque::from([to]);
    while let Some(entry) = queue.pop_front() {
        for &next in arrows.get(entry).into_iter().flat_map(|next| next.keys()) {
            if next == from && entry != to {
                let mut circle = vec![entry];
                while circle.last() != Some(&from) {
                    circle.push(before[circle[circle.len() - 1]]);
                }
                circle.reverse();
                return Some(circle);
            }
            if next != from && !before.contains_key(next) {
                before.insert(next, entry);
                queue.push_back(next);
            }
        }
    }
    None
}

/// Returns the circles of two entries that are not allowed.
fn pairs(floor: &Floor, arrows: &Arrows<'_>, is_folder: &dyn Fn(&str) -> bool) -> Vec<String> {
    let mut partner: BTreeMap<&str, &str> = BTreeMap::new();
    let mut circles = Vec::new();
    for (&one, beneath) in arrows {
        for &two in beneath.keys().filter(|two| one < **two) {
            if !arrows.get(two).is_some_and(|next| next.contains_key(one)) {
                continue;
            }
            let shown = shown(floor, arrows, &[one, two]);
            if is_folder(one) || is_folder(two) {
                circles.push(format!("a circle with a folder in it:\n      {shown}"));
            }
            for (file, other) in [(one, two), (two, one)] {
                let first = partner.entry(file).or_insert(other);
                if !file.is_empty() && *first != other {
                    circles.push(format!(
                        "`{file}` is part of two circles, also with `{first}`:\n      {shown}"
                    ));
                }
            }
        }
    }
    circles
}

#[cfg(test)]
#[path = "order_tests.rs"]
mod tests;
