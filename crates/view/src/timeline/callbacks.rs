//! Decides which callbacks have a lane.
//!
//! The problem: most callbacks only pass on a wake, which the picture has already. Every
//! run of a loop ends with such a callback. But a program that works with `call_later` has
//! no other activity.
//!
//! ```text
//!   run callback#1, wake main by callback#1     no lane: main becomes ready
//!   run callback#2, arm timer#4                 a lane: the callback did something
//! ```
//!
//! Invariant: a callback has a lane only if the run has timers that no task set, or no task.
//!
//! Read next: `timeline/index.rs`.

use groundup_trace::{Cause, Event, Verb};

/// Returns true if the first event is a callback that does more than pass on a wake.
pub(super) fn is_callback(events: &[Event]) -> bool {
    let next = events.get(1).map(|event| &event.verb);
    let wakes = matches!(
        next,
        Some(Verb::Wake {
            by: Cause::Callback(_) | Cause::Io(_)
        })
    );
    matches!(events[0].verb, Verb::Run { .. }) && !wakes
}

/// Returns true if callbacks get a lane.
pub(super) fn shows_callbacks(events: &[Event]) -> bool {
    let tasks = events.iter().any(|event| event.task.is_some());
    let timers = |event: &Event| event.task.is_none() && matches!(event.verb, Verb::Arm { .. });
    !tasks || events.iter().any(timers)
}
