//! Timelines: the text of some runs, and properties of all.

use xtask::chart;
use xtask::programs::{self, Program, find};
use xtask::stage::Settings;
use xtask::timeline::{Axis, Doing, Timeline};
use xtask::tour::visit;

fn one(id: &str) -> &'static Program {
    find(id).expect("the catalogue has it")[0]
}

fn draw(id: &str) -> String {
    chart::draw(&visit(one(id), Settings::EXACT).timeline)
}

#[test]
fn the_timeline_of_blocking_and_suspending_functions() {
    let expected = "        \
        0.0       0.5       1.0       1.5       2.0       2.5       3.0 s\n\
Task-1  ●───────────────────░░░░░░░░░░░░░░░░░░░░■\n\
Task-2  ████████████████████■\n\
Task-3  ░░░░░░░░░░░░░░░░░░░░●───────────────────■\n\
Task-4  ░░░░░░░░░░░░░░░░░░░░████████████████████■\n\
Task-5  ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░●───────────────────■\n\
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
        let mut running: Vec<(u64, u64)> = Vec::new();
        for lane in timeline
            .lanes
            .iter()
            .filter(|lane| &*lane.name != "callbacks")
        {
            for pair in lane.spans.windows(2) {
                assert_eq!(pair[0].to, pair[1].from, "{} {}", program.id, lane.name);
            }
            let end = lane.spans.last().map(|span| span.to);
            if let Some((at, _)) = lane.end {
                assert_eq!(end, Some(at), "{} {}", program.id, lane.name);
            }
            let runs = lane.spans.iter().filter(|span| span.doing == Doing::Runs);
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
    let seen = visit(one("S0.P1"), Settings::EXACT).seen;
    assert!(seen.events.is_empty());
    let timeline = Timeline::new(&seen, Axis::Time);
    assert_eq!(timeline.lanes.len(), 1);
    assert_eq!(&*timeline.lanes[0].name, "main");
    let nothing = visit(one("S4.P2-verbatim"), Settings::EXACT).timeline;
    assert_eq!(chart::draw(&nothing), "no step was taken\n");
}
