//! Cuts a line into words, numbers, times and quoted names.
//!
//! The reader asks for the next part of a line, for example a timer. It gets the
//! number, or an error that tells a person how to correct the line. So each method that
//! takes a word gets a text that describes the expected word.
//!
//! ```text
//!   3.000   2  wake  "night shift"  by timer#1
//!   ─────   ─  ────  ─────────────  ── ───────
//!   bare  bare bare     quoted      bare  bare
//! ```
//!
//! Invariants
//! 1. Blanks separate words and have no other meaning, except inside quotes.
//! 2. Only a bare word can be a word of the format; a quoted word is a name.
//! 3. Numbers are plain digits and fit in 64 bits; times have at most nine decimals.
//!    Any other number is refused, never rounded and never wrapped.
//!
//! Read next: `text/trace.rs`, which reads and writes many lines.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::{self, Display, Formatter};

use crate::task_id::TaskId;
use crate::text::names::Names;
use crate::text::visible::Visible;

/// The version of the written form, as the first line of a trace gives it.
pub const VERSION: u32 = 1;

/// The start of the first line of a trace, before the version.
pub(crate) const HEADER: &str = "# groundup-trace ";

/// Says why a line is not an event, and what to write instead.
///
/// ```
/// # mod groundup { pub use groundup_trace as trace; }
/// use groundup::trace::Event;
///
/// let error = "0.000 1 steps main".parse::<Event>().unwrap_err();
/// assert!(error.to_string().starts_with("found `steps`: write"));
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParseError {
    /// The line ended before this part of it.
    Missing {
        /// The part that is missing.
        expected: &'static str,
    },
    /// A word stands where it has no meaning.
    Unexpected {
        /// The word, as it stands in the line.
        found: String,
        /// The parts that may stand there.
        expected: &'static str,
    },
    /// The first line names no version, or a later one.
    Version {
        /// The line.
        found: String,
    },
    /// A quoted name has no closing quote, or an escape is unknown.
    Quote {
        /// The line, starting at the opening quote.
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
                write!(
                    f,
                    "found `{}`: write {expected} there instead",
                    Visible(found)
                )
            }
            Self::Version { found } => write!(
                f,
                "found `{}`: a trace begins with a line that names its version, from \
                 `{HEADER}1` to `{HEADER}{VERSION}`; a later one takes a later reader",
                Visible(found)
            ),
            Self::Quote { found } => write!(
                f,
                "a quoted name goes wrong in `{}`: end it with a quote, and use no escapes but \\\" \\\\ \\n \\t \\u{{hex}}",
                Visible(found)
            ),
        }
    }
}

impl core::error::Error for ParseError {}

/// One word of a line, without its quotes.
pub(crate) struct Token {
    pub(crate) text: String,
    /// True if the word stood without quotes.
    pub(crate) bare: bool,
    /// True if the word directly follows the word before it, without a blank.
    glued: bool,
}

impl Token {
    /// Returns the word if it can be a word of the format, and an empty text otherwise.
    pub(crate) fn keyword(&self) -> &str {
        if self.bare { &self.text } else { "" }
    }

    pub(crate) fn unexpected(self, expected: &'static str) -> ParseError {
        let found = self.text;
        ParseError::Unexpected { found, expected }
    }

    pub(crate) fn number(self, prefix: &str, expected: &'static str) -> Result<u64, ParseError> {
        match self.keyword().strip_prefix(prefix).and_then(digits) {
            Some(number) => Ok(number),
            None => Err(self.unexpected(expected)),
        }
    }
}

/// The words of one line, first to last.
pub(crate) struct Words(alloc::vec::IntoIter<Token>);

impl Words {
    pub(crate) fn split(line: &str) -> Result<Self, ParseError> {
        let (mut words, mut rest) = (Vec::new(), line.trim_start());
        let mut glued = false;
        while let Some(first) = rest.chars().next() {
            if first == '"' {
                let (text, after) = unquote(rest)?;
                words.push(Token {
                    text,
                    bare: false,
                    glued,
                });
                rest = after;
            } else {
                let end = rest
                    .find(|c: char| c.is_whitespace() || c == '"')
                    .unwrap_or(rest.len());
                words.push(Token {
                    text: rest[..end].to_string(),
                    bare: true,
                    glued,
                });
                rest = &rest[end..];
            }
            glued = !rest.starts_with(char::is_whitespace);
            rest = rest.trim_start();
        }
        Ok(Self(words.into_iter()))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.as_slice().is_empty()
    }

    pub(crate) fn take(&mut self, expected: &'static str) -> Result<Token, ParseError> {
        self.0.next().ok_or(ParseError::Missing { expected })
    }

    pub(crate) fn keyword(&mut self, word: &str, expected: &'static str) -> Result<(), ParseError> {
        let token = self.take(expected)?;
        if token.keyword() == word {
            Ok(())
        } else {
            Err(token.unexpected(expected))
        }
    }

    /// Reads nothing, or `by` and a task.
    pub(crate) fn by(&mut self, names: &Names) -> Result<Option<TaskId>, ParseError> {
        if self.is_empty() {
            return Ok(None);
        }
        self.keyword("by", "`by` and a task's name, or nothing")?;
        self.task(names).map(Some)
    }

    /// Reads a task: a name, and its number unless the list gives it.
    pub(crate) fn task(&mut self, names: &Names) -> Result<TaskId, ParseError> {
        let word = self.take("a task's name")?;
        self.task_of(word, names)
    }

    /// Reads a task whose name is the given word; takes the number behind a quoted name, too.
    pub(crate) fn task_of(&mut self, word: Token, names: &Names) -> Result<TaskId, ParseError> {
        const NUMBERS: &str = "a task's name and its number, such as kettle#2";
        if word.bare {
            return match word.text.split_once('#') {
                None => Ok(named(&word.text, names)),
                Some((name @ ("" | "-"), _)) => {
                    let name = name.to_string();
                    Err(Token { text: name, ..word }.unexpected(NUMBERS))
                }
                Some((name, number)) => match digits(number) {
                    Some(number) => Ok(TaskId::new(number, name)),
                    None => Err(word.unexpected(NUMBERS)),
                },
            };
        }
        let behind = self.0.as_slice().first();
        if behind.is_none_or(|behind| !behind.glued) {
            return Ok(named(&word.text, names));
        }
        let number = self.number("#", NUMBERS)?;
        Ok(TaskId::new(number, word.text))
    }

    /// Reads the number that the line of a spawn introduces, such as `#2`, if there is one.
    pub(crate) fn introduced(&mut self) -> Result<Option<u64>, ParseError> {
        let next = self.0.as_slice().first();
        if next.is_none_or(|next| !next.keyword().starts_with('#')) {
            return Ok(None);
        }
        self.number("#", "the task's number, such as #2").map(Some)
    }

    pub(crate) fn number(
        &mut self,
        prefix: &str,
        expected: &'static str,
    ) -> Result<u64, ParseError> {
        self.take(expected)?.number(prefix, expected)
    }

    pub(crate) fn time(&mut self, expected: &'static str) -> Result<u64, ParseError> {
        let word = self.take(expected)?;
        nanoseconds(word.keyword()).ok_or_else(|| word.unexpected(expected))
    }

    pub(crate) fn end(mut self) -> Result<(), ParseError> {
        match self.0.next() {
            None => Ok(()),
            Some(word) => Err(word.unexpected("nothing: the event is complete")),
        }
    }
}

/// Returns the task of a name without a number: the number is in the name or in the list.
fn named(name: &str, names: &Names) -> TaskId {
    let task = TaskId::from(name);
    match task.number {
        0 => TaskId::new(names.number(name), task.name),
        _ => task,
    }
}

/// Reads a number of plain digits: no sign, no blank, no overflow.
fn digits(text: &str) -> Option<u64> {
    text.bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| text.parse().ok())
        .flatten()
}

/// Reads seconds with up to nine decimals, as nanoseconds.
fn nanoseconds(text: &str) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let scale = 10_u64.pow(u32::try_from(9_usize.checked_sub(fraction.len())?).ok()?);
    let below = digits(fraction)?.checked_mul(scale)?;
    digits(whole)?
        .checked_mul(1_000_000_000)?
        .checked_add(below)
}

/// Reads the quoted name at the start of `text`. Returns the name and the rest of the text.
fn unquote(text: &str) -> Result<(String, &str), ParseError> {
    let wrong = || ParseError::Quote { found: text.into() };
    let (mut name, mut chars) = (String::new(), text[1..].chars());
    loop {
        match chars.next().ok_or_else(wrong)? {
            '"' => return Ok((name, chars.as_str())),
            '\\' => name.push(match chars.next().ok_or_else(wrong)? {
                'n' => '\n',
                't' => '\t',
                c @ ('"' | '\\') => c,
                'u' => {
                    let hex = chars.as_str().strip_prefix('{');
                    let hex = hex.and_then(|hex| hex.split_once('}'));
                    let (hex, after) = hex.ok_or_else(wrong)?;
                    chars = after.chars();
                    let code = u32::from_str_radix(hex, 16).ok();
                    code.and_then(char::from_u32).ok_or_else(wrong)?
                }
                _ => return Err(wrong()),
            }),
            c => name.push(c),
        }
    }
}
