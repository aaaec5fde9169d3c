//! The verbs of `cargo xtask`.
//!
//! The problem: a project has commands of its own (a tour, tests, benchmarks), and a
//! newcomer has only a Rust toolchain. So the commands are Rust programs too, behind one name.
//!
//! | exit code | meaning |
//! |---|---|
//! | 0 | done, and all is well |
//! | 1 | done, and a result is not as it should be; it was printed |
//! | 2 | the command line is wrong, or the command cannot run here; one line says why |
//!
//! Invariants
//! 1. A mistake on the command line costs one line on standard error, and no command runs.
//! 2. A verb that only starts another program returns that program's exit code.
//!
//! Read next: `tour.rs`.

use std::ffi::OsString;
use std::process::ExitCode;

use crate::{neighbours, props, tour};

/// The output of `cargo xtask` without arguments.
pub const HELP: &str = "\
cargo xtask VERB ...

  tour     run the source programs and show what they do   (--list, --only S0.P7, --plain, --check, ...)
  props    run the property tests of one floor or of all   ([FLOOR] [--cases N])
  bench    measure this library and its peers              (--counts, ...; needs bench/)
  parity   compare with CPython, scenario by scenario      (--live --programs N --seed S, ...)

`cargo xtask tour --help` tells more about the tour.
";

/// Runs the command of the command line, and returns its exit code.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    match dispatch(arguments.into_iter().collect()) {
        Ok(code) => code,
        Err(why) => {
            eprintln!("xtask: {why}");
            ExitCode::from(2)
        }
    }
}

fn dispatch(arguments: Vec<OsString>) -> Result<ExitCode, String> {
    let arguments = arguments.into_iter().map(|argument| {
        let text = argument.into_string();
        text.map_err(|argument| format!("this argument is not text: {}", argument.display()))
    });
    let arguments = arguments.collect::<Result<Vec<String>, String>>()?;
    let Some((verb, rest)) = arguments.split_first() else {
        print!("{HELP}");
        return Ok(ExitCode::SUCCESS);
    };
    match verb.as_str() {
        "tour" => tour::main(rest),
        "props" => props::main(rest),
        "bench" => neighbours::bench(rest),
        "parity" => neighbours::parity(rest),
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(ExitCode::SUCCESS)
        }
        _ => Err(format!(
            "there is no verb {verb}; there are tour, props, bench and parity"
        )),
    }
}
