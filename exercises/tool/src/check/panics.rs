//! Reads the panics that a process printed.
//!
//! The problem: a test may cause panics on purpose, and the one that ended it is another one. The place of
//! a panic may be a line of the learner, of a test, of a lower floor, or of the standard library, which no
//! learner has written.
//!
//! ```text
//!   thread 'main' (7) panicked at src/lib.rs:5:9:      place: line 5 of the copy
//!   assertion `left == right` failed: 1 and 2          message
//!     left: 2                                          yours
//!    right: 3                                          expected
//! ```
//!
//! Invariant: a place that is shown exists, as a path from the root of the project.
//!
//! Read next: `check/report.rs`.

use std::path::Path;

use super::plain;

/// How many letters of a message are in the line.
const LONGEST: usize = 400;

/// Where the places of panics are.
#[derive(Clone, Copy, Debug)]
pub struct Places<'a> {
    /// The root of the project.
    pub root: &'a Path,
    /// The copy, from the root.
    pub copy: &'a str,
}

/// One panic that a process printed.
pub(super) struct Panic {
    place: Place,
    message: String,
}

/// The line of a panic.
#[derive(Debug, PartialEq, Eq)]
enum Place {
    /// In the text of the learner.
    Copy(String),
    /// In a test of the exercises.
    Tests(String),
    /// In a lower floor.
    Project(String),
    /// In the standard library, or in another crate.
    Outside(String),
}

impl Place {
    /// `printed` is what the process printed: a path, a line and a column.
    fn of(printed: &str, places: Places<'_>) -> Self {
        // Without the column.
        let mut parts = printed.trim().trim_end_matches(':').rsplitn(2, ':');
        parts.next();
        let place = parts.next().unwrap_or_default();
        let relative = place.strip_prefix("./").unwrap_or(place);
        if !relative.starts_with('/') && !relative.starts_with("library/") {
            let relative = plain(relative);
            let path = format!("{}/{relative}", places.copy);
            return match relative.starts_with("tests/") {
                true => Place::Tests(path),
                false => Place::Copy(path),
            };
        }
        let root = format!("{}/", places.root.display());
        match (place.strip_prefix(&root), place.find("library/")) {
            (Some(path), _) => Place::Project(path.to_string()),
            (None, Some(at)) => Place::Outside(format!("the standard library, {}", &place[at..])),
            (None, None) => Place::Outside(place.to_string()),
        }
    }

    fn path(&self) -> &str {
        match self {
            Place::Copy(path)
            | Place::Tests(path)
            | Place::Project(path)
            | Place::Outside(path) => path,
        }
    }
}

impl Panic {
    /// Returns all panics of an output, in order.
    pub(super) fn all(stderr: &str, places: Places<'_>) -> Vec<Self> {
        let mut panics = Vec::new();
        let mut lines = stderr.lines().peekable();
        while let Some(line) = lines.next() {
            let Some((_, place)) = line.split_once(" panicked at ") else {
                continue;
            };
            let mut message = Vec::new();
            let is_message = |line: &&str| {
                !["note: run with", "stack backtrace:"]
                    .iter()
                    .any(|end| line.starts_with(end))
                    && !line.contains(" panicked at ")
            };
            while let Some(line) = lines.next_if(is_message) {
                message.push(line);
            }
            message.truncate(8);
            panics.push(Panic {
                place: Place::of(place, places),
                message: message.join("\n"),
            });
        }
        panics
    }

    /// Returns the exercise whose body is not written, and its place.
    pub(super) fn unfinished(&self) -> Option<(String, String)> {
        let number = self.message.lines().next()?.strip_prefix("exercise ")?;
        let number = number.strip_suffix(" is unfinished")?;
        Some((number.to_string(), self.place.path().to_string()))
    }

    /// True if the panic is in the text of the learner.
    pub(super) fn is_own(&self) -> bool {
        matches!(self.place, Place::Copy(_))
    }

    /// True if the panic is neither in the text of the learner nor in a test.
    pub(super) fn is_foreign(&self) -> bool {
        matches!(self.place, Place::Project(_) | Place::Outside(_))
    }

    /// Returns the line of the learner that led to a foreign panic. `stderr` is
    /// the output of the same test with a stack trace.
    pub(super) fn caller(&self, stderr: &str, places: Places<'_>) -> Option<String> {
        let trace = stderr.rsplit("stack backtrace:").next()?;
        let frames = trace
            .lines()
            .filter_map(|line| line.trim().strip_prefix("at ./"));
        let mut frames = frames.map(|frame| Place::of(frame, places));
        match frames.next()? {
            Place::Copy(path) => Some(path),
            _ => None,
        }
    }

    /// Says the panic in one line. `caller` is the line of the learner that led to it.
    pub(super) fn line(&self, caller: Option<&str>) -> String {
        let mut said = self.said();
        if let Some((end, _)) = said.char_indices().nth(LONGEST) {
            said.replace_range(end.., " ..");
        }
        match (&self.place, caller) {
            (Place::Tests(_), _) => format!("fails: {said}"),
            (Place::Copy(place), _) | (Place::Project(place), None) => {
                format!("panics at {place}: {said}")
            }
            (Place::Project(place) | Place::Outside(place), Some(caller)) => {
                format!("panics at {caller}, in a call of {place}: {said}")
            }
            (Place::Outside(place), None) => format!("panics in {place}: {said}"),
        }
    }

    /// Returns the message. The two sides of a failed comparison follow it.
    fn said(&self) -> String {
        let mut lines = self.message.lines();
        let first = lines.next().unwrap_or_default();
        let Some((what, said)) = first
            .strip_prefix("assertion ")
            .and_then(|text| text.split_once(" failed"))
        else {
            return first.to_string();
        };
        let said = said.strip_prefix(": ").unwrap_or(first);
        let lines: Vec<&str> = lines.map(str::trim).collect();
        let side = |name: &str| lines.iter().find_map(|line| line.strip_prefix(name));
        let (Some(left), Some(right)) = (side("left: "), side("right: ")) else {
            return said.to_string();
        };
        // In the tests of the exercises, the left side is what the learner's text has made.
        match (&self.place, what) {
            (Place::Tests(_), "`left == right`") => {
                format!("{said} (yours: {left}, expected: {right})")
            }
            _ => format!("{said} (left: {left}, right: {right})"),
        }
    }
}
