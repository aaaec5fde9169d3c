//! Views of recorded runs: sizes, a schema, the first version.
//!
//! Invariants: the ones the tests are named after.
//!
//! Read next: `events.rs`.

use std::collections::BTreeMap;

use groundup_trace::{Event, Verb, Wait};
use groundup_view::{Diff, Timeline, diff};
use serde_json::Value;

use crate::recorded;

#[path = "../../examples/first_view.rs"]
mod first_view;

/// The events as a real clock would have measured them: each has a time of its own, and each time all
/// nine decimals.
fn measured(mut events: Vec<Event>) -> Vec<Event> {
    for (event, number) in events.iter_mut().zip(1_u64..) {
        event.time += 1_151 + 13_577 * number;
        match &mut event.verb {
            Verb::Arm { at, .. } => *at += 1_151 + 13_577 * number,
            Verb::Yield {
                on: Wait::Timer { at },
            } => *at += 1_151 + 13_577 * (number - 1),
            _ => {}
        }
    }
    events
}

#[test]
fn the_page_of_a_small_run_is_small() {
    let page = Timeline::of(&recorded::one("queue")).titled("P9").page();
    let real = Timeline::of(&measured(recorded::one("queue")));
    let real = real.titled("P9").page();
    println!("{} bytes, {} on a real clock", page.len(), real.len());
    assert!(page.len() < 54_000, "{} bytes", page.len());
    assert!(real.len() < 60_000, "{} bytes", real.len());
    for address in ["http:", "https:", "src=", "@import", "url("] {
        assert!(!page.contains(address), "the page asks for {address}");
    }
}

#[test]
fn recorded_runs_are_whole() {
    for (name, events) in recorded::all() {
        assert_eq!(Timeline::of(&events).gap(), None, "{name}");
    }
}

/// An arrow leads to the holder of a lock, so its label has the lock alone.
#[test]
fn an_arrow_of_the_graph_names_the_lock_and_not_its_holder() {
    let dot = Timeline::of(&recorded::one("circle")).dot();
    for arrow in [
        r#"t0 -> t1 [label=""];"#,
        r#"t1 -> t2 [color=red, label=" lock-B "];"#,
        r#"t3 -> t1 [label=" lock-A "];"#,
    ] {
        assert!(dot.contains(arrow), "{arrow} in {dot}");
    }
}

/// The first version draws what `text` draws, for a run in which no task waits for its turn.
#[test]
fn the_first_version_draws_the_same_spans() {
    let first = first_view::picture(first_view::TRACE).expect("it is a trace");
    let events = groundup_trace::read_trace(first_view::TRACE).expect("it is a trace");
    let text = Timeline::of(&events).text();
    let rows: Vec<&str> = text.lines().skip(1).collect();
    assert_eq!(first.lines().count(), rows.len());
    for (first, row) in first.lines().zip(rows) {
        let (first, row) = (first.split_at(8).1, row.split_at(8).1);
        let plain = |line: &str| line.replace(['●', '░'], "█").replace('█', "-");
        let (first, row) = (plain(first), plain(row));
        assert_eq!(first.matches('■').count(), row.matches('■').count());
        assert_eq!(
            first.chars().position(|c| c == '■'),
            row.chars().position(|c| c == '■')
        );
    }
}

/// Checks one record against the Trace Event Format.
fn check_record(record: &Value) {
    let phase = record["ph"].as_str().expect("a phase");
    assert!(record["pid"].is_u64() && record["tid"].is_u64(), "{record}");
    let known: &[&str] = match phase {
        "M" => &["args"],
        "X" => &["ts", "dur"],
        "s" => &["ts", "id", "cat"],
        "f" => &["ts", "id", "cat", "bp"],
        "i" => &["ts", "s"],
        other => panic!("an unknown phase {other}"),
    };
    let keys = record.as_object().expect("an object").keys();
    let mut own: Vec<&str> = keys.map(String::as_str).collect();
    own.retain(|key| !["ph", "pid", "tid", "name"].contains(key));
    let mut known = known.to_vec();
    known.sort_unstable();
    own.sort_unstable();
    assert_eq!(own, known, "{record}");
    assert!(record["name"].is_string());
    for time in ["ts", "dur"] {
        assert!(record[time].is_null() || record[time].as_f64().is_some_and(|time| time >= 0.0));
    }
}

/// Checks a whole file for Perfetto: its records, the slices of each track, the arrows.
pub(crate) fn check_perfetto(json: &str) {
    let json: Value = serde_json::from_str(json).expect("it is JSON");
    let records = json["traceEvents"].as_array().expect("a list of records");
    records.iter().for_each(check_record);
    let number = |record: &Value, key: &str| record[key].as_f64().expect("a number");
    // Slices of one track follow each other, also those of the first one, the loop.
    let mut ends = BTreeMap::new();
    for record in records.iter().filter(|record| record["ph"] == "X") {
        let (from, length) = (number(record, "ts"), number(record, "dur"));
        let end = ends.insert(record["tid"].as_u64(), from + length);
        // The times of a random run have more digits than a float.
        let digits = from * 1e-12;
        assert!(from + 1e-6 + digits >= end.unwrap_or(0.0), "{record}");
    }
    // An arrow is its start and its end, with one number.
    let mut arrows = BTreeMap::<u64, [Vec<f64>; 2]>::new();
    for record in records {
        if let Some(side) = ["s", "f"].iter().position(|phase| record["ph"] == *phase) {
            let id = record["id"].as_u64().expect("the number of an arrow");
            arrows.entry(id).or_default()[side].push(number(record, "ts"));
        }
    }
    for (id, [starts, ends]) in arrows {
        assert!(starts.len() == 1 && ends.len() == 1, "arrow {id}");
        assert!(starts[0] <= ends[0], "arrow {id} leads back");
    }
}

#[test]
fn perfettos_json_follows_its_schema() {
    for (name, events) in recorded::all() {
        println!("{name}");
        check_perfetto(&Timeline::of(&events).titled(name).perfetto());
    }
}

#[test]
fn two_orders_of_a_queue_part_where_the_queue_is_popped() {
    let (first, second) = (recorded::one("workers"), recorded::one("workers-seed-1"));
    let diff = diff(&first, &second);
    assert!(!diff.is_same() && diff.parting().is_some());
    println!("{diff}");
    let page = Diff::of(
        Timeline::of(&first).titled("first in, first out"),
        Timeline::of(&second).titled("seed 1"),
    )
    .page();
    assert!(
        page.contains("\"parting\":[") && page.len() < 100_000,
        "{}",
        page.len()
    );
}
