//! The verbs of `cargo xtask`.
//!
//! The problem: a project has commands of its own (a tour, tests, benchmarks), and a
//! newcomer has only a Rust toolchain. So the commands are Rust programs too, behind one name.
//! lexopt, which depends on no other crate, splits the words of every command line.
//!
//! | exit code | meaning |
//! |---|---|
//! | 0 | done, and all is well |
//! | 1 | done, and a result is not as it should be; it was printed |
//! | 2 | the command line is wrong, or the command cannot run here; one line says why |
//!
//! Invariants
//! 1. A mistake on the command line, or in a variable of the environment, costs one line on
//!    standard error, and no command runs.
//! 2. A verb that only starts another program returns that program's exit code.
//! 3. No help builds a package: a help text is a constant or a file.
//!
//! Read next: `tour.rs`.

use std::ffi::OsString;
use std::fmt::Display;
use std::process::ExitCode;
use std::str::FromStr;

use lexopt::prelude::{Long, Short, Value, ValueExt};
use lexopt::{Error, Parser};

use crate::neighbours::{BENCH, BOOK, ENGINES, EXERCISE, PARITY};
use crate::{memcheck, mutants, props, tour, watched};

/// The first lines of the output of `cargo xtask --help`; the help of each verb follows.
pub const HELP: &str = "\
cargo xtask VERB ...

  tour      run the source programs and show what they do
  props     run the property tests of one floor or of all
  memcheck  run the tests of the upper floors under valgrind
  watched   run the tests of the upper floors in debug mode
  mutants   break floor 5 in a copy, and see that the kit finds it
  bench     measure this library and its peers
  engines   run the source programs on every engine, and compare
  parity    compare with CPython, scenario by scenario
  book      check the book against the code, and build it
  exercise  rebuild a floor of the library: start, check, hint, solve

`cargo xtask VERB --help` prints the options of one verb, `cargo xtask --help` those of all.
";

/// Runs the command of the command line, and returns its exit code.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let mut words = Parser::from_args(arguments);
    match verb(&mut words).and_then(|verb| verb.run(&mut words)) {
        Ok(code) => code,
        Err(why) => {
            eprintln!("xtask: {why}");
            ExitCode::from(2)
        }
    }
}

/// The first word of a command line.
enum Verb {
    Tour,
    Props,
    Memcheck,
    Watched,
    Mutants,
    Bench,
    Engines,
    Parity,
    Book,
    Exercise,
    /// No word: a short help.
    Nothing,
    Help,
}

fn verb(words: &mut Parser) -> Result<Verb, String> {
    let first = words.next().map_err(|why| why.to_string())?;
    let verb = match first {
        None => return Ok(Verb::Nothing),
        Some(Short('h') | Long("help")) => return Ok(Verb::Help),
        Some(Value(verb)) => verb,
        Some(other) => return Err(other.unexpected().to_string()),
    };
    Ok(match verb.to_string_lossy().as_ref() {
        "tour" => Verb::Tour,
        "props" => Verb::Props,
        "memcheck" => Verb::Memcheck,
        "watched" => Verb::Watched,
        "mutants" => Verb::Mutants,
        "bench" => Verb::Bench,
        "engines" => Verb::Engines,
        "parity" => Verb::Parity,
        "book" => Verb::Book,
        "exercise" => Verb::Exercise,
        "help" => Verb::Help,
        other => {
            let known = "there are tour, props, memcheck, watched, mutants, bench, engines, parity, book \
                         and exercise";
            return Err(format!("there is no verb {other}; {known}"));
        }
    })
}

impl Verb {
    fn run(self, words: &mut Parser) -> Result<ExitCode, String> {
        match self {
            Verb::Tour => tour::main(words),
            Verb::Props => props::main(words),
            Verb::Memcheck => memcheck::main(words),
            Verb::Watched => watched::main(words),
            Verb::Mutants => mutants::main(words),
            Verb::Bench => BENCH.main(words),
            Verb::Engines => ENGINES.main(words),
            Verb::Parity => PARITY.main(words),
            Verb::Book => BOOK.main(words),
            Verb::Exercise => EXERCISE.main(words),
            Verb::Nothing => {
                print!("{HELP}");
                Ok(ExitCode::SUCCESS)
            }
            Verb::Help => {
                let of_verbs = [
                    tour::options::HELP,
                    props::HELP,
                    memcheck::HELP,
                    watched::HELP,
                    mutants::HELP,
                ]
                .map(String::from);
                let of_neighbours =
                    [&BENCH, &ENGINES, &PARITY, &BOOK, &EXERCISE].map(|neighbour| neighbour.help());
                let texts = of_verbs.into_iter().chain(of_neighbours);
                print!("{HELP}");
                texts.for_each(|text| print!("\n{text}"));
                Ok(ExitCode::SUCCESS)
            }
        }
    }
}

/// Returns the value of an option, made by `make` from the text that follows the option. If it
/// makes none, the error says that the option needs `what`.
pub(crate) fn value<T>(
    words: &mut Parser,
    option: &str,
    what: impl Display,
    make: impl FnOnce(&str) -> Option<T>,
) -> Result<T, Error> {
    let text = match words.value() {
        Err(Error::MissingValue { .. }) => return Err(format!("{option} needs {what}").into()),
        value => value?.string()?,
    };
    make(&text).ok_or_else(|| format!("{option} needs {what}, not {text:?}").into())
}

/// Returns the value of an option, as a number.
pub(crate) fn number<N: FromStr>(words: &mut Parser, option: &str, what: &str) -> Result<N, Error> {
    value(words, option, what, |text| text.parse().ok())
}

/// Returns the message of a wrong command line, in one line that names the help.
pub(crate) fn mistake(verb: &str, why: &Error) -> String {
    let why = match why {
        Error::UnexpectedOption(option) => format!("{verb} has no option {option}"),
        Error::UnexpectedValue { option, value } => {
            format!("{option} takes no value, but has {}", value.display())
        }
        why => return why.to_string(),
    };
    format!("{why}; `cargo xtask {verb} --help` lists the options")
}
