//! `cargo xtask parity`, and `cargo run -p groundup-parity -- ...`.

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    groundup_parity::command::main(&mut lexopt::Parser::from_env())
}
