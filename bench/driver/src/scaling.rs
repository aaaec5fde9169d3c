//! The table of growing sizes: a cost among 10^2 to 10^6 of its kind.
//!
//! ```text
//!   gather    ours     64     65     70     90    180
//!             best  monoio 77  ...
//! ```
//!
//! A cost that grows where the caches end is the machine's; a cost that grows elsewhere,
//! or faster than that of the best peer, is the loop's.
//!
//! Invariants: each size has its own best peer. About a million operations are measured
//! at each size, so that small sizes are no shorter measurements.
//!
//! Read next: `options.rs`.

use crate::grid::{Form, Grid, number};
use crate::measure::{Entrant, Measured, Settings, Task, measure};
use crate::rows::Row;
use crate::table::conditions;

/// The sizes of the table.
const SIZES: [u64; 5] = [100, 1_000, 10_000, 100_000, 1_000_000];

/// Operations of all rounds of a size.
const OPERATIONS: u64 = 1_000_000;

/// Measures the rows that scale at every size; returns the text of their table.
pub(crate) fn text(
    rows: &[&'static Row],
    entrants: &[Entrant],
    settings: &Settings,
    form: Form,
) -> String {
    let mut lines = vec![head()];
    for row in rows {
        let Some(program) = row.scales else { continue };
        eprintln!("{} at {} sizes ...", row.name, SIZES.len());
        let at_sizes = SIZES.map(|size| {
            let task = Task {
                row,
                sizes: &[size],
                rounds: OPERATIONS / size,
                program: Some(program),
            };
            measure(settings, &task, entrants)
        });
        lines.extend(two_lines(row, &at_sizes, entrants));
    }
    let mut text = conditions(settings);
    text += "\nCost of an operation at growing sizes, in ns of CPU time: how many tasks, timers \
             or futures are alive at once.\n\n";
    text + &Grid(lines).text(form)
}

fn head() -> Vec<String> {
    let sizes = (2..7).map(|power| format!("10^{power}"));
    ["row", "system"]
        .map(str::to_owned)
        .into_iter()
        .chain(sizes)
        .collect()
}

/// Makes the line of our system and the line of the best peer of each size.
fn two_lines(row: &Row, at_sizes: &[Measured], entrants: &[Entrant]) -> [Vec<String>; 2] {
    let ours = at_sizes.iter().map(|measured| {
        let costs = measured.ours(entrants);
        costs.map_or_else(|| "-".to_owned(), |(_, costs)| number(costs.median))
    });
    let best = at_sizes
        .iter()
        .map(|measured| match measured.best_peer(entrants) {
            Some((at, costs)) => format!("{} {}", number(costs.median), entrants[at].system.name),
            None => "-".to_owned(),
        });
    let start = |name: &str, system: &str| vec![name.to_owned(), system.to_owned()];
    [
        start(row.name, "ours").into_iter().chain(ours).collect(),
        start("", "best peer").into_iter().chain(best).collect(),
    ]
}
