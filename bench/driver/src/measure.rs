//! A row: every system in turn, several times, the median of each.
//!
//! ```text
//!   run 1:  ours tokio smol ... floor asyncio
//!   run 2:  ours tokio smol ... floor asyncio      not: ours x 5, tokio x 5, ...
//!   ...
//! ```
//!
//! The systems take turns because the speed of a machine changes: a slow minute then
//! affects all systems, and the ratios hold.
//!
//! Invariants: a system that does not serve the row, or fails, runs once and not
//! again in that row. The median of an even number of runs is the lower of the two in
//! the middle, so it is always a measured value.
//!
//! Read next: `table.rs`.

use crate::process::{Answer, Cpus, run};
use crate::rows::Row;
use crate::systems::{Launch, Role, System};

/// A system and its program, or the reason for which it has none.
#[derive(Debug)]
pub(crate) struct Entrant {
    pub(crate) system: &'static System,
    /// The description of the system in the table's legend.
    pub(crate) what: String,
    pub(crate) launch: Result<Launch, String>,
}

/// The result of one system in one row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    /// The median, in ns or bytes per operation.
    Median(f64),
    /// The system does not serve the row.
    Empty,
    /// The system failed, with this error.
    Failed(String),
}

/// A row and its results, in the order of the entrants.
#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) row: &'static Row,
    pub(crate) cells: Vec<Cell>,
}

/// Runs `row` on every system.
pub(crate) fn measure(cpus: &Cpus, row: &'static Row, entrants: &[Entrant], runs: u32) -> Measured {
    let mut values: Vec<Vec<f64>> = vec![vec![]; entrants.len()];
    let mut out: Vec<Option<Cell>> = vec![None; entrants.len()];
    for _ in 0..runs {
        for (at, entrant) in entrants.iter().enumerate() {
            let (Ok(launch), None) = (&entrant.launch, &out[at]) else {
                continue;
            };
            match run(
                cpus,
                launch,
                name(row, entrant),
                work(row, entrant),
                row.unit,
            ) {
                Answer::Measured(value) => values[at].push(value),
                Answer::NotServed => out[at] = Some(Cell::Empty),
                Answer::Failed(how) => out[at] = Some(Cell::Failed(how)),
            }
        }
    }
    let cells = values
        .into_iter()
        .zip(out)
        .map(|(values, out)| {
            out.or_else(|| median(values).map(Cell::Median))
                .unwrap_or(Cell::Empty)
        })
        .collect();
    Measured { row, cells }
}

/// Returns the name of the row that this entrant runs.
fn name(row: &Row, entrant: &Entrant) -> &'static str {
    row.run_by(entrant.system.role == Role::Ours)
}

/// Returns size and rounds for this entrant: the row's, but one round of a large row for
/// Python.
fn work(row: &Row, entrant: &Entrant) -> (u64, u64) {
    // Where rounds are part of the work (a thousand wakes, a thousand times), one round would
    // be too short to measure.
    let long = row.size >= 10_000;
    if entrant.system.role == Role::Python && long {
        return (row.python_size.unwrap_or(row.size), 1);
    }
    (row.size, row.rounds)
}

/// Returns the value in the middle; the lower one of two.
pub(crate) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len().saturating_sub(1) / 2).copied()
}

impl Measured {
    /// Returns the medians of a role, with the names of their systems.
    fn medians<'a>(
        &'a self,
        entrants: &'a [Entrant],
        role: Role,
    ) -> impl Iterator<Item = (&'static str, f64)> + 'a {
        entrants
            .iter()
            .zip(&self.cells)
            .filter_map(move |(entrant, cell)| match cell {
                Cell::Median(value) if entrant.system.role == role => {
                    Some((entrant.system.name, *value))
                }
                _ => None,
            })
    }

    /// Returns the median of our system, if it was measured.
    pub(crate) fn ours(&self, entrants: &[Entrant]) -> Option<f64> {
        self.medians(entrants, Role::Ours)
            .next()
            .map(|(_, value)| value)
    }

    /// Returns the median of the reference without wakers, if it was measured.
    pub(crate) fn floor(&self, entrants: &[Entrant]) -> Option<f64> {
        self.medians(entrants, Role::Reference)
            .next()
            .map(|(_, value)| value)
    }

    /// Returns the peer that costs least.
    pub(crate) fn best_peer(&self, entrants: &[Entrant]) -> Option<(&'static str, f64)> {
        self.medians(entrants, Role::Peer)
            .min_by(|a, b| a.1.total_cmp(&b.1))
    }
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn the_median_is_a_value_that_was_measured() {
        assert_eq!(median(vec![]), None);
        assert_eq!(median(vec![3.0]), Some(3.0));
        assert_eq!(median(vec![4.0, 1.0]), Some(1.0));
        assert_eq!(median(vec![9.0, 1.0, 5.0]), Some(5.0));
        assert_eq!(median(vec![9.0, 1.0, 5.0, 2.0]), Some(2.0));
    }
}
