//! The program that `cargo xtask exercise` starts.
//!
//! Read next: `command.rs`.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    exercise_tool::command::main(std::env::args_os().skip(1))
}
