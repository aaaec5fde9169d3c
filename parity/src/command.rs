//! The command: `cargo xtask parity`.
//!
//! ```text
//!   parity                     groundup against the recorded traces of CPython
//!   parity --only c05          only scenarios with c05 in their names
//!   parity --bless             records the traces of CPython anew
//!   parity --live              groundup against CPython, on random programs
//!          --programs 10000 --seed 1
//!          --floor 5             without what floor 6 brings
//!          --without group,block     without these
//!          --reasons             with the reasons of cancels
//!   parity --census            how often random programs do each thing
//!   parity --program 1000020   one random program, by the number in its name
//! ```
//!
//! Invariants
//! 1. Exit code 0: no difference. 1: a difference, which was printed. 2: the
//!    question makes no sense or cannot be asked here; one line says why.
//!
//! Read next: `interpreter.rs`, groundup's side.

use std::panic;
use std::process::ExitCode;
use std::str::FromStr;

use lexopt::prelude::{Long, Short, ValueExt};
use lexopt::{Error, Parser};

use crate::census::Census;
use crate::difference::{Difference, compare, first_difference};
use crate::generator::{Vocabulary, program_of};
use crate::golden::{File, files};
use crate::interpreter::Groundup;
use crate::live::{search, smallest};
use crate::referee::{Referee, home};
use crate::side::Side;

/// The text that `cargo xtask parity --help` prints.
pub const HELP: &str = include_str!("help.txt");

/// The options of the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Compare on random programs, not with the recorded traces.
    pub live: bool,
    /// Count the constructs and events of random programs.
    pub census: bool,
    /// Record anew.
    pub bless: bool,
    /// Put the referee in the place of both sides: a difference then is
    /// chance in the referee.
    pub self_check: bool,
    /// Count iterations from the last time the clock jumped: iterations in which
    /// nothing happens, at the end of an instant, then make no difference.
    pub hops: bool,
    /// Number of random programs.
    pub programs: u64,
    /// Seed of the random programs.
    pub seed: u64,
    /// Number of the one random program to compare.
    pub program: Option<u64>,
    /// The constructs that random programs and recorded scenarios may use.
    pub vocabulary: Vocabulary,
    /// Only recorded scenarios whose names contain this text.
    pub only: String,
}

impl Default for Request {
    fn default() -> Self {
        Request {
            live: false,
            census: false,
            bless: false,
            self_check: false,
            hops: false,
            programs: 1000,
            seed: 1,
            program: None,
            vocabulary: Vocabulary::default(),
            only: String::new(),
        }
    }
}

/// Reads a command line, without the command's own name. Returns `None` if it asks for help.
pub fn parse(words: &mut Parser) -> Result<Option<Request>, Error> {
    let mut request = Request::default();
    while let Some(word) = words.next()? {
        match word {
            Long("help") | Short('h') => return Ok(None),
            Long("live") => request.live = true,
            Long("census") => request.census = true,
            Long("bless") => request.bless = true,
            Long("self-check") => request.self_check = true,
            Long("hops") => request.hops = true,
            Long("programs") => request.programs = number(words, "--programs")?,
            Long("seed") => request.seed = number(words, "--seed")?,
            Long("program") => request.program = Some(number(words, "--program")?),
            Long("floor") => request.vocabulary.floor = number(words, "--floor")?,
            Long("without") => {
                let constructs = words.value()?.string()?;
                let more = constructs.split(',').map(String::from);
                request.vocabulary.without.extend(more);
            }
            Long("reasons") => request
                .vocabulary
                .without
                .retain(|left_out| left_out != "reasons"),
            Long("only") => request.only = words.value()?.string()?,
            other => return Err(other.unexpected()),
        }
    }
    Ok(Some(request))
}

fn number<N: FromStr>(words: &mut Parser, option: &str) -> Result<N, Error> {
    let text = words.value()?.string()?;
    let wrong = |_| format!("{option} needs a number, not {text:?}").into();
    text.parse().map_err(wrong)
}

/// Runs the command: the body of `main` in the program and in `xtask`.
pub fn main(words: &mut Parser) -> ExitCode {
    // A panic of groundup's is a line in the trace, and not a page on the terminal.
    panic::set_hook(Box::new(|_| {}));
    let done = match parse(words) {
        Ok(Some(request)) => {
            let hops = request.hops;
            answer(&request, &mut Groundup { hops })
        }
        Ok(None) => {
            print!("{HELP}");
            Ok(true)
        }
        Err(why) => Err(format!(
            "{why}; `cargo xtask parity --help` lists the options"
        )),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("parity: {why}");
            ExitCode::from(2)
        }
    }
}

/// Carries out a request and prints the results; returns true if nothing differs.
pub fn answer(request: &Request, ours: &mut dyn Side) -> Result<bool, String> {
    if request.census {
        let (seed, programs) = (request.seed, request.programs);
        let census = Census::take(seed, programs, &request.vocabulary)?;
        println!("{programs} random programs of seed {seed} on groundup\n{census}");
        return Ok(true);
    }
    let mut second;
    let ours = if request.self_check {
        second = Referee::start(request.hops)?;
        &mut second as &mut dyn Side
    } else {
        ours
    };
    if let Some(number) = request.program {
        return one(number, request, ours);
    }
    if request.live {
        return live(request, ours);
    }
    let files = files(&home().join("scenarios"))?;
    if request.bless {
        let mut referee = Referee::start(request.hops)?;
        files
            .iter()
            .try_for_each(|file| file.record(&mut referee, ours))?;
        println!(
            "recorded {} files from CPython {}",
            files.len(),
            referee.version()
        );
    }
    recorded(request, &files, ours)
}

/// Runs both sides on one random program, and prints the program and their traces.
fn one(number: u64, request: &Request, ours: &mut dyn Side) -> Result<bool, String> {
    let mut referee = Referee::start(request.hops)?;
    match compare(&program_of(number, &request.vocabulary), &mut referee, ours)? {
        Some(difference) => {
            println!("{difference}\nat its smallest:\n");
            println!("{}", smallest(difference, &mut referee, ours)?);
            Ok(false)
        }
        None => {
            let scenario = program_of(number, &request.vocabulary);
            println!("{scenario}\n{}", referee.trace(&scenario)?.join("\n"));
            Ok(true)
        }
    }
}

fn live(request: &Request, ours: &mut dyn Side) -> Result<bool, String> {
    let mut referee = Referee::start(request.hops)?;
    let (programs, seed) = (request.programs, request.seed);
    let sides = format!("{} and CPython {}", ours.name(), referee.version());
    println!("{programs} random programs of seed {seed} on {sides}");
    let mut progress = |done: u64| {
        if done.is_multiple_of(1000) {
            eprintln!("  {done} programs, no difference");
        }
    };
    match search(
        seed,
        programs,
        &request.vocabulary,
        &mut referee,
        ours,
        &mut progress,
    )? {
        None => {
            println!("no difference");
            Ok(true)
        }
        Some(found) => {
            println!(
                "a difference in {}; at its smallest:\n",
                found.original.name
            );
            println!("{}", found.smallest);
            Ok(false)
        }
    }
}

fn recorded(request: &Request, files: &[File], ours: &mut dyn Side) -> Result<bool, String> {
    let (mut equal, mut listed, mut different) = (0, 0, 0);
    for file in files {
        let (says, deviating) = (file.recorded()?, file.deviating()?);
        for (at, scenario) in file.scenarios.iter().enumerate() {
            let beyond = scenario.floor() > request.vocabulary.floor;
            if beyond || !scenario.name.contains(&request.only) {
                continue;
            }
            let trace = ours.trace(scenario)?;
            if deviating.is_some() && trace == says[at] {
                println!(
                    "{} deviates no longer: move it to its family",
                    scenario.name
                );
                different += 1;
                continue;
            }
            let (who, expected) = match &deviating {
                Some(deviating) => ("what is recorded of groundup", &deviating[at]),
                None => ("CPython", &says[at]),
            };
            match first_difference(expected, &trace) {
                None if deviating.is_some() => listed += 1,
                None => equal += 1,
                Some(line) => {
                    different += 1;
                    let traces = [(who.into(), expected.clone()), (ours.name().into(), trace)];
                    println!(
                        "{}",
                        Difference {
                            scenario: scenario.clone(),
                            traces,
                            line
                        }
                    );
                }
            }
        }
    }
    if equal + listed + different == 0 {
        return Err(format!(
            "no recorded scenario has {} in its name",
            request.only
        ));
    }
    println!(
        "{equal} recorded scenarios agree with CPython, {listed} differ as NOT-HERE.md says, \
         {different} are wrong"
    );
    Ok(different == 0)
}
