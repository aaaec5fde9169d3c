//! Engines whose clocks jump: equal to virtual time, step by step.
//!
//! The problem: lines and seconds are equal also where a task takes a step more, or in another
//! iteration. On a clock that jumps the whole run can be compared: each line with its time, each event
//! with its time, its iteration and its task.
//!
//! Two kinds of events are left out. A guest does not park. And it begins an iteration after its host has
//! waited, where a loop begins it before it parks: the number is the same, the time is not.
//!
//! Invariant: an engine is compared with virtual time under the same seed.
//!
//! Read next: `reactors.rs`.

use std::cell::RefCell;
use std::rc::Rc;

use groundup::trace::Verb;
use groundup_parity::engine::{Engine as ScenarioEngine, Whole};
use groundup_parity::golden::files;
use groundup_parity::interpreter::Groundup;
use groundup_parity::referee::home;
use xtask::programs::{Program, all};
use xtask::stage::{Clock, Engine, Nobody, Settings, play_on};
use xtask::verdict::judge;

use crate::guests::Guests;
use crate::hosts::{Jumping, Tokio};
use crate::reactors::OnJumpingReactor;
use crate::{DRIVES_A_LOOP, Row, Tally};

const SEEDS: [u64; 3] = [1, 2, 3];

fn settings(seed: Option<u64>) -> Settings {
    Settings {
        seed,
        ..Settings::EXACT
    }
}

/// Returns a run as lines, and its verdict if that is bad.
fn lines(
    engine: Rc<dyn Engine>,
    program: &'static Program,
    seed: Option<u64>,
) -> (Vec<String>, Option<String>) {
    let seen = play_on(
        engine,
        program.main,
        settings(seed),
        Rc::new(RefCell::new(Nobody)),
    );
    let verdict = judge(program, &settings(seed), &seen);
    let bad = verdict.is_wrong().then(|| verdict.to_string());
    let said = seen
        .said
        .iter()
        .map(|said| format!("{} {}", said.time, said.line));
    let compared = |verb: &Verb| !matches!(verb, Verb::Park { .. } | Verb::Iteration);
    let events = seen.events.iter().filter(|event| compared(&event.verb));
    let mut lines: Vec<String> = said.chain(events.map(ToString::to_string)).collect();
    lines.push(format!("elapsed {}", seen.elapsed));
    (lines, bad)
}

/// Returns the first line in which two runs differ.
fn difference(expected: &[String], found: &[String]) -> Option<String> {
    let longest = expected.len().max(found.len());
    let at = (0..longest).find(|&at| expected.get(at) != found.get(at))?;
    let line = |lines: &[String]| {
        lines
            .get(at)
            .map_or("(the end)", String::as_str)
            .to_string()
    };
    Some(format!(
        "expected\n  {}\nfound\n  {}",
        line(expected),
        line(found)
    ))
}

/// Compares each program with its run on virtual time.
fn programs(
    engine: &dyn Fn() -> Rc<dyn Engine>,
    guest: bool,
    seed: Option<u64>,
    tally: &mut Tally,
) {
    for program in all() {
        if guest && DRIVES_A_LOOP.contains(&program.id) {
            continue;
        }
        let (expected, bad) = lines(Rc::new(Clock::Virtual), program, seed);
        let (found, _) = lines(engine(), program, seed);
        tally.count(program.id, bad.or_else(|| difference(&expected, &found)));
    }
}

/// Compares each recorded scenario with its trace.
fn scenarios(engine: &dyn ScenarioEngine) -> Tally {
    let mut tally = Tally::default();
    let files = files(&home().join("scenarios")).expect("the scenarios can be read");
    for file in &files {
        let recorded = file.recorded().expect("the traces can be read");
        let deviating = file.deviating().expect("the traces can be read");
        let expected = deviating.unwrap_or(recorded);
        for (scenario, expected) in file.scenarios.iter().zip(&expected) {
            let found = Groundup::default().trace_on(engine, scenario);
            let differs = match found {
                Ok(found) => difference(expected, &found),
                Err(why) => Some(why),
            };
            tally.count(&scenario.name, differs);
        }
    }
    tally
}

fn row(
    name: &'static str,
    guest: bool,
    engine: impl Fn() -> Rc<dyn Engine>,
    scenario_engine: &dyn ScenarioEngine,
) -> Row {
    let mut row = Row {
        engine: name,
        programs: Tally::default(),
        seeded: Tally::default(),
        scenarios: scenarios(scenario_engine),
    };
    programs(&engine, guest, None, &mut row.programs);
    for seed in SEEDS {
        programs(&engine, guest, Some(seed), &mut row.seeded);
    }
    row
}

/// Runs all engines of this page.
pub(crate) fn rows() -> Vec<Row> {
    vec![
        row(
            "virtual time, twice",
            false,
            || Rc::new(Clock::Virtual),
            &Whole,
        ),
        row(
            "reactor, on a clock that jumps",
            false,
            || Rc::new(OnJumpingReactor),
            &OnJumpingReactor,
        ),
        row(
            "guest of tokio, in paused time",
            true,
            || Rc::new(Guests(Tokio::paused)),
            &Guests(Tokio::paused),
        ),
        row(
            "guest of smol, on a clock that jumps",
            true,
            || Rc::new(Guests(Jumping::default)),
            &Guests(Jumping::default),
        ),
    ]
}
