//! Ways of watching a loop, for tests that compare watched runs.
//!
//! The problem: under a sink, in debug mode or with questions about its tasks a loop takes other paths. Tests
//! of two floors run programs in each of these ways.
//!
//! The file that includes this one has the names of its floor in scope.
//!
//! Invariant: a way with a trace makes events, and no other way makes one.
//!
//! Read next: `../it/props/watched.rs`.
#![allow(dead_code, reason = "each test uses a part of it")]

use super::{Builder, EventLoop, Recorder, ReportKind, Sink};

/// A way of watching a loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Sink,
    Debug,
    /// All tasks are explained before each iteration.
    Explained,
    /// A sink is set before every third iteration, and removed before the next.
    Sometimes,
}

pub(super) const WAYS: [Way; 4] = [Way::Sink, Way::Debug, Way::Explained, Way::Sometimes];

/// Builds a loop that is watched in this way from its beginning, or not.
pub(super) fn build(options: Builder, way: Option<Way>, recorder: &Recorder) -> EventLoop {
    let options = options.debug(way == Some(Way::Debug));
    match way {
        Some(Way::Sink) => options.trace(recorder.clone()).build(),
        _ => options.build(),
    }
}

/// Does before an iteration what belongs to the way.
pub(super) fn watch(
    event_loop: &EventLoop,
    way: Option<Way>,
    iteration: usize,
    recorder: &Recorder,
) {
    match way {
        Some(Way::Explained) => {
            for task in event_loop.all_tasks() {
                assert!(!event_loop.explain(&task).is_empty());
            }
            drop(event_loop.scheduler().deadlock().to_string());
        }
        Some(Way::Sometimes) => {
            let sink: Option<Box<dyn Sink>> = match iteration % 3 {
                0 => Some(Box::new(recorder.clone())),
                _ => None,
            };
            event_loop.set_trace(sink);
        }
        _ => {}
    }
}

/// Fails if the way has made no events and should have, or the other way round.
pub(super) fn check_events(way: Way, events: usize) {
    let is_traced = matches!(way, Way::Sink | Way::Sometimes);
    assert_eq!(events > 0, is_traced, "{way:?} is what it says");
}

/// Returns true for the reports that do not depend on debug mode.
pub(super) fn is_always_made(kind: ReportKind) -> bool {
    let of_debug_mode = [
        ReportKind::ResultNeverRetrieved,
        ReportKind::SlowStep,
        ReportKind::PendingAtClose,
    ];
    !of_debug_mode.contains(&kind)
}
