//! How an event is written: one line, five columns.
//!
//! The line is the golden format of the whole repository. Tests compare it,
//! pictures are drawn from it, readers read it; so it must be exact (reading
//! it back gives the same event), stable, and still pleasant to look at.
//!
//! ```text
//!        time  iter.  verb       task          details
//!        0.000      1  spawn      kettle        by main
//!        0.000      1  step       kettle
//!        0.000      1  yield      kettle        on timer at 3.000
//!        0.000      1  park       -             until 3.000
//!        3.000      2  fire       -             timer#1
//! ```
//!
//! Invariants
//! 1. Columns begin at 0, 13, 21, 32 and 46. A field too long for its column
//!    pushes the rest of its line to the right; nothing is ever cut.
//! 2. A time is in seconds with at least three decimals, and as many more (up
//!    to nine) as it takes to be exact. No rounding, no floating point.
//! 3. No line break inside an event and no blank at the end of a line.
//! 4. A name stands bare if it can be told from the format's own words and
//!    signs; otherwise it stands in quotes, with escapes. `-` is "no task".
//!
//! Read next: `reader.rs`, which reads the line back.

use core::fmt::{self, Display, Formatter, Write};

use crate::event::{Cause, Event, Outcome, Verb, Wait};

/// The words with which a wait can begin; a name equal to one is quoted.
pub(crate) const WAIT_WORDS: [&str; 5] = ["nothing", "task", "timer", "outside", "several"];
pub(crate) const PROMISE: &str = "promise#";
pub(crate) const TIMER: &str = "timer#";
const NANOS: u64 = 1_000_000_000;

impl Display for Event {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut line = Columns { out: f, at: 0 };
        line.right_aligned(12, Seconds(self.time))?;
        write!(line, " {:>6}", self.iteration)?;
        line.column(21)?;
        line.write_str(self.verb.word())?;
        line.column(32)?;
        match &self.task {
            Some(name) => write!(line, "{}", Word(name))?,
            None => line.write_str("-")?,
        }
        details(&self.verb, &mut line)
    }
}

/// Writes the fifth column, if the verb has anything to put there.
fn details(verb: &Verb, line: &mut Columns<'_, '_>) -> fmt::Result {
    match verb {
        Verb::Spawn { by: Some(name) } | Verb::Cancel { by: Some(name) } => {
            line.fifth(format_args!("by {}", Word(name)))
        }
        Verb::Yield { on } => line.fifth(format_args!("on {on}")),
        Verb::Wake { by } => line.fifth(format_args!("by {by}")),
        Verb::Done { how } => line.fifth(format_args!("{how}")),
        Verb::Arm { timer, at } => line.fifth(format_args!("{TIMER}{timer} at {}", Seconds(*at))),
        Verb::Fire { timer } | Verb::Disarm { timer } => line.fifth(format_args!("{TIMER}{timer}")),
        Verb::Park { until: Some(at) } => line.fifth(format_args!("until {}", Seconds(*at))),
        Verb::Raise { what } => line.fifth(format_args!("{}", Word(what))),
        Verb::Spawn { by: None } | Verb::Cancel { by: None } | Verb::Park { until: None } => Ok(()),
        Verb::Step | Verb::Iteration => Ok(()),
    }
}

impl Display for Wait {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("nothing"),
            Self::Task(name) => write!(f, "task {}", Word(name)),
            Self::Promise(number) => write!(f, "{PROMISE}{number}"),
            Self::Timer { at } => write!(f, "timer at {}", Seconds(*at)),
            Self::Outside => f.write_str("outside"),
            Self::Several => f.write_str("several"),
            Self::Held { what, by: None } => write!(f, "{} held", Thing(what)),
            Self::Held {
                what,
                by: Some(who),
            } => write!(f, "{} held by {}", Thing(what), Word(who)),
            Self::Other(what) => write!(f, "{}", Thing(what)),
        }
    }
}

impl Display for Cause {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Itself => f.write_str("itself"),
            Self::Task(name) => write!(f, "task {}", Word(name)),
            Self::Promise(number) => write!(f, "{PROMISE}{number}"),
            Self::Timer(number) => write!(f, "{TIMER}{number}"),
            Self::Callback => f.write_str("callback"),
            Self::Cancel => f.write_str("cancel"),
            Self::Thread => f.write_str("thread"),
            Self::Outside => f.write_str("outside"),
        }
    }
}

impl Display for Outcome {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Returned => "returned",
            Self::Cancelled => "cancelled",
            Self::Panicked => "panicked",
        })
    }
}

/// A time in seconds: `3_000_000_000` is `3.000`, `1` is `0.000000001`.
struct Seconds(u64);

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

/// A name: bare where that is unmistakable, quoted otherwise.
struct Word<'a>(&'a str);

impl Display for Word<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let plain = |c: char| !c.is_whitespace() && !c.is_control() && c != '"';
        if !self.0.is_empty() && self.0 != "-" && self.0.chars().all(plain) {
            f.write_str(self.0)
        } else {
            quoted(self.0, f)
        }
    }
}

/// The name of a thing waited for: must not look like another kind of wait.
struct Thing<'a>(&'a str);

impl Display for Thing<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if WAIT_WORDS.contains(&self.0) || self.0.starts_with(PROMISE) {
            quoted(self.0, f)
        } else {
            Word(self.0).fmt(f)
        }
    }
}

/// Quotes, backslashes, control characters and odd blanks are escaped; every
/// other character stands as it is.
fn quoted(text: &str, f: &mut Formatter<'_>) -> fmt::Result {
    f.write_char('"')?;
    for c in text.chars() {
        match c {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\t' => f.write_str("\\t")?,
            ' ' => f.write_char(' ')?,
            c if c.is_control() || c.is_whitespace() => write!(f, "\\u{{{:x}}}", u32::from(c))?,
            c => f.write_char(c)?,
        }
    }
    f.write_char('"')
}

/// A writer that knows in which column it stands, counted in characters.
struct Columns<'a, 'b> {
    out: &'a mut Formatter<'b>,
    at: usize,
}

impl Columns<'_, '_> {
    /// Moves to the column, or by two blanks where the line is already there
    /// or beyond, so that two fields always look apart.
    fn column(&mut self, column: usize) -> fmt::Result {
        let blanks = column.saturating_sub(self.at).max(2);
        write!(self, "{:blanks$}", "")
    }

    /// Writes the last column.
    fn fifth(&mut self, text: fmt::Arguments<'_>) -> fmt::Result {
        self.column(46)?;
        self.write_fmt(text)
    }

    /// Writes `what` so that it ends in the column `end`, if it is that short.
    fn right_aligned(&mut self, end: usize, what: Seconds) -> fmt::Result {
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
