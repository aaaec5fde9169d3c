//! Paths and tests that a chapter names in backticks.
//!
//! The problem: a text that says "a test holds this" is right while the test exists. Files move, and
//! tests are renamed.
//!
//! | in backticks | must be |
//! |---|---|
//! | `crates/3-task/src/lib.rs` | a file or folder; so also under `examples/`, `tests/`, `book/`, .. |
//! | `crates/3-task/tests/it/x.rs::a_name` | a function of that file |
//! | `groundup_task::module::Name` | a name that this crate defines |
//!
//! Invariant: a span with a space, a `*` or a placeholder in capitals is no path.
//!
//! Read next: `check.rs`.

use crate::tree::Tree;

const TOPS: [&str; 8] = [
    "crates/",
    "examples/",
    "tests/",
    "book/",
    "exercises/",
    "xtask/",
    "parity/",
    "engines/",
];

/// Returns the fault of a code span; `None` if it names nothing, or something that exists.
pub fn fault(tree: &Tree, span: &str) -> Option<String> {
    let open = |c: char| c.is_whitespace() || "*<{$".contains(c);
    if span.contains(open) || span.contains("NAME") || span.contains("..") {
        return None;
    }
    if TOPS.iter().any(|top| span.starts_with(top)) {
        return match span.contains("::") {
            true => test_fault(tree, span),
            false => path_fault(tree, span),
        };
    }
    name_fault(tree, span)
}

fn path_fault(tree: &Tree, path: &str) -> Option<String> {
    let path = path.trim_end_matches('/');
    (!tree.has(path)).then(|| format!("there is no {path}"))
}

/// Returns why `path::name` names no test.
pub fn test_fault(tree: &Tree, reference: &str) -> Option<String> {
    let (path, name) = reference.split_once("::")?;
    let text = match tree.read(path) {
        Ok(text) => text,
        Err(_) => return Some(format!("there is no {path}, which {reference} names")),
    };
    let name = name.rsplit("::").next().unwrap_or(name);
    let head = format!("fn {name}");
    let is_head = |line: &&str| {
        let rest = line.trim_start();
        let rest = rest.strip_prefix("pub ").unwrap_or(rest);
        let rest = rest.strip_prefix("async ").unwrap_or(rest);
        rest.strip_prefix(&head)
            .is_some_and(|rest| rest.starts_with(['(', '<']))
    };
    let scenario =
        path.ends_with(".scn") && text.lines().any(|line| line == format!("scenario {name}"));
    let known = scenario || text.lines().any(|line| is_head(&line));
    (!known).then(|| format!("{path} has no test {name}"))
}

/// `groundup_task::module::Name`: the last part must be defined in the crate.
fn name_fault(tree: &Tree, span: &str) -> Option<String> {
    let (package, rest) = span.split_once("::")?;
    let word = package.strip_prefix("groundup_")?;
    let floors = tree.names("crates");
    let folder = floors.iter().find(|folder| {
        folder
            .split_once('-')
            .map_or(folder.as_str(), |(_, name)| name)
            == word
    })?;
    let name = rest.rsplit("::").next().unwrap_or(rest);
    let name = name.trim_end_matches("()").trim_end_matches('!');
    let kinds = [
        "fn",
        "struct",
        "enum",
        "trait",
        "type",
        "const",
        "static",
        "mod",
        "macro_rules!",
    ];
    let defines = |line: &str| {
        kinds.iter().any(|kind| {
            let item = format!("{kind} {name}");
            let mut ends = line
                .match_indices(&item)
                .map(|(at, found)| at + found.len());
            ends.any(|end| !line[end..].starts_with(|c: char| c.is_alphanumeric() || c == '_'))
        })
    };
    let known = tree
        .files(&format!("crates/{folder}"), ".rs")
        .iter()
        .any(|path| {
            let text = tree.read(path).unwrap_or_default();
            path.ends_with(&format!("/{name}.rs")) || text.lines().any(defines)
        });
    (!known).then(|| format!("crates/{folder} defines no {name}, which {span} names"))
}
