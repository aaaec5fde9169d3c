//! Two traces side by side: the first line in which they differ.
//!
//! The first difference is the only one worth a look. Most of the later ones
//! follow from it.
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
    /// The names of the two sides, and their traces.
    pub traces: [(String, Trace); 2],
    /// The index of the first line that is not the same.
    pub line: usize,
}

/// Returns the index of the first line in which two traces differ.
pub fn first_difference(left: &[String], right: &[String]) -> Option<usize> {
    let shared = left
        .iter()
        .zip(right)
        .take_while(|(left, right)| left == right)
        .count();
    (shared < left.len().max(right.len())).then_some(shared)
}

/// Marks the point of a trace after which groundup differs on purpose, as NOT-HERE.md says. The
/// lines after it cannot be compared. A scenario of `deviations.scn` shows each such point.
const DEVIATES: &str = " loop deviates ";

/// Cuts both traces at the point after which the referee's trace says that they must differ.
fn comparable(traces: &mut [(String, Trace); 2]) {
    let [(_, referee), (_, ours)] = traces;
    if referee.last().is_some_and(|line| line.contains(DEVIATES)) {
        referee.pop();
        ours.truncate(referee.len());
    }
    overtaken(referee, ours);
}

/// Accepts more unseen failures in groundup's last line than in CPython's, if the program has
/// cancelled something. In CPython a failure that a cancel overtakes counts as seen, because it
/// has woken the task; groundup reports it. Fewer failures remain a difference.
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

/// The word before the names of the failures that no statement has looked at.
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

/// Number of lines shown before and after the first difference.
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
