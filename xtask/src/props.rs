//! The property tests of one floor, or of all.
//!
//! The problem: a property is a sentence about every input, and a test run tries a few
//! hundred. Now and then a developer wants to try more, on one floor, without remembering
//! the name of the package and the targets that contain its properties.
//!
//! ```text
//!   crates/4-executor     tests/it/props            every test of this module
//!                         tests/it  proptest! { }   the tests of the block, by module path
//!                         src, tests/unit  ditto    the tests of the block, by name
//!                            │
//!                            └──► cargo test --profile props, PROPTEST_CASES=N
//! ```
//!
//! Invariants
//! 1. Floors are found, not listed: a numbered folder of `crates/`.
//! 2. A floor without properties is a failure, because it would look tested.
//!
//! Read next: `neighbours.rs`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use crate::arguments::{Argument, Arguments};
use crate::neighbours::cargo;
use crate::tour::workspace;

/// The output of `cargo xtask props --help`.
pub const HELP: &str = "\
cargo xtask props [FLOOR...] [--cases N]

Runs the property tests of these floors, by number or by name, or of all.

  --cases N  how many random cases each property gets; 256 if not said
";

/// The profile of the workspace in which the properties are compiled: as a release, but quickly.
const PROFILE: &str = "props";

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
pub struct Request {
    /// The floors to test.
    pub floors: Vec<Floor>,
    /// The number of cases of each property.
    pub cases: u32,
}

/// Runs the verb `cargo xtask props`.
///
/// # Errors
/// A message that says what is wrong with the arguments, or why cargo cannot be started.
pub fn main(words: &[String]) -> Result<ExitCode, String> {
    if words.iter().any(|word| word == "--help" || word == "-h") {
        print!("{HELP}");
        return Ok(ExitCode::SUCCESS);
    }
    let Request { floors, cases } = parse(words, floors()?)?;
    if !build(&floors)? {
        return Ok(ExitCode::FAILURE);
    }
    let mut all_well = true;
    for floor in &floors {
        all_well &= floor.test(cases)?;
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
pub fn parse(words: &[String], floors: Vec<Floor>) -> Result<Request, String> {
    let environment = std::env::var("PROPTEST_CASES").ok();
    let usual = environment.and_then(|cases| cases.parse().ok());
    let mut request = Request {
        floors: Vec::new(),
        cases: usual.unwrap_or(USUAL_CASES),
    };
    let mut arguments = Arguments::new(words);
    while let Some(argument) = arguments.next()? {
        match argument {
            Argument::Option("--cases") => {
                let what = "a number of cases from 1 on";
                request.cases = arguments.number(what)?;
                if request.cases == 0 {
                    return Err(format!("--cases needs {what}, not 0"));
                }
            }
            Argument::Option(option) => {
                return Err(format!("props has no option {option}; it has --cases N"));
            }
            Argument::Word(word) => {
                let called = |floor: &&Floor| floor.number == word || floor.name == word;
                let floor = floors
                    .iter()
                    .find(called)
                    .ok_or_else(|| unknown(word, &floors))?;
                request.floors.push(floor.clone());
            }
        }
    }
    if request.floors.is_empty() {
        request.floors = floors;
    }
    Ok(request)
}

fn unknown(word: &str, floors: &[Floor]) -> String {
    let floors = floors.iter().map(|f| format!("{} ({})", f.number, f.name));
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

/// Compiles the tests of these floors, so that only the tests are timed later.
fn build(floors: &[Floor]) -> Result<bool, String> {
    // One at a time, as they run: for several packages at once, cargo merges the features
    // that they ask of a dependency, and would compile the dependency again for each one alone.
    for floor in floors {
        eprintln!(
            "compiling the tests of floor {} {}",
            floor.number, floor.name
        );
        let mut cargo = cargo();
        cargo.args(["test", "--profile", PROFILE, "--no-run", "--quiet"]);
        if !floor.properties_inside().is_empty() {
            cargo.arg("--lib");
        }
        if floor.tests().is_dir() {
            cargo.args(["--test", "it"]);
        }
        cargo.args(["--package", &floor.package()]);
        let status = cargo.current_dir(workspace()).status();
        let status = status.map_err(|why| format!("cannot start cargo: {why}"))?;
        if !status.success() {
            return Ok(false);
        }
    }
    Ok(true)
}

impl Floor {
    fn package(&self) -> String {
        format!("groundup-{}", self.name)
    }

    /// Returns the folder of the tests outside the crate; the folder may not exist.
    fn tests(&self) -> PathBuf {
        self.folder.join("tests/it")
    }

    /// Returns the properties in the tests outside the crate: all tests of the module `props`,
    /// and the properties of other modules by their paths.
    fn properties_outside(&self) -> Vec<String> {
        let mut names = properties_under(&self.tests(), "");
        let count = names.len();
        names.retain(|name| !name.starts_with("props::"));
        if names.len() < count {
            names.push("props::".to_owned());
        }
        names
    }

    /// Returns the properties in the crate, by name: a file may be a module of another name.
    fn properties_inside(&self) -> Vec<String> {
        let folders = ["src", "tests/unit"].map(|folder| self.folder.join(folder));
        let names = folders
            .iter()
            .flat_map(|folder| properties_under(folder, ""));
        let last = |name: String| name.rsplit("::").next().unwrap_or_default().to_owned();
        names.map(last).collect()
    }

    /// Runs the properties and prints one line, or all output if one fails.
    fn test(&self, cases: u32) -> Result<bool, String> {
        let began = Instant::now();
        let mut ran = Ran::default();
        let outside = (&["--test", "it", "--"][..], self.properties_outside());
        let inside = (&["--lib", "--"][..], self.properties_inside());
        for (target, names) in [outside, inside] {
            if !names.is_empty() {
                let names = names.iter().map(String::as_str);
                let arguments: Vec<&str> = target.iter().copied().chain(names).collect();
                ran.add(self.cargo(&arguments, cases)?);
            }
        }
        let well = !ran.failed && ran.properties > 0;
        let word = match (ran.failed, ran.properties) {
            (true, _) => "FAILED",
            (false, 0) => "NO PROPERTIES",
            (false, _) => "ok",
        };
        if ran.failed {
            print!("{}", ran.output);
        }
        println!(
            "floor {}  {:<12} {:>3} properties, {cases} cases each  {:>6.1} s  {word}",
            self.number,
            self.name,
            ran.properties,
            began.elapsed().as_secs_f64()
        );
        Ok(well)
    }

    fn cargo(&self, arguments: &[&str], cases: u32) -> Result<Ran, String> {
        let mut cargo = cargo();
        cargo.args(["test", "--profile", PROFILE, "--package", &self.package()]);
        cargo.args(arguments).current_dir(workspace());
        cargo.env("PROPTEST_CASES", cases.to_string());
        let output = cargo.output();
        let output = output.map_err(|why| format!("cannot start cargo: {why}"))?;
        let told = String::from_utf8_lossy(&output.stdout);
        let noise = String::from_utf8_lossy(&output.stderr);
        Ok(Ran {
            properties: told.lines().map(count).sum(),
            failed: !output.status.success(),
            output: format!("{noise}{told}"),
        })
    }
}

/// The sums of several test runs.
#[derive(Default)]
struct Ran {
    properties: usize,
    failed: bool,
    output: String,
}

impl Ran {
    fn add(&mut self, other: Ran) {
        self.properties += other.properties;
        self.failed |= other.failed;
        self.output.push_str(&other.output);
    }
}

/// Returns the number of tests in a line of the test harness: `running 7 tests`.
fn count(line: &str) -> usize {
    let number = line
        .strip_prefix("running ")
        .and_then(|rest| rest.split(' ').next());
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// Returns the properties in the files under `folder`, each with its path from `module`.
fn properties_under(folder: &Path, module: &str) -> Vec<String> {
    let mut names = Vec::new();
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for path in entries.map(|entry| entry.path()) {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let within = match &*stem {
            "main" | "lib" => module.to_owned(),
            stem => format!("{module}{stem}::"),
        };
        if path.is_dir() {
            names.extend(properties_under(&path, &within));
        } else if let Ok(source) = fs::read_to_string(&path) {
            let properties = properties_in(&source).into_iter();
            names.extend(properties.map(|name| format!("{within}{name}")));
        }
    }
    names.sort();
    names
}

/// Returns the names of the functions in `proptest!` blocks whose arguments are drawn:
/// `fn name(x in strategy)`.
///
/// ```
/// let source = "proptest! {\n    #[test]\n    fn holds(\n        x in 0..9,\n    ) {}\n}\nfn other() {}\n";
/// assert_eq!(xtask::props::properties_in(source), ["holds"]);
/// ```
pub fn properties_in(source: &str) -> Vec<String> {
    let mut names = Vec::new();
    for block in source.split("proptest! {").skip(1) {
        let block = block.split("\n}").next().unwrap_or(block);
        for function in block.split("fn ").skip(1) {
            if let Some((name, rest)) = function.split_once('(') {
                let arguments = rest.split(") {").next().unwrap_or(rest);
                if arguments.contains(" in ") {
                    names.push(name.trim().to_owned());
                }
            }
        }
    }
    names
}
