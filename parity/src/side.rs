//! A side of a comparison: an interpreter that runs scenarios.
//!
//! Invariants
//! 1. A side that runs a scenario twice prints the same trace twice.
//! 2. A trace is lines without line ends, `TIME ITERATION WHO WHAT...`, and
//!    its last line says how the run came to rest.
//!
//! Read next: `referee.rs` (CPython), `difference.rs` (compares two traces).

use crate::program::Scenario;

/// The lines that a run printed.
pub type Trace = Vec<String>;

/// Runs scenarios.
pub trait Side {
    /// Returns the name of this side in reports.
    fn name(&self) -> &str;

    /// Runs a scenario and returns its trace. An error means that the side itself
    /// is broken (it cannot read the scenario, or does not answer); it ends the check.
    fn trace(&mut self, scenario: &Scenario) -> Result<Trace, String>;
}
