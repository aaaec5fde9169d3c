//! Builds a timeline: one pass over the events.
//!
//! ```text
//!   event ──► its lane ──► ends the open span of the lane, begins another
//!         ├─► its thing ─► begins or ends a timer, a promise, a callback
//!         └─► its cause
//! ```
//!
//! A task that is woken while it runs becomes ready when it yields. A task whose timer was
//! due earlier should have been ready then, so its span keeps that time.
//!
//! Invariants
//! 1. The builder reads each event once.
//! 2. Nothing here panics for any list.
//!
//! Read next: `timeline/callbacks.rs`.

use groundup_trace::{Cause, Event, TaskId, Verb, Wait};

use super::axis::{Axis, is_step};
use super::callbacks::{is_callback, shows_callbacks};
use super::causes::{Causes, Last, named};
use super::gap::Gap;
use super::index::{self, Index};
use super::lane::{Doing, Lane, Span};
use super::thing::Register;
use super::{Mark, Timeline};

/// The label of the lane of callbacks.
const CALLBACKS: &str = "callbacks";

pub(super) struct Builder {
    timeline: Timeline,
    last: Vec<Last>,
    causes: Causes,
    register: Register,
    /// The event of the step or of the callback that runs.
    running: Option<usize>,
    /// The lane whose step runs.
    stepping: Option<usize>,
    callbacks: Option<usize>,
}

impl Builder {
    /// Sorts all events.
    pub(super) fn new(events: &[Event]) -> Self {
        let timeline = Timeline {
            title: String::new(),
            axis: Axis::Order,
            events: events.to_vec(),
            clock: Vec::with_capacity(events.len()),
            steps: Vec::with_capacity(events.len()),
            lane_of: Vec::with_capacity(events.len()),
            causes: Vec::with_capacity(events.len()),
            lanes: Vec::new(),
            things: Vec::new(),
            index: Index::default(),
            marks: Vec::<Mark>::new(),
            gap: None,
            end: 0,
        };
        let mut builder = Self {
            timeline,
            last: Vec::new(),
            causes: Causes::default(),
            register: Register::default(),
            running: None,
            stepping: None,
            callbacks: None,
        };
        let shows_callbacks = shows_callbacks(events);
        for at in 0..events.len() {
            builder.times(at, &events[at]);
            builder.event(at, &events[at]);
            if shows_callbacks && is_callback(&events[at..]) {
                builder.callback(at);
            }
        }
        builder
    }

    fn times(&mut self, at: usize, event: &Event) {
        let timeline = &mut self.timeline;
        let before = timeline.clock.last().copied().unwrap_or(0);
        if event.time < before {
            timeline.gap.get_or_insert(Gap::Clock { event: at });
        }
        timeline.clock.push(event.time.max(before));
        let last = at.checked_sub(1);
        let steps = last.map_or(0, |last| {
            timeline.steps[last] + u64::from(is_step(&timeline.events[last]))
        });
        timeline.steps.push(steps);
    }

    /// Returns the lane of a task, which may be a new one.
    fn lane(&mut self, task: &TaskId) -> usize {
        if let Some(lane) = self.timeline.index.get(task) {
            return lane;
        }
        let lane = self.add(task.clone());
        self.timeline.index.put(task, lane);
        lane
    }

    fn add(&mut self, task: TaskId) -> usize {
        self.timeline.lanes.push(Lane {
            task,
            label: String::new(),
            spawned: None,
            ended: None,
            spans: Vec::new(),
        });
        self.last.push(Last::default());
        self.last.len() - 1
    }

    fn event(&mut self, at: usize, event: &Event) {
        let lane = event.task.as_ref().map(|task| self.lane(task));
        let other = named(&event.verb).map(|task| self.lane(task));
        self.timeline.lane_of.push(lane);
        if let Some(lane) = lane {
            self.begins(at, lane, &event.verb);
        }
        match &event.verb {
            Verb::Step => (self.running, self.stepping) = (None, None),
            Verb::Run { .. } | Verb::Iteration | Verb::Park { .. } | Verb::Fire { .. } => {
                (self.running, self.stepping) = (None, None);
            }
            _ => {}
        }
        let last = |lane: Option<usize>| lane.map_or(Last::default(), |lane| self.last[lane]);
        let (own, named) = (last(lane), last(other));
        let cause = self.causes.of(at, event, own, named, self.running);
        self.timeline.causes.push(cause);
        let gap = self.register.note(at, lane, &event.verb);
        if let Some(gap) = gap {
            self.timeline.gap.get_or_insert(gap);
        }
        if let Some(lane) = lane {
            self.move_on(at, lane, event);
        }
        match &event.verb {
            Verb::Step => (self.running, self.stepping) = (Some(at), lane),
            Verb::Run { .. } => self.running = Some(at),
            Verb::Yield { .. } | Verb::Done { .. } if lane == self.stepping => {
                (self.running, self.stepping) = (None, None);
            }
            _ => {}
        }
    }

    /// Notes the beginning of a task, or its lack.
    fn begins(&mut self, at: usize, lane: usize, verb: &Verb) {
        let lane = &mut self.timeline.lanes[lane];
        if matches!(verb, Verb::Spawn { .. }) && lane.spawned.is_none() {
            lane.spawned = Some(at);
        }
        if lane.spawned.is_none() {
            self.timeline.gap.get_or_insert(Gap::Beginning {
                event: at,
                what: crate::words::shown(&lane.task.name),
                verb: "spawn",
            });
        }
    }

    /// Moves a lane from one activity to the next.
    fn move_on(&mut self, at: usize, lane: usize, event: &Event) {
        match &event.verb {
            Verb::Spawn { .. } => {
                self.last[lane].ready = Some(at);
                self.change(at, lane, Some(Doing::Ready), None);
            }
            Verb::Name { name } => self.timeline.lanes[lane].task.name = name.clone(),
            Verb::Step => {
                self.last[lane].ready = None;
                self.last[lane].step = Some(at);
                self.change(at, lane, Some(Doing::Runs), None);
            }
            Verb::Yield { on } => {
                let doing = match on {
                    _ if self.last[lane].woken => Doing::Ready,
                    Wait::Nothing => {
                        self.last[lane].ready = Some(at);
                        Doing::Ready
                    }
                    Wait::Timer { at } => Doing::Asleep { until: *at },
                    on => Doing::Waits(on.clone()),
                };
                self.change(at, lane, Some(doing), None);
            }
            Verb::Wake { by } => self.wake(at, lane, by),
            Verb::Cancel { .. } => self.last[lane].cancel = Some(at),
            Verb::Done { how } => {
                self.last[lane].done = Some(at);
                self.change(at, lane, None, None);
                self.timeline.lanes[lane].ended.get_or_insert((at, *how));
            }
            _ => {}
        }
    }

    fn wake(&mut self, at: usize, lane: usize, by: &Cause) {
        let spans = &self.timeline.lanes[lane].spans;
        let waiting = spans.last().filter(|span| span.to == usize::MAX);
        let Some(Span { from, doing, .. }) = waiting else {
            // The trace begins while the task waits.
            if spans.is_empty() && self.timeline.lanes[lane].ended.is_none() {
                self.last[lane].ready = Some(at);
                self.change(at, lane, Some(Doing::Ready), None);
            }
            return;
        };
        if *doing == Doing::Ready {
            return;
        }
        self.last[lane].ready = Some(at);
        if *doing == Doing::Runs {
            self.last[lane].woken = true;
            return;
        }
        // A task that was suspended after its timer was due is late from then on.
        let deadline = match by {
            Cause::Timer(timer) => self.register.deadline(*timer),
            _ => None,
        };
        let clock = &self.timeline.clock;
        let due = deadline.map(|deadline| deadline.max(clock[*from]));
        let due = due.filter(|due| *due < clock[at]);
        self.change(at, lane, Some(Doing::Ready), due);
    }

    /// Ends the open span of a lane and begins another.
    fn change(&mut self, at: usize, lane: usize, doing: Option<Doing>, due: Option<u64>) {
        self.last[lane].woken = false;
        let spans = &mut self.timeline.lanes[lane].spans;
        if let Some(open) = spans.last_mut().filter(|span| span.to == usize::MAX) {
            open.to = at;
        }
        spans.extend(doing.map(|doing| Span {
            from: at,
            to: usize::MAX,
            doing,
            due,
        }));
    }

    /// Adds a callback, which runs until the next event.
    fn callback(&mut self, at: usize) {
        let lane = match self.callbacks {
            Some(lane) => lane,
            None => {
                let lane = self.add(TaskId::new(0, CALLBACKS));
                *self.callbacks.insert(lane)
            }
        };
        self.change(at, lane, Some(Doing::Runs), None);
        self.change(at + 1, lane, None, None);
    }

    /// Closes all spans, labels the lanes, and returns the timeline.
    pub(super) fn finish(mut self) -> Timeline {
        let events = self.timeline.events.len();
        let timeline = &mut self.timeline;
        for lane in &mut timeline.lanes {
            if let Some(open) = lane.spans.last_mut() {
                open.to = open.to.min(events);
            }
        }
        timeline.things = self.register.finish(events);
        index::label(&mut timeline.lanes);
        timeline.end = timeline.clock.last().copied().unwrap_or(0);
        if timeline.end > 0 {
            timeline.axis = Axis::Time;
        }
        if let Some(lane) = self.stepping {
            let task = timeline.lanes[lane].label.clone();
            timeline.gap.get_or_insert(Gap::End { task });
        }
        self.timeline
    }
}
