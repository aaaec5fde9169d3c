//! Finds an item of a Rust file by its name.
//!
//! The problem: a listing that is named by line numbers, or by marks in the code, is wrong after the
//! next change, or litters the code. The name of an item is there already, and a listing whose item
//! is gone fails the check. The code is formatted by rustfmt, so indentation tells where an item ends.
//!
//! ```text
//!   impl Generator for Countdown / fn resume
//!
//!   impl Generator for Countdown {          the first part: between these lines ..
//!       fn resume(&mut self) -> Step {      .. the second part is looked for
//!           ..
//!       }                                   the first line with its indentation that closes it
//!   }
//! ```
//!
//! Invariants
//! 1. A name means one item, or it is an error that lists the items it could mean.
//! 2. The text of an item is that of the file, without its indentation.
//!
//! Read next: `expand.rs`.

use std::ops::Range;

/// The lines of one item, as numbers from 0: from its attributes to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Item {
    /// The first line with its doc comments, and without.
    docs: usize,
    from: usize,
    /// The line of its name.
    head: usize,
    /// The last line.
    to: usize,
}

/// Returns the text of an item: `name` is a path of items with ` / ` between them.
///
/// # Errors
/// If there is no such item, or more than one.
///
/// ```
/// let text = "/// Twice.\n#[inline]\nfn twice(n: u32) -> u32 {\n    2 * n\n}\n\nfn once() {}\n";
/// let twice = book::expand::listing::item(text, "fn twice", false).unwrap();
/// assert_eq!(twice, "#[inline]\nfn twice(n: u32) -> u32 {\n    2 * n\n}\n");
/// let error = book::expand::listing::item(text, "fn thrice", false).unwrap_err();
/// assert_eq!(error, "no item `fn thrice`; there are `fn twice`, `fn once`");
/// ```
pub fn item(text: &str, name: &str, docs: bool) -> Result<String, String> {
    let lines: Vec<&str> = text.lines().collect();
    let parts: Vec<&str> = name.split(" / ").map(str::trim).collect();
    let all = 0..lines.len();
    let mut ranges = vec![all];
    let mut items = Vec::new();
    for part in &parts {
        items = named(&lines, &ranges, part)?;
        ranges = items
            .iter()
            .map(|item| item.head + 1..item.to + 1)
            .collect();
    }
    match items[..] {
        [item] => {
            let from = if docs { item.docs } else { item.from };
            Ok(unindented(&lines[from..=item.to]))
        }
        _ => {
            let places = items.iter().map(|item| format!("line {}", item.head + 1));
            Err(format!(
                "`{name}` is the name of {} items ({}): put the item around it first, as in \
                 `impl X / {name}`",
                items.len(),
                places.collect::<Vec<_>>().join(", ")
            ))
        }
    }
}

/// Returns a whole file without its leading `//!` comment and inner attributes.
pub fn whole(text: &str) -> String {
    let head = |line: &&str| line.starts_with("//!") || line.starts_with("#![") || line.is_empty();
    let lines: Vec<&str> = text.lines().skip_while(head).collect();
    unindented(&lines)
}

fn unindented(lines: &[&str]) -> String {
    let indent = lines.first().map_or(0, |line| indentation(line));
    let cut = |line: &&str| line.get(indent..).unwrap_or_default().to_owned() + "\n";
    lines.iter().map(cut).collect()
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// Returns the items of a name in some ranges: at least one.
fn named(lines: &[&str], ranges: &[Range<usize>], name: &str) -> Result<Vec<Item>, String> {
    let heads = ranges
        .iter()
        .cloned()
        .flatten()
        .filter(|&at| is_item(lines[at]));
    let heads: Vec<(usize, String)> = heads.map(|at| (at, header(lines, at))).collect();
    let fits = heads.iter().filter(|(_, header)| is_named(header, name));
    let mut fits: Vec<usize> = fits.map(|&(at, _)| at).collect();
    // Of several, those that stand less deep than the others are meant.
    if let Some(least) = fits.iter().map(|&at| indentation(lines[at])).min() {
        fits.retain(|&at| indentation(lines[at]) == least);
        return Ok(fits.into_iter().map(|head| extent(lines, head)).collect());
    }
    let kind = name.split(['<', ' ']).next().unwrap_or_default();
    let near = heads.iter().filter(|(_, header)| header.starts_with(kind));
    let near: Vec<String> = near.map(|(_, header)| short(header)).collect();
    Err(match near.is_empty() {
        true => format!("no item `{name}`, and none of its kind"),
        false => format!("no item `{name}`; there are {}", near.join(", ")),
    })
}

fn short(header: &str) -> String {
    let end = header.find(['(', '{', ';', '=']).unwrap_or(header.len());
    format!("`{}`", header[..end].trim_end())
}

const KINDS: [&str; 11] = [
    "fn",
    "enum",
    "struct",
    "trait",
    "impl",
    "type",
    "const",
    "static",
    "mod",
    "macro_rules!",
    "union",
];

/// Returns the declaration without visibility and qualifiers.
fn bare(line: &str) -> &str {
    let mut rest = line.trim_start();
    if let Some(after) = rest.strip_prefix("pub") {
        let inside = after
            .strip_prefix('(')
            .and_then(|after| after.split_once(')'));
        rest = inside.map_or(after, |(_, after)| after).trim_start();
    }
    for word in ["default ", "const ", "async ", "unsafe ", "extern \"C\" "] {
        if let Some(after) = rest.strip_prefix(word)
            && ["fn ", "async ", "unsafe ", "extern ", "impl", "trait "]
                .iter()
                .any(|next| after.starts_with(next))
        {
            rest = after;
        }
    }
    rest
}

fn is_item(line: &str) -> bool {
    let rest = bare(line);
    KINDS.iter().any(|kind| {
        rest.strip_prefix(kind).is_some_and(|after| {
            after.starts_with(' ') || (*kind == "impl" && after.starts_with('<'))
        })
    })
}

/// Returns the declaration up to its `{` or `;`, in one line.
fn header(lines: &[&str], head: usize) -> String {
    let mut header = bare(lines[head]).to_owned();
    let mut at = head;
    while !header.contains(['{', ';']) && at + 1 < lines.len() && at < head + 12 {
        at += 1;
        header = format!("{header} {}", lines[at].trim());
    }
    header
}

/// Returns true if the declaration is the one of this name.
fn is_named(header: &str, name: &str) -> bool {
    let (header, name) = match name.starts_with("impl") {
        true if without_first_generics(name).contains('<') => {
            (without_first_generics(header), without_first_generics(name))
        }
        true => (without_generics(header), without_generics(name)),
        false => (header.to_owned(), name.to_owned()),
    };
    header.strip_prefix(&name).is_some_and(|rest| {
        let next = rest.trim_start();
        match name.starts_with("impl") {
            true => next.starts_with('{') || next.starts_with("where"),
            false => !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'),
        }
    })
}

/// Drops everything between `<` and its `>`; the `>` of an arrow closes nothing.
fn without_generics(text: &str) -> String {
    let (mut depth, mut last, mut out) = (0_usize, ' ', String::new());
    for c in text.chars() {
        match c {
            '<' => depth += 1,
            '>' if last != '-' && depth > 0 => depth -= 1,
            c if depth == 0 => out.push(c),
            _ => {}
        }
        last = c;
    }
    out
}

/// Drops the `<..>` that follows `impl`.
fn without_first_generics(text: &str) -> String {
    let Some(rest) = text.strip_prefix("impl<") else {
        return text.to_owned();
    };
    let mut depth = 1;
    for (at, c) in rest.char_indices() {
        match c {
            '<' => depth += 1,
            '>' if !rest[..at].ends_with('-') => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return format!("impl{}", &rest[at + 1..]);
        }
    }
    text.to_owned()
}

fn extent(lines: &[&str], head: usize) -> Item {
    let indent = indentation(lines[head]);
    let same = |at: &usize| indentation(lines[*at]) == indent && !lines[*at].trim().is_empty();
    let above = (0..head).rev().take_while(|at| {
        same(at) && (lines[*at].trim_start().starts_with("#[") || is_doc(lines[*at]))
            || is_in_attribute(lines, *at, indent)
    });
    let docs = above.last().unwrap_or(head);
    let from = (docs..head).find(|&at| !is_doc(lines[at]));
    let ended = |line: &str| line.ends_with(';') || (line.ends_with('}') && !line.ends_with("{ }"));
    let first = lines[head].trim_end();
    let to = match ended(first) {
        true => head,
        false => {
            let mut rest = (head + 1..lines.len()).filter(same);
            let last = rest.find(|&at| {
                let line = lines[at].trim();
                line.starts_with('}') || line.ends_with(';')
            });
            last.unwrap_or(lines.len() - 1)
        }
    };
    Item {
        docs,
        from: from.unwrap_or(head),
        head,
        to,
    }
}

fn is_doc(line: &str) -> bool {
    line.trim_start().starts_with("///")
}

/// An attribute of several lines: `#[cfg(`, deeper lines, `)]`.
fn is_in_attribute(lines: &[&str], at: usize, indent: usize) -> bool {
    let closes = |at: usize| lines[at].trim() == ")]" && indentation(lines[at]) == indent;
    let inside = (at..lines.len())
        .take(8)
        .find(|&at| indentation(lines[at]) == indent);
    inside.is_some_and(closes) && !lines[at].trim().is_empty()
}
