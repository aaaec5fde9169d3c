//! Instruction counts: the gate that noise cannot move.
//!
//! callgrind counts the instructions of a program exactly. Twice the work minus the
//! work is the cost of the operations, without start and end. The work is doubled by
//! doing the row's rounds twice as often, so that the difference is about a loop that
//! has been running for a while:
//!
//! ```text
//!   per operation = (Ir(2n) - Ir(n)) / n        n = size x rounds
//! ```
//!
//! Invariants: only our system is counted, with the same binary and so the same
//! settings as in the table. A budget whose row our system does not have yet is
//! listed and is no failure. A budget that could not be counted is a failure.
//!
//! Read next: `main.rs`.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::systems::Launch;

/// The most that one operation may cost.
struct Budget {
    what: &'static str,
    row: &'static str,
    size: u64,
    rounds: u64,
    most: f64,
}

const fn budget(
    what: &'static str,
    most: f64,
    row: &'static str,
    size: u64,
    rounds: u64,
) -> Budget {
    Budget {
        what,
        row,
        size,
        rounds,
        most,
    }
}

/// The budgets.
#[rustfmt::skip]
const BUDGETS: &[Budget] = &[
    budget("spawn and join", 450.0, "spawn_batch", 1_000, 10),
    budget("yield", 170.0, "yield_many", 1_000_000, 1),
    budget("hand-off", 270.0, "hand_off", 100_000, 1),
    budget("queue item", 200.0, "queue_stream", 10_000, 1),
    budget("sleep under virtual time", 950.0, "sleep_virtual", 100_000, 1),
    budget("as_completed, per task", 1000.0, "as_completed", 1_000, 10),
    budget("resume of an async generator", 70.0, "async_generator", 10_000, 1),
];

/// The reason for which there is no count.
enum NoCount {
    /// Our system has no such row yet.
    NotBuilt,
    /// The count failed, with this error.
    Failed(String),
}

/// Returns true if valgrind can be started.
pub(crate) fn valgrind() -> bool {
    Command::new("valgrind")
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Prints every budget beside its count; returns how many are over or uncounted.
pub(crate) fn print(ours: &Launch) -> usize {
    println!(
        "{:<30} {:>12} {:>8}  verdict",
        "operation", "instructions", "budget"
    );
    let mut bad = 0;
    for budget in BUDGETS {
        eprintln!("counting {} ...", budget.row);
        let (count, verdict) = match per_operation(ours, budget) {
            Ok(count) if count <= budget.most => (format!("{count:.1}"), "within".to_owned()),
            Ok(count) => {
                bad += 1;
                let over = (count / budget.most - 1.0) * 100.0;
                (format!("{count:.1}"), format!("over by {over:.1} %"))
            }
            Err(NoCount::NotBuilt) => ("-".to_owned(), "not built yet".to_owned()),
            Err(NoCount::Failed(how)) => {
                bad += 1;
                ("-".to_owned(), format!("not counted: {how}"))
            }
        };
        println!(
            "{:<30} {count:>12} {:>8}  {verdict}",
            budget.what, budget.most
        );
    }
    bad
}

/// Returns the cost per operation: the difference that twice as many rounds make.
fn per_operation(ours: &Launch, budget: &Budget) -> Result<f64, NoCount> {
    let once = instructions(ours, budget, budget.rounds)?;
    let twice = instructions(ours, budget, budget.rounds * 2)?;
    let ops = budget.size * budget.rounds;
    Ok((twice as f64 - once as f64) / ops as f64)
}

/// Returns the instructions of one whole run.
fn instructions(ours: &Launch, budget: &Budget, rounds: u64) -> Result<u64, NoCount> {
    let failed = |how: String| NoCount::Failed(how);
    let name = format!(
        "bench-callgrind.{}.{}.{rounds}",
        std::process::id(),
        budget.row
    );
    let file = std::env::temp_dir().join(name);
    let output = Command::new("valgrind")
        .arg("--tool=callgrind")
        .arg(format!("--callgrind-out-file={}", file.display()))
        .args(ours)
        .args([budget.row, &budget.size.to_string(), &rounds.to_string()])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| failed(error.to_string()))?;
    let total = read_total(&file);
    // The file may not exist.
    let _ = std::fs::remove_file(&file);
    match output.status.code() {
        Some(0) => total.ok_or_else(|| failed("callgrind wrote no totals".to_owned())),
        Some(3) => Err(NoCount::NotBuilt),
        _ => Err(failed(output.status.to_string())),
    }
}

/// Returns the number after `totals:` in callgrind's file.
fn read_total(file: &Path) -> Option<u64> {
    let text = std::fs::read_to_string(file).ok()?;
    total(&text)
}

fn total(text: &str) -> Option<u64> {
    text.lines()
        .find_map(|line| {
            line.strip_prefix("totals: ")
                .or_else(|| line.strip_prefix("summary: "))
        })?
        .trim()
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::total;

    #[test]
    fn the_total_is_found_in_callgrinds_file() {
        assert_eq!(total("version: 1\nevents: Ir\ntotals: 1234\n"), Some(1234));
        assert_eq!(total("version: 1\nevents: Ir\n"), None);
    }
}
