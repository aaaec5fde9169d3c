//! Streams, processes and signals beside CPython, live.
//!
//! The problem: the tests of the rules hold what their author read in CPython's source. Here CPython
//! itself answers: each script runs on both, over TCP on loopback, and the answers are compared line by
//! line. Some scripts are written down, and the others come from a seed.
//!
//! ```text
//!   limit 3              cpython/referee.py          this file
//!   piece 6162        ┌─────────────────────┐   ┌─────────────────────┐
//!   piece 630a        │ overrun 3 found 1   │   │ overrun 3 found 1   │
//!   readline          └─────────────────────┘ = └─────────────────────┘
//! ```
//!
//! | variable | |
//! |---|---|
//! | `GROUNDUP_PYTHON` | the interpreter, of 3.13; without it `python3.13` of the `PATH` |
//! | `GROUNDUP_SCRIPTS` | the number of random scripts: 300 |
//! | `GROUNDUP_SEED` | their first seed: 1 |
//!
//! Without an interpreter the tests are skipped, and say so; with `GROUNDUP_PEERS=required` they fail.
//!
//! Invariants:
//! 1. A script has less than 2 KiB of bytes to read. A reader here takes more than that in several
//!    pieces, and CPython in one.
//! 2. A script with `feed` has it before its first operation. Later bytes wait here in the system, and in
//!    CPython in the reader (NOT-HERE, "A reader asks for its bytes").
//! 3. Each number of an error is compared, except that of a write to a peer that has reset: CPython
//!    repeats the error of the reader.
//!
//! Read next: `cpython/referee.py`, then `cpython/interpreter.rs`.
#![cfg(target_os = "linux")]

#[path = "shared/dice.rs"]
mod dice;
#[path = "cpython/interpreter.rs"]
mod interpreter;
#[path = "../../../tests/src/peers.rs"]
mod peers;
#[path = "cpython/scripts.rs"]
mod scripts;

use std::env;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

const REFEREE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cpython/referee.py");

/// A CPython that answers scripts.
struct Referee {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Referee {
    /// Starts the interpreter, or says why the test is skipped.
    fn start() -> Option<Referee> {
        let named = env::var("GROUNDUP_PYTHON");
        let python = named.as_deref().unwrap_or("python3.13");
        let version = ["-c", "import sys; print(*sys.version_info[:2])"];
        let output = Command::new(python).args(version).output();
        if !output.is_ok_and(|output| output.stdout == b"3 13\n") {
            assert!(
                named.is_err(),
                "GROUNDUP_PYTHON is {python}, which is no CPython 3.13"
            );
            peers::skip("there is no CPython 3.13 as python3.13 or in GROUNDUP_PYTHON");
            return None;
        }
        let mut command = Command::new(python);
        command
            .arg(REFEREE)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let questions = child.stdin.take().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        Some(Referee {
            child,
            questions,
            answers,
        })
    }

    fn answer(&mut self, script: &[String]) -> Vec<String> {
        let text = script.join("\n") + "\n----\n";
        self.questions.write_all(text.as_bytes()).unwrap();
        self.questions.flush().unwrap();
        let mut said = Vec::new();
        loop {
            let mut line = String::new();
            assert!(
                self.answers.read_line(&mut line).unwrap() > 0,
                "CPython has ended at {script:#?}"
            );
            match line.trim_end() {
                "----" => return said,
                line => said.push(line.to_owned()),
            }
        }
    }

    /// Returns both answers, if they differ each time. On a busy machine the system delivers a byte or a
    /// reset late, and an operation of one side is then pending: such a difference does not last.
    fn difference(&mut self, script: &[String]) -> Option<[Vec<String>; 2]> {
        for _ in 0..4 {
            self.difference_once(script)?;
        }
        self.difference_once(script)
    }

    fn difference_once(&mut self, script: &[String]) -> Option<[Vec<String>; 2]> {
        let both = [self.answer(script), interpreter::answer(script)];
        (both[0] != both[1]).then_some(both)
    }

    /// Fails if the answers differ, with a script of which no line can be left out.
    fn check(&mut self, name: &str, script: Vec<String>) {
        if self.difference(&script).is_none() {
            return;
        }
        let mut smallest = script.clone();
        let mut at = 1; // the first line connects
        while at < smallest.len() {
            let mut smaller = smallest.clone();
            smaller.remove(at);
            match self.difference(&smaller) {
                Some(_) => smallest = smaller,
                None => at += 1,
            }
        }
        let script_and = |said: Option<[Vec<String>; 2]>| {
            let [cpython, ours] = said.unwrap_or_default();
            format!("CPython says {cpython:#?}\ngroundup says {ours:#?}")
        };
        let said = script_and(self.difference(&smallest));
        panic!("{name} {script:#?}\nat its smallest {smallest:#?}\n{said}");
    }
}

impl Drop for Referee {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn number(name: &str, default: u64) -> u64 {
    let Some(text) = env::var_os(name) else {
        return default;
    };
    let number = text.to_str().and_then(|text| text.parse().ok());
    number.unwrap_or_else(|| {
        panic!("{name}={text:?} is not a whole number: correct it, or do not set it")
    })
}

#[test]
fn a_missing_peer_is_a_failure_only_if_peers_are_required() {
    let required = |value: Option<&str>| peers::required(value.map(OsStr::new));
    assert_eq!(required(None), Ok(false));
    assert_eq!(required(Some("required")), Ok(true));
    let sentence = "means nothing: set it to \"required\", or do not set it";
    for value in ["", "0", "require", "yes"] {
        assert_eq!(
            required(Some(value)),
            Err(format!("GROUNDUP_PEERS={value:?} {sentence}"))
        );
    }
}

#[test]
fn written_scripts_have_the_answers_of_cpython() {
    let Some(mut referee) = Referee::start() else {
        return;
    };
    for (name, script) in scripts::written() {
        referee.check(name, script);
    }
}

#[test]
fn random_scripts_have_the_answers_of_cpython() {
    let Some(mut referee) = Referee::start() else {
        return;
    };
    let (first, count) = (number("GROUNDUP_SEED", 1), number("GROUNDUP_SCRIPTS", 300));
    let mut answers = 0;
    for seed in first..first + count {
        let script = scripts::random(seed);
        answers += script
            .iter()
            .filter(|line| scripts::is_answered(line))
            .count();
        referee.check(&format!("the script of seed {seed}"), script);
    }
    println!("{count} scripts from seed {first}, {answers} answers: all as CPython's");
}
