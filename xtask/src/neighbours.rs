//! The verbs that only pass on: benchmarks and parity.
//!
//! The problem: both are packages of their own, one even a workspace of its
//! own, because they pull in what nobody needs who only wants to see or test.
//! One name for all commands is worth a few lines that start another `cargo`.
//!
//! Invariant: arguments and exit code are passed on as they are.
//!
//! Read next: `props.rs`, which looks at what comes back.

use std::path::Path;
use std::process::{Command, ExitCode};

use crate::tour::workspace;

/// `cargo xtask bench`: the benchmarks of the workspace `bench/`.
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

/// `cargo xtask parity`: the scenarios of the package `parity/`.
///
/// # Errors
/// If there is no such package here, or cargo cannot be started.
pub fn parity(arguments: &[String]) -> Result<ExitCode, String> {
    present(&workspace().join("parity/Cargo.toml"))?;
    let mut cargo = cargo();
    cargo.args(["run", "--release", "--package", "groundup-parity", "--"]);
    pass_on(cargo.current_dir(workspace()).args(arguments))
}

/// The cargo that runs this, or the one that is installed.
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
    // Ended by a signal, it has no code.
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(ExitCode::from(code.unwrap_or(1)))
}
