//! Tests that a document names.
//!
//! The problem: a document that says "this is held by a test" is right only while the
//! test exists, and tests are renamed. A reference is `path::name` in backticks, of a
//! test or of a recorded scenario of parity; a path alone is a file that must not compile.
//!
//! Invariant: a reference that is accepted names something `cargo test` runs.
//!
//! Read next: `tests/it/documents.rs`.

use crate::repository::root;

/// Returns why the reference names no test; `None` if it names one.
pub fn complaint(reference: &str) -> Option<String> {
    let (path, name) = match reference.split_once("::") {
        Some((path, name)) => (path, Some(name)),
        None => (reference, None),
    };
    let Ok(text) = std::fs::read_to_string(root().join(path)) else {
        return Some(format!("{reference}: there is no file {path}"));
    };
    match name {
        None => {
            let errors = root().join(path).with_extension("stderr");
            (!path.contains("/ui/") || !errors.is_file())
                .then(|| format!("{reference}: neither a test nor a file that must not compile"))
        }
        Some(name) if path.ends_with(".scn") => {
            let head = format!("scenario {name}");
            (!text.lines().any(|line| line == head))
                .then(|| format!("{reference}: no scenario {name} in {path}"))
        }
        Some(name) if is_test(&text, name) || is_in_list(&text, name) => None,
        Some(name) => Some(format!("{reference}: no test {name} in {path}")),
    }
}

/// Returns true if `name` is in the list `tests! { .. }` of a program without a harness.
fn is_in_list(text: &str, name: &str) -> bool {
    let list = text.split_once("\ntests! {\n");
    let entries = list.map_or("", |(_, list)| list.split('}').next().unwrap_or_default());
    let mut entries = entries
        .lines()
        .map(|line| line.trim().trim_end_matches(','));
    entries.any(|entry| entry == name)
}

/// Returns true if `name` is a function that runs as a test.
fn is_test(text: &str, name: &str) -> bool {
    let head = format!("fn {name}(");
    let mut attributed = false;
    for line in text.lines().map(str::trim_start) {
        if line.starts_with(&head) {
            return attributed;
        }
        if line.starts_with("#[test]") {
            attributed = true;
        } else if line.starts_with("#[ignore") || line.starts_with("fn ") || line == "}" {
            attributed = false;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tests_are_tests() {
        let text = "#[test]\n/// Why.\nfn one() {}\n\nfn two() {}\n#[test]\n#[ignore]\nfn three() {}\n\
             #[test]\nfn five() {}\n";
        assert!(is_test(text, "one"));
        assert!(!is_test(text, "two"));
        assert!(!is_test(text, "three"));
        assert!(!is_test(text, "four"));
        assert!(is_test(text, "five"), "after one that is ignored");
    }

    #[test]
    fn a_program_without_a_harness_lists_its_tests() {
        let text = "fn one() {}\nfn two() {}\n\ntests! {\n    one,\n}\n\nfn three() {}\n";
        assert!(is_in_list(text, "one"));
        assert!(!is_in_list(text, "two"));
        assert!(!is_in_list(text, "three"));
        assert!(!is_in_list("fn one() {}\n", "one"));
    }
}
