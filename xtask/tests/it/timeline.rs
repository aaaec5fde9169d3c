//! Timelines: the text of some runs, and properties of all.

use std::collections::BTreeSet;

use groundup_view::{Doing, Lane, Timeline, ledger};
use xtask::programs::{self, Program, find};
use xtask::stage::Settings;
use xtask::tour::visit;

use crate::moments::{check_charges, modelled, shown};

fn one(id: &str) -> &'static Program {
    find(id).expect("the catalogue has it")[0]
}

fn draw(id: &str) -> String {
    visit(one(id), Settings::EXACT).timeline.text()
}

#[test]
fn the_timeline_of_blocking_and_suspending_functions() {
    let expected = "        \
        0.0       0.5       1.0       1.5       2.0       2.5       3.0 s\n\
b1      ●───────────────────▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒■\n\
a1      ████████████████████■\n\
b2      ░░░░░░░░░░░░░░░░░░░░●───────────────────■\n\
a2      ░░░░░░░░░░░░░░░░░░░░████████████████████■\n\
b3      ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░●───────────────────■\n\
prints  ^                                                           ^\n";
    assert_eq!(draw("S0.P7"), expected);
}

#[test]
fn the_timeline_of_two_generators() {
    let expected = "\
step    1 2 3 4 5 6 7 8\n\
ABC     ● · ● · ● · ■\n\
123     · ● · ● · ● · ■\n\
prints  ^ ^ ^ ^ ^ ^\n";
    assert_eq!(draw("S3.P9"), expected);
}

#[test]
fn lanes_have_no_gaps_and_one_runs_at_a_time() {
    for program in programs::all() {
        let timeline = visit(program, Settings::EXACT).timeline;
        let mut running: Vec<(usize, usize)> = Vec::new();
        let tasks = timeline
            .lanes()
            .iter()
            .filter(|lane| lane.label != "callbacks");
        for Lane {
            label,
            spans,
            ended,
            ..
        } in tasks
        {
            for pair in spans.windows(2) {
                assert_eq!(pair[0].to, pair[1].from, "{} {label}", program.id);
            }
            if let Some((at, _)) = ended {
                assert_eq!(
                    spans.last().map(|span| span.to),
                    Some(*at),
                    "{} {label}",
                    program.id
                );
            }
            let runs = spans.iter().filter(|span| span.doing == Doing::Runs);
            running.extend(runs.map(|span| (span.from, span.to)));
        }
        running.sort_unstable();
        for pair in running.windows(2) {
            assert!(pair[0].1 <= pair[1].0, "{}: {pair:?}", program.id);
        }
    }
}

/// The runs of a program: first in first out, and in the orders of three seeds.
fn runs(program: &'static Program) -> Vec<Timeline> {
    let seeds = [None, Some(0), Some(1), Some(2)];
    let run = |seed| {
        let settings = Settings {
            seed,
            ..Settings::EXACT
        };
        visit(program, settings).timeline
    };
    seeds.map(run).into()
}

/// The state at each moment is that of the model of `groundup-view`, forward and back.
#[test]
fn each_moment_of_each_program_is_that_of_the_model() {
    let mut moments = 0;
    for program in programs::all() {
        for timeline in runs(program) {
            let states = modelled(&timeline);
            let forward = 0..states.len();
            for moment in forward.clone().chain(forward.rev()) {
                let shown = shown(&timeline, moment);
                assert_eq!(shown, states[moment], "{} at {moment}", program.id);
            }
            moments += states.len();
        }
    }
    assert!(moments > 5_000, "{moments}");
}

#[test]
fn the_charges_of_each_program_are_its_delays() {
    for program in programs::all() {
        println!("{}", program.id);
        for timeline in runs(program) {
            check_charges(timeline.events());
        }
    }
}

/// The programs that end over something which is still open, and their accounts: a generator of which the
/// program takes no more, and functions that are called later than the loop stops.
const OPEN: [(&str, &str); 4] = [
    ("S3.P1", "tasks      2 spawned: 1 returned; open: g2\n"),
    ("S3.P2", "tasks      2 spawned: 1 returned; open: g1\n"),
    (
        "S4.P2",
        "timers     4 armed: 3 fired; open: timer#4\n\
         callbacks  4 called: 3 run; open: callback#4\n",
    ),
    (
        "S4.P2-verbatim",
        "timers     2 armed; open: timer#1, timer#2\n\
         callbacks  2 called; open: callback#1, callback#2\n",
    ),
];

#[test]
fn the_ledger_of_each_program_balances() {
    let mut open = BTreeSet::new();
    for program in programs::all() {
        for timeline in runs(program) {
            let ledger = ledger(timeline.events());
            if !ledger.is_balanced() {
                open.insert((program.id, ledger.to_string()));
            }
        }
    }
    let known = OPEN.map(|(id, ledger)| (id, ledger.to_owned()));
    assert_eq!(open, BTreeSet::from(known));
}

#[test]
fn a_run_without_events_is_one_lane() {
    let visit_of = |id| visit(one(id), Settings::EXACT);
    let alone = visit_of("S0.P1");
    assert!(alone.seen.events.is_empty());
    let labels: Vec<&str> = alone
        .timeline
        .lanes()
        .iter()
        .map(|lane| &*lane.label)
        .collect();
    assert_eq!(labels, ["main"]);
    assert_eq!(
        visit_of("S4.P2-verbatim").timeline.text(),
        "no step was taken\n"
    );
}

#[test]
fn lanes_have_the_names_that_the_source_uses() {
    let timeline = visit(one("S2.P3"), Settings::EXACT).timeline;
    let labels: Vec<&str> = timeline.lanes().iter().map(|lane| &*lane.label).collect();
    assert_eq!(labels, ["main", "a", "b1", "b2"]);
    for program in programs::all() {
        let lanes = visit(program, Settings::EXACT).timeline.lanes().len();
        assert!(
            program.lanes.is_empty() || program.lanes.len() == lanes,
            "{}",
            program.id
        );
    }
}
