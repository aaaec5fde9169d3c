//! Instruction counts: the gate that noise cannot move.
//!
//! Under callgrind a program's instructions are counted exactly, and twice the
//! work minus the work is what the operations cost, without start and end:
//!
//! ```text
//!   per operation = (Ir(2n) - Ir(n)) / n
//! ```
//!
//! Invariants: only ours is counted; the same binary, and so the same
//! settings, as in the table; a budget whose row ours does not have yet is
//! listed as such and fails nobody; one that could not be counted fails.
//!
//! Read next: `main.rs`.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::systems::Launch;

/// What one operation may cost.
struct Budget {
    what: &'static str,
    row: &'static str,
    size: u64,
    most: f64,
}

/// The budgets.
#[rustfmt::skip]
const BUDGETS: &[Budget] = &[
    Budget { what: "spawn and join", row: "spawn_join", size: 1_000, most: 450.0 },
    Budget { what: "yield", row: "yield_many", size: 100_000, most: 170.0 },
    Budget { what: "hand-off", row: "hand_off", size: 10_000, most: 270.0 },
    Budget { what: "queue item", row: "queue_stream", size: 10_000, most: 200.0 },
    Budget { what: "sleep under virtual time", row: "timer_virtual", size: 1_000, most: 950.0 },
    Budget { what: "as_completed, per task", row: "as_completed", size: 1_000, most: 1000.0 },
    Budget { what: "resume of an async generator", row: "async_generator", size: 10_000, most: 70.0 },
];

/// Why there is no count.
enum NoCount {
    /// Ours has no such row yet.
    NotBuilt,
    /// Something went wrong.
    Failed(String),
}

/// Whether valgrind can be started.
pub(crate) fn valgrind() -> bool {
    Command::new("valgrind")
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Print every budget beside its count; how many are over or uncounted.
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

/// The difference that `size` more operations make, per operation.
fn per_operation(ours: &Launch, budget: &Budget) -> Result<f64, NoCount> {
    let once = instructions(ours, budget.row, budget.size)?;
    let twice = instructions(ours, budget.row, budget.size * 2)?;
    Ok((twice as f64 - once as f64) / budget.size as f64)
}

/// Instructions of one whole run.
fn instructions(ours: &Launch, row: &str, size: u64) -> Result<u64, NoCount> {
    let failed = |how: String| NoCount::Failed(how);
    let file = std::env::temp_dir().join(format!(
        "bench-callgrind.{}.{row}.{size}",
        std::process::id()
    ));
    let output = Command::new("valgrind")
        .arg("--tool=callgrind")
        .arg(format!("--callgrind-out-file={}", file.display()))
        .args(ours)
        .args([row, &size.to_string(), "1"])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| failed(error.to_string()))?;
    let total = read_total(&file);
    // A file that was never written need not be removed.
    let _ = std::fs::remove_file(&file);
    match output.status.code() {
        Some(0) => total.ok_or_else(|| failed("callgrind wrote no totals".to_owned())),
        Some(3) => Err(NoCount::NotBuilt),
        _ => Err(failed(output.status.to_string())),
    }
}

/// The number after `totals:` in callgrind's file.
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
