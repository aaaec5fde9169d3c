//! Recorded scenarios: files of programs, and the referee's traces.
//!
//! `scenarios/cancel.scn` holds scenarios, and `scenarios/cancel.trace` holds
//! the traces that CPython printed for them. The check against these files
//! needs no Python; recording them anew (`--bless`) does.
//!
//! Where groundup differs on purpose, the scenario is in `deviations.scn`, and
//! `deviations.groundup` holds the trace of groundup.
//!
//! Invariants
//! 1. A `.trace` file is exactly the output of `interpret.py` for the `.scn`
//!    file beside it.
//! 2. Files and scenarios are visited in one order on every machine.
//!
//! Read next: `command.rs`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::program::Scenario;
use crate::reader::read;
use crate::side::{Side, Trace};

/// A file of scenarios.
pub struct File {
    /// Its path.
    pub path: PathBuf,
    /// Its scenarios, in the order of the file.
    pub scenarios: Vec<Scenario>,
}

/// Reads all files of scenarios in a folder, sorted by name.
pub fn files(folder: &Path) -> Result<Vec<File>, String> {
    let listing = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut paths: Vec<PathBuf> = listing
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "scn"));
    paths.sort();
    let parsed = |path: PathBuf| {
        let text = fs::read_to_string(&path).map_err(|error| error.to_string());
        let scenarios = text.and_then(|text| read(&text).map_err(|mistake| mistake.to_string()));
        let scenarios = scenarios.map_err(|what| format!("{}: {what}", path.display()))?;
        Ok(File { path, scenarios })
    };
    paths.into_iter().map(parsed).collect()
}

impl File {
    /// Reads the recorded traces of CPython, in the order of the scenarios.
    pub fn recorded(&self) -> Result<Vec<Trace>, String> {
        self.traces("trace")
    }

    /// Reads the recorded traces of groundup, if this file holds scenarios
    /// in which it differs on purpose.
    pub fn deviating(&self) -> Result<Option<Vec<Trace>>, String> {
        let path = self.path.with_extension("groundup");
        if path.exists() {
            self.traces("groundup").map(Some)
        } else {
            Ok(None)
        }
    }

    fn traces(&self, ending: &str) -> Result<Vec<Trace>, String> {
        let path = self.path.with_extension(ending);
        let text = fs::read_to_string(&path)
            .map_err(|error| format!("{}: {error}; record it with --bless", path.display()))?;
        let mut traces: Vec<Trace> = Vec::new();
        let mut names = Vec::new();
        for line in text.lines().filter(|line| !line.is_empty()) {
            match line.strip_prefix("scenario ") {
                Some(name) => {
                    names.push(name);
                    traces.push(Trace::new());
                }
                None => traces
                    .last_mut()
                    .ok_or("a trace without a scenario")?
                    .push(line.into()),
            }
        }
        if !self
            .scenarios
            .iter()
            .map(|scenario| scenario.name.as_str())
            .eq(names)
        {
            let what = "does not record the scenarios beside it; record it anew with --bless";
            return Err(format!("{} {what}", path.display()));
        }
        Ok(traces)
    }

    /// Records the traces of CPython, and of groundup where it differs on
    /// purpose.
    pub fn record(&self, referee: &mut dyn Side, ours: &mut dyn Side) -> Result<(), String> {
        if self.path.with_extension("groundup").exists() {
            self.write("groundup", ours)?;
        }
        self.write("trace", referee)
    }

    fn write(&self, ending: &str, side: &mut dyn Side) -> Result<(), String> {
        let mut text = String::new();
        for scenario in &self.scenarios {
            text += &format!("scenario {}\n", scenario.name);
            for line in side.trace(scenario)? {
                text += &line;
                text.push('\n');
            }
            text.push('\n');
        }
        let path = self.path.with_extension(ending);
        fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))
    }
}
