//! What the tests do otherwise if every loop is in debug mode.
//!
//! The problem: debug mode adds reports and words, and a test that compares a text without them fails.
//! Such a test is right, and so is the report. Each entry here says why.
//!
//! Invariant: a circle of `CIRCLES` was looked at, and none of its tasks could go on.
//!
//! Read next: `mutants.rs`.

/// A test, and why it is not as it is without debug mode.
#[derive(Debug)]
pub struct Known {
    /// The package, without `groundup-`.
    pub package: &'static str,
    /// The test, as the test harness names it.
    pub test: &'static str,
    /// The reason.
    pub why: &'static str,
}

/// The tests that fail.
pub const FAILS: [Known; 0] = [];

/// The tests whose loops report a circle, which is one.
pub const CIRCLES: [Known; 0] = [];
