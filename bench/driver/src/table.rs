//! The tables: one for each kind of row, and the notes under them.
//!
//! ```text
//!   conditions      runs, malloc, processor
//!   one kind        heading, what is compared with what, the rows
//!   ...
//!   costlier        the rows in which groundup costs more
//!   legend          what an operation is; the systems, their runtimes and notes; failures
//! ```
//!
//! Invariants: every table names its processor and its setting of malloc. Every requested
//! system is either a column or has its absence explained. A note that limits a peer's
//! number is printed whenever the peer is. A row whose ranges overlap says so.
//!
//! Read next: `costlier.rs`.

use std::fmt::Write;

use crate::costlier;
use crate::grid::{Form, Grid, number};
use crate::machine::machine;
use crate::malloc::Malloc;
use crate::measure::{Cell, Entrant, Measured, RUNS, SHORT_TURNS, Settings, Spread};
use crate::rows::Unit;
use crate::verdict::{Outcome, aim_text, judge};

/// Formats the tables and their notes.
pub(crate) fn text(
    rows: &[Measured],
    entrants: &[Entrant],
    settings: &Settings,
    form: Form,
) -> String {
    let mut text = conditions(settings);
    for kind in rows.chunk_by(|a, b| a.row.kind == b.row.kind) {
        let (heading, remark) = kind[0].row.kind.heading();
        let heading = match form {
            Form::Aligned => format!("== {heading} =="),
            Form::Markdown => format!("**{heading}.**"),
        };
        let grid = grid(kind, entrants, form);
        let _ = write!(text, "\n{heading} {remark}\n\n{}", grid.text(form));
    }
    text += &costlier::text(rows, entrants, form);
    text + &legend(rows, entrants, form)
}

/// Returns the conditions of the measurement, above the tables.
pub(crate) fn conditions(settings: &Settings) -> String {
    let runs = settings.runs;
    let look = if runs < RUNS {
        " A look, not a measurement."
    } else {
        ""
    };
    let more = match runs >= RUNS {
        true => format!(", of {} in the rows of a few seconds", runs * SHORT_TURNS),
        false => String::new(),
    };
    let malloc = match settings.malloc {
        Malloc::Kept => {
            "malloc keeps memory in all systems (no trimming, no mapping), so no round pays for \
             memory that another round gave back"
        }
        Malloc::Defaults => {
            "malloc has its defaults: what a round gives back to the kernel is paid for again by \
             the next, as page faults, which a system that keeps its memory does not have"
        }
    };
    format!(
        "Machine: {}.{look}\n\
         Per operation: median of {runs} runs{more} (least–most), the systems in turn, each run a \
         fresh process pinned to one CPU (two for wall time), after one round that is not \
         measured; {malloc}.\n",
        machine()
    )
}

/// Formats the costs of several runs.
fn spread(spread: &Spread) -> String {
    let Spread {
        median,
        least,
        most,
    } = *spread;
    format!("{} ({}–{})", number(median), number(least), number(most))
}

/// Formats a cell of a system's own column.
fn cell(cell: &Cell) -> String {
    match cell {
        Cell::Measured(spread) => number(spread.median),
        Cell::Empty => String::new(),
        Cell::Failed(_) => "failed".to_owned(),
    }
}

/// Returns the entrants with columns of their own in a terminal.
fn columns(entrants: &[Entrant]) -> impl Iterator<Item = (usize, &Entrant)> {
    let others = |(_, entrant): &(usize, &Entrant)| entrant.launch.is_ok() && !entrant.is_ours();
    entrants.iter().enumerate().filter(others)
}

/// Makes the columns of one kind of rows.
fn grid(rows: &[Measured], entrants: &[Entrant], form: Form) -> Grid {
    let head: &[&str] = match form {
        Form::Markdown => &[
            "row",
            "one operation",
            "groundup",
            "best peer",
            "ratio",
            "instructions",
        ],
        Form::Aligned => &[
            "row",
            "unit",
            "ours",
            "best peer",
            "ratio",
            "cost",
            "aim",
            "",
            "instructions",
        ],
    };
    let mut head: Vec<String> = head.iter().map(|&cell| cell.to_owned()).collect();
    if form == Form::Aligned {
        head.extend(columns(entrants).map(|(_, entrant)| entrant.system.name.to_owned()));
    }
    let lines = rows.iter().map(|measured| line(measured, entrants, form));
    Grid(std::iter::once(head).chain(lines).collect())
}

/// Makes the line of one row.
fn line(measured: &Measured, entrants: &[Entrant], form: Form) -> Vec<String> {
    let row = measured.row;
    let judged = judge(measured, entrants);
    let ours = measured.ours(entrants);
    let against = judged.against;
    let unit = match row.unit {
        Unit::Cpu => "ns",
        Unit::Wall => "ns wall",
        Unit::Bytes => "bytes",
    };
    let our_costs = ours.map(|(_, costs)| spread(&costs)).unwrap_or_default();
    let mut their_costs = against
        .map(|(at, costs)| format!("{} {}", entrants[at].system.name, spread(&costs)))
        .unwrap_or_default();
    // Peers do other work in deep_frames, so the same work without a loop stands beside them.
    if let (Some(_), Some((_, costs))) = (row.against, measured.limit(entrants)) {
        their_costs += &format!("; limit {}", spread(&costs));
    }
    let ratio = judged.ratio.map(|ratio| format!("{ratio:.2}"));
    let ratio = ratio.unwrap_or_default();
    let counts = counts(measured, entrants);
    match form {
        Form::Markdown => {
            let open = judged.outcome == Some(Outcome::Open);
            let name = format!("`{}`", row.name);
            let ours = format!("{our_costs} {unit}");
            let ratio = if open {
                format!("{ratio}, open")
            } else {
                ratio
            };
            vec![name, row.one.to_owned(), ours, their_costs, ratio, counts]
        }
        Form::Aligned => {
            let outcome = judged.outcome.map(|outcome| outcome.to_string());
            let mut line = vec![row.name.to_owned(), unit.to_owned(), our_costs, their_costs];
            line.extend([ratio, outcome.unwrap_or_default(), aim_text(row.aim)]);
            line.extend([judged.verdict.to_string(), counts]);
            line.extend(columns(entrants).map(|(at, _)| cell(&measured.cells[at])));
            line
        }
    }
}

/// Formats the counts of a row: ours, those of the system with which it is compared, and after a
/// semicolon those of the peer with the fewest, if that is another one.
fn counts(measured: &Measured, entrants: &[Entrant]) -> String {
    let against = judge(measured, entrants).against.map(|(at, _)| at);
    let ours = measured.ours(entrants).map(|(at, _)| at);
    let both: Vec<_> = ours.into_iter().chain(against).collect();
    if both.iter().all(|&at| measured.counts[at].is_none()) {
        return String::new();
    }
    let count = |&at: &usize| measured.counts[at].map_or_else(|| "-".to_owned(), number);
    let text = both.iter().map(count).collect::<Vec<_>>().join(", ");
    // Two counts of the same work may differ by a little.
    let clearly = |fewest: f64| {
        let theirs = against.and_then(|at| measured.counts[at]);
        theirs.is_none_or(|theirs| fewest < theirs * 0.98)
    };
    match measured.fewest(entrants) {
        Some((at, count)) if clearly(count) => {
            format!("{text}; {} {}", entrants[at].system.name, number(count))
        }
        _ => text,
    }
}

/// Formats the notes: what an operation is, the systems, page faults, and failures.
fn legend(rows: &[Measured], entrants: &[Entrant], form: Form) -> String {
    let mut text = String::from("\n");
    text += "The ratio is our median by the other's: below 1 is less. It is open where the ranges \
             of the runs overlap. Instructions: ours, and the other's, counted with callgrind at \
             a smaller size. If yet another peer needs fewer, it follows with its count.\n";
    if form == Form::Aligned {
        text += "\nRows (one operation of each)\n";
        for measured in rows {
            let _ = writeln!(text, "- {}: {}", measured.row.name, measured.row.one);
        }
    }
    text += "\nSystems\n\n";
    for entrant in entrants {
        let name = entrant.system.name;
        match &entrant.launch {
            Ok(_) => {
                let _ = writeln!(text, "- {name}: {}", entrant.what);
                for note in entrant.system.notes {
                    let _ = writeln!(text, "  - {note}");
                }
            }
            Err(why) => {
                let _ = writeln!(text, "- {name}: absent: {why}");
            }
        }
    }
    text += &faults(rows);
    let failed: Vec<_> = rows
        .iter()
        .flat_map(|measured| failures(measured, entrants))
        .collect();
    if !failed.is_empty() {
        let _ = writeln!(text, "\nFailed\n\n{}", failed.join("\n"));
    }
    text
}

/// Names the row that had most page faults while it was measured.
fn faults(rows: &[Measured]) -> String {
    let of_row = |measured: &Measured| {
        let (faults, system) = measured.faults?;
        (measured.row.unit != Unit::Bytes).then_some((faults, system, measured.row.name))
    };
    let most = rows
        .iter()
        .filter_map(of_row)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    match most {
        Some((faults, system, row)) => format!(
            "\nPage faults while measured: at most {:.2} per 1,000 operations ({system}, {row}).\n",
            faults * 1000.0
        ),
        None => String::new(),
    }
}

/// Returns the failures of a row, a line each.
fn failures(measured: &Measured, entrants: &[Entrant]) -> Vec<String> {
    let line = |(entrant, cell): (&Entrant, &Cell)| match cell {
        Cell::Failed(how) => Some(format!(
            "- {} on {}: {how}",
            measured.row.name, entrant.system.name
        )),
        _ => None,
    };
    entrants
        .iter()
        .zip(&measured.cells)
        .filter_map(line)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::ROWS;
    use crate::systems::System;

    fn entrant(name: &str) -> Entrant {
        Entrant {
            system: System::named(name).expect("a system"),
            what: String::new(),
            launch: Ok(vec![]),
        }
    }

    #[test]
    fn the_peer_with_the_fewest_instructions_is_named_if_it_is_not_the_fastest() {
        let entrants = ["ours", "tokio", "monoio", "limit"].map(entrant);
        let text = |counts: [Option<f64>; 4]| {
            let costs = [8.0, 9.0, 10.0, 1.0];
            let measured = Measured {
                row: &ROWS[0],
                cells: costs
                    .map(|cost| Cell::Measured(Spread::of(vec![cost]).expect("a run")))
                    .to_vec(),
                counts: counts.to_vec(),
                faults: None,
            };
            super::counts(&measured, &entrants)
        };
        assert_eq!(
            text([Some(50.0), Some(200.0), Some(100.0), Some(1.0)]),
            "50.0, 200; monoio 100"
        );
        assert_eq!(
            text([Some(50.0), Some(100.0), Some(200.0), None]),
            "50.0, 100"
        );
        assert_eq!(
            text([Some(50.0), Some(100.0), Some(99.0), None]),
            "50.0, 100"
        );
        assert_eq!(
            text([Some(50.0), None, Some(99.0), None]),
            "50.0, -; monoio 99.0"
        );
        assert_eq!(text([None, None, Some(99.0), None]), "");
    }
}
