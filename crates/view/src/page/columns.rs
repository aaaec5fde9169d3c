//! Writes lists of numbers as JSON, short enough for a phone.
//!
//! ```text
//!   1000, 1001, 1001, 1003    ──►  1000,1,0,2         each less the one before
//!   2^60                      ──►  "1152921504606846976"
//! ```
//!
//! Invariant: a script reads each list back without error. It has no 64-bit integers, so a
//! larger number is a text.
//!
//! Read next: `perfetto.rs`.

use std::fmt::{Display, Write};

/// The largest integer that a script counts without error.
pub(super) const EXACT: u64 = 1 << 53;

/// Writes each number less the one before it. A number that a script would round is written
/// as a text, and is not counted as the one before.
pub(super) fn deltas(all: impl IntoIterator<Item = u64>) -> String {
    let mut before = 0;
    let delta = |number: u64| match number < EXACT {
        true => {
            let delta = number as i64 - before;
            before = number as i64;
            delta.to_string()
        }
        false => format!("\"{number}\""),
    };
    numbers(all.into_iter().map(delta))
}

/// Writes a number, as a text if a script would round it.
pub(super) fn exact(number: u64) -> String {
    match number < EXACT {
        true => number.to_string(),
        false => format!("\"{number}\""),
    }
}

/// Begins a list with a name.
pub(super) fn field(out: &mut String, name: &str) {
    let _ = write!(out, ",\"{name}\":[");
}

/// Writes a whole list with a name.
pub(super) fn field_end(out: &mut String, name: &str, numbers: String) {
    let _ = write!(out, ",\"{name}\":[{numbers}]");
}

/// Writes numbers with commas.
pub(super) fn numbers(numbers: impl IntoIterator<Item = impl Display>) -> String {
    let mut out = String::new();
    list(&mut out, numbers, |out, number| {
        let _ = write!(out, "{number}");
    });
    out
}

/// Writes a list with commas.
pub(super) fn list<T>(
    out: &mut String,
    items: impl IntoIterator<Item = T>,
    write: impl Fn(&mut String, T),
) {
    for (number, item) in items.into_iter().enumerate() {
        if number > 0 {
            out.push(',');
        }
        write(out, item);
    }
}
