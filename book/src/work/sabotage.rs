//! Sabotages: a patch breaks an invariant, and a test goes red.
//!
//! The problem: a test that no change can turn red proves nothing, and a reader believes an invariant
//! after having broken it. So each floor has a patch to try. The check applies it in memory; the proof
//! builds a patched copy and runs the one test.
//!
//! ```text
//!   book/sabotage/NAME.patch   ── applies ──► a copy of the tree ── cargo test NAME ──► red
//!   book/sabotage/NAME.toml    test, why
//! ```
//!
//! Invariants
//! 1. A patch applies to the tree as it is, and its test exists.
//! 2. Red means that the test ran and failed. A copy that does not compile proves nothing.
//!
//! Read next: `patch.rs`.

use serde::Deserialize;

use crate::check::spans::test_fault;
use crate::tree::{Fault, Tree};
use crate::work::patch;

/// The file of a sabotage.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sabotage {
    /// The test that goes red: `path::name`.
    pub test: String,
    /// Why it does.
    pub why: String,
}

impl Sabotage {
    /// Returns the path of the patch.
    pub fn patch(name: &str) -> String {
        format!("book/sabotage/{name}.patch")
    }

    /// Reads a sabotage.
    ///
    /// # Errors
    /// If it is not there, or is not as it should be.
    pub fn read(tree: &Tree, name: &str) -> Result<Self, String> {
        let path = format!("book/sabotage/{name}.toml");
        toml::from_str(&tree.read(&path)?).map_err(|why| format!("{path}: {why}"))
    }

    /// Returns the command that runs the tests among which its test is.
    ///
    /// # Errors
    /// If the test belongs to no package.
    pub fn command(&self, tree: &Tree) -> Result<String, String> {
        let (path, _) = self.test.split_once("::").ok_or("a test is `path::name`")?;
        let package = package(tree, path)?;
        Ok(format!(
            "cargo test -p {package} {}",
            target_of(path).join(" ")
        ))
    }

    /// Returns the faults that show without a run.
    pub fn faults(&self, tree: &Tree, name: &str) -> Vec<Fault> {
        let path = Self::patch(name);
        let mut faults: Vec<Fault> = test_fault(tree, &self.test)
            .map(|what| Fault::new(format!("book/sabotage/{name}.toml"), 0, what))
            .into_iter()
            .collect();
        if let Err(what) = patched(tree, name) {
            faults.push(Fault::new(path, 0, what));
        }
        faults
    }
}

/// Returns the patched files: path and text.
///
/// # Errors
/// If the patch does not apply.
pub fn patched(tree: &Tree, name: &str) -> Result<Vec<(String, String)>, String> {
    let changes = patch::read(&tree.read(&Sabotage::patch(name))?)?;
    let apply = |change: patch::Change| {
        let text = change.applied(&tree.read(&change.path)?)?;
        Ok((change.path, text))
    };
    changes.into_iter().map(apply).collect()
}

/// Returns the name of the package that a file belongs to.
pub(super) fn package(tree: &Tree, path: &str) -> Result<String, String> {
    let mut folder = path;
    while let Some((above, _)) = folder.rsplit_once('/') {
        folder = above;
        let Ok(manifest) = tree.read(&format!("{folder}/Cargo.toml")) else {
            continue;
        };
        let name = manifest
            .lines()
            .find_map(|line| line.strip_prefix("name = \""));
        if let Some(name) = name {
            return Ok(name.trim_end_matches('"').to_owned());
        }
    }
    Err(format!("{path} belongs to no package"))
}

/// Returns the arguments of cargo that choose the target of a test.
pub(super) fn target_of(path: &str) -> Vec<String> {
    match path.split_once("/tests/") {
        None => vec!["--lib".into()],
        Some((_, rest)) => {
            let name = rest.split('/').next().unwrap_or(rest);
            vec!["--test".into(), name.trim_end_matches(".rs").into()]
        }
    }
}
