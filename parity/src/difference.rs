//! Two traces side by side: the first line in which they differ.
//!
//! The first difference is the only one worth a look. What follows it is
//! mostly the same event, late.
//!
//! Invariants
//! 1. Equal means equal byte for byte: time, iteration, who, what.
//!
//! Read next: `shrinker.rs`, which makes the program behind a difference
//! small enough to read.

use std::fmt::{self, Display, Formatter};

use crate::program::Scenario;
use crate::side::{Side, Trace};

/// Two sides that do not agree about a scenario.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The program.
    pub scenario: Scenario,
    /// The two sides' names and what they printed.
    pub traces: [(String, Trace); 2],
    /// The index of the first line that is not the same.
    pub line: usize,
}

/// The index of the first line in which two traces differ.
pub fn first_difference(left: &[String], right: &[String]) -> Option<usize> {
    let shared = left
        .iter()
        .zip(right)
        .take_while(|(left, right)| left == right)
        .count();
    (shared < left.len().max(right.len())).then_some(shared)
}

/// The last words of a trace from whose end on groundup differs on purpose, as NOT-HERE.md
/// says: what follows cannot be compared. A scenario of `deviations.scn` shows each.
const DEVIATES: &str = " loop deviates ";

/// Cuts both traces where the referee says that they must differ from there on.
fn comparable(traces: &mut [(String, Trace); 2]) {
    let [(_, referee), (_, ours)] = traces;
    if referee.last().is_some_and(|line| line.contains(DEVIATES)) {
        referee.pop();
        ours.truncate(referee.len());
    }
    overtaken(referee, ours);
}

/// A failure that a cancel overtakes counts as seen in CPython, since the task was woken
/// by it; groundup reports it (C06). So where something was cancelled, groundup's last line
/// may name more failures than CPython's, and not fewer.
fn overtaken(referee: &mut Trace, ours: &Trace) {
    let cancelled = |line: &String| {
        ["cancelled", "Timeout", "group["]
            .iter()
            .any(|word| line.contains(word))
    };
    let (Some(theirs), Some(more)) = (referee.last_mut(), ours.last()) else {
        return;
    };
    let split = |line: &str| {
        let (start, names) = line.split_once(UNSEEN).unwrap_or((line, ""));
        let names: Vec<String> = names.split_whitespace().map(String::from).collect();
        (start.to_owned(), names)
    };
    let ((start, known), (same, mut left)) = (split(theirs), split(more));
    for name in &known {
        let Some(at) = left.iter().position(|other| other == name) else {
            return;
        };
        left.remove(at);
    }
    if start == same && ours.iter().any(cancelled) {
        theirs.clone_from(more);
    }
}

/// Before the names of the failures that nobody has looked at.
const UNSEEN: &str = " unseen ";

/// Runs a scenario on both sides.
pub fn compare(
    scenario: &Scenario,
    left: &mut dyn Side,
    right: &mut dyn Side,
) -> Result<Option<Difference>, String> {
    let mut traces = [
        (left.name().to_owned(), left.trace(scenario)?),
        (right.name().to_owned(), right.trace(scenario)?),
    ];
    comparable(&mut traces);
    let line = first_difference(&traces[0].1, &traces[1].1);
    Ok(line.map(|line| Difference {
        scenario: scenario.clone(),
        traces,
        line,
    }))
}

/// How many lines are shown before and after the first difference.
const AROUND: usize = 6;

impl Display for Difference {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.scenario)?;
        let start = self.line.saturating_sub(AROUND);
        if start > 0 {
            writeln!(f, "      ... {start} equal lines")?;
        }
        for line in &self.traces[0].1[start..self.line] {
            writeln!(f, "      {line}")?;
        }
        for ((name, trace), mark) in self.traces.iter().zip(['<', '>']) {
            writeln!(f, "  {mark} from line {} on, {name} says:", self.line + 1)?;
            for line in trace.iter().skip(self.line).take(AROUND) {
                writeln!(f, "  {mark}   {line}")?;
            }
            match trace.len().saturating_sub(self.line) {
                0 => writeln!(f, "  {mark}   (its trace is over)")?,
                left if left > AROUND => {
                    writeln!(f, "  {mark}   ... {} more lines", left - AROUND)?;
                }
                _ => {}
            }
        }
        Ok(())
    }
}
