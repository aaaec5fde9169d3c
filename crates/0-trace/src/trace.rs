//! A whole trace: a line that names its version, then one line an event.
//!
//! The problem: a trace is kept in a file, and read by a program that was built
//! later. New verbs come, so the reader must know whether it knows them all. And
//! a line of a trace may leave out the number of a task that a line above it has
//! said. So a trace is written and read from its first line on, with a list of
//! the names so far.
//!
//! ```text
//!   # groundup-trace 1
//!          0.000      0  spawn      Task-1
//!          0.000      1  spawn      kettle        #2 by Task-1
//!          0.000      2  step       kettle
//! ```
//!
//! Invariants
//! 1. Reading what was written gives the same events.
//! 2. A later version adds words and changes none: a reader reads every version up
//!    to its own, and refuses the rest by its number.
//!
//! Read next: `sink.rs`, where events come from in the first place.

use alloc::string::ToString;
use alloc::vec::Vec;
use core::fmt::{self, Display, Formatter, Write};

use crate::event::Event;
use crate::names::Names;
use crate::reader::read_event;
use crate::text::Line;
use crate::words::{HEADER, ParseError, VERSION};

/// What a writer of a trace has to remember between two lines.
#[derive(Clone, Debug)]
pub(crate) struct Scribe(Names);

impl Scribe {
    /// Begins a trace.
    pub(crate) fn begin(out: &mut impl Write) -> (Self, fmt::Result) {
        let begun = writeln!(out, "{HEADER}{VERSION}");
        (Self(Names::of_a_writer()), begun)
    }

    /// Writes the next line.
    pub(crate) fn event(&mut self, event: &Event, out: &mut impl Write) -> fmt::Result {
        writeln!(out, "{}", Line(event, &self.0))?;
        self.0.note(event);
        Ok(())
    }
}

/// Why a text is not a trace: the line, and what is wrong with it.
///
/// ```
/// let error = groundup_trace::read_trace("# groundup-trace 1\n0.000 1 steps main\n").unwrap_err();
/// assert!(error.to_string().starts_with("line 2: found `steps`: write a verb"));
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceError {
    /// The number of the line, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub error: ParseError,
}

impl Display for TraceError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.error)
    }
}

impl core::error::Error for TraceError {}

/// Reads a whole trace, as a [`Recorder`](crate::Recorder) or [`Lines`](crate::Lines)
/// has written it. Empty lines are skipped.
///
/// # Errors
/// [`TraceError`] at the first line that is not of this format, or if it is of a later
/// version.
///
/// ```
/// use groundup_trace::{TaskId, read_trace};
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
