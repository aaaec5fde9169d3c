//! A timeline: the events of a run, sorted into one lane for each task.
//!
//! The problem: a trace lists events in the order in which they happened. A reader wants
//! to see each task: from when to when it ran, slept, or waited for another, and why it
//! went on. So one pass over the events sorts them into lanes. Two neighbouring events of
//! a lane enclose a span. Each event also gets its cause, an earlier event.
//!
//! ```text
//!   event      0 spawn   1 step   2 yield   3 wake   4 step   5 done
//!              ┼─────────┼────────┼─────────┼────────┼────────┼──►
//!   spans      │  ready  │  runs  │  waits  │ ready  │  runs  │
//!   moments  0 │ 1       │ 2      │ 3       │ 4      │ 5      │ 6
//! ```
//!
//! A *moment* k is the point after the first k events: moment 0 is before the run, and the
//! last moment is its end. All positions are numbers of events. The time of an event maps
//! a number to a place on the axis of time, and the state at a moment is a look at the
//! spans around it. So a step back costs as much as a step forward.
//!
//! | file | defines | purpose |
//! |---|---|---|
//! | `timeline/lane.rs` | [`Lane`], [`Span`], [`Doing`] | one task and its spans |
//! | `timeline/thing.rs` | [`Thing`] | one timer, promise or callback |
//! | `timeline/builder.rs` | `Builder` | the pass over the events |
//! | `timeline/callbacks.rs` | | which callbacks have a lane |
//! | `timeline/index.rs` | `Index` | the lane of a task; the labels |
//! | `timeline/causes.rs` | `Causes` | the cause of each event |
//! | `timeline/gap.rs` | [`Gap`] | what a cut trace lacks |
//! | `timeline/axis.rs` | [`Axis`] | positions, and round numbers of an axis |
//!
//! Invariants
//! 1. Every list of events has a timeline. A list that no loop could have emitted gives a
//!    strange timeline, and [`Timeline::gap`] says what is wrong with it.
//! 2. The spans of a lane follow each other, without overlap.
//! 3. A cause is an earlier event, so a chain of causes ends.
//!
//! Access: the views read a timeline through its methods. Only the builder writes one.
//!
//! Read next: `timeline/lane.rs`.

mod axis;
mod builder;
mod callbacks;
mod causes;
mod gap;
mod index;
mod lane;
mod thing;

use groundup_trace::{Event, Outcome, TraceError, Verb, Visible, read_trace};

use crate::words;
use index::Index;

pub use axis::Axis;
pub(crate) use axis::ruler;
pub use gap::Gap;
pub use lane::{Doing, Lane, Span};
pub use thing::{Kind, Thing};

/// A run, sorted by tasks; the views are its methods.
///
/// ```
/// # mod groundup { pub use groundup_trace as trace; }
/// use groundup_view::Timeline;
///
/// let timeline = Timeline::read(
///     "# groundup-trace 1
///        0.000  0  spawn  kettle  #1
///        0.000  1  step   kettle
///        0.000  1  yield  kettle  on timer at 3.000
///        3.000  1  wake   kettle  by timer#1
///        3.000  2  step   kettle
///        3.000  2  done   kettle  returned",
/// )?;
/// assert_eq!(
///     timeline.text(),
///     "        0.0       0.5       1.0       1.5       2.0       2.5       3.0 s
/// kettle  ●───────────────────────────────────────────────────────────■
/// "
/// );
/// # Ok::<(), groundup::trace::TraceError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeline {
    pub(crate) title: String,
    pub(crate) axis: Axis,
    pub(crate) events: Vec<Event>,
    /// The time of each event; later than the event's own only if time ran backwards.
    pub(crate) clock: Vec<u64>,
    /// The number of steps before each event.
    pub(crate) steps: Vec<u64>,
    /// The lane of each event.
    pub(crate) lane_of: Vec<Option<usize>>,
    /// The cause of each event, an earlier event.
    pub(crate) causes: Vec<Option<usize>>,
    pub(crate) lanes: Vec<Lane>,
    pub(crate) things: Vec<Thing>,
    pub(crate) index: Index,
    pub(crate) marks: Vec<Mark>,
    pub(crate) gap: Option<Gap>,
    /// The time at which the picture ends.
    pub(crate) end: u64,
}

/// A remark at a place of the run, such as a printed line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) moment: usize,
    pub(crate) time: u64,
    pub(crate) text: String,
}

impl Timeline {
    /// Sorts the events of a run into lanes.
    pub fn of(events: &[Event]) -> Self {
        builder::Builder::new(events).finish()
    }

    /// Reads a trace, as a `TextSink` wrote it, and sorts its events into lanes.
    ///
    /// # Errors
    /// Returns the error of [`read_trace`] for a text that is no trace, for a trace of a
    /// later version, and for a line that was cut off.
    ///
    /// ```
    /// use groundup_view::Timeline;
    ///
    /// let error = Timeline::read("# groundup-trace 1\n0.000 1 yield a on").unwrap_err();
    /// assert!(error.to_string().starts_with("line 2: the line ends too early"));
    /// ```
    pub fn read(trace: &str) -> Result<Self, TraceError> {
        Ok(Self::of(&read_trace(trace)?))
    }

    /// Sets the title of the page and of the picture.
    pub fn titled(mut self, title: impl Into<String>) -> Self {
        self.title = Visible(&title.into()).to_string();
        self
    }

    /// Sets the axis of text and picture. Without this, the axis is time if time passes.
    ///
    /// ```
    /// # mod groundup { pub use groundup_trace as trace; }
    /// use groundup_view::{Axis, Timeline};
    ///
    /// let trace = "# groundup-trace 1
    ///   0.000  0  spawn  a  #1
    ///   0.000  0  spawn  b  #2
    ///   0.000  1  step   a
    ///   0.000  1  done   a  returned
    ///   0.000  1  step   b
    ///   0.000  1  done   b  returned";
    /// let timeline = Timeline::read(trace)?.by(Axis::Order);
    /// assert_eq!(timeline.text(), "step  1 2\na     ■\nb     · ■\n");
    /// # Ok::<(), groundup::trace::TraceError>(())
    /// ```
    pub fn by(mut self, axis: Axis) -> Self {
        self.axis = axis;
        self
    }

    /// Lets the picture end at `time` if the last event is earlier.
    pub fn until(mut self, time: u64) -> Self {
        self.end = self.end.max(time);
        self
    }

    /// Adds a remark, such as a line that the program printed, after the first `moment`
    /// events and at `time`.
    pub fn mark(mut self, moment: usize, time: u64, text: impl Into<String>) -> Self {
        let moment = moment.min(self.events.len());
        let text = words::shown(&text.into());
        self.end = self.end.max(time);
        self.marks.push(Mark { moment, time, text });
        self
    }

    /// Returns the events.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// Returns the lanes, one for each task, in the order in which the run names them.
    pub fn lanes(&self) -> &[Lane] {
        &self.lanes
    }

    /// Returns the timers, promises and callbacks, in the order of their beginnings.
    pub fn things(&self) -> &[Thing] {
        &self.things
    }

    /// Returns the first sign that the trace is not the whole run, if there is one.
    ///
    /// ```
    /// use groundup_view::Timeline;
    ///
    /// let cut = Timeline::read("# groundup-trace 1\n0.000 7 step kettle").unwrap();
    /// assert_eq!(
    ///     cut.gap().unwrap().to_string(),
    ///     "event 1 is about kettle, which no earlier event spawns: record the run from its beginning"
    /// );
    /// ```
    pub fn gap(&self) -> Option<&Gap> {
        self.gap.as_ref()
    }

    /// Returns the number of the event that caused event `event`, such as the wake before a
    /// step. Returns `None` for an event from outside the loop, and for the loop's own.
    pub fn cause(&self, event: usize) -> Option<usize> {
        self.causes.get(event).copied().flatten()
    }

    /// Returns the chain of causes of an event, from the event to its root.
    ///
    /// ```
    /// # mod groundup { pub use groundup_trace as trace; }
    /// use groundup_view::Timeline;
    ///
    /// let timeline = Timeline::read("# groundup-trace 1
    ///   0.000  0  spawn  kettle  #1
    ///   0.000  1  step   kettle
    ///   0.000  1  arm    kettle  timer#1 at 3.000
    ///   0.000  1  yield  kettle  on timer at 3.000
    ///   3.000  1  fire   -       timer#1
    ///   3.000  1  wake   kettle  by timer#1
    ///   3.000  2  step   kettle")?;
    /// // step <- wake <- fire <- arm <- step <- spawn
    /// assert_eq!(timeline.chain(6), [6, 5, 4, 2, 1, 0]);
    /// # Ok::<(), groundup::trace::TraceError>(())
    /// ```
    pub fn chain(&self, event: usize) -> Vec<usize> {
        let first = (event < self.events.len()).then_some(event);
        std::iter::successors(first, |&event| self.cause(event)).collect()
    }

    /// Returns the last moment before the loop was closed around tasks that had not ended:
    /// after the last event that a running loop emits. Without such tasks it is the end.
    pub fn last_moment(&self) -> usize {
        let how = Outcome::Dropped;
        let dropped = |event: &Event| event.verb == Verb::Done { how };
        let Some(first) = self.events.iter().position(dropped) else {
            return self.events.len();
        };
        let runs = |event: &Event| {
            let own = matches!(event.verb, Verb::Iteration | Verb::Park { .. });
            own || matches!(event.verb, Verb::Yield { .. } | Verb::Run { .. })
        };
        let last = self.events[..first].iter().rposition(runs);
        last.map_or(first, |last| last + 1)
    }

    /// Returns the moment with which a page begins: the beginning of the run. A run that stands
    /// still in a circle begins with the circle, at the last moment that is about a task.
    pub(crate) fn first_shown(&self) -> usize {
        let last = self.last_moment();
        let about_a_task = self.lane_of[..last].iter().rposition(Option::is_some);
        let moment = about_a_task.map_or(last, |event| event + 1);
        let still = !self.at(moment).circles().is_empty();
        if still { moment } else { 0 }
    }

    /// Returns the position of event `event` on the axis; the end for a later one.
    pub(crate) fn position(&self, event: usize) -> u64 {
        match self.axis {
            Axis::Time => self.clock.get(event).copied().unwrap_or(self.end),
            Axis::Order => self.steps.get(event).copied().unwrap_or(self.length()),
        }
    }

    /// Returns the last position on the axis.
    pub(crate) fn length(&self) -> u64 {
        match self.axis {
            Axis::Time => self.end,
            Axis::Order => self.steps_in_all(),
        }
    }

    /// Returns the number of steps and callbacks.
    pub(crate) fn steps_in_all(&self) -> u64 {
        let last = self.events.last().is_some_and(axis::is_step);
        self.steps.last().map_or(0, |steps| steps + u64::from(last))
    }

    /// Returns the label of a lane.
    pub(crate) fn label(&self, lane: usize) -> &str {
        self.lanes.get(lane).map_or("?", |lane| &lane.label)
    }

    /// Returns the words for a task: the label of its lane.
    pub(crate) fn name(&self, task: &groundup_trace::TaskId) -> String {
        match self.index.get(task) {
            Some(lane) => self.lanes[lane].label.clone(),
            None => words::shown(&task.name),
        }
    }
}
