//! The recorded runs in `tests/traces`: real programs.
//!
//! | run | program |
//! |---|---|
//! | `queue` | program 9 of source 2 of the tour: `main` waits in rounds of 0.2 s |
//! | `hog` | program 7 of source 0: functions that block beside functions that sleep |
//! | `workers` | three workers take five jobs from a deque, and a monitor is cancelled |
//! | `workers-seed-1` | the same program, in the order of `Seeded::new(1)` |
//! | `circle` | two tasks take two locks in opposite orders, a third task waits for one of them |
//! | `cancel` | a cancel that is caught, a panic, a forgotten task, a timeout; `close` ends the rest |
//! | `threads` | on the real clock: a task that blocks, a sleeper, a job on a thread |
//!
//! Read next: `traces.rs`.

use groundup_trace::{Event, read_trace};

/// A recorded run: its name and its events.
pub(crate) fn all() -> Vec<(&'static str, Vec<Event>)> {
    let read = |(name, text): (&'static str, &str)| {
        let events = read_trace(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, events)
    };
    TRACES.map(read).into()
}

/// The run of this name.
pub(crate) fn one(wanted: &str) -> Vec<Event> {
    let mut all = all().into_iter();
    let found = all.find(|(name, _)| *name == wanted);
    found.expect("the run is there").1
}

const TRACES: [(&str, &str); 7] = [
    ("queue", include_str!("../traces/queue.trace")),
    ("workers", include_str!("../traces/workers.trace")),
    (
        "workers-seed-1",
        include_str!("../traces/workers-seed-1.trace"),
    ),
    ("hog", include_str!("../traces/hog.trace")),
    ("circle", include_str!("../traces/circle.trace")),
    ("cancel", include_str!("../traces/cancel.trace")),
    ("threads", include_str!("../traces/threads.trace")),
];
