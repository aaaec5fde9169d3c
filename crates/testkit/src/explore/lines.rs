//! Compares two traces, line by line.
//!
//! The problem: a failing schedule is run twice, and its traces must be equal to the last line. A trace
//! that is the beginning of another one is a difference, too: a late callback, or a leak that grows.
//!
//! Invariant: equal texts have no difference, and no others.
//!
//! Read next: `explore/watchdog.rs`.

/// Returns the first two lines that differ. A text that has ended goes on with `the end`.
pub(crate) fn unequal_lines<'a>(one: &'a str, other: &'a str) -> Option<(&'a str, &'a str)> {
    let (mut one, mut other) = (one.lines(), other.lines());
    loop {
        let (before, after) = (one.next(), other.next());
        if before != after {
            return Some(
                [before, after]
                    .map(|line| line.map_or("the end", str::trim))
                    .into(),
            );
        }
        before?;
    }
}
