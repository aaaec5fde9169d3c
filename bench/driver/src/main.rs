//! The benchmark: build the systems, run the rows, print the table.
//!
//! ```text
//!   options -> systems built -> rows, each system in turn -> medians -> verdicts
//!                   |                     |                                |
//!              absent, with          fresh process,                ours / best peer
//!                a reason            pinned, one line              against the bar
//! ```
//!
//! Invariants: the exit code is 0 even if a bar is missed, unless `--strict` is
//! given. A system that does not build or run costs its column, not the table.
//! Progress goes to standard error, results to standard output.
//!
//! Read next: `options.rs`.

use std::process::ExitCode;
use std::time::Instant;

use measure::{Entrant, Measured};
use options::{Options, Task};
use process::Cpus;
use systems::{Role, System};
use verdict::Verdict;

mod counts;
mod measure;
mod options;
mod process;
mod python;
mod rows;
mod systems;
mod table;
mod verdict;

fn main() -> ExitCode {
    let options = match options::parse(lexopt::Parser::from_env()) {
        Ok(options) => options,
        Err(wrong) => {
            eprintln!("bench-driver: {wrong} (--help says how to call it)");
            return ExitCode::from(2);
        }
    };
    match options.task {
        Task::Help => print!("{}", options::USAGE),
        Task::List => list(&options),
        Task::Counts => return count(),
        Task::Table => return compare(&options),
    }
    ExitCode::SUCCESS
}

/// Prints the rows and the systems, by name.
fn list(options: &Options) {
    for row in &options.rows {
        let bar = verdict::bar_text(row.bar, row.unit);
        println!("{:<18} bar {bar:<14} {}", row.name, row.work);
    }
    println!();
    for system in &options.systems {
        println!("{:<18} {}", system.name, system.what);
    }
}

/// Prints the instruction counts of our system.
fn count() -> ExitCode {
    if !counts::valgrind() {
        eprintln!("bench-driver: --counts needs valgrind, which is not on the PATH");
        return ExitCode::from(2);
    }
    let ours = System::named("ours").expect("ours is in the list");
    match systems::build(ours) {
        Ok(launch) if counts::print(&launch) == 0 => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("bench-driver: ours {why}");
            ExitCode::FAILURE
        }
    }
}

/// Builds or finds the program of a system.
fn enter(system: &'static System, options: &Options) -> Entrant {
    eprintln!("preparing {} ...", system.name);
    let mut what = system.what.to_owned();
    let launch = if system.role == Role::Python {
        python::find(system, options.python.as_deref()).map(|(launch, found)| {
            what = found;
            launch
        })
    } else {
        systems::build(system)
    };
    if let Err(why) = &launch {
        eprintln!("{}: absent: {why}", system.name);
    }
    Entrant {
        system,
        what,
        launch,
    }
}

/// Measures the rows and prints the table.
fn compare(options: &Options) -> ExitCode {
    let entrants: Vec<_> = options
        .systems
        .iter()
        .map(|system| enter(system, options))
        .collect();
    let cpus = Cpus::new();
    let mut done = vec![];
    for (at, row) in options.rows.iter().enumerate() {
        eprint!("[{}/{}] {} ...", at + 1, options.rows.len(), row.name);
        let started = Instant::now();
        let measured = measure::measure(&cpus, row, &entrants, options.runs);
        let verdict = verdict::judge(&measured, &entrants).verdict;
        eprintln!(" {verdict} ({:.1} s)", started.elapsed().as_secs_f64());
        done.push(measured);
    }
    println!("{}", conditions(options));
    table::print(&done, &entrants, options.markdown);
    if options.strict && missed(&done, &entrants) > 0 {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// Returns the conditions of the measurement, as a line above the table.
fn conditions(options: &Options) -> String {
    let look = if options.quick || options.runs < 5 {
        ": a look, not a measurement"
    } else {
        ""
    };
    format!(
        "Per operation, median of {} interleaved runs, each a fresh process pinned to one CPU \
         (two where the unit is wall time){look}\n\
         Numbers and ratios are of this processor and of this allocator's setting; with malloc's \
         defaults peers pay page faults in rounds where ours keeps its memory\n",
        options.runs
    )
}

/// Returns the number of rows that are judged and miss their bar.
fn missed(rows: &[Measured], entrants: &[Entrant]) -> usize {
    rows.iter()
        .map(|measured| verdict::judge(measured, entrants).verdict)
        .filter(|verdict| !matches!(verdict, Verdict::Meets | Verdict::NotJudged))
        .count()
}
