//! One line of a scenario as words, taken from the left.
//!
//! Names, numbers and items have one form in all statements. This file defines
//! the form for groundup's side, and `words.py` for the referee's.
//!
//! Invariants
//! 1. A word that does not fit stays where it is, and the mistake names it.
//! 2. No name is one of the reserved words, or the text would be ambiguous.
//!
//! Read next: `reader.rs`, which makes statements of these words.

use std::fmt::{self, Display, Formatter};

use crate::program::{Item, Mode, Name, Us, Word};

/// The reason why a scenario cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The line, counted from 1; 0 where the mistake is in no single line.
    pub line: usize,
    /// The word that is wrong, and the expected one.
    pub what: String,
}

impl Display for Mistake {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => f.write_str(&self.what),
            line => write!(f, "line {line}: {}", self.what),
        }
    }
}

impl std::error::Error for Mistake {}

const RESERVED: [&str; 9] = [
    "me",
    "none",
    "within",
    "in",
    "as",
    "end",
    "cancelled",
    "failed",
    "loop",
];

/// Returns true if a word may be a name.
pub(crate) fn is_name(word: &str) -> bool {
    let first = word
        .chars()
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    let rest = word
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.');
    first && rest && !RESERVED.contains(&word)
}

/// Reads `10` or `0.25` milliseconds, as `span` prints them, into microseconds.
fn microseconds(word: &str) -> Option<Us> {
    let (whole, part) = word.split_once('.').unwrap_or((word, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let fits = digits(whole) && digits(part) && part.len() <= 3;
    if !fits || part.ends_with('0') || word.ends_with('.') {
        return None;
    }
    let part: u64 = format!("{part:0<3}").parse().ok()?;
    whole
        .parse::<u64>()
        .ok()?
        .checked_mul(1000)?
        .checked_add(part)
}

/// Prints microseconds as milliseconds.
pub(crate) fn span(us: Us) -> String {
    match (us / 1000, us % 1000) {
        (ms, 0) => ms.to_string(),
        (ms, part) => format!("{ms}.{part:03}").trim_end_matches('0').to_owned(),
    }
}

/// The words of one line that were not read yet.
pub(crate) struct Words<'a> {
    pub(crate) line: usize,
    words: Vec<&'a str>,
    at: usize,
}

type Read<T> = Result<T, Mistake>;

impl<'a> Words<'a> {
    /// Splits a line into words, up to its comment.
    pub(crate) fn new(line: usize, text: &'a str) -> Self {
        let words = text
            .split_whitespace()
            .take_while(|word| !word.starts_with('#'))
            .collect();
        Words { line, words, at: 0 }
    }

    pub(crate) fn peek(&self) -> Option<&'a str> {
        self.words.get(self.at).copied()
    }

    /// Returns the word after the next one.
    pub(crate) fn second(&self) -> Option<&'a str> {
        self.words.get(self.at + 1).copied()
    }

    pub(crate) fn is_only(&self, word: &str) -> bool {
        self.words == [word]
    }

    pub(crate) fn mistake<T>(&self, expected: &str) -> Read<T> {
        let found = self.peek().unwrap_or("the end of the line");
        Err(Mistake {
            line: self.line,
            what: format!("expected {expected}, found {found}"),
        })
    }

    pub(crate) fn take(&mut self, expected: &str) -> Read<&'a str> {
        match self.peek() {
            Some(word) => {
                self.at += 1;
                Ok(word)
            }
            None => self.mistake(expected),
        }
    }

    pub(crate) fn accept(&mut self, word: &str) -> bool {
        let found = self.peek() == Some(word);
        self.at += usize::from(found);
        found
    }

    pub(crate) fn name(&mut self, expected: &str) -> Read<Name> {
        match self.peek() {
            Some(word) if is_name(word) => self.take(expected).map(Name::from),
            _ => self.mistake(expected),
        }
    }

    /// Takes a name, or `me`.
    pub(crate) fn handle(&mut self) -> Read<Name> {
        if self.accept("me") {
            Ok("me".into())
        } else {
            self.name("a name")
        }
    }

    pub(crate) fn number(&mut self, expected: &str) -> Read<u64> {
        let digits = |word: &&str| word.bytes().all(|byte| byte.is_ascii_digit());
        match self
            .peek()
            .filter(digits)
            .and_then(|word| word.parse().ok())
        {
            Some(number) => self.take(expected).map(|_| number),
            None => self.mistake(expected),
        }
    }

    /// Takes milliseconds with up to three places after the point; returns microseconds.
    pub(crate) fn us(&mut self) -> Read<Us> {
        match self.peek().and_then(microseconds) {
            Some(us) => self.take("milliseconds").map(|_| us),
            None => self.mistake("milliseconds"),
        }
    }

    pub(crate) fn us_or_none(&mut self) -> Read<Option<Us>> {
        if self.accept("none") {
            Ok(None)
        } else {
            self.us().map(Some)
        }
    }

    pub(crate) fn within(&mut self) -> Read<Option<Us>> {
        if self.accept("within") {
            self.us().map(Some)
        } else {
            Ok(None)
        }
    }

    /// Takes `word` and the name after it, if `word` comes next.
    pub(crate) fn after(&mut self, word: &str, expected: &str) -> Read<Option<Name>> {
        match self.accept(word) {
            true => self.name(expected).map(Some),
            false => Ok(None),
        }
    }

    pub(crate) fn mode(&mut self) -> Read<Mode> {
        let mode = match self.peek() {
            Some("all") => Mode::All,
            Some("first") => Mode::First,
            Some("error") => Mode::Error,
            _ => return self.mistake("all, first or error"),
        };
        self.take("a mode").map(|_| mode)
    }

    /// Takes the next word, if there is one.
    pub(crate) fn optional(&mut self) -> Option<Word> {
        self.take("").ok().map(Word::from)
    }

    pub(crate) fn item(&mut self) -> Read<Item> {
        let word = self.peek().unwrap_or("");
        let (kind, name): (fn(Name) -> Item, &str) = if let Some(name) = word.strip_prefix('*') {
            (Item::Spread, name)
        } else if let Some(name) = word.strip_suffix("()") {
            (Item::Fresh, name)
        } else {
            (Item::Named, word)
        };
        if !is_name(name) {
            return self.mistake("a name, body() or *list");
        }
        self.at += 1;
        Ok(kind(name.into()))
    }

    pub(crate) fn one_item(&mut self) -> Read<Item> {
        match self.item()? {
            Item::Spread(_) => {
                self.at -= 1;
                self.mistake("one name or body()")
            }
            item => Ok(item),
        }
    }

    pub(crate) fn items(&mut self) -> Read<Vec<Item>> {
        std::iter::from_fn(|| self.peek().is_some().then(|| self.item())).collect()
    }

    pub(crate) fn rest(&mut self) -> Vec<Word> {
        let rest = self.words[self.at..]
            .iter()
            .map(|&word| word.into())
            .collect();
        self.at = self.words.len();
        rest
    }

    pub(crate) fn done(&self) -> Read<()> {
        if self.peek().is_none() {
            Ok(())
        } else {
            self.mistake("the end of the line")
        }
    }
}
