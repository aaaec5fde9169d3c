//! The table: for people on a terminal, or as Markdown for a document.
//!
//! Invariants: standard output contains the table and its notes (legend, absences,
//! notes), and nothing else. Every requested system is either a column or has its
//! absence explained. A note that limits a peer's number is printed whenever the peer is.
//!
//! Read next: `counts.rs`, the gate that noise cannot move.

use crate::measure::{Cell, Entrant, Measured};
use crate::rows::Unit;
use crate::verdict::{bar_text, judge};

/// A table as text cells, the header first.
struct Grid(Vec<Vec<String>>);

/// Prints the table and its notes.
pub(crate) fn print(rows: &[Measured], entrants: &[Entrant], markdown: bool) {
    let grid = grid(rows, entrants);
    if markdown {
        grid.print_markdown();
    } else {
        grid.print_aligned();
    }
    print_legend(rows, entrants);
}

/// Formats a number with its significant digits.
fn number(value: f64) -> String {
    match value {
        _ if value < 10.0 => format!("{value:.2}"),
        _ if value < 100.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

/// Formats a cell of a system's column.
fn cell(cell: &Cell) -> String {
    match cell {
        Cell::Median(value) => number(*value),
        Cell::Empty => String::new(),
        Cell::Failed(_) => "failed".to_owned(),
    }
}

/// Makes the columns: the verdict first, then every system that has a program.
fn grid(rows: &[Measured], entrants: &[Entrant]) -> Grid {
    let mut head: Vec<String> = [
        "row",
        "unit",
        "ours",
        "best peer",
        "ratio",
        "bar",
        "verdict",
    ]
    .map(str::to_owned)
    .to_vec();
    let shown = || {
        entrants
            .iter()
            .enumerate()
            .filter(|(_, entrant)| entrant.launch.is_ok() && entrant.system.name != "ours")
    };
    head.extend(shown().map(|(_, entrant)| entrant.system.name.to_owned()));
    let mut lines = vec![head];
    for measured in rows {
        let judged = judge(measured, entrants);
        let peer = measured.best_peer(entrants);
        let mut line = vec![
            measured.row.name.to_owned(),
            match measured.row.unit {
                Unit::Cpu => "ns",
                Unit::Wall => "ns wall",
                Unit::Bytes => "bytes",
            }
            .to_owned(),
            measured.ours(entrants).map(number).unwrap_or_default(),
            peer.map(|(name, value)| format!("{name} {}", number(value)))
                .unwrap_or_default(),
            judged
                .ratio
                .map(|ratio| format!("{ratio:.2}"))
                .unwrap_or_default(),
            bar_text(measured.row.bar, measured.row.unit),
            judged.verdict.to_string(),
        ];
        line.extend(shown().map(|(at, _)| cell(&measured.cells[at])));
        lines.push(line);
    }
    Grid(lines)
}

impl Grid {
    /// Returns the width of every column.
    fn widths(&self) -> Vec<usize> {
        let columns = self.0.first().map_or(0, Vec::len);
        let width = |at: usize| self.0.iter().map(|line| line[at].chars().count()).max();
        (0..columns).map(|at| width(at).unwrap_or(0)).collect()
    }

    /// Prints words to the left and numbers to the right.
    fn print_aligned(&self) {
        let widths = self.widths();
        for line in &self.0 {
            let mut text = String::new();
            for (at, (cell, width)) in line.iter().zip(&widths).enumerate() {
                let left = matches!(at, 0 | 1 | 3 | 6);
                if left {
                    text.push_str(&format!("{cell:<width$}  "));
                } else {
                    text.push_str(&format!("{cell:>width$}  "));
                }
            }
            println!("{}", text.trim_end());
        }
    }

    fn print_markdown(&self) {
        for (at, line) in self.0.iter().enumerate() {
            println!("| {} |", line.join(" | "));
            if at == 0 {
                println!("|{}", "---|".repeat(line.len()));
            }
        }
    }
}

/// Prints the meaning of the rows and systems, the absent systems, and the notes.
fn print_legend(rows: &[Measured], entrants: &[Entrant]) {
    println!("\nRows (one operation of each)");
    for measured in rows {
        println!("- {}: {}", measured.row.name, measured.row.work);
    }
    println!("\nSystems");
    for entrant in entrants {
        let name = entrant.system.name;
        match &entrant.launch {
            Ok(_) => println!("- {name}: {}", entrant.what),
            Err(why) => println!("- {name}: absent: {why}"),
        }
        if entrant.launch.is_ok() {
            for note in entrant.system.notes {
                println!("  - {note}");
            }
        }
    }
    let failed: Vec<_> = rows
        .iter()
        .flat_map(|measured| failures(measured, entrants))
        .collect();
    if !failed.is_empty() {
        println!("\nFailed\n{}", failed.join("\n"));
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
