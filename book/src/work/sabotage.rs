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
