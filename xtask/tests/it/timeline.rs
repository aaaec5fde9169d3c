//! Timelines: the text of some runs, and properties of all.

use groundup_view::{Doing, Lane};
use xtask::programs::{self, Program, find};
use xtask::stage::Settings;
use xtask::tour::visit;

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
