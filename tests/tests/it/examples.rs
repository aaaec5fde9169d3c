//! The examples print the expected output.
//!
//! The problem: an example that is never run is wrong within a year. Each one, of the
//! package `examples` and of a floor's own crate, is run and compared with
//! `expected/NAME.txt` beside it, to the letter. `BLESS=1 cargo test -p checks` writes
//! these files again. `cargo test --workspace` has built the examples already, beside this
//! test; they are built here only if a program is missing, or older than one of its sources. An example
//! of a feature is missing unless that command has all features.
//!
//! Invariants: the ones the tests are named after.
//!
//! Read next: `manifests.rs`.

use std::path::{Path, PathBuf};
use std::process::Command;

use checks::bless;
use checks::repository::{Example, assert_none, examples, files, read, root};

/// How many lines of code an example may have.
const LINES: usize = 60;

/// How many an example in a floor's own crate may have: it may be the first version of a floor.
const LINES_OF_A_FLOOR: usize = 100;

/// Makes the command that runs a program as a terminal would: with the default action of Ctrl-C. The
/// tests may run in the background of a script, where Ctrl-C is ignored, and a program inherits that.
fn launch(program: &Path) -> Command {
    let mut by_env = Command::new("env");
    by_env.arg("--default-signal=INT");
    let has_option = Command::new("env")
        .args(["--default-signal=INT", "true"])
        .output();
    if has_option.is_ok_and(|output| output.status.success()) {
        by_env.arg(program);
        return by_env;
    }
    Command::new(program)
}

/// Returns each example with its program.
fn built() -> Vec<(Example, PathBuf)> {
    let test = std::env::current_exe().expect("this test has a path");
    let profile = test.ancestors().nth(2).expect("it is in the folder `deps`");
    let beside = |example: Example| {
        let name = format!("{}{}", example.name, std::env::consts::EXE_SUFFIX);
        let program = profile.join("examples").join(name);
        is_up_to_date(&program).then_some((example, program))
    };
    let all: Option<Vec<_>> = examples().into_iter().map(beside).collect();
    all.unwrap_or_else(build)
}

/// Returns true if the program is newer than its sources, which cargo lists beside it.
fn is_up_to_date(program: &Path) -> bool {
    let time = |path: &Path| path.metadata().and_then(|data| data.modified()).ok();
    let sources = std::fs::read_to_string(program.with_extension("d")).unwrap_or_default();
    let sources = sources.replace("\\ ", "\0");
    let mut sources = sources.split_whitespace().skip(1).peekable();
    let built = time(program);
    let is_older = |source: &str| {
        let changed = time(Path::new(&source.replace('\0', " ")));
        changed.is_some() && changed < built
    };
    sources.peek().is_some() && sources.all(is_older)
}

/// Builds the examples, and returns each with its program.
fn build() -> Vec<(Example, PathBuf)> {
    let examples = examples();
    let mut packages: Vec<&str> = examples.iter().map(|example| example.package).collect();
    packages.dedup();
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["build", "--examples", "--features", "processes"])
        .args(packages.iter().flat_map(|package| ["--package", package]))
        .arg("--message-format=json-render-diagnostics")
        .current_dir(root())
        .output()
        .expect("cargo can be run");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "the examples do not build:\n{errors}"
    );
    let messages = String::from_utf8_lossy(&output.stdout);
    let message = |line: &str| serde_json::from_str::<serde_json::Value>(line).ok();
    let programs: Vec<(String, PathBuf)> = messages
        .lines()
        .filter_map(message)
        .filter(|message| message["target"]["kind"][0] == "example")
        .filter_map(|message| {
            let name = message["target"]["name"].as_str()?.to_string();
            Some((name, message["executable"].as_str()?.into()))
        })
        .collect();
    assert_eq!(
        programs.len(),
        examples.len(),
        "each example is built, and each has a name of its own"
    );
    let program = |example: Example| {
        let of = |(name, _): &&(String, PathBuf)| *name == example.name;
        let (_, program) = programs.iter().find(of).expect("every example was built");
        (example, program.clone())
    };
    examples.into_iter().map(program).collect()
}

#[test]
fn every_example_prints_what_is_expected_and_nothing_to_standard_error() {
    let mut complaints = Vec::new();
    for (example, program) in built() {
        let name = &example.name;
        let output = launch(&program).current_dir(root()).output();
        let output = output.unwrap_or_else(|error| panic!("{name} cannot be run: {error}"));
        let errors = String::from_utf8_lossy(&output.stderr);
        if !output.status.success() || !errors.is_empty() {
            complaints.push(format!("{name}: {}\n{errors}", output.status));
            continue;
        }
        let printed = String::from_utf8_lossy(&output.stdout).replace("\r\n", "\n");
        complaints.extend(bless::check(&example.expected(), &printed));
    }
    assert_none(
        "An example prints something else; if it should, BLESS=1 writes it:",
        &complaints,
    );
}

#[test]
fn every_example_is_short() {
    let long = |example: Example| {
        let most = match example.package {
            "examples" => LINES,
            _ => LINES_OF_A_FLOOR,
        };
        let code = |line: &&str| !line.is_empty() && !line.trim_start().starts_with("//");
        let lines = example.text.lines().filter(code).count();
        (lines > most).then(|| format!("{}: {lines} lines, {most} are enough", example.name))
    };
    let long: Vec<String> = examples().into_iter().filter_map(long).collect();
    assert_none("An example shows one thing:", &long);
}

#[test]
fn no_example_unwraps_twice() {
    let twice = |example: &Example| {
        let packed: String = example.text.split_whitespace().collect();
        packed.contains(".unwrap().unwrap()")
    };
    let twice: Vec<String> = (examples().into_iter().filter(twice))
        .map(|example| example.name)
        .collect();
    assert_none("An example shows good manners, such as `?`:", &twice);
}

#[test]
fn every_example_is_a_target_and_has_its_output() {
    let manifest = read("examples/Cargo.toml");
    let examples = examples();
    let mut complaints = Vec::new();
    for Example { name, package, .. } in &examples {
        let entry = format!("[[example]]\nname = \"{name}\"\npath = \"{name}.rs\"\n");
        if *package == "examples" && !manifest.contains(&entry) {
            complaints.push(format!("{name} is not in examples/Cargo.toml"));
        }
    }
    assert!(
        examples.len() >= 16,
        "an example is in a folder `examples`, not in a folder of it: {examples:?}"
    );
    for file in files(&[".txt"]) {
        let stray = file.path.contains("examples/expected/")
            && !examples
                .iter()
                .any(|example| example.expected() == file.path);
        if stray {
            complaints.push(format!("{} belongs to no example", file.path));
        }
    }
    assert_none(
        "Examples, targets and outputs belong together:",
        &complaints,
    );
}

/// The first versions of floors 3 to 7, and the example that runs their programs on the whole tower.
const LADDER: [&str; 6] = [
    "first_task",
    "first_loop",
    "first_combinators",
    "first_sync",
    "first_reactor",
    "23_ladder",
];

#[test]
fn the_first_versions_print_the_lines_of_the_whole_tower() {
    let examples = examples();
    let printed = LADDER.map(|name| {
        let example = examples.iter().find(|example| example.name == name);
        let example = example.unwrap_or_else(|| panic!("there is no example {name}"));
        read(&example.expected())
    });
    for (at, rung) in printed.iter().enumerate().skip(1) {
        let (name, below) = (LADDER[at], LADDER[at - 1]);
        assert!(
            rung.starts_with(&printed[at - 1]),
            "{name} begins with the lines of {below}:\n{rung}"
        );
    }
    let [first, second, third, fourth, fifth, tower] = printed;
    assert!(!first.is_empty() && first != second && second != third && third != fourth);
    assert!(fourth != fifth);
    assert_eq!(fifth, tower);
}
