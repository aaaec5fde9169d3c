//! Writes `RULES.md` from the rules, the tests and the differences.
//!
//! A test that holds a rule of asyncio carries the rule's code in its name:
//! `l01_callbacks_run_first_in_first_out` holds L01. `RULES.md` turns that round: it
//! gives the rule behind a code, its source in CPython, its tests, and the entries
//! of `NOT-HERE.md` that name it.
//!
//! ```text
//!   tests/rules.txt ──── code, sentence, source ─────┐
//!   fn l01_...      ──── a test of that rule ────────┼──► RULES.md
//!   NOT-HERE.md     ──── "### ... (rule L01)" ───────┘
//! ```
//!
//! Invariants
//! 1. A rule has a test that carries its code, a test it names, or a reason why there is none.
//! 2. A code in the name of a test, or in a heading of `NOT-HERE.md`, is the code of a rule.
//!
//! Read next: `tests/it/rules.rs`.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::listed;
use crate::repository::File;

/// How many tests of one rule `RULES.md` shows.
const SHOWN: usize = 3;

/// The head of `RULES.md`.
const HEAD: &str = "\
# The rules

groundup does what asyncio does, iteration by iteration. This page lists that behaviour as rules: the code that the tests are
named after, the rule in one sentence, its source in CPython (a file of `Lib/asyncio`), and what holds it. A link to
[NOT-HERE.md](NOT-HERE.md) marks a rule from which groundup differs on purpose.

This page is generated: `CONTRIBUTING.md` says how.
";

/// One rule of the list.
struct Rule<'a> {
    code: &'a str,
    sentence: &'a str,
    source: &'a str,
    /// Tests without the code in their names, or `none: ` and a reason.
    beside: &'a str,
}

impl<'a> Rule<'a> {
    /// Reads a line of four fields, `None` if it is no rule.
    fn parse(line: &'a str) -> Option<Self> {
        let mut fields = line.split('|').map(str::trim);
        let rule = Rule {
            code: fields.next()?,
            sentence: fields.next()?,
            source: fields.next()?,
            beside: fields.next()?,
        };
        (is_code(rule.code) && fields.next().is_none()).then_some(rule)
    }
}

/// Returns whether `text` is a capital and two digits.
fn is_code(text: &str) -> bool {
    matches!(text.as_bytes(), [letter, tens, ones]
        if letter.is_ascii_uppercase() && tens.is_ascii_digit() && ones.is_ascii_digit())
}

/// Returns the links to the tests of each code.
fn tests_by_code(files: &[File]) -> BTreeMap<String, Vec<String>> {
    let mut tests: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in files {
        for line in file.text.lines() {
            let Some(head) = line.trim_start().strip_prefix("fn ") else {
                continue;
            };
            let name: String = head
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                .collect();
            let (code, rest) = name.split_at_checked(3).unwrap_or_default();
            if rest.starts_with('_') && is_code(&code.to_uppercase()) {
                let link = format!("[`{name}`]({})", file.path);
                tests.entry(code.to_uppercase()).or_default().push(link);
            }
        }
    }
    tests
}

/// Returns the links to the differences that name each code.
fn differences_by_code(not_here: &str) -> BTreeMap<String, Vec<String>> {
    let mut differences: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for heading in not_here
        .lines()
        .filter_map(|line| line.strip_prefix("### "))
    {
        let Some((title, codes)) = heading.rsplit_once(" (") else {
            continue;
        };
        let codes = codes.trim_end_matches(')').split([' ', ',']);
        for code in codes.filter(|code| is_code(code)) {
            let link = format!("differs: [{title}](NOT-HERE.md#{})", anchor(heading));
            differences.entry(code.to_string()).or_default().push(link);
        }
    }
    differences
}

/// Returns the anchor that a Markdown renderer gives to a heading.
fn anchor(heading: &str) -> String {
    let heading = heading.to_lowercase();
    let kept = heading.chars().filter_map(|c| match c {
        ' ' => Some('-'),
        c if c.is_alphanumeric() || c == '-' || c == '_' => Some(c),
        _ => None,
    });
    kept.collect()
}

/// Returns the text of `RULES.md`, and what is wrong with the list.
pub fn page(list: &str, tests: &[File], not_here: &str) -> (String, Vec<String>) {
    let mut page = HEAD.to_string();
    let mut wrong = Vec::new();
    let mut tests = tests_by_code(tests);
    let mut differences = differences_by_code(not_here);
    for (number, line) in list.lines().enumerate() {
        if let Some(title) = line.strip_prefix("## ") {
            let head = "| rule | | CPython | held by |\n|---|---|---|---|";
            let _ = write!(page, "\n## {title}\n\n{head}\n");
        } else if let Some(rule) = Rule::parse(line) {
            let held = tests.remove(rule.code).unwrap_or_default();
            let differs = differences.remove(rule.code).unwrap_or_default();
            wrong.extend(complaints(&rule, &held));
            let cells = cells(held, &rule, differs);
            let Rule {
                code,
                sentence,
                source,
                ..
            } = rule;
            let _ = writeln!(page, "| {code} | {sentence} | {source} | {cells} |");
        } else if !line.is_empty() && !line.starts_with("# ") {
            wrong.push(format!("tests/rules.txt:{}: not four fields", number + 1));
        }
    }
    let unknown = tests.into_iter().chain(differences);
    wrong.extend(unknown.map(|(code, links)| format!("{code} is no rule: {}", links.join(", "))));
    (page, wrong)
}

/// Returns the complaints about the tests that hold a rule, or about their absence.
fn complaints(rule: &Rule<'_>, held: &[String]) -> Vec<String> {
    let code = rule.code;
    if rule.beside.is_empty() {
        let none = held.is_empty();
        return Vec::from_iter(none.then(|| format!("{code}: neither a test nor a reason")));
    }
    if rule.beside.starts_with("none: ") {
        return Vec::new();
    }
    let named = rule.beside.split("; ").filter_map(listed::complaint);
    named
        .map(|complaint| format!("{code}: {complaint}"))
        .collect()
}

/// Returns the last column of a rule.
fn cells(mut held: Vec<String>, rule: &Rule<'_>, differs: Vec<String>) -> String {
    let more = held.len().saturating_sub(SHOWN);
    held.truncate(SHOWN);
    if more > 0 {
        held.push(format!("and {more} more"));
    }
    if rule.beside.starts_with("none: ") {
        held.push(rule.beside.to_string());
    } else if !rule.beside.is_empty() {
        held.extend(rule.beside.split("; ").map(|reference| {
            let (path, name) = reference.split_once("::").unwrap_or((reference, ""));
            let file = path.rsplit('/').next().unwrap_or_default();
            let shown = if name.is_empty() { file } else { name };
            format!("[`{shown}`]({path})")
        }));
    }
    held.extend(differs);
    held.join(", ")
}

#[cfg(test)]
mod tests {
    use super::page as page_of;
    use super::*;

    fn file(text: &str) -> File {
        File {
            path: "a/tests/b.rs".to_string(),
            text: text.to_string(),
        }
    }

    #[test]
    fn a_rule_is_a_row_with_its_tests_and_its_differences() {
        let list = "## Loop\nL01 | One. | be | \nL02 | Two. | be | none: no method";
        let tests = [file(
            "#[test]\nfn l01_one() {}\n    fn l01_also() {}\nfn l1_no() {}",
        )];
        let (page, wrong) = page_of(list, &tests, "### It's so, here (rule L02)\n");
        assert_eq!(wrong, Vec::<String>::new());
        let rows: Vec<&str> = page
            .lines()
            .filter(|line| line.starts_with("| L"))
            .collect();
        assert_eq!(
            rows,
            [
                "| L01 | One. | be | [`l01_one`](a/tests/b.rs), [`l01_also`](a/tests/b.rs) |",
                "| L02 | Two. | be | none: no method, differs: [It's so, here](NOT-HERE.md#its-so-here-rule-l02) |",
            ]
        );
    }

    #[test]
    fn what_is_missing_is_told() {
        let list = "L01 | One. | be |\nL02 | two\nL03 | Three. | be | a/tests/none.rs::x";
        let (_, wrong) = page_of(list, &[file("fn t09_x() {}")], "### Y (K01)\n");
        assert_eq!(wrong.len(), 5, "{wrong:#?}");
        for (complaint, part) in wrong.iter().zip(["L01", ":2:", "L03", "T09", "K01"]) {
            assert!(complaint.contains(part), "{complaint}");
        }
    }
}
