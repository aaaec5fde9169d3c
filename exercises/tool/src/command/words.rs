//! Reads the command line.
//!
//! The problem: a mistake on the command line must be found before the first file is touched.
//!
//! Invariant: an option that the verb does not have is an error.
//!
//! Read next: `command/progress.rs`.

use std::ffi::OsString;
use std::time::Duration;

use lexopt::Parser;
use lexopt::prelude::{Long, Short, Value, ValueExt};

/// The words of a command line.
#[derive(Default)]
pub(crate) struct Words {
    pub(crate) verb: String,
    /// The words behind the verb: numbers.
    pub(crate) values: Vec<String>,
    pub(crate) again: bool,
    pub(crate) put: bool,
    limit: Option<f64>,
}

/// The longest limit of a test.
const LONGEST: Duration = Duration::from_secs(3600);

impl Words {
    /// Reads the words. `None` means help.
    pub(crate) fn read(
        arguments: impl IntoIterator<Item = OsString>,
    ) -> Result<Option<Words>, String> {
        words(arguments).map_err(|why| format!("{why}; see `cargo xtask exercise --help`"))
    }

    /// Returns how long a test may take.
    pub(crate) fn limit(&self) -> Result<Duration, String> {
        let limit = self.limit.unwrap_or(10.0);
        match Duration::try_from_secs_f64(limit) {
            Ok(limit) if limit <= LONGEST => Ok(limit),
            _ => Err(format!(
                "--limit: {limit} is not a number of seconds from 0 to 3600"
            )),
        }
    }
}

fn words(arguments: impl IntoIterator<Item = OsString>) -> Result<Option<Words>, lexopt::Error> {
    let mut parser = Parser::from_args(arguments);
    let mut words = Words::default();
    while let Some(word) = parser.next()? {
        match word {
            Short('h') | Long("help") => return Ok(None),
            Long("again") if words.verb == "start" => words.again = true,
            Long("put") if words.verb == "solve" => words.put = true,
            Long("limit") if words.verb == "check" => words.limit = Some(parser.value()?.parse()?),
            Value(verb) if words.verb.is_empty() => words.verb = verb.string()?,
            Value(value) => words.values.push(value.string()?),
            other => return Err(other.unexpected()),
        }
    }
    match words.verb.as_str() {
        "" | "help" => Ok(None),
        "list" | "start" | "check" | "hint" | "solve" if words.values.len() > 1 => {
            Err(format!("{} takes one number", words.verb).into())
        }
        "list" | "start" | "check" | "hint" | "solve" | "prove" => Ok(Some(words)),
        other => Err(format!(
            "there is no verb {other}; there are list, start, check, hint, solve and prove"
        )
        .into()),
    }
}
