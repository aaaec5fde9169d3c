//! Paths and tests that a chapter names in backticks.
//!
//! The problem: a text that says "a test holds this" is right while the test exists. Files move, and
//! tests are renamed.
//!
//! | in backticks | must be |
//! |---|---|
//! | `crates/3-task/src/lib.rs` | a file or folder; so also under `examples/`, `tests/`, `book/`, .. |
//! | `crates/3-task/tests/it/x.rs::a_name` | a test of that file, which is not ignored |
//! | `groundup_task::module::Name`, `groundup::Name` | a name that this crate defines, or the facade has |
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
    let known = match path.ends_with(".scn") {
        true => text.lines().any(|line| line == format!("scenario {name}")),
        false => has_test(&text, name),
    };
    (!known).then(|| format!("{path} has no test {name}"))
}

/// Returns true if a function of this name runs as a test: after `#[test]` or another attribute of
/// tests and before `#[ignore]`, or in a list `tests! { .. }`.
pub fn has_test(text: &str, name: &str) -> bool {
    let mut attributed = false;
    for line in text.lines().map(str::trim) {
        let rest = line.strip_prefix("pub ").unwrap_or(line);
        let rest = rest.strip_prefix("async ").unwrap_or(rest);
        let function = rest.strip_prefix("fn ");
        if function
            .and_then(|rest| rest.strip_prefix(name))
            .is_some_and(|rest| rest.starts_with(['(', '<']))
        {
            return attributed;
        }
        let attribute = ["#[test]", "#[groundup::test", "#[crate::test"]
            .iter()
            .any(|start| line.starts_with(start));
        match line {
            _ if attribute => attributed = true,
            _ if line.starts_with("#[ignore") || function.is_some() || line == "}" => {
                attributed = false
            }
            _ => {}
        }
    }
    let list = text.split_once("\ntests! {\n").map_or("", |(_, list)| list);
    let mut entries = list.split('}').next().unwrap_or_default().lines();
    entries.any(|entry| entry.trim().trim_end_matches(',') == name)
}

/// `groundup_task::module::Name`: the last part must be defined in the crate.
fn name_fault(tree: &Tree, span: &str) -> Option<String> {
    let (package, rest) = span.split_once("::")?;
    let Some(folder) = (match package.strip_prefix("groundup_") {
        Some(word) => tree.crate_folder(word),
        None if package == "groundup" => return facade_fault(tree, span),
        None => return None, // a path of another crate, or of a type
    }) else {
        return Some(format!("there is no crate {package}, which {span} names"));
    };
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
    let known = tree.files(&folder.clone(), ".rs").iter().any(|path| {
        let text = tree.read(path).unwrap_or_default();
        path.ends_with(&format!("/{name}.rs")) || text.lines().any(defines)
    });
    (!known).then(|| format!("{folder} defines no {name}, which {span} names"))
}

/// `groundup::Name`: the facade must have the word.
fn facade_fault(tree: &Tree, span: &str) -> Option<String> {
    let name = span
        .rsplit("::")
        .next()
        .unwrap_or(span)
        .trim_end_matches("()");
    let word = |c: char| !c.is_alphanumeric() && c != '_';
    let texts = tree.files("crates/groundup/src", ".rs").into_iter();
    let mut texts = texts.filter_map(|path| tree.read(&path).ok());
    let known = texts.any(|text| {
        let code = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        code.into_iter()
            .any(|line| line.split(word).any(|part| part == name))
    });
    let method = span.split("::").count() > 2;
    (!known && !method).then(|| format!("the facade has no {name}, which {span} names"))
}
