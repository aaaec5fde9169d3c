//! Programs of others beside which a test runs.
//!
//! `.ci/peers` lists them, with their packages.

use std::process::{Command, Stdio};

/// The variable `GROUNDUP_PEERS`, which the tests of the other workspace read, too.
#[path = "../../../../tests/src/peers.rs"]
mod variable;

/// Returns true if a program of others is there. If not, the test is skipped with a printed line, or fails
/// (`variable`).
#[track_caller]
pub(crate) fn has_peer(name: &str, arguments: &[&str]) -> bool {
    let asked = Command::new(name)
        .args(arguments)
        .stdin(Stdio::null())
        .output();
    let is_there = asked.is_ok_and(|output| output.status.success());
    if !is_there {
        let called = format!("{name} {}", arguments.join(" "));
        variable::skip(&format!("`{}` does not work here", called.trim_end()));
    }
    is_there
}
