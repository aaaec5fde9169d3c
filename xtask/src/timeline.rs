//! What a run looked like: one lane a task, made from the events.
//!
//! The problem: a trace tells what happened in the order in which it happened.
//! A reader wants to see it as the tasks lived it: from when to when did this
//! one run, sleep, wait for that one. So the events are sorted into lanes, and
//! in each lane two neighbouring events make a span.
//!
//! ```text
//!             spawn    step     yield      wake     step      done
//!   events  ────┼────────┼────────┼──────────┼────────┼─────────┼──►
//!   spans       │ ready  │  runs  │  waits   │ ready  │  runs   │
//! ```
//!
//! | event | the span that begins there |
//! |---|---|
//! | `spawn`, `wake` | ready: could run, somebody else does |
//! | `step` | runs |
//! | `yield` | asleep until a time, or waits for somebody; ready, if it only let others go first |
//! | `done` | none; the lane ends |
//!
//! A sleeper whose time has come while somebody blocks the loop is ready from
//! that time on, although nobody has told it yet.
//!
//! Programs that take no time are drawn by steps instead: column k is the k-th
//! step that anybody took.
//!
//! Invariants
//! 1. The spans of a lane follow each other without gap or overlap.
//! 2. At any moment of a virtual run at most one lane runs.
//!
//! Read next: `timeline/builder.rs`; then `chart.rs`, the timeline as text; `picture.rs`, as a picture.

mod builder;

use groundup::trace::{Event, Name, Outcome, Verb};

use crate::stage::Performance;
use builder::{Builder, is_step};

/// What the horizontal direction means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis {
    /// Nanoseconds since the program began.
    Time,
    /// Steps, counted from 0.
    Steps,
}

/// What a task does during a span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doing {
    /// It runs.
    Runs,
    /// It could run, and waits for its turn.
    Ready,
    /// It sleeps until a time.
    Asleep,
    /// It waits for something else; the text says for what.
    Waits(String),
}

/// A piece of a lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// Where it begins.
    pub from: u64,
    /// Where it ends; not before `from`.
    pub to: u64,
    /// What happens in it.
    pub doing: Doing,
}

/// One task's life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    /// Its name.
    pub name: Name,
    /// Its pieces, in order.
    pub spans: Vec<Span>,
    /// How and where it ended, if it did.
    pub end: Option<(u64, Outcome)>,
}

/// A task that made another one ready: from whom, to whom, where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrow {
    /// The lane it comes from.
    pub from: usize,
    /// The lane it goes to.
    pub to: usize,
    /// Where.
    pub at: u64,
}

/// A whole run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeline {
    /// What positions are.
    pub axis: Axis,
    /// The last position.
    pub length: u64,
    /// One for each task, in the order in which they came to be.
    pub lanes: Vec<Lane>,
    /// Who woke whom.
    pub arrows: Vec<Arrow>,
    /// The lines that were printed, and where.
    pub prints: Vec<(u64, String)>,
}

impl Timeline {
    /// The timeline of what was seen. `axis` is how it is to be laid out.
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

/// Whether an event is a function that the loop calls, and not one that passes on a
/// wake, which is right behind it.
fn is_callback(events: &[Event]) -> bool {
    let next = events.get(1).map(|event| &event.verb);
    is_step(&events[0]) && !matches!(next, Some(Verb::Wake { .. }))
}

/// Callbacks have a lane if there is nothing else to see, or if timers were set
/// for some. (Every run has one callback at its end, which stops the loop.)
fn shows_callbacks(events: &[Event]) -> bool {
    let tasks = events.iter().any(|event| event.task.is_some());
    let timers = |event: &Event| event.task.is_none() && matches!(event.verb, Verb::Arm { .. });
    !tasks || events.iter().any(timers)
}
