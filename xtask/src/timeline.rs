//! A timeline: the events of a run, sorted into one lane for each task.
//!
//! The problem: a trace lists events in the order in which they happened. A reader wants
//! to see each task: from when to when it ran, slept, or waited for another. So the
//! events are sorted into lanes, and two neighbouring events of a lane enclose a span.
//!
//! ```text
//!             spawn    step     yield      wake     step      done
//!   events  ────┼────────┼────────┼──────────┼────────┼─────────┼──►
//!   spans       │ ready  │  runs  │  waits   │ ready  │  runs   │
//! ```
//!
//! | event | the span that begins there |
//! |---|---|
//! | `spawn`, `wake` | ready: it could run while another task runs |
//! | `step` | runs |
//! | `yield` | asleep until a time, or waits for something; ready, if it only let others go first |
//! | `done` | none; the lane ends |
//!
//! If a sleeper's time comes while another task blocks the loop, the sleeper is ready
//! from that time on, although it is not woken yet.
//!
//! Programs that take no time are drawn by steps instead: column k is the k-th step of
//! all tasks.
//!
//! Invariants
//! 1. The spans of a lane follow each other without gap or overlap.
//! 2. At any moment of a virtual run at most one lane runs.
//!
//! Read next: `timeline/builder.rs`; then `chart.rs`, the timeline as text, and `picture.rs`,
//! the timeline as a picture.

mod builder;

use groundup::trace::{Event, Name, Outcome, Verb};

use crate::stage::Performance;
use builder::{Builder, is_step};

/// The meaning of positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis {
    /// Nanoseconds since the program began.
    Time,
    /// Steps, counted from 0.
    Steps,
}

/// The activity of a task during a span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doing {
    /// The task runs.
    Runs,
    /// The task could run, and waits for its turn.
    Ready,
    /// The task sleeps until a time.
    Asleep,
    /// The task waits for something else, which the text names.
    Waits(String),
}

/// A span of a lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The position at which it begins.
    pub from: u64,
    /// The position at which it ends; not before `from`.
    pub to: u64,
    /// The activity of the task.
    pub doing: Doing,
}

/// The lane of one task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    /// The name of the task.
    pub name: Name,
    /// The spans, in order.
    pub spans: Vec<Span>,
    /// The position and the outcome of its end, if it has ended.
    pub end: Option<(u64, Outcome)>,
}

/// An arrow from a task to one that it made ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrow {
    /// The lane it comes from.
    pub from: usize,
    /// The lane it goes to.
    pub to: usize,
    /// The position.
    pub at: u64,
}

/// The timeline of a whole run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeline {
    /// The meaning of positions.
    pub axis: Axis,
    /// The last position.
    pub length: u64,
    /// The lanes, one for each task, in the order of spawning.
    pub lanes: Vec<Lane>,
    /// The wakes from task to task.
    pub arrows: Vec<Arrow>,
    /// The printed lines, and their positions.
    pub prints: Vec<(u64, String)>,
}

impl Timeline {
    /// Makes the timeline of a run, with positions as `axis` says.
    pub fn new(seen: &Performance, axis: Axis) -> Timeline {
        let mut builder = Builder::new(axis);
        let callbacks = shows_callbacks(&seen.events);
        for (number, event) in seen.events.iter().enumerate() {
            match &event.task {
                Some(name) => builder.event(name, event),
                None if callbacks && is_callback(&seen.events[number..]) => builder.callback(event),
                None => {}
            }
        }
        builder.finish(seen)
    }
}

/// Returns true if an event is a function that the loop calls. A callback that only
/// passes on a wake does not count; its wake is the next event.
fn is_callback(events: &[Event]) -> bool {
    let next = events.get(1).map(|event| &event.verb);
    is_step(&events[0]) && !matches!(next, Some(Verb::Wake { .. }))
}

/// Returns true if callbacks get a lane: if there are no tasks, or if timers were set for
/// some. Every run has one callback at its end, which stops the loop.
fn shows_callbacks(events: &[Event]) -> bool {
    let tasks = events.iter().any(|event| event.task.is_some());
    let timers = |event: &Event| event.task.is_none() && matches!(event.verb, Verb::Arm { .. });
    !tasks || events.iter().any(timers)
}
