//! Breaks the lines of a report that are too long to read.
//!
//! The problem: a report has one task a line. But names have any length, and a task may wait for several
//! things, each with its holder and its place. A terminal and a log cut or hide what stands behind
//! hundreds of characters, and that may be the cause.
//!
//! ```text
//!     Task-3 (spawned at ..) waits for several things: promise 1 (made at ..), which is not set;
//!       promise 2 ..
//! ```
//!
//! Invariant: nothing is left out. Only spaces and line breaks are added.
//!
//! Read next: `handles/deadlock/alike.rs`.

/// The largest number of characters of a line.
const LONGEST: usize = 480;

/// The beginning of each further line of a task.
const MARGIN: &str = "      ";

/// Breaks a line after a space, or else in the middle of a word, so that no part is too long.
pub(super) fn broken(line: String) -> String {
    // Bytes are as many as characters, or more.
    if line.len() <= LONGEST {
        return line;
    }
    let (mut text, mut rest) = (String::new(), line.as_str());
    let mut room = LONGEST;
    while let Some((end, _)) = rest.char_indices().nth(room) {
        let spaced = rest[..end].trim_end_matches(|c| c != ' ');
        let part = if spaced.trim().is_empty() {
            &rest[..end]
        } else {
            spaced
        };
        text = text + part + "\n" + MARGIN;
        rest = &rest[part.len()..];
        room = LONGEST - MARGIN.len();
    }
    text + rest
}
