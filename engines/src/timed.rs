//! Engines on the real clock: judged by the lines of the source.
//!
//! The problem: on the real clock no two runs are equal, since a machine is late by chance. So these runs
//! are judged as the tour judges its own on the real clock: the lines of the source in their order, never
//! early, and late only if the machine was.
//!
//! Invariants:
//! 1. The engines run side by side, each on a thread of its own. They sleep most of the time.
//! 2. A run that cannot be judged is made once more, at twice the scale. An engine with more than a few
//!    such programs has not been compared, and differs.
//!
//! Read next: nothing, the path ends here.

use std::cell::RefCell;
use std::rc::Rc;
use std::thread;

use xtask::programs::{Program, all};
use xtask::stage::{Clock, Engine, Nobody, Settings, play_on};
use xtask::verdict::{Verdict, judge};

use crate::guests::Guests;
use crate::hosts::{Smol, Tokio};
use crate::reactors::OnReactor;
use crate::{DRIVES_A_LOOP, Row, Tally};

/// The most programs of an engine that may stay without a verdict.
const FEW: usize = 3;

/// Plays a program at a scale, and judges the run.
fn verdict(engine: Rc<dyn Engine>, program: &'static Program, scale: f64) -> Verdict {
    let settings = Settings {
        clock: Clock::Real,
        scale,
        seed: None,
    };
    let seen = play_on(
        engine,
        program.main,
        settings,
        Rc::new(RefCell::new(Nobody)),
    );
    judge(program, &settings, &seen)
}

fn row(name: &'static str, guest: bool, engine: fn() -> Rc<dyn Engine>, scale: f64) -> Row {
    let mut programs = Tally::default();
    for program in all() {
        if guest && DRIVES_A_LOOP.contains(&program.id) {
            continue;
        }
        let mut seen = verdict(engine(), program, scale);
        if matches!(seen, Verdict::NotJudged(..)) {
            seen = verdict(engine(), program, scale * 2.0);
        }
        match seen {
            Verdict::Late(_) => programs.late += 1,
            Verdict::NotJudged(..) => programs.not_judged += 1,
            seen if seen.is_wrong() => programs.count(program.id, Some(seen.to_string())),
            _ => programs.equal += 1,
        }
    }
    if programs.not_judged > FEW {
        let why = "the machine was too late to judge them; a larger --scale helps";
        let which = format!("{} programs", programs.not_judged);
        programs.count(&which, Some(why.into()));
    }
    Row {
        engine: name,
        programs,
        seeded: Tally::default(),
        scenarios: Tally::default(),
    }
}

/// Runs all engines of this page.
pub(crate) fn rows(scale: f64) -> Vec<Row> {
    type Make = fn() -> Rc<dyn Engine>;
    let engines: [(&str, bool, Make); 5] = [
        ("real clock", false, || Rc::new(Clock::Real)),
        ("reactor", false, || Rc::new(OnReactor)),
        ("guest of tokio, on one thread", true, || {
            Rc::new(Guests(Tokio::one_thread))
        }),
        ("guest of tokio, with two workers", true, || {
            Rc::new(Guests(Tokio::two_workers))
        }),
        ("guest of smol", true, || Rc::new(Guests(Smol::new))),
    ];
    let threads =
        engines.map(|(name, guest, make)| thread::spawn(move || row(name, guest, make, scale)));
    threads
        .map(|thread| thread.join().expect("an engine does not panic"))
        .into()
}
