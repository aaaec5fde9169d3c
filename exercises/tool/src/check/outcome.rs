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
//! | had to be ended | the limit that passed |
//! | ended by a signal | a stack that is full, no memory, or the number of the signal |
//! | ended as if all were well, but before its test | that it ended |
//!
//! Invariants
//! 1. Only a test that libtest has reported as passed is `Passed`. Lines of the test itself do not count.
//! 2. The first panic counts: the others follow from it.
//!
//! Read next: `check/report.rs`.

use std::fmt;

use super::plain;
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
    /// Judges the process of a test. `seconds` was its limit, and `folder` stands before each path.
    pub fn of(ran: &Ran, seconds: f64, folder: &str) -> Self {
        let panic = first_panic(&ran.stderr, folder);
        let Some(status) = ran.status else {
            if let Some(found) = panic.as_ref().and_then(Panic::unfinished) {
                return found;
            }
            let after = panic.map_or(String::new(), |panic| {
                format!(", and before: {}", panic.line())
            });
            return Outcome::Failed(format!("does not end: stopped after {seconds} s{after}"));
        };
        let last = ran.stdout.trim_end().lines().last().unwrap_or_default();
        if status.success() && last.starts_with("test result: ok. 1 passed;") {
            return Outcome::Passed;
        }
        if status.success() && last.starts_with("test result: ok. 0 passed;") {
            return Outcome::Missing;
        }
        if let Some(found) = panic.as_ref().and_then(Panic::unfinished) {
            return found;
        }
        let line = match panic {
            _ if ran.stderr.contains("has overflowed its stack") => {
                "fills its stack: a function calls itself without end".to_string()
            }
            _ if ran.stderr.contains("memory allocation of") => {
                "asks for more memory than there is: a list or a queue grows without end"
                    .to_string()
            }
            Some(panic) => panic.line(),
            None if status.success() => "ends the process before the test is over".to_string(),
            None => format!("ends the process: {status}"),
        };
        Outcome::Failed(line)
    }
}

/// One panic that a process printed.
struct Panic {
    place: String,
    message: String,
}

impl Panic {
    fn unfinished(&self) -> Option<Outcome> {
        let number = self.message.lines().next()?.strip_prefix("exercise ")?;
        let number = number.strip_suffix(" is unfinished")?;
        Some(Outcome::Unfinished(number.to_string(), self.place.clone()))
    }

    fn line(&self) -> String {
        let Panic { place, message } = self;
        let mut lines = message.lines();
        let first = lines.next().unwrap_or_default();
        let of_assert = first
            .strip_prefix("assertion ")
            .and_then(|text| text.split_once(" failed"));
        let said = of_assert
            .and_then(|(_, said)| said.strip_prefix(": "))
            .unwrap_or(first);
        let sides: Vec<&str> = lines
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .take(2)
            .collect();
        let sides = match of_assert {
            Some(_) if sides.len() == 2 => format!(" ({})", sides.join(", ")),
            _ => String::new(),
        };
        match place.contains("/tests/") {
            true => format!("fails: {said}{sides}"),
            false => format!("panics at {place}: {said}{sides}"),
        }
    }
}

fn first_panic(stderr: &str, folder: &str) -> Option<Panic> {
    let mut lines = stderr
        .lines()
        .skip_while(|line| !line.contains(" panicked at "));
    let (_, place) = lines.next()?.split_once(" panicked at ")?;
    let is_message =
        |line: &&str| !line.starts_with("note: run with") && !line.starts_with("thread '");
    let message: Vec<&str> = lines.take_while(is_message).take(8).collect();
    // Without the column.
    let mut place = place.trim_end_matches(':').rsplitn(2, ':');
    place.next();
    Some(Panic {
        place: plain(&format!("{folder}/{}", place.next().unwrap_or_default())),
        message: message.join("\n"),
    })
}
