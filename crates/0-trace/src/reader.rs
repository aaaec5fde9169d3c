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
//! Read next: `sink.rs`, where the lines are made in the first place.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::{self, Display, Formatter};
use core::str::FromStr;

use crate::event::{Cause, Event, Name, Outcome, Verb, Wait};
use crate::text::{PROMISE, TIMER};

/// Why a line is not an event. Each message says what to write instead.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParseError {
    /// The line ended before this part of it.
    Missing {
        /// What should have come next.
        expected: &'static str,
    },
    /// A word that cannot stand where it stands.
    Unexpected {
        /// The word, as it stands in the line.
        found: String,
        /// What could have stood there.
        expected: &'static str,
    },
    /// A quoted name that does not end, or an escape that does not exist.
    Quote {
        /// The line from the opening quote on.
        found: String,
    },
}

impl Display for ParseError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { expected } => {
                write!(f, "the line ends too early: write {expected} next")
            }
            Self::Unexpected { found, expected } => {
                write!(f, "found `{found}`: write {expected} there instead")
            }
            Self::Quote { found } => write!(
                f,
                "a quoted name goes wrong in `{found}`: end it with a quote, and use no escapes but \\\" \\\\ \\n \\t \\u{{hex}}"
            ),
        }
    }
}

impl core::error::Error for ParseError {}

impl Event {
    /// Reads one line, as [`Display`] writes it. The same as `line.parse()`.
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

fn read_verb(verb: Token, words: &mut Words) -> Result<Verb, ParseError> {
    Ok(match verb.keyword() {
        "spawn" => Verb::Spawn {
            by: words.optional("by")?,
        },
        "step" => Verb::Step,
        "yield" => {
            words.keyword("on", "`on` and what the task waits for")?;
            Verb::Yield {
                on: read_wait(words)?,
            }
        }
        "wake" => {
            words.keyword("by", "`by` and what woke the task")?;
            Verb::Wake {
                by: read_cause(words)?,
            }
        }
        "done" => Verb::Done {
            how: read_outcome(words)?,
        },
        "cancel" => Verb::Cancel {
            by: words.optional("by")?,
        },
        "arm" => {
            let timer = words.number(TIMER, "a timer, such as timer#1")?;
            words.keyword("at", "`at` and a time")?;
            Verb::Arm {
                timer,
                at: words.time("the time the timer is due")?,
            }
        }
        "fire" => Verb::Fire {
            timer: words.number(TIMER, "a timer, such as timer#1")?,
        },
        "disarm" => Verb::Disarm {
            timer: words.number(TIMER, "a timer, such as timer#1")?,
        },
        "iteration" => Verb::Iteration,
        "park" if words.is_empty() => Verb::Park { until: None },
        "park" => {
            words.keyword("until", "`until` and a time, or nothing")?;
            Verb::Park {
                until: Some(words.time("a time in seconds")?),
            }
        }
        "raise" => Verb::Raise {
            what: words.take("what was raised")?.text.into(),
        },
        _ => return Err(verb.unexpected(VERBS)),
    })
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

/// One word of a line, unquoted; `bare` if it stood without quotes.
struct Token {
    text: String,
    bare: bool,
}

impl Token {
    /// The word if it can be one of the format's own, and nothing otherwise.
    fn keyword(&self) -> &str {
        if self.bare { &self.text } else { "" }
    }

    fn unexpected(self, expected: &'static str) -> ParseError {
        ParseError::Unexpected {
            found: self.text,
            expected,
        }
    }

    fn number(self, prefix: &str, expected: &'static str) -> Result<u64, ParseError> {
        match self.keyword().strip_prefix(prefix).and_then(digits) {
            Some(number) => Ok(number),
            None => Err(self.unexpected(expected)),
        }
    }
}

/// The words of one line, first to last.
struct Words(alloc::vec::IntoIter<Token>);

impl Words {
    fn split(line: &str) -> Result<Self, ParseError> {
        let (mut words, mut rest) = (Vec::new(), line.trim_start());
        while let Some(first) = rest.chars().next() {
            if first == '"' {
                let (text, after) = unquote(rest)?;
                words.push(Token { text, bare: false });
                rest = after;
            } else {
                let end = rest
                    .find(|c: char| c.is_whitespace() || c == '"')
                    .unwrap_or(rest.len());
                words.push(Token {
                    text: rest[..end].to_string(),
                    bare: true,
                });
                rest = &rest[end..];
            }
            rest = rest.trim_start();
        }
        Ok(Self(words.into_iter()))
    }

    fn is_empty(&self) -> bool {
        self.0.as_slice().is_empty()
    }

    fn take(&mut self, expected: &'static str) -> Result<Token, ParseError> {
        self.0.next().ok_or(ParseError::Missing { expected })
    }

    fn keyword(&mut self, word: &str, expected: &'static str) -> Result<(), ParseError> {
        let token = self.take(expected)?;
        if token.keyword() == word {
            Ok(())
        } else {
            Err(token.unexpected(expected))
        }
    }

    /// Nothing at all, or the keyword and a name.
    fn optional(&mut self, word: &str) -> Result<Option<Name>, ParseError> {
        if self.is_empty() {
            return Ok(None);
        }
        self.keyword(word, "`by` and a task's name, or nothing")?;
        Ok(Some(self.take("a task's name")?.text.into()))
    }

    fn number(&mut self, prefix: &str, expected: &'static str) -> Result<u64, ParseError> {
        self.take(expected)?.number(prefix, expected)
    }

    fn time(&mut self, expected: &'static str) -> Result<u64, ParseError> {
        let word = self.take(expected)?;
        nanoseconds(word.keyword()).ok_or_else(|| word.unexpected(expected))
    }

    fn end(mut self) -> Result<(), ParseError> {
        match self.0.next() {
            None => Ok(()),
            Some(word) => Err(word.unexpected("nothing: the event is complete")),
        }
    }
}

/// A number in plain digits: no sign, no blank, no overflow.
fn digits(text: &str) -> Option<u64> {
    text.bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| text.parse().ok())
        .flatten()
}

/// Seconds with up to nine decimals, as nanoseconds.
fn nanoseconds(text: &str) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let scale = 10_u64.pow(u32::try_from(9_usize.checked_sub(fraction.len())?).ok()?);
    let below = digits(fraction)?.checked_mul(scale)?;
    digits(whole)?
        .checked_mul(1_000_000_000)?
        .checked_add(below)
}

/// Takes the quoted name at the start of `text`; gives it and what follows.
fn unquote(text: &str) -> Result<(String, &str), ParseError> {
    let wrong = || ParseError::Quote {
        found: text.to_string(),
    };
    let (mut name, mut chars) = (String::new(), text[1..].chars());
    loop {
        match chars.next().ok_or_else(wrong)? {
            '"' => return Ok((name, chars.as_str())),
            '\\' => name.push(match chars.next().ok_or_else(wrong)? {
                'n' => '\n',
                't' => '\t',
                c @ ('"' | '\\') => c,
                'u' => {
                    let (hex, after) = chars
                        .as_str()
                        .strip_prefix('{')
                        .and_then(|s| s.split_once('}'))
                        .ok_or_else(wrong)?;
                    chars = after.chars();
                    u32::from_str_radix(hex, 16)
                        .ok()
                        .and_then(char::from_u32)
                        .ok_or_else(wrong)?
                }
                _ => return Err(wrong()),
            }),
            c => name.push(c),
        }
    }
}
