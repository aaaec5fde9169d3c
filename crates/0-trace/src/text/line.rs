//! Writes an event as one line of five columns.
//!
//! Tests compare these lines, programs draw pictures from them, and people read them.
//! So a line must be exact (reading it back gives the same event), stable, and easy to
//! read.
//!
//! ```text
//!        time  iter.  verb       task          details
//!        0.000      1  spawn      kettle        #2 by Task-1
//!        0.000      1  step       kettle
//!        0.000      1  yield      kettle        on timer at 3.000
//!        0.000      1  park       -             until 3.000
//!        3.000      2  fire       -             timer#1
//! ```
//!
//! Invariants
//! 1. Columns begin at 0, 13, 21, 32 and 46. A field too long for its column pushes the
//!    rest of its line to the right; nothing is ever cut.
//! 2. A time is in seconds and has at least three decimals. It has more of them, up to
//!    nine, if it needs them to be exact. Nothing is rounded, and no floating point is
//!    used.
//! 3. An event has no line break and no hidden character, and its line does not end in
//!    a blank.
//! 4. A name stands bare if it cannot be mistaken for a word or a sign of the format.
//!    Any other name stands in quotes, with escapes. `-` means "no task".
//!
//! Read next: `text/columns.rs`, which aligns the columns.

use core::fmt::{self, Display, Formatter, Write};

use crate::event::{Cause, Event, Outcome, PromiseOutcome, Verb, Wait};
use crate::task_id::TaskId;
use crate::text::columns::{Columns, Seconds};
use crate::text::names::{Form, NONE, Names};
use crate::text::visible::{is_hidden, write_escaped};

/// The words with which a wait can begin; a name equal to one of them is quoted.
pub(crate) const WAIT_WORDS: [&str; 6] = ["nothing", "task", "timer", "outside", "several", IO];
pub(crate) const IO: &str = "io";
pub(crate) const PROMISE: &str = "promise#";
pub(crate) const TIMER: &str = "timer#";
pub(crate) const CALLBACK: &str = "callback#";

impl Display for Event {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Line(self, NONE).fmt(f)
    }
}

impl Display for TaskId {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Who(self, NONE).fmt(f)
    }
}

impl Display for Wait {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        On(self, NONE).fmt(f)
    }
}

impl Display for Cause {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        By(self, NONE).fmt(f)
    }
}

impl Verb {
    /// Returns the word that stands in the third column of a trace line.
    ///
    /// ```
    /// # mod groundup { pub use groundup_trace as trace; }
    /// assert_eq!(groundup::trace::Verb::Step.word(), "step");
    /// ```
    pub fn word(&self) -> &'static str {
        match self {
            Self::Spawn { .. } => "spawn",
            Self::Name { .. } => "name",
            Self::Step => "step",
            Self::Yield { .. } => "yield",
            Self::Wake { .. } => "wake",
            Self::Unpolled { .. } => "unpolled",
            Self::Done { .. } => "done",
            Self::Cancel { .. } => "cancel",
            Self::Make { .. } => "make",
            Self::Set { .. } => "set",
            Self::Call { .. } => "call",
            Self::Run { .. } => "run",
            Self::Drop { .. } => "drop",
            Self::Arm { .. } => "arm",
            Self::Fire { .. } => "fire",
            Self::Disarm { .. } => "disarm",
            Self::Iteration => "iteration",
            Self::Park { .. } => "park",
            Self::Raise { .. } => "raise",
        }
    }
}

/// Displays an event as a line of a trace; the list holds the names of the earlier
/// lines.
pub(crate) struct Line<'a>(pub(crate) &'a Event, pub(crate) &'a Names);

impl Display for Line<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Line(event, names) = *self;
        let mut line = Columns::new(f);
        line.right_aligned(12, Seconds(event.time))?;
        write!(line, " {:>6}", event.iteration)?;
        line.column(21)?;
        line.write_str(event.verb.word())?;
        line.column(32)?;
        match (&event.verb, &event.task) {
            (_, None) => line.write_str("-")?,
            (Verb::Spawn { by }, Some(task)) if names.introduces(task) => {
                write!(line, "{}", Bare(&task.name))?;
                line.fifth(format_args!("#{}", task.number))?;
                return match by {
                    Some(by) => write!(line, " by {}", Who(by, names)),
                    None => Ok(()),
                };
            }
            (_, Some(task)) => write!(line, "{}", Who(task, names))?,
        }
        details(&event.verb, names, &mut line)
    }
}

/// Writes the fifth column, if the event has details.
fn details(verb: &Verb, names: &Names, line: &mut Columns<'_, '_>) -> fmt::Result {
    match verb {
        Verb::Spawn { by: Some(task) } | Verb::Cancel { by: Some(task) } => {
            line.fifth(format_args!("by {}", Who(task, names)))
        }
        Verb::Name { name } => line.fifth(format_args!("{}", Word(name))),
        Verb::Yield { on } => line.fifth(format_args!("on {}", On(on, names))),
        Verb::Wake { by } => line.fifth(format_args!("by {}", By(by, names))),
        Verb::Done { how } => line.fifth(format_args!("{how}")),
        Verb::Make { promise } | Verb::Unpolled { promise } => {
            line.fifth(format_args!("{PROMISE}{promise}"))
        }
        Verb::Set { promise, how } => line.fifth(format_args!("{PROMISE}{promise} {how}")),
        Verb::Call { callback } | Verb::Run { callback } | Verb::Drop { callback } => {
            line.fifth(format_args!("{CALLBACK}{callback}"))
        }
        Verb::Arm { timer, at } => line.fifth(format_args!("{TIMER}{timer} at {}", Seconds(*at))),
        Verb::Fire { timer } | Verb::Disarm { timer } => line.fifth(format_args!("{TIMER}{timer}")),
        Verb::Park { until: Some(at) } => line.fifth(format_args!("until {}", Seconds(*at))),
        Verb::Raise { what } => line.fifth(format_args!("{}", Word(what))),
        Verb::Spawn { by: None } | Verb::Cancel { by: None } | Verb::Park { until: None } => Ok(()),
        Verb::Step | Verb::Iteration => Ok(()),
    }
}

/// Displays a task, with its number unless the list gives it.
struct Who<'a>(&'a TaskId, &'a Names);

impl Display for Who<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Who(task, names) = *self;
        Bare(&task.name).fmt(f)?;
        match names.form(task) {
            Form::Bare => Ok(()),
            Form::Full => write!(f, "#{}", task.number),
        }
    }
}

/// Displays the thing that a task waits for.
struct On<'a>(&'a Wait, &'a Names);

impl Display for On<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let On(wait, names) = *self;
        match wait {
            Wait::Nothing => f.write_str("nothing"),
            Wait::Task(task) => write!(f, "task {}", Who(task, names)),
            Wait::Promise(number) => write!(f, "{PROMISE}{number}"),
            Wait::Timer { at } => write!(f, "timer at {}", Seconds(*at)),
            Wait::Outside => f.write_str("outside"),
            Wait::Several => f.write_str("several"),
            Wait::Held { what, by: None } => write!(f, "{} held", Thing(what)),
            Wait::Held {
                what,
                by: Some(task),
            } => write!(f, "{} held by {}", Thing(what), Who(task, names)),
            Wait::Io(what) => write!(f, "{IO} {}", Word(what)),
            Wait::Other(what) => write!(f, "{}", Thing(what)),
        }
    }
}

/// Displays the cause that made a task ready.
struct By<'a>(&'a Cause, &'a Names);

impl Display for By<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let By(cause, names) = *self;
        match cause {
            Cause::Itself => f.write_str("itself"),
            Cause::Task(task) => write!(f, "task {}", Who(task, names)),
            Cause::Promise(number) => write!(f, "{PROMISE}{number}"),
            Cause::Timer(number) => write!(f, "{TIMER}{number}"),
            Cause::Callback(number) => write!(f, "{CALLBACK}{number}"),
            Cause::Cancel => f.write_str("cancel"),
            Cause::Io(what) => write!(f, "{IO} {}", Word(what)),
            Cause::Thread => f.write_str("thread"),
            Cause::Outside => f.write_str("outside"),
        }
    }
}

impl Display for Outcome {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Returned => "returned",
            Self::Cancelled => "cancelled",
            Self::Panicked => "panicked",
            Self::Dropped => "dropped",
        })
    }
}

impl Display for PromiseOutcome {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fulfilled => "fulfilled",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Dropped => "dropped",
        })
    }
}

/// Displays a name: bare if it cannot be mistaken, else in quotes.
struct Word<'a>(&'a str);

impl Display for Word<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let plain = |c: char| !c.is_whitespace() && !is_hidden(c) && c != '"';
        if !self.0.is_empty() && self.0 != "-" && self.0.chars().all(plain) {
            f.write_str(self.0)
        } else {
            quoted(self.0, f)
        }
    }
}

/// Displays the name of a task: in quotes if it contains `#`, because a number may
/// follow it.
struct Bare<'a>(&'a str);

impl Display for Bare<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0.contains('#') {
            true => quoted(self.0, f),
            false => Word(self.0).fmt(f),
        }
    }
}

/// Displays the name of an awaited thing: in quotes if it looks like another kind of
/// wait.
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

/// Writes a name in quotes. Escapes quotes, backslashes, hidden characters and all
/// blanks but the space; writes every other character as it is.
fn quoted(text: &str, f: &mut Formatter<'_>) -> fmt::Result {
    f.write_char('"')?;
    for c in text.chars() {
        match c {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            ' ' => f.write_char(' ')?,
            c if is_hidden(c) || c.is_whitespace() => write_escaped(c, f)?,
            c => f.write_char(c)?,
        }
    }
    f.write_char('"')
}
