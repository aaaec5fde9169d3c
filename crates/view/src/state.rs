//! The whole run at one moment: who runs, is ready, waits for whom.
//!
//! The problem: a debugger steps forward and not back. A trace has the whole story, and a
//! timeline has it as spans. So the state after k events is a look at the span of each
//! lane around k, and a step back is a look at k - 1.
//!
//! ```text
//!   moment      k - 1   k   k + 1
//!   cook     ───runs────┤ waits for lock A, held by payer ───
//!   payer    ───ready───────┤ runs ──────
//!                       ▲
//!                       at(k): cook waits, payer is ready
//! ```
//!
//! Invariants
//! 1. The state is a function of the timeline and of the moment: one reaches the same
//!    state by steps forward, by steps back, and by a jump.
//! 2. Ready tasks stand in the order in which they became ready. A loop with a chooser
//!    may run them in another order.
//!
//! Read next: `page.rs`, which shows the states. Second reading: `state/unpolled.rs`.

use std::fmt::{self, Display, Formatter};

use groundup_trace::{Event, TaskId, Verb, Wait};

use crate::timeline::{Doing, Kind, Lane, Thing, Timeline};
use crate::words::{self, seconds};

mod unpolled;

/// A task that waits, and the task for which it waits.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Edge {
    /// The lane of the task that waits.
    pub from: usize,
    /// The lane of the task that ends the wait, if the trace names one: an awaited task,
    /// or the holder of a lock.
    pub to: Option<usize>,
    /// The thing that it waits for.
    pub what: String,
    /// True if the edge is part of a circle.
    pub in_circle: bool,
}

/// The state of a run at one moment. Its `Display` form has one line for each task.
///
/// ```
/// # mod groundup { pub use groundup_trace as trace; }
/// use groundup_view::Timeline;
///
/// let timeline = Timeline::read("# groundup-trace 1
///   0.000  0  spawn  payer  #1
///   0.000  0  spawn  cook   #2
///   0.000  1  step   payer
///   0.000  1  yield  payer  on lock-A held by cook
///   0.000  1  step   cook
///   0.000  1  yield  cook   on lock-B held by payer")?;
/// let state = timeline.at(timeline.events().len());
/// assert_eq!(state.to_string(), "\
/// after event 6, at 0.000, iteration 1
/// payer: waits for lock-A held by cook
/// cook: waits for lock-B held by payer
/// a circle: payer -> cook -> payer
/// ");
/// assert_eq!(timeline.at(5).running(), Some("cook"));
/// # Ok::<(), groundup::trace::TraceError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State<'a> {
    timeline: &'a Timeline,
    moment: usize,
}

impl Timeline {
    /// Returns the state after the first `moment` events; the last state for any larger
    /// number.
    pub fn at(&self, moment: usize) -> State<'_> {
        State {
            timeline: self,
            moment: moment.min(self.events.len()),
        }
    }
}

impl State<'_> {
    /// Returns the number of events before this moment.
    pub fn moment(&self) -> usize {
        self.moment
    }

    /// Returns the last event before this moment.
    pub fn event(&self) -> Option<&Event> {
        self.timeline.events.get(self.moment.checked_sub(1)?)
    }

    /// Returns the label of the task that runs.
    pub fn running(&self) -> Option<&str> {
        let mut runs = self.lanes(|doing| *doing == Doing::Runs);
        runs.next().map(|(lane, _)| self.timeline.label(lane))
    }

    /// Returns the labels of the ready tasks, in the order in which they became ready.
    pub fn ready(&self) -> Vec<&str> {
        let mut ready: Vec<_> = self.lanes(|doing| *doing == Doing::Ready).collect();
        ready.sort_by_key(|(_, since)| *since);
        let labels = ready.into_iter().map(|(lane, _)| self.timeline.label(lane));
        labels.collect()
    }

    /// Returns the timers that are set, the next one first.
    pub fn timers(&self) -> Vec<&Thing> {
        let timer = |thing: &&Thing| matches!(thing.kind, Kind::Timer { .. });
        let mut timers: Vec<&Thing> = self.open().filter(timer).collect();
        timers.sort_by_key(|timer| (timer.kind, timer.number));
        timers
    }

    /// Returns the promises that are not set, and the callbacks that have not run.
    pub fn pending(&self) -> Vec<&Thing> {
        let other = |thing: &&Thing| !matches!(thing.kind, Kind::Timer { .. });
        self.open().filter(other).collect()
    }

    /// Returns the deadline until which the loop waits; `Some(None)` if it waits without a
    /// deadline, and `None` if it does not wait.
    pub fn parked(&self) -> Option<Option<u64>> {
        match self.event()?.verb {
            Verb::Park { until } => Some(until),
            _ => None,
        }
    }

    /// Returns the waits of all tasks, in the order of the lanes.
    pub fn waits(&self) -> Vec<Edge> {
        let mut in_circle = vec![false; self.timeline.lanes.len()];
        for lane in self.circles().into_iter().flatten() {
            in_circle[lane] = true;
        }
        let lanes = 0..self.timeline.lanes.len();
        let edges = lanes.filter_map(|lane| {
            let on = self.wait(lane)?;
            let name = |task: &TaskId| self.timeline.name(task);
            Some(Edge {
                from: lane,
                to: self.target(lane),
                what: words::wait(on, &name),
                in_circle: in_circle[lane],
            })
        });
        edges.collect()
    }

    /// Returns the circles of tasks that wait for each other, as lists of lanes. None of
    /// these tasks can go on, unless it is cancelled.
    pub fn circles(&self) -> Vec<Vec<usize>> {
        // Each task waits for one other at most, so a walk ends, or comes to a lane again.
        let (mut seen, mut circles) = (vec![0; self.timeline.lanes.len()], Vec::new());
        for (walk, start) in (1..).zip(0..seen.len()) {
            let (mut lane, mut path) = (Some(start), Vec::new());
            while let Some(at) = lane.filter(|at| seen[*at] == 0) {
                seen[at] = walk;
                path.push(at);
                lane = self.target(at);
            }
            let closed = lane.filter(|at| seen[*at] == walk);
            let from = closed.and_then(|at| path.iter().position(|lane| *lane == at));
            circles.extend(from.map(|from| path.split_off(from)));
        }
        circles
    }

    /// Returns the label of a lane.
    pub(crate) fn label(&self, lane: usize) -> &str {
        self.timeline.label(lane)
    }

    /// Returns the lanes with such an activity, and the event with which it began.
    fn lanes(&self, is: impl Fn(&Doing) -> bool) -> impl Iterator<Item = (usize, usize)> {
        let lanes = self.timeline.lanes.iter().enumerate();
        lanes.filter_map(move |(number, lane)| {
            let span = lane.at(self.moment)?;
            is(&span.doing).then_some((number, span.from))
        })
    }

    fn open(&self) -> impl Iterator<Item = &Thing> {
        let begun = self
            .timeline
            .things
            .partition_point(|thing| thing.from < self.moment);
        let things = self.timeline.things[..begun].iter();
        things.filter(|thing| thing.open_at(self.moment))
    }

    /// Returns the thing that a lane waits for, if it waits for anything but time.
    fn wait(&self, lane: usize) -> Option<&Wait> {
        match &self.timeline.lanes[lane].at(self.moment)?.doing {
            Doing::Waits(on) => Some(on),
            _ => None,
        }
    }

    /// Returns the lane for which a lane waits.
    fn target(&self, lane: usize) -> Option<usize> {
        self.timeline.index.get(awaited(self.wait(lane)?)?)
    }

    /// Returns the words for the activity of a lane.
    fn doing(&self, lane: &Lane) -> Option<String> {
        let mut text = self.activity(lane)?;
        for promise in self.unpolled_in(lane) {
            text += &format!("; promise#{promise} is set, but its await was not polled");
        }
        Some(text)
    }

    fn activity(&self, lane: &Lane) -> Option<String> {
        let name = |task: &TaskId| self.timeline.name(task);
        if let Some(span) = lane.at(self.moment) {
            return Some(match &span.doing {
                Doing::Ready => "is ready".into(),
                Doing::Runs => "runs".into(),
                Doing::Asleep { until } => format!("sleeps until {}", seconds(*until)),
                Doing::Waits(on) => format!("waits for {}", words::wait(on, &name)),
            });
        }
        match lane.ended {
            Some((at, how)) if at < self.moment => Some(format!("has ended, {how}")),
            _ => None,
        }
    }
}

/// Returns the task that ends a wait, if the trace names it.
pub(crate) fn awaited(on: &Wait) -> Option<&TaskId> {
    match on {
        Wait::Task(task) => Some(task),
        Wait::Held { by, .. } => by.as_ref(),
        _ => None,
    }
}

impl Display for State<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.event() {
            None => writeln!(f, "before the first event")?,
            Some(event) => writeln!(
                f,
                "after event {}, at {}, iteration {}",
                self.moment,
                seconds(event.time),
                event.iteration
            )?,
        }
        for lane in &self.timeline.lanes {
            if let Some(doing) = self.doing(lane) {
                writeln!(f, "{}: {doing}", lane.label)?;
            }
        }
        let ready = self.ready();
        if !ready.is_empty() {
            writeln!(f, "ready: {}", ready.join(", "))?;
        }
        for thing in self.timers().into_iter().chain(self.pending()) {
            let at = match thing.kind {
                Kind::Timer { at } => format!(" at {}", seconds(at)),
                _ => String::new(),
            };
            let owner = thing.owner.map(|owner| self.timeline.label(owner));
            let owner = owner.map_or(String::new(), |owner| format!(", of {owner}"));
            writeln!(f, "{}{at}{owner}", thing.name())?;
        }
        for circle in self.circles() {
            let first = circle.first().copied();
            let path = circle.into_iter().chain(first);
            let names: Vec<&str> = path.map(|lane| self.timeline.label(lane)).collect();
            writeln!(f, "a circle: {}", names.join(" -> "))?;
        }
        match self.parked() {
            None => Ok(()),
            Some(None) => writeln!(f, "the loop waits"),
            Some(Some(until)) => writeln!(f, "the loop waits until {}", seconds(until)),
        }
    }
}
