//! Somebody who can run a scenario: one of the two that are compared.
//!
//! Invariants
//! 1. A side given the same scenario twice gives the same trace twice.
//! 2. A trace is lines without line ends, `TIME ITERATION WHO WHAT...`, and
//!    its last line says how the run came to rest.
//!
//! Read next: `referee.rs` (CPython), `difference.rs` (what is done with two
//! traces).

use crate::program::Scenario;

/// The lines that a run printed.
pub type Trace = Vec<String>;

/// Runs scenarios.
pub trait Side {
    /// What reports call this side.
    fn name(&self) -> &str;

    /// The trace of one run. An error means that the side itself is broken
    /// (it cannot read the scenario, or does not answer) and ends the check.
    fn trace(&mut self, scenario: &Scenario) -> Result<Trace, String>;
}
