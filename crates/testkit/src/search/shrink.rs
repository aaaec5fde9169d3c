//! Makes a failing schedule smaller.
//!
//! The problem: a seed finds a failure with forty deviations, of which one matters. First all
//! deviations that are not needed go, in halves, quarters, and one by one. That result cannot be
//! made smaller by leaving one out, and still it may not be the smallest: "the first task runs
//! last of five" takes four deviations, "the second runs first" takes one, and either may fail.
//! So then the search from below runs all schedules with fewer deviations.
//!
//! ```text
//!   seed: 40 deviations ──> leave out ──> 4 ──> all with 1, 2, 3, from below ──> 1
//! ```
//!
//! Invariants:
//! 1. The result fails with the same kind of failure, and has at most as many deviations.
//! 2. The number of runs has a limit, and the time has that of the exploration.
//!
//! Read next: `explore.rs`.

use crate::schedule::{Deviation, Question};
use crate::search::{Scope, Trial, with_exactly};

/// The most runs of one shrinking, for each of its two parts.
const RUNS: usize = 5_000;

/// Runs a schedule. Returns its questions, and true if it fails in the same way.
pub(crate) type Fails<'a> = dyn FnMut(&[Deviation]) -> (Vec<Question>, bool) + 'a;

/// Returns true if the time of the exploration is over.
pub(crate) type IsLate<'a> = dyn Fn() -> bool + 'a;

/// Returns the smallest failing schedule that the limits of runs and of time allow to find.
pub(crate) fn shrink(
    schedule: Vec<Deviation>,
    scope: &Scope,
    is_late: &IsLate<'_>,
    fails: &mut Fails<'_>,
) -> Vec<Deviation> {
    let small = leave_out(schedule, is_late, fails);
    from_below(&small, scope, is_late, fails).unwrap_or(small)
}

/// Leaves out pieces of the schedule as long as it fails: the algorithm of delta debugging.
pub(crate) fn leave_out(
    mut schedule: Vec<Deviation>,
    is_late: &IsLate<'_>,
    fails: &mut Fails<'_>,
) -> Vec<Deviation> {
    let (mut pieces, mut runs) = (2, 0);
    while schedule.len() > 1 && runs < RUNS && !is_late() {
        let size = schedule.len().div_ceil(pieces);
        let starts = (0..schedule.len()).step_by(size);
        let fewer = starts.map(|start| {
            let end = (start + size).min(schedule.len());
            [&schedule[..start], &schedule[end..]].concat()
        });
        let found = fewer.collect::<Vec<_>>().into_iter().find(|fewer| {
            runs += 1;
            !is_late() && fails(fewer).1
        });
        match found {
            Some(fewer) => {
                schedule = fewer;
                pieces = (pieces - 1).max(2);
            }
            None if size == 1 => break,
            None => pieces = (pieces * 2).min(schedule.len()),
        }
    }
    schedule
}

/// Looks for a failing schedule with fewer deviations.
fn from_below(
    than: &[Deviation],
    scope: &Scope,
    is_late: &IsLate<'_>,
    fails: &mut Fails<'_>,
) -> Option<Vec<Deviation>> {
    let (mut runs, mut found) = (0, None);
    for count in 0..than.len() {
        let searched = with_exactly(count, scope, &mut |trial: &Trial<'_>| {
            if is_late() {
                return None;
            }
            runs += 1;
            let (record, failed) = fails(trial.schedule);
            if failed && trial.counts {
                found = Some(trial.schedule.to_vec());
            }
            (found.is_none() && runs < RUNS).then_some(record)
        });
        if found.is_some() || searched.is_none() {
            break;
        }
    }
    found
}
