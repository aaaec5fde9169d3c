//! Reads and writes whole traces: a version line, then one event a line.
//!
//! The problem: a trace is kept in a file, and a program of a later date reads it. New
//! verbs are added over time, so the reader must find out whether it knows all verbs of
//! the file. A line may also omit the number of a task if an earlier line gives it. So
//! the writer and the reader both start at the first line, and keep a list of the names
//! so far.
//!
//! ```text
//!   # groundup-trace 1
//!          0.000      0  spawn      Task-1
//!          0.000      1  spawn      kettle        #2 by Task-1
//!          0.000      2  step       kettle
//! ```
//!
//! Invariants
//! 1. Reading a written trace gives the same events.
//! 2. A later version adds words and changes none. A reader accepts every version up to
//!    its own, and refuses a later one by its number.
//!
//! Read next: `counts.rs`, the things that a loop holds now.

use alloc::string::ToString;
use alloc::vec::Vec;
use core::fmt::{self, Display, Formatter, Write};

use crate::event::Event;
use crate::text::line::Line;
use crate::text::names::Names;
use crate::text::reader::read_event;
use crate::text::words::{HEADER, ParseError, VERSION};

/// Writes the lines of one trace and remembers the names in them.
#[derive(Clone, Debug)]
pub(crate) struct Scribe(Names);

impl Scribe {
    /// Writes the version line. Returns the writer of the other lines, and whether
    /// `out` failed.
    pub(crate) fn begin(out: &mut impl Write) -> (Self, fmt::Result) {
        let begun = writeln!(out, "{HEADER}{VERSION}");
        (Self(Names::of_writer()), begun)
    }

    /// Writes the line of `event` and remembers the name it introduces.
    pub(crate) fn event(&mut self, event: &Event, out: &mut impl Write) -> fmt::Result {
        writeln!(out, "{}", Line(event, &self.0))?;
        self.0.note(event);
        Ok(())
    }
}

/// Says why a text is not a trace: the line, and its error.
///
/// ```
/// # mod groundup { pub use groundup_trace as trace; }
/// let error = groundup::trace::read_trace("# groundup-trace 1\n0.000 1 steps main\n").unwrap_err();
/// assert!(error.to_string().starts_with("line 2: found `steps`: write a verb"));
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceError {
    /// The number of the line, counted from 1.
    pub line: usize,
    /// The error in that line.
    pub error: ParseError,
}

impl Display for TraceError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.error)
    }
}

impl core::error::Error for TraceError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        Some(&self.error)
    }
}

/// Reads a whole trace as a [`Recorder`](crate::Recorder) or [`TextSink`](crate::TextSink)
/// wrote it. Skips empty lines.
///
/// # Errors
/// Returns [`TraceError`] for the first line that is not of this format, or if the
/// trace has a later version.
///
/// ```
/// # mod groundup { pub use groundup_trace as trace; }
/// use groundup::trace::{TaskId, read_trace};
///
/// let events = read_trace(
///     "# groundup-trace 1
///        0.000      1  spawn      kettle        #2 by Task-1
///        0.000      2  step       kettle",
/// )?;
/// assert_eq!(events[1].task, Some(TaskId::new(2, "kettle")));
///
/// let error = read_trace("# groundup-trace 99").unwrap_err();
/// assert!(error.to_string().ends_with("a later one takes a later reader"));
/// # Ok::<(), groundup_trace::TraceError>(())
/// ```
pub fn read_trace(text: &str) -> Result<Vec<Event>, TraceError> {
    let lines = (1..).zip(text.lines());
    let mut lines = lines.filter(|(_, line)| !line.trim().is_empty());
    let (line, first) = lines.next().unwrap_or((1, ""));
    let version = first.trim().strip_prefix(HEADER);
    let version = version.and_then(|version| version.parse::<u32>().ok());
    if version.is_none_or(|version| version == 0 || version > VERSION) {
        let found = first.trim().to_string();
        let error = ParseError::Version { found };
        return Err(TraceError { line, error });
    }
    let (mut names, mut events) = (Names::default(), Vec::new());
    for (line, text) in lines {
        let event = read_event(text, &names).map_err(|error| TraceError { line, error })?;
        names.note(&event);
        events.push(event);
    }
    Ok(events)
}
