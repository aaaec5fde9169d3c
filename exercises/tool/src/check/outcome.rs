//! Says in one line how a test ended.
//!
//! The problem: a process can end in many ways, and its output may be anything. The learner needs one
//! line: what is wrong, and where.
//!
//! | the process | the line |
//! |---|---|
//! | passed its one test | `Passed` |
//! | panicked in `exercise::unfinished` | the exercise that is unfinished, and its place |
//! | panicked elsewhere | the message, and the place of the panic |
//! | panicked in a call of the standard library | the line of the learner that called |
//! | had to be ended | the limit that passed |
//! | ended by a signal | a stack that is full, no memory, or the number of the signal |
//! | ended as if all were well, but before its test | that it ended |
//!
//! Invariants
//! 1. Only a test that libtest has reported as passed is `Passed`: its whole last line counts. (A test
//!    that prints this line and ends the process deceives its own author only.)
//! 2. The last panic has ended a test: a test may catch others, also on purpose. If the process was
//!    aborted, the first one has: the others follow from it.
//!
//! Read next: `check/panics.rs`.

use std::fmt;

use super::panics::{Panic, Places};
use super::run::Ran;

/// How a test ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It passed.
    Passed,
    /// It called the body of an exercise that is not written: the number, and the place.
    Unfinished(String, String),
    /// It failed: one line.
    Failed(String),
    /// There is no such test in the program.
    Missing,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Passed => f.write_str("passes"),
            Outcome::Unfinished(number, place) => {
                write!(f, "ends in exercise {number}, unfinished at {place}")
            }
            Outcome::Failed(line) => f.write_str(line),
            Outcome::Missing => f.write_str("is not in the program"),
        }
    }
}

impl Outcome {
    /// Judges the process of a test. `seconds` was its limit. `traced` runs the test once more, with a
    /// stack trace at a panic.
    pub fn of(
        ran: &Ran,
        seconds: f64,
        places: Places<'_>,
        traced: impl FnOnce() -> Option<Ran>,
    ) -> Self {
        let last = ran.stdout.trim_end().lines().last().unwrap_or_default();
        let is_over = ran.status.is_some_and(|status| status.success());
        let is_of_libtest = last.contains(" filtered out; finished in ");
        if is_over && is_of_libtest && last.starts_with("test result: ok. 1 passed;") {
            return Outcome::Passed;
        }
        if is_over && last.starts_with("test result: ok. 0 passed;") {
            return Outcome::Missing;
        }
        let panics = Panic::all(&ran.stderr, places);
        if let Some((number, place)) = panics.iter().find_map(Panic::unfinished) {
            return Outcome::Unfinished(number, place);
        }
        let Some(status) = ran.status else {
            let before = panics.first().map(|panic| panic.line(None));
            let before = before.map_or(String::new(), |line| format!(", and before: {line}"));
            return Outcome::Failed(format!(
                "does not end, in a loop or a wait: stopped after {seconds} s{before}"
            ));
        };
        let end = match status.code() {
            Some(101) => panics.last(),
            _ => panics.first(),
        };
        let line = match end {
            _ if ran.stderr.contains("has overflowed its stack") => {
                "fills its stack: a function calls itself too deep, or without end".to_string()
            }
            _ if ran.stderr.contains("memory allocation of") => {
                "asks for more memory than there is: a list or a queue grows without end"
                    .to_string()
            }
            Some(end) => {
                let own = panics.iter().find(|panic| panic.is_own());
                let own = own.filter(|own| !std::ptr::eq(*own, end));
                let before = own.map_or(String::new(), |own| {
                    format!("; before, it {}", own.line(None))
                });
                let caller = match end.is_foreign() {
                    true => traced().and_then(|ran| end.caller(&ran.stderr, places)),
                    false => None,
                };
                end.line(caller.as_deref()) + &before
            }
            None if is_over => "ends the process before the test is over".to_string(),
            None => format!("ends the process: {status}"),
        };
        Outcome::Failed(line)
    }
}
