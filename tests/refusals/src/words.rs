//! The words of the compiler, without what changes from day to day.
//!
//! The problem: the output names folders of this machine, and lines of the library that move with
//! each change above them. Neither is a promise.
//!
//! ```text
//!   12 | pub struct TaskRef {                          | pub struct TaskRef {
//!   --> /some/where/crates/3-task/src/x.rs:12:12      --> $WORKSPACE/crates/3-task/src/x.rs
//! ```
//!
//! Invariant: the words of an error, its notes and the marks under the code stay as they are.
//!
//! Read next: `lib.rs`.

use std::path::Path;

/// Lines that count the errors, or that say how to read about them.
const ABOUT_ALL: [&str; 5] = [
    "error: aborting due to ",
    "Some errors have detailed explanations:",
    "For more information about this error,",
    "For more information about an error,",
    "warning: 1 warning emitted",
];

/// Returns the words of the compiler about a program of the workspace at `root`.
pub(crate) fn lasting(said: &str, root: &Path) -> String {
    let root = root.display().to_string();
    let is_about_one = |line: &&str| !ABOUT_ALL.iter().any(|begin| line.starts_with(begin));
    let mut text = String::new();
    for line in said.lines().filter(is_about_one) {
        let line = place(&gutter(line), &root);
        text.push_str(line.replace(&root, "$WORKSPACE").trim_end());
        text.push('\n');
    }
    while text.contains("\n\n\n") {
        text = text.replace("\n\n\n", "\n\n");
    }
    format!("{}\n", text.trim_end())
}

/// What is the same under every compiler about one error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refusal<'a> {
    /// The code, such as `E0277`; the name of the lint that is denied; or the words of a macro.
    pub code: &'a str,
    /// The line at fault.
    pub line: &'a str,
}

/// Returns the refusals in the words of the compiler, in order.
pub fn refusals(said: &str) -> Vec<Refusal<'_>> {
    let lint = lint(said);
    let mut found = Vec::new();
    let mut rest = said.strip_prefix("error").or_else(|| after_error(said));
    while let Some(error) = rest {
        rest = after_error(error);
        let own = &error[..error.len() - rest.map_or(0, |rest| rest.len() + "\nerror".len())];
        let head = own.lines().next().unwrap_or_default();
        let code = match head.strip_prefix('[').and_then(|head| head.split_once(']')) {
            Some((code, _)) => code,
            None => lint.unwrap_or_else(|| head.trim_start_matches(": ")),
        };
        let line = line_at_fault(own);
        found.push(Refusal { code, line });
    }
    found.sort();
    found
}

/// Returns what comes after the beginning of the next error.
fn after_error(said: &str) -> Option<&str> {
    said.split_once("\nerror").map(|(_, rest)| rest)
}

/// Returns the name of the lint that the program denies, which is said at the first of its errors.
fn lint(said: &str) -> Option<&str> {
    let (_, level) = said.split_once("note: the lint level is defined here")?;
    let (_, named) = level.split_once("deny(")?;
    named.split(')').next()
}

/// Returns the first line that is marked with `^`, without its indent.
fn line_at_fault(error: &str) -> &str {
    let quoted = |line| Some(str::trim_start(line).strip_prefix('|')?.trim());
    let mut before = "";
    for line in error.lines().filter_map(quoted) {
        let mark = line.trim_start_matches(['_', '-', ' ', '|']);
        if mark.starts_with('^') {
            return before;
        }
        before = line;
    }
    ""
}

/// Makes the column of line numbers narrow and empty.
fn gutter(line: &str) -> String {
    let column = |c: char| c == ' ' || c.is_ascii_digit();
    let rest = line.trim_start_matches(column);
    let wide = rest.len() < line.len();
    if wide && ["--> ", "::: "].iter().any(|arrow| rest.starts_with(arrow)) {
        format!(" {rest}")
    } else if wide && rest.starts_with(['|', '=', '+', '~', '-']) {
        format!("  {rest}")
    } else {
        line.to_owned()
    }
}

/// Leaves out the line and the column of a place, and the folder of the standard library.
fn place(line: &str, root: &str) -> String {
    let Some((arrow, place)) = line.split_once("> ").filter(|(arrow, _)| *arrow == " --") else {
        return line.to_owned();
    };
    let mut place = place;
    for _ in 0..2 {
        let number = place.rsplit_once(':');
        let number = number.filter(|(_, last)| last.bytes().all(|byte| byte.is_ascii_digit()));
        place = number.map_or(place, |(before, _)| before);
    }
    let of_rust = place
        .strip_prefix("/rustc/")
        .and_then(|rest| rest.split_once("/library/"));
    match of_rust {
        Some((_, file)) => format!("{arrow}> $RUST/{file}"),
        None if Path::new(place).is_relative() => format!("{arrow}> {root}/{place}"),
        None => format!("{arrow}> {place}"),
    }
}
