//! Searches through the schedules of a program.
//!
//! The problem: a program that asks a hundred questions has more schedules than anybody can run.
//! But the first 10,000 are worth more than a random 10,000, if they are the *simple* ones. A
//! bug that needs two tasks to meet in an unusual order needs one or two deviations, however large
//! the program is. So one search goes through all schedules with exactly k deviations,
//! and is called with k = 0, 1, 2. The first failure is then the smallest. Another search goes
//! through all schedules as an odometer goes through all numbers.
//!
//! ```text
//!   with_exactly(1)                          everything
//!   ()  two questions: 3 and 2 options       0 0
//!    ├─ (0:1)  run                           0 1     add 1 to the last answer below its maximum,
//!    ├─ (0:2)  run                           1 0     remove the answers behind it
//!    └─ (1:1)  run                           1 1 ..
//! ```
//!
//! Invariants:
//! 1. Each schedule counts in exactly one run (`Trial::counts`). `with_exactly` runs each shorter
//!    schedule from which it goes on, too, to learn its questions.
//! 2. Up to its last deviation, a schedule asks what the schedule above it asked. If it does
//!    not, the program is not repeatable, and the caller of `run` learns of it.
//!
//! Read next: `cancel.rs`. Second reading: `search/shrink.rs`.

pub(crate) mod shrink;

use crate::schedule::{Deviation, Kind, Question, deviations};

/// Runs one schedule and returns its questions; `None` ends the search.
pub(crate) type RunSchedule<'a> = dyn FnMut(&Trial<'_>) -> Option<Vec<Question>> + 'a;

/// A schedule that a search runs.
pub(crate) struct Trial<'a> {
    pub(crate) schedule: &'a [Deviation],
    /// The questions that this run must ask first.
    pub(crate) expected: &'a [Question],
    /// False for a run that only asks for the questions.
    pub(crate) counts: bool,
}

/// Which deviations a search may add.
pub(crate) struct Scope {
    /// The most deviations that disturb the run.
    pub(crate) disturbances: usize,
    /// The most other deviations.
    pub(crate) orders: usize,
    /// Leaves the questions out whose answers made no difference.
    pub(crate) skips_moot: bool,
}

impl Scope {
    /// Returns true if a deviation at a question may be added to a schedule.
    fn has(&self, question: &Question, disturbances: usize, orders: usize) -> bool {
        match question.kind {
            Kind::Seed => false, // for the random schedules
            _ if question.moot && self.skips_moot => false,
            kind if kind.disturbs() => disturbances < self.disturbances,
            _ => orders < self.orders,
        }
    }
}

/// Runs all schedules with exactly `count` deviations. Returns how many there are, or `None` if
/// `run` has ended the search.
pub(crate) fn with_exactly(count: usize, scope: &Scope, run: &mut RunSchedule<'_>) -> Option<u64> {
    let mut search = Search {
        scope,
        run,
        schedule: Vec::new(),
        disturbances: 0,
    };
    search.descend(count, &[])
}

struct Search<'a, 'b> {
    scope: &'a Scope,
    run: &'a mut RunSchedule<'b>,
    schedule: Vec<Deviation>,
    /// The number of deviations in `schedule` that disturb the run.
    disturbances: usize,
}

impl Search<'_, '_> {
    fn descend(&mut self, left: usize, expected: &[Question]) -> Option<u64> {
        let record = (self.run)(&Trial {
            schedule: &self.schedule,
            expected,
            counts: left == 0,
        })?;
        if left == 0 {
            return Some(1);
        }
        let first = self.schedule.last().map_or(0, |last| last.at as usize + 1);
        let mut found = 0;
        for at in first..record.len() {
            let (question, disturbances) = (record[at], self.disturbances);
            let orders = self.schedule.len() - disturbances;
            if !self.scope.has(&question, disturbances, orders) {
                continue;
            }
            self.disturbances += usize::from(question.kind.disturbs());
            for pick in 1..question.options {
                let at = at as u32;
                self.schedule.push(Deviation { at, pick });
                found += self.descend(left - 1, &record[..=at as usize])?;
                self.schedule.pop();
            }
            self.disturbances = disturbances;
        }
        Some(found)
    }
}

/// Runs all schedules, or, if the plan is reduced, those that may differ. Returns how many there are, or
/// `None` if `run` has ended the search.
pub(crate) fn everything(scope: &Scope, run: &mut RunSchedule<'_>) -> Option<u64> {
    let (mut schedule, mut expected, mut found) = (Vec::new(), Vec::new(), 0);
    loop {
        let record = run(&Trial {
            schedule: &schedule,
            expected: &expected,
            counts: true,
        })?;
        found += 1;
        let can_rise = |question: &Question| question.next > 0 && scope.has(question, 0, 0);
        let Some(last) = record.iter().rposition(can_rise) else {
            return Some(found);
        };
        schedule = deviations(&record[..last]);
        schedule.push(Deviation {
            at: last as u32,
            pick: record[last].next,
        });
        expected = record;
        expected.truncate(last + 1);
    }
}
