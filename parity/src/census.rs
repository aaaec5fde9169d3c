//! How often random programs do each thing.
//!
//! A comparison of programs proves nothing about a construct that no program reaches. A
//! construct that is in the text may never run, or fail at once. So each event is counted
//! at the place where it happens. Groundup runs the programs, so no Python is needed.
//!
//! ```text
//!   texts of the programs ──► word gather: 8321
//!   the interpreter       ──► gather of a promise: 2205 ...
//!   lines of the traces   ──► a task ends by a panic: 911 ...
//! ```
//!
//! Invariants
//! 1. Counting does not change a run.
//!
//! Read next: `command.rs`.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

use crate::generator::{Vocabulary, program_of};
use crate::interpreter::Groundup;
use crate::live::number_of;

/// An event, and the kind of object that it concerns.
type Event = (&'static str, &'static str);

/// The counts of one run.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    events: RefCell<BTreeMap<Event, u64>>,
}

impl Tally {
    /// Takes the counts out and returns them.
    pub(crate) fn take(&self) -> Tally {
        let events = RefCell::new(self.events.take());
        Tally { events }
    }

    /// Counts one more event.
    pub(crate) fn count(&self, what: &'static str, of: &'static str) {
        *self.events.borrow_mut().entry((what, of)).or_default() += 1;
    }
}

/// Counts how often each construct stands in a program, and how often each event has happened.
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

    /// Returns one count.
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

/// Returns the word that names the construct of a line: its first word, or the one after `X =`.
fn construct(line: &str) -> Option<&str> {
    let mut words = line.split_whitespace();
    let first = words.next()?;
    match words.next() {
        Some("=") => words.next(),
        _ => Some(first),
    }
}

const STOPPED: &str = "loop stopped";

/// Returns true if a line shows an event.
type Shows = fn(&str) -> bool;

/// The events that are counted by the lines of a trace.
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

/// Returns true if the line lists, behind `unseen`, a failure whose name passes `such`.
fn unseen(line: &str, such: fn(&str) -> bool) -> bool {
    let names = line.split_once(" unseen ").map(|(_, names)| names);
    names.is_some_and(|names| names.split_whitespace().any(such))
}
