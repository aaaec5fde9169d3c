//! CPython as one of the two sides: a process that answers scenarios.
//!
//! One process answers all programs of a check, so that no program costs the
//! start of an interpreter.
//!
//! ```text
//!   scenario seed_7 ...          ──► python3 interpret.py --stdin
//!   ----                                     │
//!   0.000    1 main start ...    ◄───────────┘
//!   ----
//! ```
//!
//! Invariants
//! 1. One question is under way at a time; its answer is read in full before
//!    the next is asked.
//! 2. A referee that does not answer within a minute is an error, not a
//!    check that hangs.
//!
//! Read next: `interpret.py`, the process at the other end.

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use crate::program::Scenario;
use crate::side::{Side, Trace};

const MARK: &str = "----";
const PATIENCE: Duration = Duration::from_secs(60);

/// The environment variable that names the interpreter to use.
pub const PYTHON_VARIABLE: &str = "GROUNDUP_PYTHON";

/// A running CPython that interprets scenarios.
pub struct Referee {
    child: Child,
    questions: ChildStdin,
    answers: Receiver<String>,
    version: String,
}

/// Returns the folder of the crate, with the referee's sources and the scenarios.
pub fn home() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Finds the first Python of version 3.12 or newer, and returns its path and
/// version: the one that `GROUNDUP_PYTHON` names, else one on the `PATH`.
pub fn find_python() -> Result<(PathBuf, String), String> {
    let named = env::var_os(PYTHON_VARIABLE).map(PathBuf::from);
    let candidates = match named {
        Some(named) => {
            let version = version_of(&named).ok_or_else(|| {
                let named = named.display();
                format!(
                    "{PYTHON_VARIABLE} is {named}, which is no CPython of version 3.12 or newer"
                )
            });
            return version.map(|version| (named.clone(), version));
        }
        None => ["python3.14", "python3.13", "python3.12", "python3"].map(PathBuf::from),
    };
    for candidate in candidates {
        if let Some(version) = version_of(&candidate) {
            return Ok((candidate, version));
        }
    }
    Err(format!(
        "no CPython of version 3.12 or newer: put python3.13 on the PATH, or name one in {PYTHON_VARIABLE}"
    ))
}

fn version_of(python: &Path) -> Option<String> {
    let question = "import sys; print(*sys.version_info[:3], sep='.')";
    let output = Command::new(python).args(["-c", question]).output().ok()?;
    let version = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    let mut parts = version.split('.').map(|part| part.parse::<u32>().ok());
    let enough = (parts.next()??, parts.next()??) >= (3, 12);
    enough.then_some(version)
}

impl Referee {
    /// Starts the interpreter; with `hops` it counts iterations from the last
    /// time the clock jumped.
    pub fn start(hops: bool) -> Result<Referee, String> {
        let (python, version) = find_python()?;
        let mut child = Command::new(&python)
            .arg(home().join("interpret.py"))
            .arg("--stdin")
            .args(hops.then_some("--hops"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot start {}: {error}", python.display()))?;
        let questions = child.stdin.take().ok_or("the referee has no input")?;
        let output = child.stdout.take().ok_or("the referee has no output")?;
        let (send, answers) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if send.send(line).is_err() {
                    break;
                }
            }
        });
        Ok(Referee {
            child,
            questions,
            answers,
            version,
        })
    }

    /// Returns the version of Python that answers, such as `3.13.0`.
    pub fn version(&self) -> &str {
        &self.version
    }

    fn ask(&mut self, question: &str) -> Result<Trace, String> {
        writeln!(self.questions, "{question}{MARK}")
            .and_then(|()| self.questions.flush())
            .map_err(|error| format!("the referee does not listen: {error}"))?;
        let mut lines = Trace::new();
        loop {
            match self.answers.recv_timeout(PATIENCE) {
                Ok(line) if line == MARK => return Ok(lines),
                Ok(line) => lines.push(line),
                Err(_) => return Err(format!("the referee does not answer:\n{question}")),
            }
        }
    }
}

impl Side for Referee {
    fn name(&self) -> &str {
        "CPython"
    }

    fn trace(&mut self, scenario: &Scenario) -> Result<Trace, String> {
        let mut lines = self.ask(&scenario.to_string())?;
        if let Some(mistake) = lines.iter().find(|line| line.starts_with("mistake")) {
            return Err(format!(
                "the referee cannot read a scenario: {mistake}\n{scenario}"
            ));
        }
        if let Some(fault) = lines.iter().find(|line| line.contains("INTERNAL")) {
            return Err(format!("the referee failed: {fault}\n{scenario}"));
        }
        lines.retain(|line| !line.is_empty());
        Ok(lines.split_off(1))
    }
}

impl Drop for Referee {
    fn drop(&mut self) {
        // The process may have ended by itself; either way nothing is left of it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
