//! How an event is written: one line, five columns.
//!
//! The line is the golden format of the whole repository. Tests compare it,
//! pictures are drawn from it, readers read it; so it must be exact (reading
//! it back gives the same event), stable, and still pleasant to look at.
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
//! 1. Columns begin at 0, 13, 21, 32 and 46. A field too long for its column
//!    pushes the rest of its line to the right; nothing is ever cut.
//! 2. A time is in seconds with at least three decimals, and as many more (up
//!    to nine) as it takes to be exact. No rounding, no floating point.
//! 3. No line break inside an event and no blank at the end of a line.
//! 4. A name stands bare if it can be told from the format's own words and
//!    signs; otherwise it stands in quotes, with escapes. `-` is "no task".
//!
//! Read next: `columns.rs`, which keeps the columns.

use core::fmt::{self, Display, Formatter, Write};

use crate::columns::{Columns, Seconds};
use crate::event::{Cause, Event, Outcome, PromiseOutcome, Verb, Wait};
use crate::names::{Form, NONE, Names};
use crate::task_id::TaskId;

/// The words with which a wait can begin; a name equal to one is quoted.
pub(crate) const WAIT_WORDS: [&str; 5] = ["nothing", "task", "timer", "outside", "several"];
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

/// An event as a line of a trace in which these names were said.
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
            (Verb::Spawn { by }, Some(task)) if names.is_said_by(task) => {
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

/// Writes the fifth column, if the verb has anything to put there.
fn details(verb: &Verb, names: &Names, line: &mut Columns<'_, '_>) -> fmt::Result {
    match verb {
        Verb::Spawn { by: Some(task) } | Verb::Cancel { by: Some(task) } => {
            line.fifth(format_args!("by {}", Who(task, names)))
        }
        Verb::Name { name } => line.fifth(format_args!("{}", Word(name))),
        Verb::Yield { on } => line.fifth(format_args!("on {}", On(on, names))),
        Verb::Wake { by } => line.fifth(format_args!("by {}", By(by, names))),
        Verb::Done { how } => line.fifth(format_args!("{how}")),
        Verb::Make { promise } => line.fifth(format_args!("{PROMISE}{promise}")),
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

/// A task, with its number unless that can be looked up.
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

/// What a task waits for.
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
            Wait::Other(what) => write!(f, "{}", Thing(what)),
        }
    }
}

/// What made a task ready.
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

/// The name of a task, behind which a number may stand: one with a `#` is quoted.
struct Bare<'a>(&'a str);

impl Display for Bare<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0.contains('#') {
            true => quoted(self.0, f),
            false => Word(self.0).fmt(f),
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
