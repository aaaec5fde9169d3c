//! The verbs that start another package, such as the benchmarks.
//!
//! The problem: they are packages of their own, and `bench/` and `engines/` even workspaces of
//! their own, because they depend on crates that a reader who only runs or tests the project does
//! not need. So is `exercises/`, in which learners change copies of the floors. One name for all
//! commands is worth a few lines that start another `cargo`. The help of each is a file of its own,
//! which is printed here: to read three lines of help, a newcomer does not compile a hundred crates.
//!
//! Invariants
//! 1. Arguments and exit code are passed on unchanged.
//! 2. `--help` starts no cargo.
//!
//! Read next: `props.rs`, which reads the output of the cargo that it starts.

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

use lexopt::Parser;

use crate::tour::workspace;

/// A package whose program is a verb of `cargo xtask`. Paths begin at the workspace.
pub(crate) struct Neighbour {
    /// The manifest of the package or of its workspace.
    manifest: &'static str,
    /// The arguments of cargo that choose the program, and its profile.
    program: &'static [&'static str],
    /// The built program of a verb that is called many times an hour: once it is there, cargo says
    /// nothing.
    quiet_with: Option<&'static str>,
    help: &'static str,
}

/// `cargo xtask bench`: the benchmarks of the workspace `bench/`.
pub(crate) const BENCH: Neighbour = Neighbour {
    manifest: "bench/Cargo.toml",
    program: &["--release", "--bin", "bench-driver"],
    quiet_with: None,
    help: "bench/driver/src/help.txt",
};

/// `cargo xtask engines`: the same programs on every engine, in the workspace `engines/`.
pub(crate) const ENGINES: Neighbour = Neighbour {
    manifest: "engines/Cargo.toml",
    program: &["--release", "--bin", "engines"],
    quiet_with: None,
    help: "engines/src/help.txt",
};

/// `cargo xtask parity`: the scenarios of the package `parity/`.
pub(crate) const PARITY: Neighbour = Neighbour {
    manifest: "parity/Cargo.toml",
    program: &["--release", "--bin", "groundup-parity"],
    quiet_with: None,
    help: "parity/src/help.txt",
};

/// `cargo xtask book`: the book and its check, in the package `book/`. It computes little, and the
/// tests have built the floors without `--release`.
pub(crate) const BOOK: Neighbour = Neighbour {
    manifest: "book/Cargo.toml",
    program: &["--bin", "book"],
    quiet_with: Some("target/debug/book"),
    help: "book/help.txt",
};

/// `cargo xtask exercise`: the exercises of the workspace `exercises/`. A learner waits for the build
/// of a floor and not for the tool: it is not built for release.
pub(crate) const EXERCISE: Neighbour = Neighbour {
    manifest: "exercises/Cargo.toml",
    program: &["--bin", "exercise"],
    quiet_with: Some("exercises/target/debug/exercise"),
    help: "exercises/tool/src/help.txt",
};

impl Neighbour {
    /// Runs the program with the words that are left.
    ///
    /// # Errors
    /// If the package is not here, or cargo cannot be started.
    pub(crate) fn main(&self, words: &mut Parser) -> Result<ExitCode, String> {
        let words: Vec<_> = match words.raw_args() {
            Ok(words) => words.collect(),
            Err(why) => return Err(why.to_string()),
        };
        if words.iter().any(|word| word == "--help" || word == "-h") {
            print!("{}", self.help());
            return Ok(ExitCode::SUCCESS);
        }
        let manifest = workspace().join(self.manifest);
        present(&manifest)?;
        let mut cargo = cargo();
        cargo.args(["run", "--manifest-path"]).arg(manifest);
        let is_there = |program: &str| workspace().join(program).exists();
        if self.quiet_with.is_some_and(is_there) {
            cargo.arg("--quiet");
        }
        cargo.args(self.program).arg("--").args(words);
        pass_on(&mut cargo)
    }

    /// Returns the help of the program.
    pub(crate) fn help(&self) -> String {
        let help = fs::read_to_string(workspace().join(self.help));
        help.unwrap_or_else(|_| format!("{} is not here\n", self.help))
    }
}

/// Returns the cargo that runs this program, or the installed one.
pub(crate) fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

fn present(manifest: &Path) -> Result<(), String> {
    if manifest.is_file() {
        return Ok(());
    }
    Err(format!(
        "{} is not here: this verb needs a full clone of the project",
        manifest.display()
    ))
}

fn pass_on(command: &mut Command) -> Result<ExitCode, String> {
    let status = command.status();
    let status = status.map_err(|why| format!("cannot start cargo: {why}"))?;
    // A process that a signal has ended has no exit code.
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(ExitCode::from(code.unwrap_or(1)))
}
