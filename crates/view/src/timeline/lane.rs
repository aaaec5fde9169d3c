//! One task of a timeline: its label, its spans and its end.
//!
//! The problem: an event is a point, and a reader asks for durations. How long did this
//! task wait, and for what? A lane has a span for each activity of its task.
//!
//! ```text
//!   (none) ──spawn──► Ready ──step──► Runs ──yield──► Asleep, Waits ──wake──► Ready
//!                                      │  └─ yield, woken before ──────────────►│
//!                                      └──done──► (none)
//! ```
//!
//! Invariants
//! 1. A span begins with an event and ends with a later one, or is open at the end.
//! 2. The spans of a lane are in order, and no two of them have a common moment.
//!
//! Read next: `state.rs`, the whole run at one moment.

use groundup_trace::{Outcome, TaskId, Wait};

/// The activity of a task during a [`Span`].
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doing {
    /// The task could run, and waits for its turn. Next: `Runs`.
    Ready,
    /// The task runs. Next: any of the others, or the end of the lane.
    Runs,
    /// The task sleeps until a time of the loop. Next: `Ready`.
    Asleep {
        /// That time, in nanoseconds since the loop's beginning.
        until: u64,
    },
    /// The task waits for anything else. Next: `Ready`.
    Waits(Wait),
}

/// One activity of a task, from an event to a later one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The number of the event with which it begins, counted from 0.
    pub from: usize,
    /// The number of the event with which it ends; the number of events if it is open.
    pub to: usize,
    /// The activity.
    pub doing: Doing,
    /// For `Ready`: the time from which on the task should have been ready, if that is
    /// earlier than the beginning. A timer was due then, and the loop was busy or late.
    pub due: Option<u64>,
}

/// One task of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    /// The task, with its last name.
    pub task: TaskId,
    /// The name of the lane: the name of the task, with its number if two tasks have it.
    pub label: String,
    /// The number of the event that spawned it; `None` if the trace has no such event.
    pub spawned: Option<usize>,
    /// The number of the event that ended it, and the outcome.
    pub ended: Option<(usize, Outcome)>,
    /// The spans, in order.
    pub spans: Vec<Span>,
}

impl Lane {
    /// Returns the activity at a moment: after the first `moment` events.
    pub fn at(&self, moment: usize) -> Option<&Span> {
        let after = self.spans.partition_point(|span| span.from < moment);
        let span = self.spans.get(after.checked_sub(1)?)?;
        (moment <= span.to).then_some(span)
    }
}
