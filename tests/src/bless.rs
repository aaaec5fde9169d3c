//! Committed outputs, and the command that writes them again.
//!
//! The problem: a document that shows the output of a program must show its real output.
//! So every run of the tests compares the text with the program's output. When the output
//! is meant to change, a program writes the text, not a person.
//!
//! Invariant: nothing is written unless the variable `BLESS` is set.
//!
//! Read next: `tests/it/examples.rs`.

use std::fs;

use crate::blessing;
use crate::repository::root;

/// Returns true if outputs are to be written instead of compared.
pub fn blessing() -> bool {
    blessing::blessing()
}

/// Compares the file at `path` with the text `should`, or writes it if [`blessing`].
/// Returns a complaint that names the first line that differs.
pub fn check(path: &str, should: &str) -> Option<String> {
    let file = root().join(path);
    let is = fs::read_to_string(&file)
        .unwrap_or_default()
        .replace("\r\n", "\n");
    if is == should {
        return None;
    }
    if blessing() {
        let written = fs::write(&file, should);
        return written
            .err()
            .map(|error| format!("{path} cannot be written: {error}"));
    }
    let same = is
        .lines()
        .zip(should.lines())
        .take_while(|(a, b)| a == b)
        .count();
    let line = |text: &str| text.lines().nth(same).unwrap_or("(the end)").to_string();
    Some(format!(
        "{path}:{}\n      is         {}\n      should be  {}",
        same + 1,
        line(&is),
        line(should)
    ))
}

#[cfg(test)]
#[path = "bless_tests.rs"]
mod tests;
