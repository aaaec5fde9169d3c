//! Finds the cause of each event: the way back to the root.
//!
//! The problem: a wake names its cause as a number, such as `timer#1`. The reader wants
//! the event: where the timer fired, where it was armed, and why the task that armed it
//! was running then. So each event is linked to the earlier event that made it happen.
//!
//! ```text
//!   step ◄─ wake ◄─ set ◄─ step ◄─ wake ◄─ fire ◄─ arm ◄─ step ◄─ spawn
//!   reader          └─── writer ───┘                └─── main ────┘
//! ```
//!
//! | event | its cause |
//! |---|---|
//! | `step` | the wake or the spawn that made the task ready |
//! | `wake by` a task | that task's end, or its step |
//! | `wake by` promise, timer, callback | `set`, `fire`, `run` of the same number |
//! | `wake by` a cancel | the last `cancel` of the task |
//! | `fire`, `run` | `arm`, `call` of the same number |
//! | `disarm`, `drop` | the step or callback that runs, else `arm`, `call` |
//! | any other | the step or the callback that runs |
//!
//! Invariant: a cause is an earlier event.
//!
//! Read next: `timeline/gap.rs`.

use std::collections::HashMap;

use groundup_trace::{Cause, Event, TaskId, Verb, Wait};

/// The latest events of each kind, by number.
#[derive(Default)]
pub(super) struct Causes {
    arms: HashMap<u64, usize>,
    fires: HashMap<u64, usize>,
    calls: HashMap<u64, usize>,
    runs: HashMap<u64, usize>,
    sets: HashMap<u64, usize>,
}

/// The last events of a lane.
#[derive(Clone, Copy, Default)]
pub(super) struct Last {
    /// The event that made the task ready: a wake, a spawn, or a yield.
    pub(super) ready: Option<usize>,
    /// True if the task was woken while it ran.
    pub(super) woken: bool,
    /// The last step of the task.
    pub(super) step: Option<usize>,
    /// The last cancel of the task.
    pub(super) cancel: Option<usize>,
    /// The end of the task.
    pub(super) done: Option<usize>,
}

impl Causes {
    /// Returns the cause of event `at`. `own` is the lane of the event, `other` the lane
    /// of a task that it names, and `running` the step or callback in which it happens.
    pub(super) fn of(
        &mut self,
        at: usize,
        event: &Event,
        own: Last,
        other: Last,
        running: Option<usize>,
    ) -> Option<usize> {
        match &event.verb {
            Verb::Step => own.ready,
            Verb::Wake { by } => match by {
                Cause::Task(_) => other.done.or(other.step).or(running),
                Cause::Promise(number) => self.sets.get(number).copied().or(running),
                Cause::Timer(number) => self.fires.get(number).copied(),
                Cause::Callback(number) => self.runs.get(number).copied(),
                Cause::Cancel => own.cancel.or(running),
                Cause::Itself => own.step,
                // The callback or the step in which a packet in memory arrives.
                Cause::Io(_) => running,
                _ => None,
            },
            Verb::Fire { timer } => {
                self.fires.insert(*timer, at);
                self.arms.get(timer).copied()
            }
            Verb::Run { callback } => {
                self.runs.insert(*callback, at);
                self.calls.get(callback).copied()
            }
            Verb::Disarm { timer } => running.or_else(|| self.arms.get(timer).copied()),
            Verb::Drop { callback } => running.or_else(|| self.calls.get(callback).copied()),
            Verb::Arm { timer, .. } => {
                self.arms.insert(*timer, at);
                running
            }
            Verb::Call { callback } => {
                self.calls.insert(*callback, at);
                running
            }
            Verb::Set { promise, .. } => {
                self.sets.insert(*promise, at);
                running
            }
            Verb::Spawn { by: Some(_) } | Verb::Cancel { by: Some(_) } => other.step.or(running),
            Verb::Unpolled { promise } => self.sets.get(promise).copied(),
            Verb::Raise { .. } => own.done.or(running),
            Verb::Iteration | Verb::Park { .. } => None,
            _ => running,
        }
    }
}

/// Returns the task that the details of an event name.
pub(super) fn named(verb: &Verb) -> Option<&TaskId> {
    match verb {
        Verb::Spawn { by } | Verb::Cancel { by } => by.as_ref(),
        Verb::Wake {
            by: Cause::Task(task),
        } => Some(task),
        Verb::Yield {
            on: Wait::Task(task),
        } => Some(task),
        Verb::Yield {
            on: Wait::Held { by, .. },
        } => by.as_ref(),
        _ => None,
    }
}
