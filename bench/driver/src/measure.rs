//! A row: every system in turn, several times, the median of each.
//!
//! ```text
//!   run 1:  ours tokio smol ... floor asyncio
//!   run 2:  ours tokio smol ... floor asyncio      not: ours x 5, tokio x 5, ...
//!   ...
//! ```
//!
//! In turn, because a machine has moods: a minute in which it is slow then
//! falls on everybody and the ratios hold.
//!
//! Invariants: a system that does not serve the row, or fails, is asked once
//! and not again in that row; the median of an even number of runs is the
//! lower of the two in the middle, so it is always a value that was measured.
//!
//! Read next: `table.rs`.

use crate::process::{Answer, Cpus, run};
use crate::rows::Row;
use crate::systems::{Launch, Role, System};

/// A system and its program, or why it has none.
#[derive(Debug)]
pub(crate) struct Entrant {
    pub(crate) system: &'static System,
    /// What it is, in the words of the table's legend.
    pub(crate) what: String,
    pub(crate) launch: Result<Launch, String>,
}

/// What one system did in one row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    /// The median, in ns or bytes per operation.
    Median(f64),
    /// Not served.
    Empty,
    /// Failed, and how.
    Failed(String),
}

/// A row and what everybody did in it, in the order of the entrants.
#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) row: &'static Row,
    pub(crate) cells: Vec<Cell>,
}

/// Run `row` on everybody.
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

/// The row that this entrant runs.
fn name(row: &Row, entrant: &Entrant) -> &'static str {
    row.run_by(entrant.system.role == Role::Ours)
}

/// Size and rounds for this entrant: the row's, one round for Python.
fn work(row: &Row, entrant: &Entrant) -> (u64, u64) {
    // Where rounds are part of the work (a thousand wakes, a thousand times)
    // one round would be too short to be measured at all.
    let long = row.size >= 10_000;
    if entrant.system.role == Role::Python && long {
        return (row.python_size.unwrap_or(row.size), 1);
    }
    (row.size, row.rounds)
}

/// The value in the middle; the lower one of two.
pub(crate) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len().saturating_sub(1) / 2).copied()
}

impl Measured {
    /// The cells of a role, with their systems' names.
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

    /// Ours, if it was measured.
    pub(crate) fn ours(&self, entrants: &[Entrant]) -> Option<f64> {
        self.medians(entrants, Role::Ours)
            .next()
            .map(|(_, value)| value)
    }

    /// The reference without wakers, if it was measured.
    pub(crate) fn floor(&self, entrants: &[Entrant]) -> Option<f64> {
        self.medians(entrants, Role::Reference)
            .next()
            .map(|(_, value)| value)
    }

    /// The peer that costs least.
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
