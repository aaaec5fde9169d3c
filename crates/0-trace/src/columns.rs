//! Columns and times: where a field begins, and how seconds are written.
//!
//! The problem: a trace is read by people, who look down a column, and by programs,
//! which want every time exactly. So a field begins where the one above it does,
//! unless the one before it is too long, and a time has the decimals that it needs.
//!
//! ```text
//!          3.000      2  wake       kettle        by timer#1
//!   0.000000001       2  step       a name that is longer than its column  ..
//! ```
//!
//! Invariant: nothing is cut, and two fields are never written as one.
//!
//! Read next: `names.rs`, when a task's number can be left out.

use core::fmt::{self, Display, Formatter, Write};

const NANOS: u64 = 1_000_000_000;

/// A time in seconds: `3_000_000_000` is `3.000`, `1` is `0.000000001`.
pub(crate) struct Seconds(pub(crate) u64);

impl Display for Seconds {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (mut fraction, mut digits) = (self.0 % NANOS, 9);
        while digits > 3 && fraction % 10 == 0 {
            fraction /= 10;
            digits -= 1;
        }
        write!(f, "{}.{fraction:0digits$}", self.0 / NANOS)
    }
}

/// A writer that knows in which column it stands, counted in characters.
pub(crate) struct Columns<'a, 'b> {
    out: &'a mut Formatter<'b>,
    at: usize,
}

impl<'a, 'b> Columns<'a, 'b> {
    /// Begins a line.
    pub(crate) fn new(out: &'a mut Formatter<'b>) -> Self {
        Columns { out, at: 0 }
    }

    /// Moves to the column, or by two blanks where the line is already there
    /// or beyond, so that two fields always look apart.
    pub(crate) fn column(&mut self, column: usize) -> fmt::Result {
        let blanks = column.saturating_sub(self.at).max(2);
        write!(self, "{:blanks$}", "")
    }

    /// Writes the last column.
    pub(crate) fn fifth(&mut self, text: fmt::Arguments<'_>) -> fmt::Result {
        self.column(46)?;
        self.write_fmt(text)
    }

    /// Writes `what` so that it ends in the column `end`, if it is that short.
    pub(crate) fn right_aligned(&mut self, end: usize, what: Seconds) -> fmt::Result {
        let mut width = Width(0);
        write!(width, "{what}")?;
        write!(
            self,
            "{:blanks$}{what}",
            "",
            blanks = end.saturating_sub(self.at + width.0)
        )
    }
}

impl Write for Columns<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.at += text.chars().count();
        self.out.write_str(text)
    }
}

/// A writer that only counts.
struct Width(usize);

impl Write for Width {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 += text.chars().count();
        Ok(())
    }
}
