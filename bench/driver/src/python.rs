//! The search for a Python that is new enough.
//!
//! The candidates are: the program of `--python`; then python3.14, python3.13,
//! python3.12 and python3 on the PATH; then the versions that pyenv keeps, whose
//! programs on the PATH refuse to run a version that is not selected. The first one
//! that starts and reports version 3.12 or newer is used.
//!
//! Invariants: nothing is installed and nothing is written. A candidate is judged by
//! starting it, not by its name.
//!
//! Read next: `python/rows.py`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::systems::{Launch, System, workspace};

/// The oldest version whose asyncio is compared.
const OLDEST: (u32, u32) = (3, 12);

/// Returns the Python program for `system`, or the reason for which there is none.
pub(crate) fn find(system: &System, asked: Option<&Path>) -> Result<(Launch, String), String> {
    let candidates = match asked {
        Some(path) => vec![path.to_owned()],
        None => candidates(),
    };
    let found = candidates
        .into_iter()
        .find_map(|python| version(&python).map(|version| (python, version)));
    let Some((python, version)) = found else {
        return Err("no python3 of version 3.12 or newer was found".to_owned());
    };
    if system.name != "asyncio" && !imports(&python, system.name) {
        return Err(format!("python {version} has no module {}", system.name));
    }
    let rows = workspace().join("python/rows.py");
    // -B: no compiled files are written beside the rows.
    let launch = vec![python, "-B".into(), rows, system.name.into()];
    Ok((launch, format!("{} (CPython {version})", system.what)))
}

/// Returns the places where a Python may be, best first.
fn candidates() -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = ["python3.14", "python3.13", "python3.12", "python3"]
        .into_iter()
        .map(PathBuf::from)
        .collect();
    let Some(home) = std::env::home_dir() else {
        return all;
    };
    let mut kept: Vec<_> = std::fs::read_dir(home.join(".pyenv/versions"))
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin/python3"))
        .collect();
    // Sorted by name, newest first: 3.13.0 is tried before 3.12.1.
    kept.sort();
    kept.reverse();
    all.extend(kept);
    all
}

/// Runs `python -c code`, and returns its output if it ended well.
fn ask(python: &Path, code: &str) -> Option<String> {
    let output = Command::new(python)
        .args(["-c", code])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let said = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| said.trim().to_owned())
}

/// Returns the version if this is a CPython that is new enough.
fn version(python: &Path) -> Option<String> {
    let said = ask(
        python,
        "import platform as p; print(p.python_implementation(), p.python_version())",
    )?;
    let version = said.strip_prefix("CPython ")?;
    let mut numbers = version.split('.').map(|part| part.parse::<u32>().ok());
    let found = (numbers.next()??, numbers.next()??);
    (found >= OLDEST).then(|| version.to_owned())
}

/// Returns true if the module can be imported.
fn imports(python: &Path, module: &str) -> bool {
    ask(python, &format!("import {module}")).is_some()
}
