//! The benchmark: builds and checks the systems, prints the tables.
//!
//! ```text
//!   options -> systems built -> checked -> rows, each system in turn -> tables
//!                   |              |               |                      |
//!              absent, with    runs as its    fresh process,       ours / best peer,
//!                a reason      users run it   pinned, one line     aims, instructions
//! ```
//!
//! Invariants: the exit code is 0 even if an aim is missed, unless `--strict` is
//! given. A system that does not build or run costs its column, not the table.
//! Progress goes to standard error, results to standard output.
//!
//! Read next: `rows.rs`.

use std::process::ExitCode;
use std::thread;
use std::time::Instant;

use measure::{Entrant, Measured, Settings};
use options::{Options, Task};
use process::Cpus;
use readme::Document;
use systems::{Role, System};
use verdict::Verdict;

mod costlier;
mod counts;
mod grid;
mod machine;
mod malloc;
mod measure;
mod options;
mod process;
mod python;
mod readme;
mod rows;
mod scaling;
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
        Task::Counts => return count(&options),
        Task::Scaling => return scale(&options),
        Task::Table => return compare(&options),
    }
    ExitCode::SUCCESS
}

/// Prints the rows and the systems, by name.
fn list(options: &Options) {
    for kind in options.rows.chunk_by(|a, b| a.kind == b.kind) {
        println!("{}", kind[0].kind.heading().0);
        for row in kind {
            let aim = verdict::aim_text(row.aim);
            println!("  {:<28} aim {aim:<14} {}", row.name, row.one);
        }
    }
    println!("Systems");
    for system in &options.systems {
        println!("  {:<28} {}", system.name, system.what);
    }
}

/// Prints the instruction counts of our system.
fn count(options: &Options) -> ExitCode {
    if !counts::valgrind() {
        eprintln!("bench-driver: --counts needs valgrind, which is not on the PATH");
        return ExitCode::from(2);
    }
    let ours = enter(System::named("ours").expect("ours is in the list"), options);
    if counts::print(&options.rows, &ours, &Cpus::new()) == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Builds or finds the program of a system, and checks its runtime.
fn enter(system: &'static System, options: &Options) -> Entrant {
    eprintln!("preparing {} ...", system.name);
    let found = if system.role == Role::Python {
        python::find(system, options.python.as_deref())
    } else {
        systems::build(system).and_then(|launch| {
            let runtime =
                process::check(&launch).map_err(|why| format!("fails its check: {why}"))?;
            Ok((launch, format!("{}: {runtime}", system.what)))
        })
    };
    let (launch, what) = match found {
        Ok((launch, what)) => (Ok(launch), what),
        Err(why) => {
            eprintln!("{}: absent: {why}", system.name);
            (Err(why), system.what.to_owned())
        }
    };
    Entrant {
        system,
        what,
        launch,
    }
}

/// Prepares all systems.
fn enter_all(options: &Options) -> (Vec<Entrant>, Settings) {
    let systems = options.systems.iter();
    let entrants = systems.map(|system| enter(system, options)).collect();
    let settings = Settings {
        cpus: Cpus::new(),
        malloc: options.malloc,
        runs: options.runs,
    };
    (entrants, settings)
}

/// Measures the rows that scale, and prints their table.
fn scale(options: &Options) -> ExitCode {
    let (entrants, settings) = enter_all(options);
    let table = scaling::text(&options.rows, &entrants, &settings, options.form);
    print!("{table}");
    if options.readme {
        let text = format!("Printed by `cargo xtask bench --scaling --readme`.\n\n{table}");
        return written(Document::OfTheBenchmark, &text);
    }
    ExitCode::SUCCESS
}

/// Writes `tables` into a document, and says where they are.
fn written(document: Document, tables: &str) -> ExitCode {
    match document.write(tables) {
        Ok(path) => {
            eprintln!("written to {}", path.display());
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("bench-driver: not written: {why}");
            ExitCode::FAILURE
        }
    }
}

/// Measures the rows and prints their tables.
///
/// All times come before the first count. A count is the same on a busy machine,
/// so only the first of the two passes needs a quiet one.
fn compare(options: &Options) -> ExitCode {
    let (entrants, settings) = enter_all(options);
    let mut done = vec![];
    for (at, &row) in options.rows.iter().enumerate() {
        eprint!("[{}/{}] {} ...", at + 1, options.rows.len(), row.name);
        let started = Instant::now();
        let measured = measure::measure(&settings, &measure::Task::of(row), &entrants);
        let judged = verdict::judge(&measured, &entrants);
        let seconds = started.elapsed().as_secs_f64();
        eprintln!(" aim {} ({seconds:.1} s)", judged.verdict);
        done.push(measured);
    }
    if options.counted && counts::valgrind() {
        eprintln!(
            "all times are measured; counting instructions, for which the machine may be busy"
        );
        count_all(&mut done, &entrants, &settings.cpus);
    }
    let tables = table::text(&done, &entrants, &settings, options.form);
    print!("{tables}");
    if options.readme {
        let text = format!("Printed by `cargo xtask bench --readme`.\n\n{tables}");
        if written(Document::OfTheProject, &text) != ExitCode::SUCCESS {
            return ExitCode::FAILURE;
        }
    }
    if options.strict && missed(&done, &entrants) > 0 {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// Counts the instructions of all rows, one half of them beside the other.
fn count_all(rows: &mut [Measured], entrants: &[Entrant], cpus: &Cpus) {
    let half = rows.len().div_ceil(2).max(1);
    thread::scope(|scope| {
        for (at, part) in rows.chunks_mut(half).enumerate() {
            scope.spawn(move || {
                for measured in part {
                    eprintln!("counting {} ...", measured.row.name);
                    counts::add(measured, entrants, cpus, at);
                }
            });
        }
    });
}

/// Returns the number of rows that are judged and miss their aim.
fn missed(rows: &[Measured], entrants: &[Entrant]) -> usize {
    rows.iter()
        .map(|measured| verdict::judge(measured, entrants).verdict)
        .filter(|verdict| !matches!(verdict, Verdict::Meets | Verdict::NotJudged))
        .count()
}
