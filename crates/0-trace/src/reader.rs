//! How a line is read back into the event it was written from.
//!
//! A trace that can be read back can be compared, filtered, drawn and replayed
//! by a program that never saw the run. Reading is lenient about blanks (a
//! line pasted into a test keeps its meaning) and strict about everything else.
//!
//! Invariants
//! 1. For every event `e`, reading what `e` displays gives `e` again.
//! 2. What is not an event is refused, with the word that was not understood
//!    and what could have stood in its place. Nothing panics on any input.
//! 3. A quoted word is always a name; a bare word may be one of the format's
//!    own words, and those win.
//!
//! Read next: `words.rs`, which takes the line apart; then `sink.rs`, where
//! events come from in the first place.

use core::str::FromStr;

use crate::event::{Cause, Event, Outcome, Verb, Wait};
use crate::text::{PROMISE, TIMER};
use crate::words::{ParseError, Token, Words};

impl Event {
    /// Reads one line, as its `Display` form is written. The same as `line.parse()`.
    ///
    /// # Errors
    /// [`ParseError`] if the line is not an event.
    ///
    /// ```
    /// use groundup_trace::{Event, Verb};
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
        let mut words = Words::split(line)?;
        let time = words.time("a time in seconds, such as 0.250")?;
        let iteration = words.number("", "the number of an iteration")?;
        let verb = words.take("a verb")?;
        let task = match words.take("a task's name, or -")? {
            Token { text, bare: true } if text == "-" => None,
            token => Some(token.text.into()),
        };
        let verb = read_verb(verb, &mut words)?;
        words.end()?;
        Ok(Self {
            time,
            iteration,
            task,
            verb,
        })
    }
}

const VERBS: &str =
    "a verb (spawn step yield wake done cancel arm fire disarm iteration park raise)";
const TIMERS: &str = "a timer, such as timer#1";

/// What the rest of the line says of the task, or of the loop.
fn read_verb(verb: Token, words: &mut Words) -> Result<Verb, ParseError> {
    match verb.keyword() {
        "spawn" => words.optional("by").map(|by| Verb::Spawn { by }),
        "step" => Ok(Verb::Step),
        "yield" => {
            words.keyword("on", "`on` and what the task waits for")?;
            read_wait(words).map(|on| Verb::Yield { on })
        }
        "wake" => {
            words.keyword("by", "`by` and what woke the task")?;
            read_cause(words).map(|by| Verb::Wake { by })
        }
        "done" => read_outcome(words).map(|how| Verb::Done { how }),
        "cancel" => words.optional("by").map(|by| Verb::Cancel { by }),
        "iteration" => Ok(Verb::Iteration),
        "raise" => {
            let what = words.take("what was raised")?.text.into();
            Ok(Verb::Raise { what })
        }
        "arm" | "fire" | "disarm" | "park" => read_time_verb(verb.keyword(), words),
        _ => Err(verb.unexpected(VERBS)),
    }
}

/// The verbs of time: arm, fire, disarm, park.
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

fn read_wait(words: &mut Words) -> Result<Wait, ParseError> {
    let first = words.take("what the task waits for")?;
    Ok(match first.keyword() {
        "nothing" => Wait::Nothing,
        "task" => Wait::Task(words.take("a task's name")?.text.into()),
        "timer" => {
            words.keyword("at", "`at` and a time")?;
            Wait::Timer {
                at: words.time("a time in seconds")?,
            }
        }
        "outside" => Wait::Outside,
        "several" => Wait::Several,
        word if word.starts_with(PROMISE) => {
            Wait::Promise(first.number(PROMISE, "a promise, such as promise#1")?)
        }
        _ if words.is_empty() => Wait::Other(first.text.into()),
        _ => {
            words.keyword("held", "`held`, or nothing")?;
            Wait::Held {
                what: first.text.into(),
                by: words.optional("by")?,
            }
        }
    })
}

fn read_cause(words: &mut Words) -> Result<Cause, ParseError> {
    const CAUSES: &str =
        "a cause (itself, task NAME, promise#1, timer#1, callback, cancel, thread, outside)";
    let first = words.take(CAUSES)?;
    Ok(match first.keyword() {
        "itself" => Cause::Itself,
        "task" => Cause::Task(words.take("a task's name")?.text.into()),
        "callback" => Cause::Callback,
        "cancel" => Cause::Cancel,
        "thread" => Cause::Thread,
        "outside" => Cause::Outside,
        word if word.starts_with(PROMISE) => Cause::Promise(first.number(PROMISE, CAUSES)?),
        word if word.starts_with(TIMER) => Cause::Timer(first.number(TIMER, CAUSES)?),
        _ => return Err(first.unexpected(CAUSES)),
    })
}

fn read_outcome(words: &mut Words) -> Result<Outcome, ParseError> {
    const OUTCOMES: &str = "returned, cancelled or panicked";
    let word = words.take(OUTCOMES)?;
    match word.keyword() {
        "returned" => Ok(Outcome::Returned),
        "cancelled" => Ok(Outcome::Cancelled),
        "panicked" => Ok(Outcome::Panicked),
        _ => Err(word.unexpected(OUTCOMES)),
    }
}
