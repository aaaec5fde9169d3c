//! The tests of floors, facade and kit, with loops in debug mode.
//!
//! The problem: a report that warns of a circle, or of a loop that waits for nothing, is worth its noise only
//! if it is true. The kit holds that for random programs that do not hang. The tests of the floors are two
//! thousand programs more, which were written for other questions. So they run once with `GROUNDUP_DEBUG=1`,
//! where each loop looks for both, and each report must be known, and true.
//!
//! ```text
//!   cargo test --no-run ──► it-0123 --nocapture --test-threads=1, GROUNDUP_DEBUG=1
//!                              │
//!                              ├── a report of a circle ──── known: `CIRCLES` ── else 1
//!                              ├── a report of an idle loop ─ known: `IDLE` ───── else 1
//!                              └── a test fails ──────────── known: `FAILS` ──── else 1
//! ```
//!
//! A test with a handler of its own gets the reports, and prints none. It compares them, so a false
//! report makes it fail. On a busy machine it may also fail because its loop reports a slow step. Such a
//! failure says so, and counts as neither good nor bad.
//!
//! Invariants
//! 1. An entry of a list that does not happen any more is a failure, too, and so is a program that crashes.
//! 2. Properties are left out: the kit's property `alarms` is the one for random programs.
//! 3. The variable does not turn on the debug mode of a run of the kit: no test of the kit differs.
//!
//! Read next: `watched/known.rs`.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Instant;

use lexopt::prelude::{Long, Short, Value, ValueExt};
use lexopt::{Error, Parser};

use crate::command::mistake;
use crate::props::{compile_selection, floors};
use crate::watched::known::{CIRCLES, FAILS, IDLE, Known};

pub mod known;

/// The output of `cargo xtask watched --help`.
pub const HELP: &str = "\
cargo xtask watched [PACKAGE...]

Runs the tests of these floors, such as `task` or `io`, with every loop in debug mode;
those of the floors from 3 on, of the facade `groundup` and of the kit, if none is named.
Exits with 1 if a circle or an idle loop is reported that is not known to be one, or a
test fails that does not ask for a loop without debug mode.
";

/// The lowest floor with a loop.
const LOWEST: u32 = 3;

/// The crate beside the tower whose loops are never in debug mode: its tests show that.
const KIT: &str = "testkit";

/// The crate that a program depends on, which re-exports the floors.
const FACADE: &str = "groundup";

/// The first line of a report of circles.
const CIRCLE: &str = "tasks wait for each other, while the loop goes on";

/// The first words of a report of an idle loop.
const WAITS: &str = "the loop is idle: nothing is ready and no timer is armed";

/// The words of a failure of a test that compares its reports, if one of them is about a slow step.
const SLOW: [&str; 2] = ["\"Executing ", " seconds"];

/// Runs the verb `cargo xtask watched`.
///
/// # Errors
/// A message that says what is wrong with the arguments, or why cargo or a test cannot be started.
pub fn main(words: &mut Parser) -> Result<ExitCode, String> {
    let Some(chosen) = parse(words, packages()?).map_err(|why| mistake("watched", &why))? else {
        print!("{HELP}");
        return Ok(ExitCode::SUCCESS);
    };
    let mut all_well = true;
    for package in &chosen {
        all_well &= check(package)?;
    }
    Ok(match all_well {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// Returns the names of the floors that have a loop, of the facade and of the kit.
fn packages() -> Result<Vec<String>, String> {
    let has_loop = |number: &str| number.parse().is_ok_and(|number: u32| number >= LOWEST);
    let floors = floors()?.into_iter();
    let floors = floors.filter(|floor| has_loop(&floor.number));
    Ok(floors
        .map(|floor| floor.name)
        .chain([FACADE, KIT].map(str::to_owned))
        .collect())
}

/// Parses the words after `watched`, for the given packages; `None` if they ask for help.
///
/// # Errors
/// A message that says what is wrong.
pub fn parse(words: &mut Parser, packages: Vec<String>) -> Result<Option<Vec<String>>, Error> {
    let mut chosen = Vec::new();
    while let Some(word) = words.next()? {
        match word {
            Long("help") | Short('h') => return Ok(None),
            Value(name) => {
                let name = name.string()?;
                if !packages.contains(&name) {
                    let known = packages.join(", ");
                    return Err(format!("there is no package {name}; there are {known}").into());
                }
                chosen.push(name);
            }
            other => return Err(other.unexpected()),
        }
    }
    Ok(Some(if chosen.is_empty() { packages } else { chosen }))
}

/// The results of a program of tests.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// How many tests have passed.
    pub passed: usize,
    /// The tests that have failed.
    pub failed: Vec<String>,
    /// The tests whose loops have reported circles, once for each report.
    pub circles: Vec<String>,
    /// The tests whose loops have reported that they are idle, once for each report.
    pub idle: Vec<String>,
    /// The tests that have found a slow step among their reports.
    pub slow: Vec<String>,
}

impl Told {
    /// Reads the output of a program of tests that ran one after another.
    #[must_use]
    pub fn read(output: &str) -> Told {
        let (mut told, mut test, mut lists) = (Told::default(), "", false);
        for line in output.lines() {
            let begun = line
                .strip_prefix("test ")
                .and_then(|rest| rest.split_once(" ... "));
            test = begun.map_or(test, |(name, _)| name.trim_end_matches(" - should panic"));
            if line.contains(CIRCLE) {
                told.circles.push(test.to_owned());
            }
            if line.contains(WAITS) {
                told.idle.push(test.to_owned());
            }
            if SLOW.iter().all(|words| line.contains(words)) {
                told.slow.push(test.to_owned());
            }
            if let Some(result) = line.strip_prefix("test result: ") {
                let counts = result.split_whitespace();
                let number = counts.clone().position(|word| word == "passed;");
                let number = number.and_then(|at| counts.clone().nth(at - 1)?.parse().ok());
                told.passed += number.unwrap_or(0);
                lists = false;
            }
            match line.strip_prefix("    ") {
                Some(name) if lists => told.failed.push(name.to_owned()),
                _ if line == "failures:" => (lists, told.failed) = (true, Vec::new()),
                _ => {}
            }
        }
        told
    }

    /// Adds the results of another program.
    fn add(&mut self, other: Told) {
        self.passed += other.passed;
        self.failed.extend(other.failed);
        self.circles.extend(other.circles);
        self.idle.extend(other.idle);
        self.slow.extend(other.slow);
    }

    /// Returns true if the program exits with an error, and has named no test that has failed.
    #[must_use]
    pub fn has_crashed(&self, succeeds: bool) -> bool {
        !succeeds && self.failed.is_empty()
    }
}

/// Runs the tests of a package, and prints one line, and a line for each surprise.
fn check(package: &str) -> Result<bool, String> {
    let full = match package {
        FACADE => FACADE.to_owned(),
        floor => format!("groundup-{floor}"),
    };
    let selection = ["--package", &full, "--tests"].map(str::to_owned);
    let Some(programs) = compile_selection(&selection, false)? else {
        return Ok(false);
    };
    let (began, mut all) = (Instant::now(), Told::default());
    let (mut printed, mut crashes) = (String::new(), Vec::new());
    for test in &programs {
        let folder = test.manifest.parent().unwrap_or(Path::new("."));
        let (output, succeeds) = run(&test.program, folder)?;
        let told = Told::read(&output);
        if told.has_crashed(succeeds) {
            crashes.push(format!("{} ends without a result", test.program.display()));
        }
        all.add(told);
        printed += &output;
    }
    let is_known = |test: &String| FAILS.iter().any(|known| known.test == test);
    let (slow, failed): (Vec<_>, Vec<_>) =
        (all.failed.iter().cloned()).partition(|test| all.slow.contains(test) && !is_known(test));
    let mut surprises = surprises(package, &failed, &FAILS, "fails");
    for (tests, known, verb) in [
        (&all.circles, &CIRCLES[..], "reports a circle"),
        (&all.idle, &IDLE[..], "reports an idle loop"),
    ] {
        surprises.extend(self::surprises(package, tests, known, verb));
    }
    surprises.append(&mut crashes);
    if !surprises.is_empty() {
        print!("{printed}");
    }
    surprises.iter().for_each(|line| println!("{line}"));
    let word = match (all.passed, surprises.is_empty()) {
        (0, _) => "NO TESTS",
        (_, true) => "ok",
        _ => "FAILED",
    };
    println!(
        "{full:<20} {:>4} tests passed under a watch, {} failed as they must, {} on a slow step; \
         {} circles and {} idle loops, all true  {:>6.1} s  {word}",
        all.passed,
        failed.len(),
        slow.len(),
        all.circles.len(),
        all.idle.len(),
        began.elapsed().as_secs_f64()
    );
    Ok(word == "ok")
}

/// Compares the tests to which something has happened with those to which it should.
fn surprises(package: &str, happened: &[String], known: &[Known], verb: &str) -> Vec<String> {
    let of_package = || known.iter().filter(|known| known.package == package);
    let is_known = |test: &String| of_package().any(|known| known.test == test);
    let new = happened.iter().filter(|test| !is_known(test));
    let new = new.map(|test| format!("{test} {verb}, and it is not known why"));
    let gone = of_package().filter(|known| !happened.iter().any(|test| test == known.test));
    let gone = gone.map(|known| format!("{} {verb} no more: take it from the list", known.test));
    new.chain(gone).collect()
}

/// Runs a program of tests; returns all that it has printed, in order, and true if it exits with 0.
fn run(program: &Path, folder: &Path) -> Result<(String, bool), String> {
    let cannot = |why| format!("cannot run {}: {why}", program.display());
    let path = std::env::temp_dir().join(format!("groundup-watched-{}", std::process::id()));
    let output = File::create(&path).map_err(cannot)?;
    let mut tests = Command::new(program);
    tests.args(["--nocapture", "--test-threads=1", "--skip", "props::"]);
    tests.env("GROUNDUP_DEBUG", "1").env("RUST_BACKTRACE", "0");
    tests.env("CARGO_MANIFEST_DIR", folder).current_dir(folder);
    tests
        .stdout(output.try_clone().map_err(cannot)?)
        .stderr(output);
    let status = tests.status().map_err(cannot)?;
    let told = fs::read(&path).map_err(cannot)?;
    fs::remove_file(&path).map_err(cannot)?;
    Ok((
        String::from_utf8_lossy(&told).into_owned(),
        status.success(),
    ))
}
