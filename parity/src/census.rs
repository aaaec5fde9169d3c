//! How often random programs do each thing.
//!
//! A comparison says nothing about what no program does. A construct that stands in
//! a text may never be reached, fail at once, or meet nothing; so what happens is counted
//! where it happens, on groundup, which needs no Python.
//!
//! ```text
//!   texts of the programs ──► word gather: 8321
//!   the interpreter       ──► gather of a promise: 2205 ...
//!   lines of the traces   ──► a task ends by a panic: 911 ...
//! ```
//!
//! Invariants
//! 1. To count changes nothing of a run.
//!
//! Read next: `command.rs`.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

use crate::generator::{Vocabulary, program_of};
use crate::interpreter::Groundup;
use crate::live::number_of;

/// What happened, and to what.
type Event = (&'static str, &'static str);

/// What was counted in one run.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    events: RefCell<BTreeMap<Event, u64>>,
}

impl Tally {
    /// All that was counted, which is given away.
    pub(crate) fn take(&self) -> Tally {
        let events = RefCell::new(self.events.take());
        Tally { events }
    }

    /// Counts one event more.
    pub(crate) fn count(&self, what: &'static str, of: &'static str) {
        *self.events.borrow_mut().entry((what, of)).or_default() += 1;
    }
}

/// How often each thing was written and has happened.
#[derive(Clone, Debug, Default)]
pub struct Census {
    counts: BTreeMap<String, u64>,
}

impl Census {
    /// Counts the random programs of a seed.
    ///
    /// # Errors
    ///
    /// If groundup cannot run one of them.
    pub fn take(seed: u64, programs: u64, vocabulary: &Vocabulary) -> Result<Census, String> {
        let mut census = Census::default();
        for at in 0..programs {
            let scenario = program_of(number_of(seed, at), vocabulary);
            for word in scenario.to_string().lines().filter_map(construct) {
                census.add(format!("word {word}"), 1);
            }
            let (trace, tally) = Groundup::default().run(&scenario)?;
            for ((what, of), count) in tally.events.take() {
                census.add(format!("{what} {of}").trim_end().to_owned(), count);
            }
            for line in &trace {
                let seen = SEEN.iter().filter(|(_, shows)| shows(line));
                seen.for_each(|(what, _)| census.add((*what).to_owned(), 1));
            }
            let stops = trace.iter().filter(|line| line.ends_with(STOPPED));
            if stops.count() > 1 {
                census.add("a program of three runs or more".to_owned(), 1);
            }
        }
        Ok(census)
    }

    /// How often this was written or has happened.
    pub fn of(&self, what: &str) -> u64 {
        self.counts.get(what).copied().unwrap_or(0)
    }

    fn add(&mut self, what: String, count: u64) {
        *self.counts.entry(what).or_default() += count;
    }
}

impl Display for Census {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut counts = self.counts.iter();
        counts.try_for_each(|(what, count)| writeln!(f, "{count:>8} {what}"))
    }
}

/// The word that says what a line of a program is: its first, or the one after `X =`. A
/// callback's statement counts as well, as the line's second word.
fn construct(line: &str) -> Option<&str> {
    let mut words = line.split_whitespace();
    let first = words.next()?;
    match words.next() {
        Some("=") => words.next(),
        _ => Some(first),
    }
}

const STOPPED: &str = "loop stopped";

/// Whether a line shows something.
type Shows = fn(&str) -> bool;

/// What lines of a trace show.
const SEEN: [(&str, Shows); 12] = [
    ("the loop is stopped and run again", |line| {
        line.ends_with(STOPPED)
    }),
    ("a time below a millisecond", |line| {
        let time = line.split_whitespace().next().unwrap_or_default();
        time.rsplit('.').next().is_some_and(|part| part.len() > 3)
    }),
    ("a task ends by a panic", |line| {
        line.contains(" end: error !")
    }),
    ("a panic is awaited", |line| {
        line.contains(": error !") && !line.contains(" end: ")
    }),
    ("a panic of a callback is reported", |line| {
        line.contains("(handler) report ")
    }),
    ("a panic is seen by nobody", |line| {
        unseen(line, |name| name.starts_with('!'))
    }),
    ("an error is seen by nobody", |line| {
        unseen(line, |name| !name.starts_with('!'))
    }),
    ("a task ends cancelled", |line| {
        line.contains(" end: cancelled")
    }),
    ("a cancel is caught", |line| {
        line.contains(" caught cancelled")
    }),
    ("a task never ends", |line| line.contains("loop idle stuck")),
    ("a timeout is over", |line| {
        line.contains(" timeout ") && line.ends_with("error Timeout")
    }),
    ("a local is read", |line| {
        line.contains(" get l") && !line.ends_with("none")
    }),
];

/// Whether the last line names such a failure that nobody has looked at.
fn unseen(line: &str, such: fn(&str) -> bool) -> bool {
    let names = line.split_once(" unseen ").map(|(_, names)| names);
    names.is_some_and(|names| names.split_whitespace().any(such))
}
