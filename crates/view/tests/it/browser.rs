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
//! `PATH`. If there is none, or if that variable is empty, the tests print that and pass; with
//! `GROUNDUP_PEERS=required` they fail. A browser that is there has to print the document.
//!
//! Invariants: the ones the tests are named after.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use groundup_trace::Event;
use groundup_view::{Diff, Timeline};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use crate::recorded;

#[path = "../../../../tests/src/peers.rs"]
mod peers;

/// The names of browsers that print a document.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

/// The functions of every script: press a key, click a button, check a fact.
const HANDS: &str = include_str!("browser/hands.js");

/// Shows one document after the other, and collects their reports: a browser takes longer to start
/// than to show a page.
const FRAMES: &str = include_str!("browser/frames.js");

/// A screen, and the colours for which its reader has asked.
#[derive(Clone, Copy)]
struct Screen {
    width: u32,
    height: u32,
    dark: bool,
}

const WIDE: Screen = Screen {
    width: 1280,
    height: 900,
    dark: false,
};

const PHONE: Screen = Screen {
    width: 360,
    height: 740,
    dark: false,
};

/// Returns the browser. Without one, prints that the test is skipped, or fails if peers are required.
fn browser() -> Option<PathBuf> {
    let found = installed();
    if found.is_none() {
        peers::skip("no browser is installed; GROUNDUP_BROWSER can name one");
    }
    found
}

fn installed() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("GROUNDUP_BROWSER") {
        return (!named.is_empty()).then(|| named.into());
    }
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let places = BROWSERS
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    places.into_iter().find(|place| place.is_file())
}

/// A page, what it is expected to say, and the script that asks.
struct Visit {
    page: String,
    expected: serde_json::Value,
    script: &'static str,
}

impl Visit {
    /// Returns the page with the script in it.
    fn document(&self) -> String {
        let expected = self.expected.to_string().replace('<', "\\u003c");
        let script = self.script;
        let added = format!(
            "<script>\nconst expected = {expected};\n{HANDS}\nreport(() => {{\n{script}\n}});\n</script>\n</body>"
        );
        self.page.replace("</body>", &added)
    }
}

/// Opens the pages in one browser, each in a frame, runs their scripts, and checks that all report `ok`.
fn drive(name: &str, visits: &[Visit]) {
    drive_on(WIDE, name, visits);
}

/// Does the same on another screen.
fn drive_on(screen: Screen, name: &str, visits: &[Visit]) {
    let Some(browser) = browser() else { return };
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    let file = folder.join("page.html");
    let documents: Vec<String> = visits.iter().map(Visit::document).collect();
    let documents = serde_json::json!(documents).to_string();
    let documents = documents.replace('<', "\\u003c");
    let size = serde_json::json!([screen.width, screen.height]);
    let all = format!(
        "<!doctype html>\n<html><body><script>\nconst documents = {documents}, size = {size};\n{FRAMES}\n</script></body></html>"
    );
    std::fs::write(&file, all).expect("the page can be written");
    let output = open(&browser, screen, &folder, &file);
    let document = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    let printed = output.status.success() && document.contains("<html");
    assert!(
        printed,
        "{} prints no document: {}; GROUNDUP_BROWSER can name another, or none: {errors}",
        browser.display(),
        output.status
    );
    let reports = document.split("<pre>").skip(1);
    let reports = reports.filter_map(|rest| Some(rest.split_once("</pre>")?.0));
    let reports: Vec<&str> = reports.collect();
    assert_eq!(reports, vec!["ok"; visits.len()], "{name}: {errors}");
}

/// Opens a file in a browser without a window, and returns what the browser prints when it has ended.
fn open(browser: &Path, screen: Screen, folder: &Path, file: &Path) -> Output {
    let mut command = Command::new(browser);
    command.args([
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-quic",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--window-size=1280,900",
        "--virtual-time-budget=20000",
        "--dump-dom",
    ]);
    let scheme = u32::from(!screen.dark); // 0 is dark
    command.arg(format!("--blink-settings=preferredColorScheme={scheme}"));
    let profile = folder.join("profile");
    command.arg(format!("--user-data-dir={}", profile.display()));
    command.arg(format!("file://{}", file.display()));
    let output = command.stdin(Stdio::null()).output();
    output.expect("the browser can be started")
}

fn states(events: &[Event]) -> Vec<String> {
    let timeline = Timeline::of(events);
    let states = (0..=events.len()).map(|moment| timeline.at(moment).to_string());
    states.collect()
}

/// A visit that steps through the run, forward and back.
fn steps(timeline: &Timeline, events: &[Event]) -> Visit {
    let chains = (0..events.len()).map(|event| timeline.chain(event));
    let chains: Vec<Vec<usize>> = chains.collect();
    Visit {
        page: timeline.page(),
        expected: serde_json::json!({ "states": states(events), "chains": chains }),
        script: include_str!("browser/steps.js"),
    }
}

#[test]
fn the_page_steps_forward_and_back_through_the_states_of_this_crate() {
    let visit = |(name, events): (&'static str, Vec<Event>)| {
        steps(&Timeline::of(&events).titled(name), &events)
    };
    let visits: Vec<Visit> = recorded::all().into_iter().map(visit).collect();
    drive("recorded", &visits);
}

/// Events that no loop emits have states, too, and the page agrees about them.
#[test]
fn the_page_steps_through_any_events() {
    let mut runner = TestRunner::deterministic();
    let visits = [(); 3].map(|()| {
        let tree = crate::events::events().new_tree(&mut runner);
        let events = tree.expect("a list of events").current();
        steps(&Timeline::of(&events), &events)
    });
    drive("any", &visits);
}

#[test]
fn the_page_follows_wakes_filters_tasks_and_turns_its_axis() {
    let timeline = Timeline::of(&recorded::one("queue")).titled("queue");
    let labels = timeline.lanes().iter().map(|lane| lane.label.clone());
    let labels: Vec<String> = labels.collect();
    let visit = Visit {
        page: timeline.page(),
        expected: serde_json::json!({ "labels": labels }),
        script: include_str!("browser/controls.js"),
    };
    drive("controls", &[visit]);
}

/// No screen has to be moved sideways, all controls can be reached, and all words can be read.
#[test]
fn the_page_fits_a_wide_screen_and_a_phone_in_light_and_in_dark() {
    let runs = ["queue", "circle", "hog", "threads"];
    let one = |name| Timeline::of(&recorded::one(name)).titled(name);
    let mut pages: Vec<String> = runs.iter().map(|name| one(name).page()).collect();
    pages.push(Diff::of(one("workers"), one("workers-seed-1")).page());
    for size in [WIDE, PHONE] {
        for dark in [false, true] {
            let screen = Screen { dark, ..size };
            let visit = |page: &String| Visit {
                page: page.clone(),
                expected: serde_json::json!({ "size": [size.width, size.height], "dark": dark }),
                script: include_str!("browser/screen.js"),
            };
            let visits: Vec<Visit> = pages.iter().map(visit).collect();
            drive_on(screen, &format!("screen-{}-{dark}", size.width), &visits);
        }
    }
}

/// A page opens at the beginning, or at a circle; its legend and its times are those of the run.
#[test]
fn the_page_opens_where_a_reader_begins_and_explains_what_it_shows() {
    // The run, the keys that its legend leaves out, the unit and the decimals, the shaded delays.
    let pages = [
        (
            "queue",
            "late cancel cancelled panicked dropped unpolled circle heat",
            "s",
            3,
            false,
        ),
        (
            "circle",
            "late cancel calls returned panicked unpolled heat",
            "s",
            3,
            false,
        ),
        (
            "hog",
            "waits spawn cancel cancelled panicked dropped unpolled circle",
            "s",
            3,
            true,
        ),
        (
            "threads",
            "cancel cancelled panicked dropped unpolled circle",
            "ms",
            3,
            true,
        ),
    ];
    let visits = pages.map(|(name, absent, unit, decimals, shaded)| {
        let timeline = Timeline::of(&recorded::one(name)).titled(name);
        let absent: Vec<&str> = absent.split(' ').collect();
        Visit {
            page: timeline.page(),
            expected: serde_json::json!({
                "circle": name == "circle", "absent": absent, "unit": unit, "decimals": decimals,
                "shaded": shaded,
            }),
            script: include_str!("browser/opens.js"),
        }
    });
    drive("opens", &visits);
}

#[test]
fn a_page_of_two_runs_moves_both() {
    let (first, second) = (recorded::one("workers"), recorded::one("workers-seed-1"));
    let diff = Diff::of(
        Timeline::of(&first).titled("one"),
        Timeline::of(&second).titled("two"),
    );
    let visit = Visit {
        page: diff.page(),
        expected: serde_json::json!({ "parting": diff.parting() }),
        script: include_str!("browser/two.js"),
    };
    drive("two", &[visit]);
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
    let visit = Visit {
        page: Timeline::of(&events).page(),
        expected: serde_json::json!({ "events": events.len() }),
        script: include_str!("browser/large.js"),
    };
    drive("large", &[visit]);
}
