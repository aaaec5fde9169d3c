//! A row: every system in turn, several times; the range of each.
//!
//! ```text
//!   run 1:  ours tokio smol ... limit asyncio
//!   run 2:  tokio smol ... limit asyncio ours      not: ours x 5, tokio x 5, ...
//!   ...
//! ```
//!
//! The systems take turns because the speed of a machine changes: a slow minute then
//! affects all systems, and the ratios hold. How much they differ is part of the result:
//! if the ranges of two systems overlap, neither is faster. A row of a few seconds takes three times as
//! many turns: its operations take a few ns, and a median of five such runs moves by a tenth.
//!
//! Invariants: a system that does not serve the row, or fails, runs once and not
//! again in that row; so does a peer that takes longer than [`LONG`]. The median of an even number of runs is the lower of the two in
//! the middle, so it is always a measured value. Of several sizes the worst counts.
//!
//! Read next: `verdict.rs`.

use std::time::{Duration, Instant};

use crate::malloc::Malloc;
use crate::process::{Answer, Cpus, Run, run};
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

impl Entrant {
    /// Returns true for our system.
    pub(crate) fn is_ours(&self) -> bool {
        self.system.role == Role::Ours
    }

    /// Returns the name of the row that the program of this entrant runs.
    pub(crate) fn program_row(&self, row: &Row) -> &'static str {
        row.run_by(matches!(self.system.role, Role::Ours | Role::Reference))
    }
}

/// The settings of a whole measurement.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    pub(crate) cpus: Cpus,
    pub(crate) malloc: Malloc,
    pub(crate) runs: u32,
}

/// The costs of several runs, in ns or bytes per operation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
}

impl Spread {
    /// Returns the spread of the runs, or `None` if there are none.
    pub(crate) fn of(mut costs: Vec<f64>) -> Option<Spread> {
        costs.sort_by(f64::total_cmp);
        Some(Spread {
            median: *costs.get(costs.len().saturating_sub(1) / 2)?,
            least: *costs.first()?,
            most: *costs.last()?,
        })
    }

    /// Returns true if a run of one was as cheap as a run of the other, both ways.
    pub(crate) fn overlaps(&self, other: &Spread) -> bool {
        self.least <= other.most && other.least <= self.most
    }
}

/// The result of one system in one row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    /// The costs of the size that costs most.
    Measured(Spread),
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
    /// Instructions of an operation, of the systems that were counted.
    pub(crate) counts: Vec<Option<f64>>,
    /// The most page faults of an operation, and the system that had them.
    pub(crate) faults: Option<(f64, &'static str)>,
}

/// The work of a row: the row of the programs, sizes and rounds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Task<'a> {
    pub(crate) row: &'static Row,
    pub(crate) sizes: &'a [u64],
    pub(crate) rounds: u64,
    /// The row of the programs, if it is not the row's own.
    pub(crate) program: Option<&'static str>,
}

/// The runs of a measurement. Fewer are a look.
pub(crate) const RUNS: u32 = 5;

/// A row whose turns took less than this together takes [`SHORT_TURNS`] times as many, unless
/// this is a look. What the turns have measured decides nothing here.
const SHORT: Duration = Duration::from_secs(5);

/// How many times as many turns a short row takes.
pub(crate) const SHORT_TURNS: u32 = 3;

/// The largest size of a row for Python, which is slower. A row can have a smaller one.
const PYTHON_SIZE: u64 = 100_000;

/// The most runs of Python in a row. Its cost is far from all others, so its spread
/// decides nothing, and five of its runs take longer than all runs of the peers.
const PYTHON_RUNS: u32 = 2;

/// A peer that takes longer than this for its turn of a row takes no other turn in it.
/// compio needs two minutes for a row that the others end in a second: its cost is far
/// from theirs, and five turns of it would double the time of the whole measurement.
const LONG: Duration = Duration::from_secs(20);

/// Number of operations after which Python makes no further round.
const PYTHON_OPERATIONS: u64 = 50_000;

impl Task<'_> {
    /// Returns the work of a row as the table has it.
    pub(crate) fn of(row: &'static Row) -> Task<'static> {
        Task {
            row,
            sizes: row.sizes,
            rounds: row.rounds,
            program: None,
        }
    }

    /// Returns the runs of one turn of an entrant, one for each size.
    fn runs(&self, entrant: &Entrant, malloc: Malloc) -> Vec<Run> {
        let (row, unit) = (self.row, self.row.unit);
        let name = self.program.unwrap_or_else(|| entrant.program_row(row));
        let python = entrant.system.role == Role::Python;
        let one_size = row.python_size.map(|size| vec![size]).filter(|_| python);
        let most = if python { PYTHON_SIZE } else { u64::MAX };
        let sizes = one_size.unwrap_or_else(|| self.sizes.iter().map(|n| most.min(*n)).collect());
        let of_size = |size| Run {
            row: name,
            size,
            rounds: match python {
                true => self.rounds.min((PYTHON_OPERATIONS / size).max(1)),
                false => self.rounds,
            },
            unit,
            malloc,
        };
        sizes.into_iter().map(of_size).collect()
    }
}

/// The runs of one entrant so far.
#[derive(Default)]
struct Costs {
    of_sizes: Vec<Vec<f64>>,
    out: Option<Cell>,
    faults: f64,
    /// This entrant takes no other turn in the row.
    enough: bool,
}

impl Costs {
    /// Adds the answer of a run of the size number `at`.
    fn add(&mut self, at: usize, answer: Answer) {
        match answer {
            Answer::Measured { cost, faults } => {
                self.of_sizes
                    .resize(self.of_sizes.len().max(at + 1), vec![]);
                self.of_sizes[at].push(cost);
                self.faults = self.faults.max(faults);
            }
            Answer::NotServed => self.out = Some(Cell::Empty),
            Answer::Failed(how) => self.out = Some(Cell::Failed(how)),
        }
    }

    /// Returns the spread of the size that costs most.
    fn cell(self) -> Cell {
        let spreads = self.of_sizes.into_iter().filter_map(Spread::of);
        let worst = spreads.max_by(|a, b| a.median.total_cmp(&b.median));
        self.out
            .or_else(|| worst.map(Cell::Measured))
            .unwrap_or(Cell::Empty)
    }
}

/// Runs a task on every entrant, in turn.
pub(crate) fn measure(settings: &Settings, task: &Task<'_>, entrants: &[Entrant]) -> Measured {
    let mut all: Vec<Costs> = entrants.iter().map(|_| Costs::default()).collect();
    let begun = Instant::now();
    let mut turns = settings.runs;
    let mut turn = 0;
    while turn < turns {
        take_turn(turn, settings, task, entrants, &mut all);
        turn += 1;
        if turn == settings.runs && turn >= RUNS && begun.elapsed() < SHORT {
            turns *= SHORT_TURNS;
        }
    }
    let faults = entrants
        .iter()
        .zip(&all)
        .filter(|(entrant, _)| entrant.system.role != Role::Python)
        .map(|(entrant, costs)| (costs.faults, entrant.system.name))
        .max_by(|a, b| a.0.total_cmp(&b.0));
    Measured {
        row: task.row,
        cells: all.into_iter().map(Costs::cell).collect(),
        counts: vec![None; entrants.len()],
        faults,
    }
}

/// Runs a task once on every entrant, unless it needs no other run.
fn take_turn(
    turn: u32,
    settings: &Settings,
    task: &Task<'_>,
    entrants: &[Entrant],
    all: &mut [Costs],
) {
    for at in in_turn(turn, entrants.len()) {
        let (entrant, costs) = (&entrants[at], &mut all[at]);
        let Ok(launch) = &entrant.launch else {
            continue;
        };
        if costs.enough || entrant.system.role == Role::Python && turn >= PYTHON_RUNS {
            continue;
        }
        let begun = Instant::now();
        for (at, of_size) in task.runs(entrant, settings.malloc).iter().enumerate() {
            if costs.out.is_none() {
                costs.add(at, run(&settings.cpus, launch, of_size));
            }
        }
        costs.enough = entrant.system.role == Role::Peer && begun.elapsed() > LONG;
    }
}

/// Returns the order of a turn. Each begins with the next system, so none is always the first after a pause.
fn in_turn(turn: u32, systems: usize) -> impl Iterator<Item = usize> {
    (0..systems).map(move |at| (at + turn as usize) % systems)
}

impl Measured {
    /// Returns the costs of a role, with the numbers of their entrants.
    fn spreads(&self, entrants: &[Entrant], role: Role) -> impl Iterator<Item = (usize, Spread)> {
        let of_role = move |(at, cell): (usize, &Cell)| match cell {
            Cell::Measured(spread) if entrants[at].system.role == role => Some((at, *spread)),
            _ => None,
        };
        let found: Vec<_> = self.cells.iter().enumerate().filter_map(of_role).collect();
        found.into_iter()
    }

    /// Returns our system, if it was measured.
    pub(crate) fn ours(&self, entrants: &[Entrant]) -> Option<(usize, Spread)> {
        self.spreads(entrants, Role::Ours).next()
    }

    /// Returns the reference without wakers, if it was measured.
    pub(crate) fn limit(&self, entrants: &[Entrant]) -> Option<(usize, Spread)> {
        self.spreads(entrants, Role::Reference).next()
    }

    /// Returns the peer that costs least.
    pub(crate) fn best_peer(&self, entrants: &[Entrant]) -> Option<(usize, Spread)> {
        self.spreads(entrants, Role::Peer)
            .min_by(|a, b| a.1.median.total_cmp(&b.1.median))
    }

    /// Returns the peer with the fewest instructions among those that were counted, and its count.
    pub(crate) fn fewest(&self, entrants: &[Entrant]) -> Option<(usize, f64)> {
        let counted = |(at, count): (usize, &Option<f64>)| {
            let count = (*count).filter(|_| entrants[at].system.role == Role::Peer)?;
            Some((at, count))
        };
        let all = self.counts.iter().enumerate().filter_map(counted);
        all.min_by(|a, b| a.1.total_cmp(&b.1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_turn_begins_with_the_next_system() {
        let orders = [0, 1, 4].map(|turn| in_turn(turn, 3).collect::<Vec<_>>());
        assert_eq!(orders, [[0, 1, 2], [1, 2, 0], [1, 2, 0]]);
    }

    #[test]
    fn the_median_is_a_value_that_was_measured() {
        let median = |costs: &[f64]| Spread::of(costs.to_vec()).map(|spread| spread.median);
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3.0]), Some(3.0));
        assert_eq!(median(&[4.0, 1.0]), Some(1.0));
        assert_eq!(median(&[9.0, 1.0, 5.0]), Some(5.0));
        assert_eq!(median(&[9.0, 1.0, 5.0, 2.0]), Some(2.0));
    }

    #[test]
    fn ranges_overlap_if_they_share_a_cost() {
        let spread = |costs: &[f64]| Spread::of(costs.to_vec()).expect("some runs");
        let (low, high) = (spread(&[1.0, 2.0, 3.0]), spread(&[4.0, 5.0]));
        assert!(!low.overlaps(&high) && !high.overlaps(&low));
        assert!(low.overlaps(&spread(&[3.0, 9.0])));
        assert!(low.overlaps(&spread(&[0.0, 9.0])));
    }

    #[test]
    fn the_worst_size_counts() {
        let mut costs = Costs::default();
        for (at, cost) in [(0, 1.0), (1, 8.0), (2, 4.0), (0, 2.0), (1, 9.0)] {
            costs.add(at, Answer::Measured { cost, faults: 0.0 });
        }
        assert_eq!(
            costs.cell(),
            Cell::Measured(Spread::of(vec![8.0, 9.0]).expect("two runs"))
        );
    }
}
