//! Instruction counts: a gate that no noise moves, on any machine.
//!
//! callgrind counts the instructions of a program exactly. Twice the work minus the
//! work is the cost of the operations, without start, end and the unmeasured round. The
//! work is doubled by doing the row's rounds twice as often, so that the difference is
//! about a loop that has been running for a while:
//!
//! ```text
//!   per operation = (Ir(2n) - Ir(n)) / n        n = size x rounds of the row's budget
//! ```
//!
//! The rounds are an even number: what a system does at its end (it may sort a list that
//! each round turns round) is then the same in both runs.
//!
//! Rows that wait for a clock or another thread (timer_fire, remote_wake, blocking_batch) run slower
//! under callgrind and so do other work; their counts differ by some per cent from run to run. Those
//! of cross_thread_wake (200 to 1,250) and blocking_seq (1,660 to 2,970) depend on how often a thread
//! or the loop sleeps before the other has answered. Their budgets are for a sleep in each operation, and
//! the tables have no count.
//!
//! Invariants: the programs are those of the table, with the same settings. A row that is
//! measured on one CPU is counted on one, and a row of wall time on two, because a program may ask
//! how many it has: crossfire spins if there are two. Each row has a
//! budget for our system. A row that our system does not have yet is listed and is no
//! failure. A budget that could not be counted is a failure. A count that takes longer than
//! [`LIMIT`] is ended, and is missing.
//!
//! Read next: `table.rs`.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::malloc::Malloc;
use crate::measure::{Cell, Entrant, Measured, Spread};
use crate::process::{Answer, Cpus, Run, command, end, run};
use crate::rows::{Row, Unit};
use crate::systems::{Launch, Role};

/// The longest time of one count. A program can hang under callgrind, which runs one
/// thread at a time: glommio does in remote_wake.
const LIMIT: Duration = Duration::from_secs(180);

/// The reason for which there is no count.
#[derive(Debug)]
pub(crate) enum NoCount {
    /// The system does not serve the row.
    NotServed,
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
pub(crate) fn print(rows: &[&Row], ours: &Entrant, cpus: &Cpus) -> usize {
    println!(
        "{:<28} {:>12} {:>9}  verdict",
        "row", "instructions", "budget"
    );
    let mut bad = 0;
    for row in rows {
        eprintln!("counting {} ...", row.name);
        let most = row.budget.most;
        let (count, verdict) = match count(row, ours, cpus, 0) {
            Ok(count) if count <= most => (format!("{count:.1}"), "within".to_owned()),
            Ok(count) => {
                bad += 1;
                let over = (count / most - 1.0) * 100.0;
                (format!("{count:.1}"), format!("over by {over:.1} %"))
            }
            Err(NoCount::NotServed) => ("-".to_owned(), "not built yet".to_owned()),
            Err(NoCount::Failed(how)) => {
                bad += 1;
                ("-".to_owned(), format!("not counted: {how}"))
            }
        };
        let bytes = if row.unit == Unit::Bytes {
            " bytes"
        } else {
            ""
        };
        println!("{:<28} {count:>12} {most:>9}  {verdict}{bytes}", row.name);
    }
    bad
}

/// A peer that takes longer than this times the fastest one is not counted: it has the fewest
/// instructions of no row, and some of its counts would take minutes.
const FAR: f64 = 3.0;

/// Counts the instructions of our system, of the limit, and of the peers that are not [`FAR`] behind.
/// `at` is the number of the caller among those that count at the same time, each on a CPU of its own.
pub(crate) fn add(measured: &mut Measured, entrants: &[Entrant], cpus: &Cpus, at: usize) {
    if measured.row.unit == Unit::Bytes || measured.row.varies {
        return;
    }
    let least = measured.best_peer(entrants).map(|(_, peer)| peer.median);
    let near = |spread: &Spread| least.is_some_and(|least| spread.median <= least * FAR);
    for (number, entrant) in entrants.iter().enumerate() {
        let Cell::Measured(spread) = &measured.cells[number] else {
            continue;
        };
        let counts = match entrant.system.role {
            Role::Ours | Role::Reference => true,
            Role::Peer => near(spread),
            Role::Python => false,
        };
        if counts {
            // valgrind does not know every system call; then the count is missing.
            measured.counts[number] = count(measured.row, entrant, cpus, at).ok();
        }
    }
}

/// Returns the instructions per operation of a row, or the bytes of a row about memory.
fn count(row: &Row, entrant: &Entrant, cpus: &Cpus, at: usize) -> Result<f64, NoCount> {
    let launch = entrant
        .launch
        .as_ref()
        .map_err(|why| NoCount::Failed(why.clone()))?;
    let name = entrant.program_row(row);
    let budget = row.budget;
    if row.unit == Unit::Bytes {
        return bytes(row, launch, cpus);
    }
    let cpus = match row.unit {
        Unit::Wall => *cpus,
        _ => cpus.one(at),
    };
    let of_rounds = |rounds| {
        let run = Run {
            row: name,
            size: budget.size,
            rounds,
            unit: row.unit,
            malloc: Malloc::Kept,
        };
        instructions(launch, &cpus, &run)
    };
    let once = of_rounds(budget.rounds)?;
    let twice = of_rounds(budget.rounds * 2)?;
    let ops = budget.size * budget.rounds;
    Ok((twice as f64 - once as f64) / ops as f64)
}

/// Returns the bytes per operation at the worst size.
fn bytes(row: &Row, launch: &Launch, cpus: &Cpus) -> Result<f64, NoCount> {
    let mut worst = 0.0f64;
    for &size in row.sizes {
        let of_size = Run {
            row: row.program,
            size,
            rounds: 1,
            unit: row.unit,
            malloc: Malloc::Defaults,
        };
        match run(cpus, launch, &of_size) {
            Answer::Measured { cost, .. } => worst = worst.max(cost),
            Answer::NotServed => return Err(NoCount::NotServed),
            Answer::Failed(how) => return Err(NoCount::Failed(how)),
        }
    }
    Ok(worst)
}

/// Returns the instructions of one whole run.
fn instructions(launch: &Launch, cpus: &Cpus, run: &Run) -> Result<u64, NoCount> {
    let failed = |how: String| NoCount::Failed(how);
    let Run {
        row, size, rounds, ..
    } = run;
    let program = launch.last().and_then(|program| program.file_name());
    let name = format!(
        "bench-callgrind.{}.{}.{row}.{size}.{rounds}",
        std::process::id(),
        program.unwrap_or_default().display()
    );
    let file = std::env::temp_dir().join(name);
    let mut under = vec!["valgrind".into(), "--tool=callgrind".into()];
    under.push(format!("--callgrind-out-file={}", file.display()).into());
    under.extend(launch.iter().cloned());
    let words = [row, &size.to_string()[..], &rounds.to_string()];
    let mut command = command(&under, run.malloc, &words);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let child = cpus.start(run.unit, &mut command);
    let child = child.map_err(failed)?;
    let ended = end(child, LIMIT);
    let total = read_total(&file);
    // The file may not exist.
    let _ = std::fs::remove_file(&file);
    let status = ended.map_err(failed)?.status;
    match status.code() {
        Some(0) => total.ok_or_else(|| failed("callgrind wrote no totals".to_owned())),
        Some(3) => Err(NoCount::NotServed),
        _ => Err(failed(status.to_string())),
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
