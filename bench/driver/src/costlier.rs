//! The rows in which groundup costs more: three lines under the tables.
//!
//! The problem: a sentence about the numbers that is written by hand is true for one run. So the command
//! writes the sentences that depend on a run.
//!
//! ```text
//!   all runs of ours above all of the peer         the first line
//!   a ratio above 1, and the ranges overlap        the second line
//!   a peer with fewer instructions                 the third line
//! ```
//!
//! Invariants: each row whose ratio is above 1 stands in exactly one of the first two lines, also if the
//! table rounds it to 1.00.
//!
//! Read next: `scaling.rs`.

use crate::grid::{Form, number};
use crate::measure::{Entrant, Measured};
use crate::verdict::{Outcome, judge};

/// Formats the lines.
pub(crate) fn text(rows: &[Measured], entrants: &[Entrant], form: Form) -> String {
    let above = |outcome| {
        let of_row = |measured: &Measured| {
            let judged = judge(measured, entrants);
            let ratio = judged.ratio.filter(|ratio| *ratio > 1.0)?;
            (judged.outcome == Some(outcome))
                .then(|| format!("{} {ratio:.2}", name(measured, form)))
        };
        in_words(rows.iter().filter_map(of_row).collect())
    };
    let fewer = rows.iter().filter_map(|measured| {
        let ours = measured.counts[measured.ours(entrants)?.0]?;
        let (peer, fewest) = measured.fewest(entrants)?;
        let (name, peer) = (name(measured, form), entrants[peer].system.name);
        (fewest < ours).then(|| format!("{name} {} {peer} {}", number(ours), number(fewest)))
    });
    let mut text = format!(
        "\nAbove 1, in all runs: {}.\n\nAbove 1, but open: {}.\n",
        above(Outcome::More),
        above(Outcome::Open)
    );
    if rows
        .iter()
        .any(|row| row.counts.iter().any(Option::is_some))
    {
        let fewer = in_words(fewer.collect());
        text += &format!("\nMore instructions than a peer that was counted: {fewer}.\n");
    }
    text
}

fn name(measured: &Measured, form: Form) -> String {
    match form {
        Form::Aligned => measured.row.name.to_owned(),
        Form::Markdown => format!("`{}`", measured.row.name),
    }
}

fn in_words(rows: Vec<String>) -> String {
    match rows.is_empty() {
        true => "none".to_owned(),
        false => rows.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{Cell, Spread};
    use crate::rows::ROWS;
    use crate::systems::System;

    #[test]
    fn a_row_above_1_is_in_the_line_of_its_outcome() {
        let entrants = ["ours", "monoio"].map(|name| Entrant {
            system: System::named(name).expect("a system"),
            what: String::new(),
            launch: Ok(vec![]),
        });
        let measured = |at: usize, ours: &[f64], counts: [f64; 2]| Measured {
            row: &ROWS[at],
            cells: [ours, &[2.0, 4.0, 6.0]]
                .map(|costs| Cell::Measured(Spread::of(costs.to_vec()).expect("runs")))
                .to_vec(),
            counts: counts.map(Some).to_vec(),
            faults: None,
        };
        let rows = [
            measured(0, &[7.0, 8.0, 9.0], [5.0, 5.0]),
            measured(1, &[5.0, 5.0, 5.0], [5.0, 4.0]),
            measured(2, &[1.0, 1.0, 1.0], [5.0, 9.0]),
            measured(3, &[4.01, 4.01, 4.01], [5.0, 9.0]),
        ];
        let expected = "\nAbove 1, in all runs: `spawn_join` 2.00.\n\
                        \nAbove 1, but open: `spawn_batch` 1.25, `yield_one` 1.00.\n\
                        \nMore instructions than a peer that was counted: `spawn_batch` 5.00 monoio 4.00.\n";
        assert_eq!(text(&rows, &entrants, Form::Markdown), expected);
        let none = "\nAbove 1, in all runs: none.\n\nAbove 1, but open: none.\n";
        assert!(text(&rows[2..3], &entrants, Form::Aligned).starts_with(none));
    }
}
