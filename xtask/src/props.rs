//! The property tests of one floor, or of all.
//!
//! The problem: a property is a sentence about every input, and a test run tries a few
//! hundred. Now and then a developer wants to try more, on one floor, without remembering
//! the name of the package and the targets that contain its properties.
//!
//! ```text
//!   crates/4-executor     tests/it   props::..              the test harness chooses by
//!                         src        timers::tests::props::..    the module path
//!                            │
//!        cargo test --no-run ┴──► it-5c1e.. props::, PROPTEST_CASES=N
//! ```
//!
//! Cargo compiles a dependency once for each set of features that is asked of it. All floors
//! together are therefore compiled as `cargo test --workspace --features processes` does it, which has
//! usually run before. A floor alone is compiled with what it needs, and nothing else.
//!
//! Invariants
//! 1. Floors are found, not listed: a numbered folder of `crates/`. Other crates with properties are listed.
//! 2. Every property of the project is in a module `props`; a test of the repository holds this.
//! 3. A floor without properties is a failure, because it would look tested.
//! 4. The tests are programs that cargo names; nothing guesses the name of a file.
//!
//! Read next: `memcheck.rs`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output, Stdio};
use std::time::Instant;

use lexopt::prelude::{Long, Short, Value, ValueExt};
use lexopt::{Error, Parser};

use crate::command::{mistake, value};
use crate::neighbours::cargo;
use crate::tour::workspace;

/// The output of `cargo xtask props --help`.
pub const HELP: &str = "\
cargo xtask props [FLOOR...] [--cases N]

Runs the property tests of these floors, by number or by name, or of all. The other crates with
properties have a name only: view, testkit and parity.

  --cases N  how many random cases each property gets; if not said, the value of the
             environment variable PROPTEST_CASES, which .cargo/config.toml sets to 64,
             the number of `cargo test`
  --release  compile with optimizations: five minutes more for the compiler, and the
             properties run ten times as fast; without it, and for all floors,
             `cargo test --workspace --features processes` has compiled them
";

/// The default number of cases of proptest.
const USUAL_CASES: u32 = 256;

/// A floor of the tower: its number and its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Floor {
    /// `4`.
    pub number: String,
    /// `executor`.
    pub name: String,
    folder: PathBuf,
}

/// The request of a command line.
#[derive(Debug, PartialEq, Eq)]
pub enum Request {
    /// Print the help text.
    Help,
    /// Run the properties.
    Run {
        /// The floors to test; none means all of them.
        floors: Vec<Floor>,
        /// The number of cases of each property.
        cases: u32,
        /// Whether to compile with optimizations.
        release: bool,
    },
}

/// Runs the verb `cargo xtask props`.
///
/// # Errors
/// A message that says what is wrong with the arguments or with `PROPTEST_CASES`, or why cargo
/// cannot be started.
pub fn main(words: &mut Parser) -> Result<ExitCode, String> {
    let request = parse(words, all()?).map_err(|why| mistake("props", &why))?;
    let Request::Run {
        floors,
        cases,
        release,
    } = request
    else {
        print!("{HELP}");
        return Ok(ExitCode::SUCCESS);
    };
    let Some(tests) = compile(&floors, release)? else {
        return Ok(ExitCode::FAILURE);
    };
    let floors = if floors.is_empty() { all()? } else { floors };
    let mut all_well = true;
    for floor in &floors {
        all_well &= floor.test(&tests, cases)?;
    }
    Ok(if all_well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Parses the words after `props`, for the given floors.
///
/// # Errors
/// A message that says what is wrong.
pub fn parse(words: &mut Parser, floors: Vec<Floor>) -> Result<Request, Error> {
    let (mut chosen, mut cases, mut release) = (Vec::new(), None, false);
    while let Some(word) = words.next()? {
        match word {
            Long("help") | Short('h') => return Ok(Request::Help),
            Long("cases") => cases = Some(value(words, "--cases", CASES, number_of_cases)?),
            Long("release") => release = true,
            Value(name) => {
                let name = name.string()?;
                chosen.push(Floor::called(&name, &floors)?);
            }
            other => return Err(other.unexpected()),
        }
    }
    let cases = match cases {
        Some(cases) => cases,
        None => usual_cases()?,
    };
    Ok(Request::Run {
        floors: chosen,
        cases,
        release,
    })
}

const CASES: &str = "a number of cases from 1 on";

fn number_of_cases(text: &str) -> Option<u32> {
    text.parse().ok().filter(|cases| *cases > 0)
}

/// Returns the number of cases that the environment sets, or the usual number.
fn usual_cases() -> Result<u32, String> {
    let Some(text) = std::env::var_os("PROPTEST_CASES") else {
        return Ok(USUAL_CASES);
    };
    let cases = text.to_str().and_then(number_of_cases);
    cases.ok_or_else(|| format!("PROPTEST_CASES needs {CASES}, not {text:?}"))
}

fn unknown(word: &str, floors: &[Floor]) -> String {
    let named = |f: &Floor| match f.number.as_str() {
        "-" => f.name.clone(),
        number => format!("{number} ({})", f.name),
    };
    let floors = floors.iter().map(named);
    let floors: Vec<String> = floors.collect();
    format!("there is no floor {word}; there are {}", floors.join(", "))
}

/// Returns the floors of the workspace, the lowest first.
///
/// # Errors
/// If the folder cannot be read.
pub fn floors() -> Result<Vec<Floor>, String> {
    let folder = workspace().join("crates");
    let unreadable = |why| format!("cannot read {}: {why}", folder.display());
    let mut floors = Vec::new();
    for entry in fs::read_dir(&folder).map_err(unreadable)?.flatten() {
        let file_name = entry.file_name();
        let Some((number, name)) = file_name.to_str().and_then(|name| name.split_once('-')) else {
            continue;
        };
        if number.bytes().all(|byte| byte.is_ascii_digit()) {
            floors.push(Floor {
                number: number.to_owned(),
                name: name.to_owned(),
                folder: entry.path(),
            });
        }
    }
    floors.sort_by_key(|floor| floor.number.parse().unwrap_or(u32::MAX));
    Ok(floors)
}

/// The crates that have properties and are no floors, with their folders.
const BESIDE: [(&str, &str); 3] = [
    ("view", "crates/view"),
    ("testkit", "crates/testkit"),
    ("parity", "parity"),
];

/// Returns the floors, the lowest first, and then the other crates with properties.
///
/// # Errors
/// If the folder cannot be read.
pub fn all() -> Result<Vec<Floor>, String> {
    let mut all = floors()?;
    all.extend(BESIDE.map(|(name, folder)| Floor {
        number: "-".to_owned(),
        name: name.to_owned(),
        folder: workspace().join(folder),
    }));
    Ok(all)
}

/// A compiled program of tests, and the manifest of its package.
pub(crate) struct TestProgram {
    pub(crate) manifest: PathBuf,
    pub(crate) program: PathBuf,
}

/// Compiles the tests of these floors, or of all if none is named, so that only the tests are timed
/// later. Returns `None` if the compiler has reported an error.
fn compile(floors: &[Floor], release: bool) -> Result<Option<Vec<TestProgram>>, String> {
    if floors.is_empty() {
        eprintln!("compiling the tests of the workspace");
        let selection = [
            "--workspace",
            "--features",
            "processes",
            "--lib",
            "--test",
            "it",
        ];
        return compile_selection(&selection.map(str::to_owned), release);
    }
    let mut tests = Vec::new();
    for floor in floors {
        eprintln!(
            "compiling the tests of floor {} {}",
            floor.number, floor.name
        );
        match compile_selection(&floor.selection(), release)? {
            Some(more) => tests.extend(more),
            None => return Ok(None),
        }
    }
    Ok(Some(tests))
}

pub(crate) fn compile_selection(
    selection: &[String],
    release: bool,
) -> Result<Option<Vec<TestProgram>>, String> {
    let mut cargo = cargo();
    cargo.args(["test", "--no-run", "--quiet"]);
    cargo.arg("--message-format=json-render-diagnostics");
    cargo.args(release.then_some("--release")).args(selection);
    let output = cargo.current_dir(workspace()).stderr(Stdio::inherit());
    let output = output.output();
    let output = output.map_err(|why| format!("cannot start cargo: {why}"))?;
    let messages = String::from_utf8_lossy(&output.stdout);
    let tests = messages.lines().filter_map(test_program).collect();
    Ok(output.status.success().then_some(tests))
}

/// Reads a message of cargo; returns `None` if it is not about a program of tests.
fn test_program(message: &str) -> Option<TestProgram> {
    let is_test = message.contains(r#""test":true},"#); // the end of its profile
    let path = |key| text_of(message, key).map(PathBuf::from);
    Some(TestProgram {
        manifest: path("manifest_path").filter(|_| is_test)?,
        program: path("executable")?,
    })
}

/// Returns the text behind a key of a message in JSON.
fn text_of(message: &str, key: &str) -> Option<String> {
    let (_, behind) = message.split_once(&format!(r#""{key}":""#))?;
    let (text, _) = behind.split_once('"')?;
    Some(text.replace(r"\\", r"\"))
}

impl Floor {
    /// Returns the floor with this number or name.
    ///
    /// # Errors
    /// If there is none; the message lists the floors.
    pub(crate) fn called(name: &str, floors: &[Floor]) -> Result<Floor, String> {
        let called = |floor: &&Floor| floor.name == name || (floor.number == name && name != "-");
        let floor = floors.iter().find(called);
        floor.cloned().ok_or_else(|| unknown(name, floors))
    }

    /// Returns its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the arguments that choose the tests of this floor, inside the crate and outside.
    fn selection(&self) -> Vec<String> {
        let mut words = vec!["--package".to_owned(), format!("groundup-{}", self.name)];
        if self.has_tests_inside() {
            words.push("--lib".to_owned());
        }
        if self.folder.join("tests/it").is_dir() {
            words.extend(["--test".to_owned(), "it".to_owned()]);
        }
        words
    }

    /// Returns false if the manifest says that the crate has no tests inside.
    fn has_tests_inside(&self) -> bool {
        let manifest = fs::read_to_string(self.folder.join("Cargo.toml"));
        !manifest.is_ok_and(|text| text.lines().any(|line| line == "test = false"))
    }

    /// Runs the properties and prints one line. Prints the output of each program that fails, too.
    fn test(&self, tests: &[TestProgram], cases: u32) -> Result<bool, String> {
        let began = Instant::now();
        let manifest = self.folder.join("Cargo.toml");
        let (mut properties, mut all_well) = (0, true);
        for test in tests.iter().filter(|test| test.manifest == manifest) {
            let output = self.run(&test.program, cases)?;
            let told = String::from_utf8_lossy(&output.stdout);
            properties += told.lines().map(count).sum::<usize>();
            if !output.status.success() {
                all_well = false;
                print!("{}{told}", String::from_utf8_lossy(&output.stderr));
            }
        }
        let word = match (all_well, properties) {
            (false, _) => "FAILED",
            (true, 0) => "NO PROPERTIES",
            (true, _) => "ok",
        };
        println!(
            "floor {}  {:<12} {properties:>3} properties, {cases} cases each  {:>6.1} s  {word}",
            self.number,
            self.name,
            began.elapsed().as_secs_f64()
        );
        Ok(word == "ok")
    }

    /// Runs the properties of one program of tests, as cargo would.
    fn run(&self, program: &Path, cases: u32) -> Result<Output, String> {
        let mut command = Command::new(program);
        command.arg("props::").current_dir(&self.folder);
        command.env("CARGO_MANIFEST_DIR", &self.folder);
        command.env("PROPTEST_CASES", cases.to_string());
        // The test runner keeps what a test prints until its end. A property of panics prints some
        // for each case, and with backtraces 100,000 cases would need more memory than there is.
        command.env("RUST_BACKTRACE", "0");
        let output = command.output();
        output.map_err(|why| format!("cannot start {}: {why}", program.display()))
    }
}

/// Returns the number of tests in a line of the test harness: `running 7 tests`.
fn count(line: &str) -> usize {
    let number = line
        .strip_prefix("running ")
        .and_then(|rest| rest.split(' ').next());
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}
