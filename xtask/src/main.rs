//! The command `cargo xtask`: reads the command line, nothing else.
//!
//! Read next: `command.rs`.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    xtask::command::main(std::env::args_os().skip(1))
}
