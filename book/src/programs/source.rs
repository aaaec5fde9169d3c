//! The text of a program: its title, its listing, and the places in it.
//!
//! The problem: the file of a program begins with a comment, and its `main` is public, so that the
//! book can call it. A reader's copy has neither. So the listing differs from the file by these few
//! lines, and a place that the program prints must be moved by as many.
//!
//! ```text
//!   //! Two tasks.                     (not shown)
//!   use groundup::sleep;               use groundup::sleep;
//!   pub async fn main() {              #[groundup::main(virtual_time)]
//!       ..                             async fn main() {
//! ```
//!
//! Invariant: a listing is a whole program, and runs as it is.
//!
//! Read next: `listing.rs`.

use std::collections::BTreeSet;

/// Returns the path of a program.
pub fn path(name: &str) -> String {
    format!("book/programs/{name}.rs")
}

/// Returns the title of a program: the first line of its comment.
pub fn title(text: &str) -> &str {
    let first = text.lines().next().unwrap_or_default();
    first.trim_start_matches("//!").trim().trim_end_matches('.')
}

const ASYNC: &str = "pub async fn main(";
const PLAIN: &str = "pub fn main(";

/// Returns a program as a reader copies it. A module that it shares with other programs is a file
/// beside it.
pub fn listing(text: &str) -> String {
    let modules = modules(text);
    let mut listing: String = modules
        .iter()
        .map(|name| format!("mod {name};\n"))
        .collect();
    if !modules.is_empty() {
        listing.push('\n');
    }
    for line in text.lines().skip(head(text)) {
        if line.starts_with(ASYNC) {
            listing.push_str("#[groundup::main(virtual_time)]\n");
        }
        let main = line.starts_with(ASYNC) || line.starts_with(PLAIN);
        let line = if main { &line["pub ".len()..] } else { line };
        listing.push_str(&line.replace("super::", ""));
        listing.push('\n');
    }
    listing
}

/// Returns the modules that a program shares with others.
fn modules(text: &str) -> BTreeSet<&str> {
    let name = |rest: &'_ str| rest.find(|c: char| !c.is_alphanumeric() && c != '_');
    let names = text.split("super::").skip(1);
    names
        .filter_map(|rest| rest.get(..name(rest)?))
        .filter(|name| !name.is_empty())
        .collect()
}

/// Returns the number of lines that are not shown.
fn head(text: &str) -> usize {
    let hidden = |line: &&str| line.starts_with("//!") || line.is_empty();
    text.lines().take_while(hidden).count()
}

/// The places in a program: its path on this machine becomes `src/main.rs`.
#[derive(Debug)]
pub struct Places {
    path: String,
    head: usize,
    /// The lines that name its modules.
    modules: usize,
    /// The line of an async `main`, which an attribute moves down.
    main: usize,
}

impl Places {
    /// Returns the places of a program with this text.
    pub fn of(name: &str, text: &str) -> Self {
        let main = text.lines().position(|line| line.starts_with(ASYNC));
        Places {
            path: format!("{}/programs/{name}.rs:", env!("CARGO_MANIFEST_DIR")),
            head: head(text),
            modules: match modules(text).len() {
                0 => 0,
                modules => modules + 1,
            },
            main: main.map_or(usize::MAX, |at| at + 1),
        }
    }

    /// Returns a text with the places of the listing.
    pub fn tidied(&self, text: &str) -> String {
        let mut parts = text.split(&self.path);
        let mut tidied = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let end = part
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(part.len());
            let line: usize = part[..end].parse().unwrap_or(0);
            let moved = usize::from(line >= self.main) + self.modules;
            tidied.push_str(&format!(
                "src/main.rs:{}",
                (line + moved).saturating_sub(self.head)
            ));
            tidied.push_str(&part[end..]);
        }
        tidied
    }
}
