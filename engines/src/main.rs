//! Runs programs on every engine of groundup: `cargo xtask engines`.
//!
//! The problem: the loop runs by itself on a real or a virtual clock, with a reactor, under a seed, and
//! as a guest inside tokio or smol. Its programs must not notice. So each program of the source texts,
//! and each scenario that was recorded from CPython, runs on all of them.
//!
//! ```text
//!   engines on a clock that jumps   step by step equal to virtual time      exact.rs
//!   engines on the real clock       lines and seconds of the source         timed.rs
//! ```
//!
//! Invariants:
//! 1. The exit code is 0 if no run differs, 1 if one does, 2 if the command line is wrong. Runs that
//!    cannot be judged count as a difference if they are more than a few.
//! 2. Each difference is printed with its program, and its first line that differs.
//!
//! Read next: `hosts.rs`.
#![forbid(unsafe_code)]

mod exact;
mod guests;
mod hosts;
mod reactors;
#[cfg(test)]
mod tests;
mod timed;

use std::process::ExitCode;

use lexopt::prelude::{Long, Short};
use lexopt::{Error, Parser};

/// The text that `cargo xtask engines --help` prints.
const HELP: &str = include_str!("help.txt");

/// The programs that drive a loop from a plain `for` loop. A host cannot be awaited there, so they run
/// on a loop of their own only.
pub(crate) const DRIVES_A_LOOP: [&str; 3] = ["S0.P5", "S0.P6", "S0.P7"];

/// One line of the table.
pub(crate) struct Row {
    pub(crate) engine: &'static str,
    pub(crate) programs: Tally,
    pub(crate) seeded: Tally,
    pub(crate) scenarios: Tally,
}

/// How many runs were equal, of how many; and the first line of each difference.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) equal: usize,
    pub(crate) late: usize,
    /// The runs on a machine so late that the order of their lines says nothing.
    pub(crate) not_judged: usize,
    pub(crate) different: Vec<String>,
}

impl Tally {
    /// Counts a run.
    pub(crate) fn count(&mut self, name: &str, difference: Option<String>) {
        match difference {
            None => self.equal += 1,
            Some(difference) => self.different.push(format!("{name}: {difference}")),
        }
    }

    fn text(&self) -> String {
        let some = |count: usize, word: &str| match count {
            0 => String::new(),
            count => format!(", {count} {word}"),
        };
        let late = some(self.late, "late") + &some(self.not_judged, "not judged");
        match (
            self.equal + self.late + self.not_judged,
            self.different.len(),
        ) {
            (0, 0) => "-".into(),
            (_, 0) => format!("{} equal{late}", self.equal),
            (_, wrong) => format!("{} equal{late}, {wrong} DIFFER", self.equal),
        }
    }
}

/// Reads the command line; returns `None` if it asks for the help.
fn scale(words: &mut Parser) -> Result<Option<f64>, String> {
    let mut scale = 0.05;
    while let Some(word) = words.next().map_err(mistake)? {
        match word {
            Short('h') | Long("help") => return Ok(None),
            Long("scale") => {
                let text = words.value().ok();
                let number = text.and_then(|text| text.to_str()?.parse().ok());
                let good = number.filter(|number| (0.001..=1.0).contains(number));
                scale = good.ok_or("--scale needs a number from 0.001 to 1")?;
            }
            other => return Err(mistake(other.unexpected())),
        }
    }
    Ok(Some(scale))
}

fn mistake(why: Error) -> String {
    match why {
        Error::UnexpectedOption(option) => {
            format!("there is no option {option}; --help lists them")
        }
        Error::UnexpectedArgument(word) => {
            format!("there is no option {}; --help lists them", word.display())
        }
        why => why.to_string(),
    }
}

/// Returns the last line of a table without differences.
fn summary(tallies: &[&Tally]) -> String {
    let late: usize = tallies.iter().map(|tally| tally.late).sum();
    let not_judged: usize = tallies.iter().map(|tally| tally.not_judged).sum();
    match late + not_judged {
        0 => "all equal".into(),
        _ => format!("equal, {late} late, {not_judged} not judged"),
    }
}

fn main() -> ExitCode {
    let scale = match scale(&mut Parser::from_env()) {
        Ok(Some(scale)) => scale,
        Ok(None) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(why) => {
            eprintln!("engines: {why}");
            return ExitCode::from(2);
        }
    };
    // A panic of a program is a part of its run.
    std::panic::set_hook(Box::new(|_| {}));
    let mut rows = exact::rows();
    rows.extend(timed::rows(scale));
    println!(
        "{:<36} {:>14} {:>14} {:>14}",
        "engine", "programs", "under seeds", "scenarios"
    );
    for row in &rows {
        let [programs, seeded, scenarios] =
            [&row.programs, &row.seeded, &row.scenarios].map(Tally::text);
        println!(
            "{:<36} {programs:>14} {seeded:>14} {scenarios:>14}",
            row.engine
        );
    }
    let tallies = rows.iter().flat_map(|row| {
        [&row.programs, &row.seeded, &row.scenarios].map(|tally| (row.engine, tally))
    });
    let mut different = 0;
    for (engine, tally) in tallies.clone() {
        for difference in &tally.different {
            println!("\n{engine}, {difference}");
            different += 1;
        }
    }
    println!(
        "\n{} programs drive a loop from a `for` loop, and a guest cannot: {}",
        DRIVES_A_LOOP.len(),
        DRIVES_A_LOOP.join(", ")
    );
    match different {
        0 => {
            let tallies: Vec<_> = tallies.map(|(_, tally)| tally).collect();
            println!("{}", summary(&tallies));
            ExitCode::SUCCESS
        }
        _ => ExitCode::FAILURE,
    }
}
