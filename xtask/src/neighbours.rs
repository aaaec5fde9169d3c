//! The verbs that start another package: benchmarks and parity.
//!
//! The problem: both are packages of their own, and `bench/` even a workspace of its own,
//! because they depend on crates that a reader who only runs or tests the project does
//! not need. One name for all commands is worth a few lines that start another `cargo`.
//!
//! Invariant: arguments and exit code are passed on unchanged.
//!
//! Read next: `props.rs`, which reads the output of the cargo that it starts.

use std::path::Path;
use std::process::{Command, ExitCode};

use crate::tour::workspace;

/// Runs `cargo xtask bench`: the benchmarks of the workspace `bench/`.
///
/// # Errors
/// If there is no such workspace here, or cargo cannot be started.
pub fn bench(arguments: &[String]) -> Result<ExitCode, String> {
    let manifest = workspace().join("bench/Cargo.toml");
    present(&manifest)?;
    let mut cargo = cargo();
    cargo.args(["run", "--release", "--manifest-path"]);
    cargo.arg(manifest);
    cargo.args(["--bin", "bench-driver", "--"]);
    pass_on(cargo.args(arguments))
}

/// Runs `cargo xtask parity`: the scenarios of the package `parity/`.
///
/// # Errors
/// If there is no such package here, or cargo cannot be started.
pub fn parity(arguments: &[String]) -> Result<ExitCode, String> {
    present(&workspace().join("parity/Cargo.toml"))?;
    let mut cargo = cargo();
    cargo.args(["run", "--release", "--package", "groundup-parity", "--"]);
    pass_on(cargo.current_dir(workspace()).args(arguments))
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
