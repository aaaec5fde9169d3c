//! What stands in for the calls of Linux on other systems.
//!
//! The problem: macOS and the BSDs have signals and processes, too, and other ways to ask for them.
//! Here is the plainest way for each. This page compiles there, and is untested.
//!
//! Invariant: each function has its twin in `linux.rs`.
//!
//! Read next: `system/dispositions.rs`.

use std::io;
use std::os::fd::OwnedFd;
use std::thread;

/// Returns true on the thread that runs `main`, to which the standard library gives this name.
pub(crate) fn is_main_thread() -> bool {
    thread::current().name() == Some("main")
}

/// There is no way to ask. Most programs handle no signal when they begin.
pub(crate) fn has_default_action(_signal: i32) -> bool {
    true
}

/// There is no such descriptor: the end of a process is noticed by SIGCHLD.
pub(crate) fn exit_descriptor(_process: u32) -> io::Result<OwnedFd> {
    Err(io::ErrorKind::Unsupported.into())
}
