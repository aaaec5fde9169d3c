//! Aligns the columns of a line, and writes times in seconds.
//!
//! The problem: people read a trace down its columns, and programs need every time
//! exactly. So a field begins in the same column on each line, unless the field before
//! it is too long. A time has as many decimals as it needs.
//!
//! ```text
//!          3.000      2  wake       kettle        by timer#1
//!   0.000000001       2  step       a name that is longer than its column  ..
//! ```
//!
//! Invariant: nothing is cut, and at least one blank stands between two fields.
//!
//! Read next: `text/visible.rs`, which escapes the characters of a name.

use core::fmt::{self, Display, Formatter, Write};

const NANOS: u64 = 1_000_000_000;

/// Displays a time in seconds: `3_000_000_000` is `3.000`, `1` is `0.000000001`.
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

/// A writer that counts its column in characters.
pub(crate) struct Columns<'a, 'b> {
    out: &'a mut Formatter<'b>,
    at: usize,
}

impl<'a, 'b> Columns<'a, 'b> {
    /// Begins a line.
    pub(crate) fn new(out: &'a mut Formatter<'b>) -> Self {
        Columns { out, at: 0 }
    }

    /// Writes blanks up to `column`, but at least two, so that two fields never touch.
    pub(crate) fn column(&mut self, column: usize) -> fmt::Result {
        let blanks = column.saturating_sub(self.at).max(2);
        write!(self, "{:blanks$}", "")
    }

    /// Writes the details, which are the fifth column.
    pub(crate) fn fifth(&mut self, text: fmt::Arguments<'_>) -> fmt::Result {
        self.column(46)?;
        self.write_fmt(text)
    }

    /// Writes `what` so that it ends in the column `end`, or at once if it is too long
    /// for that.
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

/// A writer that counts characters and drops them.
struct Width(usize);

impl Write for Width {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 += text.chars().count();
        Ok(())
    }
}
