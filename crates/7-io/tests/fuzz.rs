//! Fuzzers of the reader's limits and of the network in memory.
//!
//! The problem: a property draws its cases from the same mixture for ever, and most of them say nothing
//! new. A fuzzer keeps the inputs that did, and changes them. Here an input is bytes, which a target
//! reads as a script. The target returns its *features*: pairs of an operation and its answer, one
//! after another. An input that has a new feature is kept.
//!
//! ```text
//!   kept inputs ── choose, change ──> bytes ──> target ──> a panic: the input is printed
//!        ^                                        └──────> a new feature? ──┐
//!        └──────────────────────────────────────────────────────────────────┘
//! ```
//!
//! `fuzz/*.txt` are kept inputs, one a line, and the test of the corpus runs them each time. A longer
//! search adds to them:
//!
//! ```text
//!   GROUNDUP_FUZZ_INPUTS=50000 cargo test --release -p groundup-io --test fuzz -- --ignored --nocapture
//!   GROUNDUP_FUZZ_KEEP=1 ..       writes the kept inputs into the corpus
//!   GROUNDUP_FUZZ_SEED=7 ..       makes the same inputs again
//!   GROUNDUP_FUZZ_INPUT=0a1b2c .. runs one input of the target that is named
//! ```
//!
//! Invariant: the features of an input depend only on the input.
//!
//! Read next: `fuzz/reader.rs`.
#![cfg(unix)]

#[path = "shared/dice.rs"]
mod dice;
#[path = "fuzz/input.rs"]
mod input;
#[path = "fuzz/network.rs"]
mod network;
#[path = "shared/patience.rs"]
mod patience;
#[path = "fuzz/reader.rs"]
mod reader;
#[allow(dead_code, reason = "the tests of `it` use more of it")]
#[path = "it/setup.rs"]
mod setup;
#[path = "fuzz/watched.rs"]
mod watched;

use std::cell::Cell;
use std::collections::HashSet;
use std::env::{self, VarError};
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::path::PathBuf;
use std::sync::Once;

use dice::Dice;
use input::{hex, unhex};

/// Runs an input, and returns its features. Panics if something is wrong.
type Target = fn(&[u8]) -> Vec<u64>;

/// Inputs of a corpus at most.
const CORPUS: usize = 100;

/// Bytes of an input at most.
const LONGEST: usize = 400;

fn corpus(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz");
    folder.join(name).with_extension("txt")
}

fn kept(name: &str) -> Vec<Vec<u8>> {
    let text = fs::read_to_string(corpus(name)).unwrap_or_default();
    let line = |line| unhex(line).expect("a line of the corpus is an input");
    text.lines().map(line).collect()
}

/// Number of panics on this thread, also of tasks whose end no code looks at.
fn panics() -> u64 {
    static HOOK: Once = Once::new();
    thread_local! {
        static PANICS: Cell<u64> = const { Cell::new(0) };
    }
    HOOK.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |info| {
            PANICS.set(PANICS.get() + 1);
            before(info);
        }));
    });
    PANICS.get()
}

/// Runs an input. Returns `None` if it panics, or a task of it.
fn tried(target: Target, input: &[u8]) -> Option<Vec<u64>> {
    let before = panics();
    let features = catch_unwind(AssertUnwindSafe(|| target(input)));
    features.ok().filter(|_| panics() == before)
}

/// Runs an input; if it panics, says which it was.
fn run(name: &str, target: Target, input: &[u8]) -> Vec<u64> {
    tried(target, input).unwrap_or_else(|| {
        let smallest = shrunk(target, input.to_vec());
        panic!("{name}: GROUNDUP_FUZZ_INPUT={} panics", hex(&smallest))
    })
}

/// Leaves out pieces as long as the input panics.
fn shrunk(target: Target, mut input: Vec<u8>) -> Vec<u8> {
    let panics = |input: &[u8]| tried(target, input).is_none();
    let mut piece = input.len().next_power_of_two() / 2;
    while piece > 0 {
        let mut at = 0;
        while at + piece <= input.len() {
            let mut shorter = input.clone();
            shorter.drain(at..at + piece);
            match panics(&shorter) {
                true => input = shorter,
                false => at += piece,
            }
        }
        piece /= 2;
    }
    input
}

/// Reads a variable of the environment. Fails if `read` cannot read it; `wanted` says what it can read.
fn variable<T>(name: &str, wanted: &str, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
    let value = said(name, env::var(name), wanted, read);
    value.unwrap_or_else(|error| panic!("{error}"))
}

/// Reads the text of a variable; `Ok(None)` if it is not set.
fn said<T>(
    name: &str,
    text: Result<String, VarError>,
    wanted: &str,
    read: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, String> {
    let text = match text {
        Ok(text) => text,
        Err(VarError::NotPresent) => return Ok(None),
        Err(VarError::NotUnicode(text)) => text.to_string_lossy().into_owned(),
    };
    let value = read(&text);
    let error = || format!("{name}={text:?} is not {wanted}: correct it, or do not set it");
    value.map(Some).ok_or_else(error)
}

fn number(name: &str) -> Option<u64> {
    variable(name, "a whole number", |text| text.parse().ok())
}

/// Searches for new features, in as many inputs as the environment says.
fn search(name: &str, target: Target) {
    if let Some(input) = variable("GROUNDUP_FUZZ_INPUT", "pairs of hex digits", unhex) {
        drop(target(&input));
        return;
    }
    let keeps = variable("GROUNDUP_FUZZ_KEEP", "1", |text| {
        (text == "1").then_some(())
    });
    let inputs = number("GROUNDUP_FUZZ_INPUTS").unwrap_or(2000);
    let mut pool = kept(name);
    let before = pool.len();
    let seed = number("GROUNDUP_FUZZ_SEED").unwrap_or_else(|| u64::from(std::process::id()));
    let mut dice = Dice::new(seed);
    let mut features = HashSet::new();
    for input in &pool {
        features.extend(run(name, target, input));
    }
    for _ in 0..inputs {
        let input = dice.changed(&pool, LONGEST);
        let found = run(name, target, &input);
        let is_new = found
            .iter()
            .filter(|&&feature| features.insert(feature))
            .count()
            > 0;
        if is_new {
            pool.push(input);
        }
    }
    let new = pool.len() - before;
    println!(
        "{name}: {inputs} inputs of seed {seed}, {} features, {new} inputs kept",
        features.len()
    );
    if keeps.is_some() {
        let lines: String = needed(target, pool)
            .iter()
            .map(|input| hex(input) + "\n")
            .collect();
        fs::write(corpus(name), lines).unwrap();
    }
}

/// Returns inputs of all lengths, each with a feature that the shorter ones do not have.
fn needed(target: Target, mut pool: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    pool.sort_by_key(|input| (input.len(), input.clone()));
    let mut features = HashSet::new();
    pool.retain(|input| {
        let found = target(input).into_iter();
        found.filter(|&feature| features.insert(feature)).count() > 0
    });
    let each = pool.len().div_ceil(CORPUS).max(1);
    pool.into_iter().step_by(each).collect()
}

#[test]
fn the_corpus_of_the_reader_runs() {
    let inputs = kept("reader");
    assert!(inputs.len() > 50);
    inputs
        .iter()
        .for_each(|input| drop(run("reader", reader::target, input)));
}

#[test]
fn the_corpus_of_the_network_runs() {
    let inputs = kept("network");
    assert!(inputs.len() > 50);
    for input in inputs {
        let twice = [(); 2].map(|()| run("network", network::target, &input));
        assert_eq!(twice[0], twice[1], "{} has the same run twice", hex(&input));
    }
}

/// A trace, a sink that comes and goes, debug mode and questions change nothing: no answer, no order, no
/// iteration, no time, and no question to the chooser.
#[test]
fn watching_changes_nothing() {
    let (kept, mut dice) = (kept("network"), Dice::new(1));
    let new: Vec<_> = (0..50).map(|_| dice.changed(&kept, LONGEST)).collect();
    for input in kept.into_iter().chain(new) {
        run("network", watched::in_all_ways, &input);
    }
}

#[test]
fn a_variable_that_cannot_be_read_is_an_error() {
    let number = |text: &str| {
        let text = Ok(text.to_owned());
        said("VARIABLE", text, "a whole number", |text| {
            text.parse::<u64>().ok()
        })
    };
    assert_eq!(number("50000"), Ok(Some(50_000)));
    for wrong in ["", "-1", "5e4", "50 000", "many"] {
        let sentence = "is not a whole number: correct it, or do not set it";
        assert_eq!(number(wrong), Err(format!("VARIABLE={wrong:?} {sentence}")));
    }
    let unset = said("VARIABLE", Err(VarError::NotPresent), "1", |_| Some(()));
    assert_eq!(unset, Ok(None));
    assert_eq!(unhex("0a1b"), Some(vec![10, 27]));
    assert_eq!(
        ["0", "0g", "0a1", "é", "+1"].map(unhex),
        [const { None }; 5]
    );
}

#[test]
#[ignore = "slow: cargo test --release -p groundup-io --test fuzz -- --ignored --test-threads=1"]
fn fuzz_the_reader() {
    search("reader", reader::target);
}

#[test]
#[ignore = "slow: cargo test --release -p groundup-io --test fuzz -- --ignored --test-threads=1"]
fn fuzz_the_network() {
    search("network", watched::target);
}
