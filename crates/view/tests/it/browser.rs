//! Drives the page in a browser without a window, if there is one.
//!
//! The problem: the page is a program in another language. So the test adds a script that
//! presses the keys and buttons of the page, and compares what the page says with what this
//! crate says. The browser prints the document, and the report is in it.
//!
//! ```text
//!   Timeline::page ──► file ──► browser ── clicks, keys ──► report ──► assert
//!   Timeline::at ────► expected states ────────┘
//! ```
//!
//! The browser is the program that `GROUNDUP_BROWSER` names, or Chromium or Chrome on the
//! `PATH`. If there is none, or if it prints no document, the tests print that and pass.
//!
//! Invariants: the ones the tests are named after.

use std::path::PathBuf;
use std::process::Command;

use groundup_trace::Event;
use groundup_view::{Diff, Timeline};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use crate::recorded;

/// The names of browsers that print a document.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

/// The functions of every script: press a key, click a button, check a fact.
const HANDS: &str = include_str!("browser/hands.js");

fn browser() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("GROUNDUP_BROWSER") {
        return Some(named.into());
    }
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let places = BROWSERS
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    places.into_iter().find(|place| place.is_file())
}

/// Opens a page in a browser, runs a script in it, and returns the report of the script.
fn drive(name: &str, page: &str, expected: &serde_json::Value, script: &str) -> Option<String> {
    let Some(browser) = browser() else {
        println!("skipped: no browser is installed; GROUNDUP_BROWSER can name one");
        return None;
    };
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    let file = folder.join("page.html");
    let expected = expected.to_string().replace('<', "\\u003c");
    let added = format!(
        "<script>\nconst expected = {expected};\n{HANDS}\nreport(() => {{\n{script}\n}});\n</script>\n</body>"
    );
    std::fs::write(&file, page.replace("</body>", &added)).expect("the page can be written");
    let output = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--disable-quic",
        ])
        .args([
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ])
        .args([
            "--window-size=1280,900",
            "--virtual-time-budget=20000",
            "--dump-dom",
        ])
        .arg(format!(
            "--user-data-dir={}",
            folder.join("profile").display()
        ))
        .arg(format!("file://{}", file.display()))
        .output()
        .expect("the browser can be started");
    let document = String::from_utf8_lossy(&output.stdout).into_owned();
    if !document.contains("<html") {
        println!("skipped: the browser prints no document");
        return None;
    }
    let report = document
        .split_once("<pre id=\"report\">")
        .map(|(_, rest)| rest);
    let report = report.and_then(|rest| rest.split_once("</pre>"));
    let errors = String::from_utf8_lossy(&output.stderr);
    let report = report.unwrap_or_else(|| panic!("the browser printed no report:\n{errors}"));
    Some(report.0.to_string())
}

fn states(events: &[Event]) -> Vec<String> {
    let timeline = Timeline::of(events);
    let states = (0..=events.len()).map(|moment| timeline.at(moment).to_string());
    states.collect()
}

#[test]
fn the_page_steps_forward_and_back_through_the_states_of_this_crate() {
    for (name, events) in recorded::all() {
        let timeline = Timeline::of(&events).titled(name);
        let chains: Vec<Vec<usize>> = (0..events.len())
            .map(|event| timeline.chain(event))
            .collect();
        let expected = serde_json::json!({ "states": states(&events), "chains": chains });
        let script = include_str!("browser/steps.js");
        if let Some(report) = drive(name, &timeline.page(), &expected, script) {
            assert_eq!(report, "ok", "{name}");
        }
    }
}

/// Events that no loop emits have states, too, and the page agrees about them.
#[test]
fn the_page_steps_through_any_events() {
    let mut runner = TestRunner::deterministic();
    for case in 0..3 {
        let tree = crate::events::events().new_tree(&mut runner);
        let events = tree.expect("a list of events").current();
        let timeline = Timeline::of(&events);
        let chains: Vec<Vec<usize>> = (0..events.len())
            .map(|event| timeline.chain(event))
            .collect();
        let expected = serde_json::json!({ "states": states(&events), "chains": chains });
        let script = include_str!("browser/steps.js");
        if let Some(report) = drive(&format!("any-{case}"), &timeline.page(), &expected, script) {
            assert_eq!(report, "ok");
        }
    }
}

#[test]
fn the_page_follows_wakes_filters_tasks_and_turns_its_axis() {
    let events = recorded::one("queue");
    let timeline = Timeline::of(&events).titled("queue");
    let expected = serde_json::json!({ "labels": timeline.lanes().iter().map(|lane| lane.label.clone()).collect::<Vec<_>>() });
    let script = include_str!("browser/controls.js");
    if let Some(report) = drive("controls", &timeline.page(), &expected, script) {
        assert_eq!(report, "ok");
    }
}

/// A page opens at the beginning, or at a circle; its legend and its times are those of the run.
#[test]
fn the_page_opens_where_a_reader_begins_and_explains_what_it_shows() {
    // The run, the keys that its legend leaves out, the unit and the decimals, the shaded delays.
    let pages = [
        ("queue", "late cancel circle heat", "s", 3, false),
        ("circle", "late cancel heat", "s", 3, false),
        ("hog", "waits spawn cancel circle", "s", 3, true),
        ("threads", "cancel circle", "ms", 3, true),
    ];
    for (name, absent, unit, decimals, shaded) in pages {
        let timeline = Timeline::of(&recorded::one(name)).titled(name);
        let absent: Vec<&str> = absent.split(' ').collect();
        let expected = serde_json::json!({
            "circle": name == "circle", "absent": absent, "unit": unit, "decimals": decimals,
            "shaded": shaded,
        });
        let script = include_str!("browser/opens.js");
        let page = timeline.page();
        if let Some(report) = drive(&format!("opens-{name}"), &page, &expected, script) {
            assert_eq!(report, "ok", "{name}");
        }
    }
}

#[test]
fn a_page_of_two_runs_moves_both() {
    let (first, second) = (recorded::one("workers"), recorded::one("workers-seed-1"));
    let diff = Diff::of(
        Timeline::of(&first).titled("one"),
        Timeline::of(&second).titled("two"),
    );
    let expected = serde_json::json!({ "parting": diff.parting() });
    let script = include_str!("browser/two.js");
    if let Some(report) = drive("two", &diff.page(), &expected, script) {
        assert_eq!(report, "ok");
    }
}

#[test]
fn a_hundred_thousand_events_scroll_and_step() {
    let mut events = Vec::new();
    let queue = recorded::one("queue");
    while events.len() < 100_000 {
        let round = events.len() as u64;
        events.extend(queue.iter().cloned().map(|mut event| {
            event.time += round * 20_000_000;
            event
        }));
    }
    let expected = serde_json::json!({ "events": events.len() });
    let script = include_str!("browser/large.js");
    if let Some(report) = drive("large", &Timeline::of(&events).page(), &expected, script) {
        assert_eq!(report, "ok");
    }
}
