//! The command line of a benchmark program, and the one line it prints.
//!
//! Every program takes `ROW SIZE [ROUNDS]` and prints one line of `key=value`
//! pairs, which the driver reads. Python's program prints the same line. With the one
//! word `check` it checks its runtime instead, and prints a description of it.
//!
//! Invariants: standard output contains one line and nothing else. Exit code 0 means
//! that the line was printed, 3 that the system does not serve this row (which is no
//! failure), 2 that the command line was wrong.
//!
//! Read next: `system.rs`.

use std::process::ExitCode;

use crate::check::check;
use crate::{Program, Sample, Work};

/// The words of a command line.
#[derive(Debug, PartialEq)]
enum Asked<'a> {
    /// Check the runtime and describe it.
    Check,
    /// Run this row.
    Row(&'a str, Work),
}

/// Runs the row named on the command line and prints its line.
pub fn main<P: Program>() -> ExitCode {
    let system = P::NAME;
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (row, work) = match parse(&args) {
        Ok(Asked::Row(row, work)) => (row, work),
        Ok(Asked::Check) => {
            println!("{}", check::<P>());
            return ExitCode::SUCCESS;
        }
        Err(wrong) => {
            eprintln!("bench-{system}: {wrong}; usage: bench-{system} ROW SIZE [ROUNDS], or check");
            return ExitCode::from(2);
        }
    };
    match P::serve(row, work) {
        Some(sample) => {
            println!("{}", text(system, row, &sample));
            ExitCode::SUCCESS
        }
        None => {
            eprintln!("bench-{system}: does not serve the row {row}");
            ExitCode::from(3)
        }
    }
}

/// Parses `check` or `ROW SIZE [ROUNDS]`, or returns an error message.
fn parse(args: &[String]) -> Result<Asked<'_>, String> {
    let (row, numbers) = args.split_first().ok_or("a row is missing")?;
    if row == "check" && numbers.is_empty() {
        return Ok(Asked::Check);
    }
    let number = |at: usize| -> Result<Option<u64>, String> {
        match numbers.get(at).map(|text| (text, text.parse::<u64>())) {
            None => Ok(None),
            Some((_, Ok(value))) if value > 0 => Ok(Some(value)),
            Some((text, _)) => Err(format!("{text:?} is not a whole number above 0")),
        }
    };
    let size = number(0)?.ok_or("a size is missing")?;
    let rounds = number(1)?.unwrap_or(1);
    if numbers.len() > 2 {
        return Err("too many arguments".to_owned());
    }
    Ok(Asked::Row(row, Work { size, rounds }))
}

/// Formats the line.
fn text(system: &str, row: &str, sample: &Sample) -> String {
    let bytes = sample
        .bytes
        .map_or_else(|| "-".to_owned(), |bytes| bytes.to_string());
    format!(
        "row={row} system={system} ops={} cpu_ns={} wall_ns={} faults={} bytes={bytes}",
        sample.ops, sample.cpu_ns, sample.wall_ns, sample.faults
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(text: &str) -> Vec<String> {
        text.split_ascii_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn rounds_default_to_one() {
        let args = args("yield_one 1000");
        let work = Work {
            size: 1000,
            rounds: 1,
        };
        assert_eq!(parse(&args), Ok(Asked::Row("yield_one", work)));
    }

    #[test]
    fn a_check_needs_no_size() {
        assert_eq!(parse(&args("check")), Ok(Asked::Check));
    }

    #[test]
    fn a_wrong_command_line_says_what_is_wrong() {
        for (text, part) in [
            ("", "row"),
            ("yield_one", "size"),
            ("yield_one many", "whole number"),
            ("yield_one 0", "whole number"),
            ("yield_one 1 2 3", "too many"),
        ] {
            let wrong = parse(&args(text)).expect_err(text);
            assert!(wrong.contains(part), "{wrong:?} for {text:?}");
        }
    }

    #[test]
    fn the_line_names_every_measure() {
        let sample = Sample {
            ops: 3,
            cpu_ns: 40,
            wall_ns: 50,
            faults: 1,
            bytes: Some(6),
        };
        assert_eq!(
            text("ours", "timer", &sample),
            "row=timer system=ours ops=3 cpu_ns=40 wall_ns=50 faults=1 bytes=6"
        );
    }
}
