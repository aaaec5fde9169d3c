//! Builds the tests of a copy.
//!
//! The problem: the messages of the compiler may fill screens, and a learner needs to know first which
//! line is wrong. So the compiler writes its messages as JSON, of which the first error is the line.
//!
//! Invariants
//! 1. Messages that cargo prints while it compiles other crates reach the learner at once.
//! 2. A build that fails has a line, also if cargo itself failed.
//!
//! Read next: `check/run.rs`.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use serde_json::Value;

use super::plain;

/// A build that failed.
#[derive(Clone, Debug)]
pub struct BuildError {
    /// One line: the place and the first error.
    pub line: String,
    /// The messages of the compiler.
    pub messages: String,
}

/// A build that succeeded.
#[derive(Clone, Debug)]
pub struct Built {
    /// The program that contains the tests.
    pub program: PathBuf,
    /// The warnings of the compiler, such as that of a future that nothing awaits.
    pub warnings: String,
}

/// Builds the tests of the copy at `folder`, and returns their program. `shown` is the path of the copy
/// in the line of an error.
///
/// # Errors
/// Returns the messages of a build that failed.
pub fn build(folder: &Path, shown: &str, target: &Path) -> Result<Built, BuildError> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut child = Command::new(cargo)
        .args([
            "test",
            "--test",
            "exercises",
            "--no-run",
            "--message-format=json",
        ])
        .arg("--target-dir")
        .arg(target)
        .current_dir(folder)
        // rustc 1.95 sometimes crashes in its incremental mode.
        .env("CARGO_INCREMENTAL", "0")
        // The flags of a `cargo` that runs this program are not for the copy.
        .env_remove("RUSTFLAGS")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|why| of_cargo(format!("cannot start cargo: {why}"), String::new()))?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let relay = thread::spawn(move || stderr.map(pass_on).unwrap_or_default());
    let lines = stdout
        .into_iter()
        .flat_map(|out| BufReader::new(out).lines().map_while(Result::ok));
    let messages: Vec<Value> = lines
        .filter_map(|line| serde_json::from_str(&line).ok())
        .collect();
    let of_cargo_itself = relay.join().unwrap_or_default();
    let status = child.wait();
    match (status, program(&messages)) {
        (Ok(status), Some(program)) if status.success() => {
            let warnings = rendered(&of_compiler(&messages), "warning");
            Ok(Built { program, warnings })
        }
        _ => Err(first_error(&messages, shown, of_cargo_itself)),
    }
}

/// Returns the messages of the compiler.
fn of_compiler(messages: &[Value]) -> Vec<&Value> {
    let of_compiler = |message: &&Value| message["reason"] == "compiler-message";
    let of_compiler = messages.iter().filter(of_compiler);
    of_compiler.map(|message| &message["message"]).collect()
}

/// Returns the messages of a level, as the compiler prints them.
fn rendered(messages: &[&Value], level: &str) -> String {
    let of_level = messages.iter().filter(|message| message["level"] == level);
    let texts = of_level.filter_map(|message| message["rendered"].as_str());
    texts.collect::<Vec<_>>().join("\n")
}

/// Prints the progress of cargo, and returns its other lines.
fn pass_on(stderr: impl std::io::Read) -> String {
    let mut kept = String::new();
    for line in BufReader::new(stderr).lines().map_while(Result::ok) {
        let word = line.split_whitespace().next().unwrap_or_default();
        match word {
            "Compiling" | "Downloading" | "Downloaded" | "Blocking" | "Updating" => {
                eprintln!("{line}")
            }
            "Finished" | "Executable" | "Locking" | "Adding" => {}
            _ => kept += &(line + "\n"),
        }
    }
    kept
}

fn program(messages: &[Value]) -> Option<PathBuf> {
    let of_tests = |message: &&Value| {
        message["reason"] == "compiler-artifact" && message["target"]["name"] == "exercises"
    };
    let artifact = messages.iter().find(of_tests)?;
    artifact["executable"].as_str().map(PathBuf::from)
}

fn first_error(messages: &[Value], shown: &str, of_cargo_itself: String) -> BuildError {
    let messages = of_compiler(messages);
    let is_error = |message: &&&Value| {
        message["level"] == "error" && !message["spans"].as_array().is_none_or(Vec::is_empty)
    };
    let Some(first) = messages.iter().find(is_error) else {
        let line = of_cargo_itself.lines().find(|line| !line.trim().is_empty());
        let line = format!(
            "cargo cannot build the copy: {}",
            line.unwrap_or("it says nothing")
        );
        return of_cargo(line, of_cargo_itself);
    };
    let spans = first["spans"].as_array().into_iter().flatten();
    let place = spans.into_iter().find(|span| span["is_primary"] == true);
    let file = place
        .and_then(|span| span["file_name"].as_str())
        .unwrap_or_default();
    let file = plain(&format!("{shown}/{file}"));
    let at = place
        .and_then(|span| span["line_start"].as_u64())
        .unwrap_or_default();
    let what = first["message"].as_str().unwrap_or_default();
    BuildError {
        line: format!(
            "does not compile: {file}:{at}: {}{}",
            what.lines().next().unwrap_or_default(),
            cure(what)
        ),
        messages: rendered(&messages, "error"),
    }
}

/// The compiler proposes `cargo add std` to a learner who writes `std::` in a crate without it.
fn cure(what: &str) -> &'static str {
    match what.contains("`std`") {
        true => "; this floor is built without `std`: write `core::` or `alloc::`",
        false => "",
    }
}

fn of_cargo(line: String, messages: String) -> BuildError {
    BuildError { line, messages }
}
