//! `cargo xtask parity`, and `cargo run -p groundup-parity -- ...`.

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    groundup_parity::command::main(&arguments)
}
