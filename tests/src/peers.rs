//! The variable `GROUNDUP_PEERS`: is a missing program a failure?
//!
//! The problem: a test that skips itself looks like one that has passed, and the harness keeps what a passed
//! test prints. So a skip is a line on standard error, and where the variable is `required`, a failure. A test
//! of a package that does not depend on this one has this file as a module.
//!
//! Invariant: a value that means nothing is a failure.
//!
//! Read next: `bless.rs`.

use std::ffi::OsStr;
use std::io::Write;

/// Skips a test: prints why, or fails if peers are required.
#[track_caller]
pub(crate) fn skip(why: &str) {
    let required = required(std::env::var_os("GROUNDUP_PEERS").as_deref());
    let required = required.unwrap_or_else(|error| panic!("{error}"));
    assert!(!required, "{why}; and GROUNDUP_PEERS=required");
    // Not by `println`, which the harness keeps to itself.
    drop(writeln!(std::io::stderr(), "skipped: {why}"));
}

/// Returns true if this value of the variable makes a skip a failure.
pub(crate) fn required(value: Option<&OsStr>) -> Result<bool, String> {
    match value {
        None => Ok(false),
        Some(value) if value == "required" => Ok(true),
        Some(value) => Err(format!(
            "GROUNDUP_PEERS={value:?} means nothing: set it to \"required\", or do not set it"
        )),
    }
}
