//! The command: `cargo xtask parity`.
//!
//! ```text
//!   parity                     groundup against what CPython was recorded to say
//!   parity --only c05          the same, for scenarios with c05 in their names
//!   parity --bless             records anew what CPython says
//!   parity --live              groundup against CPython, on random programs
//!          --programs 10000 --seed 1
//!   parity --program 1000020   one random program, by the number in its name
//! ```
//!
//! Invariants
//! 1. Exit code 0: no difference. 1: a difference, which was printed. 2: the
//!    question makes no sense or cannot be asked here; one line says why.
//!
//! Read next: `interpreter.rs`, groundup's side.

use std::process::ExitCode;

use crate::difference::{Difference, compare, first_difference};
use crate::generator::program;
use crate::golden::{File, files};
use crate::live::{search, smallest};
use crate::referee::{Referee, home};
use crate::side::Side;

/// What the command line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Compare on random programs, and not with what is recorded.
    pub live: bool,
    /// Record anew.
    pub bless: bool,
    /// Put the referee in the place of both sides: what differs then is
    /// chance in the referee.
    pub self_check: bool,
    /// How many random programs.
    pub programs: u64,
    /// Which random programs.
    pub seed: u64,
    /// One random program.
    pub program: Option<u64>,
    /// Recorded scenarios whose name holds this text.
    pub only: String,
}

impl Default for Request {
    fn default() -> Self {
        Request {
            live: false,
            bless: false,
            self_check: false,
            programs: 1000,
            seed: 1,
            program: None,
            only: String::new(),
        }
    }
}

/// Reads a command line, without the command's own name.
pub fn parse(arguments: &[String]) -> Result<Request, String> {
    let mut request = Request::default();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let mut value = || {
            arguments
                .next()
                .ok_or(format!("{argument} needs a value after it"))
        };
        match argument.as_str() {
            "--live" => request.live = true,
            "--bless" => request.bless = true,
            "--self-check" => request.self_check = true,
            "--programs" => request.programs = number(argument, value()?)?,
            "--seed" => request.seed = number(argument, value()?)?,
            "--program" => request.program = Some(number(argument, value()?)?),
            "--only" => request.only.clone_from(value()?),
            _ => {
                return Err(format!(
                    "unknown argument {argument}: there are --live, --programs N, --seed S, --program K, --only TEXT, --bless and --self-check"
                ));
            }
        }
    }
    Ok(request)
}

fn number(argument: &str, value: &str) -> Result<u64, String> {
    value
        .parse()
        .map_err(|_| format!("{argument} needs a number, not {value}"))
}

/// Runs the command with groundup's side in `ours`.
pub fn run(arguments: &[String], ours: &mut dyn Side) -> ExitCode {
    let done = parse(arguments).and_then(|request| answer(&request, ours));
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("parity: {why}");
            ExitCode::from(2)
        }
    }
}

fn answer(request: &Request, ours: &mut dyn Side) -> Result<bool, String> {
    let mut second;
    let ours = if request.self_check {
        second = Referee::start()?;
        &mut second as &mut dyn Side
    } else {
        ours
    };
    if let Some(number) = request.program {
        return one(number, ours);
    }
    if request.live {
        return live(request, ours);
    }
    let files = files(&home().join("scenarios"))?;
    if request.bless {
        let mut referee = Referee::start()?;
        files
            .iter()
            .try_for_each(|file| file.record(&mut referee))?;
        println!(
            "recorded {} files from CPython {}",
            files.len(),
            referee.version()
        );
    }
    recorded(request, &files, ours)
}

/// Both sides on one random program: prints it and what they say.
fn one(number: u64, ours: &mut dyn Side) -> Result<bool, String> {
    let mut referee = Referee::start()?;
    match compare(&program(number), &mut referee, ours)? {
        Some(difference) => {
            println!("{difference}\nat its smallest:\n");
            println!("{}", smallest(difference, &mut referee, ours)?);
            Ok(false)
        }
        None => {
            let scenario = program(number);
            println!("{scenario}\n{}", referee.trace(&scenario)?.join("\n"));
            Ok(true)
        }
    }
}

fn live(request: &Request, ours: &mut dyn Side) -> Result<bool, String> {
    let mut referee = Referee::start()?;
    let (programs, seed) = (request.programs, request.seed);
    let sides = format!("{} and CPython {}", ours.name(), referee.version());
    println!("{programs} random programs of seed {seed} on {sides}");
    let mut progress = |done: u64| {
        if done % 1000 == 0 {
            eprintln!("  {done} programs, no difference");
        }
    };
    match search(seed, programs, &mut referee, ours, &mut progress)? {
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
    let (mut equal, mut different) = (0, 0);
    for file in files {
        for (scenario, golden) in file.scenarios.iter().zip(file.recorded()?) {
            if !scenario.name.contains(&request.only) {
                continue;
            }
            let trace = ours.trace(scenario)?;
            match first_difference(&golden, &trace) {
                None => equal += 1,
                Some(line) => {
                    different += 1;
                    let traces = [("CPython".into(), golden), (ours.name().into(), trace)];
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
    println!("{equal} recorded scenarios agree, {different} differ");
    Ok(different == 0)
}
