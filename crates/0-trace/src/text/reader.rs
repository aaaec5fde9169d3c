//! Reads a line of a trace back into its event.
//!
//! Another program can compare, filter, draw and replay a trace only if it can read the
//! lines back. The reader is lenient about blanks, so a line that is pasted into a test
//! keeps its meaning. It is strict about everything else.
//!
//! Invariants
//! 1. For every event `e`, reading the `Display` form of `e` gives `e` again.
//! 2. A line that is not an event is refused; the error quotes the word at fault and
//!    names the words that may stand there. No input causes a panic.
//! 3. A quoted word is always a name. A bare word that is a word of the format is read
//!    as that word, not as a name.
//!
//! Read next: `text/words.rs`, which takes the line apart.

use core::str::FromStr;

use crate::event::{Cause, Event, Outcome, PromiseOutcome, Verb, Wait};
use crate::task_id::TaskId;
use crate::text::line::{CALLBACK, IO, PROMISE, TIMER};
use crate::text::names::{NONE, Names};
use crate::text::words::{ParseError, Token, Words};

impl Event {
    /// Reads one line in the `Display` form of an event, as `line.parse()` does.
    ///
    /// # Errors
    /// Returns [`ParseError`] if the line is not an event.
    ///
    /// ```
    /// # mod groundup { pub use groundup_trace as trace; }
    /// use groundup::trace::{Event, Verb};
    ///
    /// let event = Event::parse("3.000 2 fire - timer#1")?;
    /// assert_eq!(event.verb, Verb::Fire { timer: 1 });
    ///
    /// let error = Event::parse("3.000 2 explode -").unwrap_err();
    /// assert!(error.to_string().starts_with("found `explode`: write a verb"));
    /// # Ok::<(), groundup_trace::ParseError>(())
    /// ```
    pub fn parse(line: &str) -> Result<Self, ParseError> {
        line.parse()
    }
}

impl FromStr for Event {
    type Err = ParseError;

    fn from_str(line: &str) -> Result<Self, ParseError> {
        read_event(line, NONE)
    }
}

/// Reads a line of a trace; `names` holds the names of the earlier lines.
pub(crate) fn read_event(line: &str, names: &Names) -> Result<Event, ParseError> {
    let mut words = Words::split(line)?;
    let time = words.time("a time in seconds, such as 0.250")?;
    let iteration = words.number("", "the number of an iteration")?;
    let verb = words.take("a verb")?;
    let task = words.take("a task's name, or -")?;
    let mut task = match task.keyword() {
        "-" => None,
        _ => Some(words.task_of(task, names)?),
    };
    let verb = match verb.keyword() {
        "spawn" => read_spawn(task.as_mut(), names, &mut words)?,
        _ => read_verb(verb, names, &mut words)?,
    };
    words.end()?;
    Ok(Event {
        time,
        iteration,
        task,
        verb,
    })
}

const VERBS: &str = "a verb (spawn name step yield wake unpolled done cancel make set call run drop arm \
                     fire disarm iteration park raise)";
const SOURCES: &str = "the name of a socket or another source";
const TIMERS: &str = "a timer, such as timer#1";
const PROMISES: &str = "a promise, such as promise#1";

/// Reads a spawn, whose line may give the number of its task for all following lines.
fn read_spawn(
    task: Option<&mut TaskId>,
    names: &Names,
    words: &mut Words,
) -> Result<Verb, ParseError> {
    if let Some(task) = task.filter(|task| task.number == 0)
        && let Some(number) = words.introduced()?
    {
        task.number = number;
    }
    words.by(names).map(|by| Verb::Spawn { by })
}

/// Reads the details of any verb other than `spawn`.
fn read_verb(verb: Token, names: &Names, words: &mut Words) -> Result<Verb, ParseError> {
    match verb.keyword() {
        "name" => {
            let name = words.take("the task's new name")?.text.into();
            Ok(Verb::Name { name })
        }
        "step" => Ok(Verb::Step),
        "yield" => {
            words.keyword("on", "`on` and what the task waits for")?;
            read_wait(names, words).map(|on| Verb::Yield { on })
        }
        "wake" => {
            words.keyword("by", "`by` and what woke the task")?;
            read_cause(names, words).map(|by| Verb::Wake { by })
        }
        "done" => read_outcome(words).map(|how| Verb::Done { how }),
        "cancel" => words.by(names).map(|by| Verb::Cancel { by }),
        "unpolled" => {
            let promise = words.number(PROMISE, PROMISES)?;
            Ok(Verb::Unpolled { promise })
        }
        "make" => {
            let promise = words.number(PROMISE, PROMISES)?;
            Ok(Verb::Make { promise })
        }
        "set" => {
            let promise = words.number(PROMISE, PROMISES)?;
            read_promise_outcome(words).map(|how| Verb::Set { promise, how })
        }
        "call" | "run" | "drop" => read_callback_verb(verb.keyword(), words),
        "iteration" => Ok(Verb::Iteration),
        "raise" => {
            let what = words.take("what was raised")?.text.into();
            Ok(Verb::Raise { what })
        }
        "arm" | "fire" | "disarm" | "park" => read_time_verb(verb.keyword(), words),
        _ => Err(verb.unexpected(VERBS)),
    }
}

/// Reads the verbs of callbacks: call, run, drop.
fn read_callback_verb(verb: &str, words: &mut Words) -> Result<Verb, ParseError> {
    let callback = words.number(CALLBACK, "a callback, such as callback#1")?;
    Ok(match verb {
        "call" => Verb::Call { callback },
        "run" => Verb::Run { callback },
        _ => Verb::Drop { callback },
    })
}

/// Reads the verbs of time: arm, fire, disarm, park.
fn read_time_verb(verb: &str, words: &mut Words) -> Result<Verb, ParseError> {
    if verb == "park" {
        if words.is_empty() {
            return Ok(Verb::Park { until: None });
        }
        words.keyword("until", "`until` and a time, or nothing")?;
        let until = Some(words.time("a time in seconds")?);
        return Ok(Verb::Park { until });
    }
    let timer = words.number(TIMER, TIMERS)?;
    match verb {
        "fire" => Ok(Verb::Fire { timer }),
        "disarm" => Ok(Verb::Disarm { timer }),
        _ => {
            words.keyword("at", "`at` and a time")?;
            let at = words.time("the time the timer is due")?;
            Ok(Verb::Arm { timer, at })
        }
    }
}

fn read_wait(names: &Names, words: &mut Words) -> Result<Wait, ParseError> {
    let first = words.take("what the task waits for")?;
    Ok(match first.keyword() {
        "nothing" => Wait::Nothing,
        "task" => Wait::Task(words.task(names)?),
        "timer" => {
            words.keyword("at", "`at` and a time")?;
            Wait::Timer {
                at: words.time("a time in seconds")?,
            }
        }
        "outside" => Wait::Outside,
        "several" => Wait::Several,
        IO => Wait::Io(words.take(SOURCES)?.text.into()),
        word if word.starts_with(PROMISE) => Wait::Promise(first.number(PROMISE, PROMISES)?),
        _ if words.is_empty() => Wait::Other(first.text.into()),
        _ => {
            words.keyword("held", "`held`, or nothing")?;
            Wait::Held {
                what: first.text.into(),
                by: words.by(names)?,
            }
        }
    })
}

fn read_cause(names: &Names, words: &mut Words) -> Result<Cause, ParseError> {
    const CAUSES: &str = "a cause (itself, task NAME, promise#1, timer#1, callback#1, cancel, io NAME, thread, \
         outside)";
    let first = words.take(CAUSES)?;
    Ok(match first.keyword() {
        "itself" => Cause::Itself,
        "task" => Cause::Task(words.task(names)?),
        "cancel" => Cause::Cancel,
        "thread" => Cause::Thread,
        IO => Cause::Io(words.take(SOURCES)?.text.into()),
        "outside" => Cause::Outside,
        word if word.starts_with(PROMISE) => Cause::Promise(first.number(PROMISE, CAUSES)?),
        word if word.starts_with(TIMER) => Cause::Timer(first.number(TIMER, CAUSES)?),
        word if word.starts_with(CALLBACK) => Cause::Callback(first.number(CALLBACK, CAUSES)?),
        _ => return Err(first.unexpected(CAUSES)),
    })
}

fn read_outcome(words: &mut Words) -> Result<Outcome, ParseError> {
    const OUTCOMES: &str = "returned, cancelled, panicked or dropped";
    let word = words.take(OUTCOMES)?;
    match word.keyword() {
        "returned" => Ok(Outcome::Returned),
        "cancelled" => Ok(Outcome::Cancelled),
        "panicked" => Ok(Outcome::Panicked),
        "dropped" => Ok(Outcome::Dropped),
        _ => Err(word.unexpected(OUTCOMES)),
    }
}

fn read_promise_outcome(words: &mut Words) -> Result<PromiseOutcome, ParseError> {
    const OUTCOMES: &str = "fulfilled, failed, cancelled or dropped";
    let word = words.take(OUTCOMES)?;
    match word.keyword() {
        "fulfilled" => Ok(PromiseOutcome::Fulfilled),
        "failed" => Ok(PromiseOutcome::Failed),
        "cancelled" => Ok(PromiseOutcome::Cancelled),
        "dropped" => Ok(PromiseOutcome::Dropped),
        _ => Err(word.unexpected(OUTCOMES)),
    }
}
