//! Builds the lanes of a timeline, event by event.
//!
//! ```text
//!   (none) ──spawn──► Ready ──step──► Runs ──yield──► Asleep, Waits ──wake──► Ready
//!                                      │  └─ yield, woken before ──────────────►│
//!                                      └──done──► (none)
//! ```
//!
//! Each change of activity ends the open span of the task and opens another. Only spans
//! in which the task runs may have no length; on virtual time most have none.
//!
//! Invariant: the spans of a lane are in order, and each begins where the one before it ended.
//!
//! Read next: `../chart.rs`.

use std::collections::HashMap;

use groundup::trace::{Cause, Event, Outcome, TaskId, Verb, Wait};

use super::{Arrow, Axis, Doing, Lane, Span, Timeline};
use crate::stage::{Performance, Said};

/// Name of the lane of callbacks.
const CALLBACKS: &str = "callbacks";
/// Name of the lane of a program that has neither tasks nor callbacks.
const MAIN: &str = "main";

pub(super) struct Builder {
    axis: Axis,
    /// Number of steps so far.
    steps: u64,
    lanes: Vec<Growing>,
    arrows: Vec<Arrow>,
    /// The task that has set each promise.
    setters: HashMap<u64, TaskId>,
}

/// A lane that grows, and its open span.
struct Growing {
    /// Number of the task; 0 for the lane of no task.
    number: u64,
    lane: Lane,
    since: u64,
    doing: Option<Doing>,
    /// The time until which the task sleeps, if it does.
    until: u64,
    /// Whether the task became ready while it was running.
    woken: bool,
}

impl Builder {
    pub(super) fn new(axis: Axis) -> Builder {
        Builder {
            axis,
            steps: 0,
            lanes: Vec::new(),
            arrows: Vec::new(),
            setters: HashMap::new(),
        }
    }

    /// Returns the position of an event.
    fn position(&mut self, event: &Event) -> u64 {
        match self.axis {
            Axis::Time => event.time,
            Axis::Steps if is_step(event) => {
                self.steps += 1;
                self.steps - 1
            }
            Axis::Steps => self.steps,
        }
    }

    fn lane(&mut self, task: &TaskId) -> usize {
        let known = self
            .lanes
            .iter()
            .position(|lane| lane.number == task.number);
        known.unwrap_or_else(|| {
            self.lanes.push(Growing::new(task));
            self.lanes.len() - 1
        })
    }

    /// Adds an event of a task.
    pub(super) fn event(&mut self, task: &TaskId, event: &Event) {
        let position = self.position(event);
        let lane = self.lane(task);
        let growing = &mut self.lanes[lane];
        match &event.verb {
            Verb::Spawn { .. } => growing.change(position, Some(Doing::Ready)),
            Verb::Name { name } => growing.lane.name = name.clone(),
            Verb::Step => {
                growing.woken = false;
                growing.change(position, Some(Doing::Runs));
            }
            Verb::Yield { on } => growing.suspend(position, on),
            Verb::Wake { by } => {
                growing.wake(position);
                let waker = match by {
                    Cause::Task(waker) => Some(waker.clone()),
                    Cause::Promise(promise) => self.setters.get(promise).cloned(),
                    _ => None,
                };
                if let Some(waker) = waker {
                    let from = self.lane(&waker);
                    self.arrows.push(Arrow {
                        from,
                        to: lane,
                        at: position,
                    });
                }
            }
            Verb::Set { promise, .. } => drop(self.setters.insert(*promise, task.clone())),
            Verb::Done { how } => {
                growing.change(position, None);
                growing.lane.end = Some((position, *how));
            }
            _ => {}
        }
    }

    /// Adds a callback, which runs for a moment.
    pub(super) fn callback(&mut self, event: &Event) {
        let position = self.position(event);
        let lane = self.lane(&TaskId::new(0, CALLBACKS));
        self.lanes[lane].change(position, Some(Doing::Runs));
        let over = match self.axis {
            Axis::Time => position,
            Axis::Steps => position + 1,
        };
        self.lanes[lane].change(over, None);
    }

    /// Closes all spans, and returns the timeline.
    pub(super) fn finish(mut self, seen: &Performance) -> Timeline {
        let length = match self.axis {
            Axis::Time => seen.elapsed,
            Axis::Steps => self.steps,
        };
        if self.lanes.is_empty() && self.axis == Axis::Time {
            let main = self.lane(&TaskId::new(0, MAIN));
            self.lanes[main].change(0, Some(Doing::Runs));
            self.lanes[main].lane.end = Some((length, Outcome::Returned));
        }
        let (mut lanes, prints) = (self.lanes, prints(seen, self.axis));
        for lane in &mut lanes {
            lane.change(length, None);
        }
        Timeline {
            axis: self.axis,
            length,
            lanes: lanes.into_iter().map(|growing| growing.lane).collect(),
            arrows: self.arrows,
            prints,
        }
    }
}

/// Returns true if a task takes a step, or a callback runs.
pub(super) fn is_step(event: &Event) -> bool {
    matches!(event.verb, Verb::Step | Verb::Run { .. })
}

fn prints(seen: &Performance, axis: Axis) -> Vec<(u64, String)> {
    let steps = |after: usize| {
        let steps = seen.events[..after].iter().filter(|event| is_step(event));
        (steps.count() as u64).saturating_sub(1)
    };
    let place = |said: &Said| match axis {
        Axis::Time => said.time,
        Axis::Steps => steps(said.after),
    };
    let prints = seen
        .said
        .iter()
        .map(|said| (place(said), said.line.clone()));
    prints.collect()
}

impl Growing {
    fn new(task: &TaskId) -> Growing {
        Growing {
            number: task.number,
            lane: Lane {
                name: task.name.clone(),
                spans: Vec::new(),
                end: None,
            },
            since: 0,
            doing: None,
            until: u64::MAX,
            woken: false,
        }
    }

    /// Ends the open span and begins another.
    fn change(&mut self, at: u64, doing: Option<Doing>) {
        let before = std::mem::replace(&mut self.doing, doing);
        if let Some(doing) = before {
            let (from, to) = (self.since, at.max(self.since));
            if from < to || doing == Doing::Runs {
                self.lane.spans.push(Span { from, to, doing });
            }
        }
        self.since = at;
    }

    fn suspend(&mut self, at: u64, on: &Wait) {
        self.until = u64::MAX;
        let doing = match on {
            _ if self.woken => Doing::Ready,
            Wait::Timer { at } => {
                self.until = *at;
                Doing::Asleep
            }
            Wait::Nothing => Doing::Ready,
            on => Doing::Waits(on.to_string()),
        };
        self.change(at, Some(doing));
    }

    fn wake(&mut self, at: u64) {
        match self.doing {
            Some(Doing::Runs) => self.woken = true,
            Some(Doing::Asleep) if self.until < at => {
                self.change(self.until.max(self.since), Some(Doing::Ready));
            }
            Some(_) => self.change(at, Some(Doing::Ready)),
            None => {}
        }
    }
}
