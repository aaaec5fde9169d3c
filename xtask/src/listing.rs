//! Listings: a program cut out of a source file, whole, with its Python.
//!
//! The problem: the page of the tour shows each program in both languages, and a reader pastes the
//! Rust into a crate of their own. The page needs no copy of a program: it cuts it out of the file that is compiled.
//! That file uses the stage, which a reader does not have. So the listing ends with a few lines that
//! stand for the stage. They are cut out of `shown/stage.rs`.
//!
//! ```text
//!   /// prose                     ┐ the comment above: the part in the
//!   /// ```python                 │ fence is the Python
//!   /// def a(): ...              │
//!   /// ```                       ┘
//!   fn a() -> &'static str {      ┐ an item: from here to the line that is
//!       block(seconds(1.0));      │ one closing brace; it uses block and
//!   }                             ┘ seconds, so the listing has them, too
//! ```
//!
//! Invariants
//! 1. The page shows the code that runs.
//! 2. A listing needs the standard library and the facade, and no other crate. The package in
//!    `shown` compiles all of them.
//!
//! Read next: `timeline.rs`.

use std::collections::{BTreeMap, BTreeSet};

/// The lines that stand for the stage.
const HELPERS: &str = include_str!("../shown/stage.rs");

/// A program in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// The original.
    pub python: String,
    /// The program of this project: a whole `main.rs`.
    pub rust: String,
}

/// An item at the left margin of a source file.
struct Item<'a> {
    name: &'a str,
    lines: &'a [&'a str],
    comment: &'a [&'a str],
}

/// Returns the program whose main function is `main` in a source file, under a title.
///
/// ```
/// let source = "
/// use std::time::Duration;
///
/// /// ```python
/// /// def a():
/// ///     time.sleep(1)
/// /// ```
/// fn a() {
///     std::thread::sleep(Duration::ZERO);
/// }
///
/// fn p1() -> Outcome {
///     a();
///     Ok(())
/// }
///
/// fn p2() {}
/// ";
/// let listing = xtask::listing::program(source, "p1", "A program").unwrap();
/// assert_eq!(listing.python, "def a():\n    time.sleep(1)\n");
/// assert!(listing.rust.starts_with("// A program\n\nuse std::time::Duration;\n\nfn main() -> Outcome {\n"));
/// assert!(!listing.rust.contains("p2"), "another program");
/// assert_eq!(xtask::listing::program(source, "p3", ""), None);
/// ```
pub fn program(source: &str, main: &str, title: &str) -> Option<Listing> {
    let (own, helpers): (Vec<&str>, Vec<&str>) =
        (source.lines().collect(), HELPERS.lines().collect());
    let (own_items, helper_items) = (items(&own), items(&helpers));
    own_items.iter().find(|item| item.name == main)?;
    let all: Vec<&Item<'_>> = own_items.iter().chain(&helper_items).collect();
    let used = reached(&all, main);
    let used = |items: &'_ [Item<'_>]| -> Vec<usize> {
        let named = |number: &usize| used.contains(items[*number].name);
        (0..items.len()).filter(named).collect()
    };
    let mut body = format!("fn main() -> Outcome {{\n    {main}()\n}}\n");
    let mut python = Vec::new();
    for number in used(&own_items) {
        let item = &own_items[number];
        body.push_str(&format!("\n{}", joined(item.lines)));
        python.extend(Some(fenced(item.comment)).filter(|text| !text.is_empty()));
    }
    body.push_str("\n// What the tour has as its stage.\n");
    for number in used(&helper_items) {
        let item = &helper_items[number];
        body.push_str(&format!("\n{}{}", joined(item.comment), joined(item.lines)));
    }
    let imports = imports(own.iter().chain(&helpers), &words(&code(&body)));
    Some(Listing {
        python: python.join("\n"),
        rust: format!("// {title}\n\n{imports}\n{body}"),
    })
}

/// Returns the functions and types at the left margin, in order.
fn items<'a>(lines: &'a [&'a str]) -> Vec<Item<'a>> {
    let begins = |(at, line): (usize, &&'a str)| {
        let signature = line.strip_prefix("async ").unwrap_or(line);
        let after = ["fn ", "type "]
            .iter()
            .find_map(|word| signature.strip_prefix(word))?;
        let name = after.split(['(', '<', ' ']).next()?;
        let end = |line: &&str| *line == "}" || (line.starts_with("type ") && line.ends_with(';'));
        let length = lines[at..].iter().position(end)?;
        let comment = lines[..at].iter().rev();
        let comment = comment.take_while(|line| line.starts_with("///")).count();
        Some(Item {
            name,
            lines: &lines[at..=at + length],
            comment: &lines[at - comment..at],
        })
    };
    lines.iter().enumerate().filter_map(begins).collect()
}

/// Returns the names of the items that `main` uses, directly or not. Of two items with one name, the
/// file's own comes before the helper.
fn reached<'a>(all: &[&Item<'a>], main: &'a str) -> BTreeSet<&'a str> {
    let (mut reached, mut open) = (BTreeSet::from([main]), vec![main]);
    while let Some(name) = open.pop() {
        let Some(item) = all.iter().find(|item| item.name == name) else {
            continue;
        };
        let code = code(&joined(item.lines));
        for other in all {
            // A variable of that name is no use of the item, unless it is called.
            let bound = ["let ", "let mut "].iter().any(|word| {
                let bound = format!("{word}{}", other.name);
                let after = code
                    .split(&bound)
                    .skip(1)
                    .filter_map(|rest| rest.chars().next());
                after.into_iter().any(|c| [' ', ':', ';'].contains(&c))
            });
            let used = match bound {
                true => mentions(&code, &format!("{}(", other.name)),
                false => mentions(&code, other.name),
            };
            if used && reached.insert(other.name) {
                open.push(other.name);
            }
        }
    }
    reached
}

/// Returns true if the code has this text as a word, which is no method and no field.
fn mentions(code: &str, text: &str) -> bool {
    let of_a_word = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(text).any(|(at, _)| {
        let (before, after) = (&code[..at], &code[at + text.len()..]);
        let member = before.ends_with('.') && !before.ends_with("..");
        !member
            && !before.ends_with(of_a_word)
            && (text.ends_with('(') || !after.starts_with(of_a_word))
    })
}

/// Returns the code without comments and without the contents of strings.
fn code(text: &str) -> String {
    let mut code = String::new();
    for line in text.lines() {
        let line = line.split("//").next().unwrap_or(line);
        code.extend(line.split('"').step_by(2));
        code.push('\n');
    }
    code
}

/// Returns the words of a text.
fn words(text: &str) -> BTreeSet<&str> {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.filter(|word| !word.is_empty()).collect()
}

/// Returns the imports of the standard library and of the facade that are needed, sorted.
fn imports<'a>(lines: impl Iterator<Item = &'a &'a str>, needed: &BTreeSet<&str>) -> String {
    let mut paths: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for line in lines {
        let path = line
            .strip_prefix("use ")
            .and_then(|line| line.strip_suffix(';'));
        let Some(path) =
            path.filter(|path| !path.starts_with("super") && !path.starts_with("crate"))
        else {
            continue;
        };
        let (path, names) = match path.split_once("::{") {
            Some((path, names)) => (path, names.trim_end_matches('}')),
            None => path.rsplit_once("::").unwrap_or(("", path)),
        };
        let names = names.split(", ").filter(|name| needed.contains(name));
        names.for_each(|name| _ = paths.entry(path).or_default().insert(name));
    }
    let line = |(path, names): (&&str, &BTreeSet<&str>)| {
        let names: Vec<&str> = names.iter().copied().collect();
        match names.as_slice() {
            [name] => format!("use {path}::{name};\n"),
            names => format!("use {path}::{{{}}};\n", names.join(", ")),
        }
    };
    let mut lines: Vec<String> = paths.iter().map(line).collect();
    lines.sort();
    let (facade, std): (Vec<String>, Vec<String>) = lines
        .into_iter()
        .partition(|line| line.starts_with("use groundup"));
    let groups = [std.concat(), facade.concat()];
    let groups: Vec<String> = groups
        .into_iter()
        .filter(|group| !group.is_empty())
        .collect();
    groups.join("\n")
}

/// Returns the content of the Python fence of a doc comment.
fn fenced(comment: &[&str]) -> String {
    let text = comment.iter().map(|line| {
        let line = line.trim_start_matches("///");
        line.strip_prefix(' ').unwrap_or(line)
    });
    let inside = text.skip_while(|line| *line != "```python").skip(1);
    let lines: Vec<&str> = inside.take_while(|line| *line != "```").collect();
    joined(&lines)
}

fn joined(lines: &[&str]) -> String {
    lines.iter().flat_map(|line| [line, "\n"]).collect()
}
