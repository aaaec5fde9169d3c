//! Finds the awaits that were woken and not polled.
//!
//! The problem: a task awaits a promise in a future that it keeps in a variable. The promise is set and
//! wakes the task, and the task polls another future. If the await has got a lock, the lock is held by a
//! future that no code polls, and the next task waits for ever. The trace has an event for that.
//!
//! ```text
//!   wake      cook   by promise#1
//!   step      cook
//!   yield     cook   on promise#2      the step has polled other futures
//!   unpolled  cook   promise#1         its await is in a variable, and was not polled
//! ```
//!
//! Invariant: these events follow the yield of their step, so a span begins with them.
//!
//! Read next: `page/data.rs`, the data of the page that shows the states.

use groundup_trace::Verb;

use super::State;
use crate::timeline::{Doing, Lane, Span, Timeline};

impl State<'_> {
    /// Returns the lanes of the tasks that were woken by a promise and have not polled its await in
    /// their last step, each with the number of the promise. Such an await is in a variable or in a
    /// stream. If it has got a lock, no other task can get it.
    pub fn unpolled(&self) -> Vec<(usize, u64)> {
        let lanes = self.timeline.lanes.iter().enumerate();
        lanes
            .flat_map(|(number, lane)| self.unpolled_in(lane).map(move |promise| (number, promise)))
            .collect()
    }

    /// Returns the promises whose awaits a lane has not polled in its last step.
    pub(super) fn unpolled_in(&self, lane: &Lane) -> impl Iterator<Item = u64> {
        let span = lane.at(self.moment).filter(|span| is_suspended(span));
        let events = span
            .into_iter()
            .flat_map(|span| self.timeline.after_yield(span));
        let before = events.filter(|(event, _)| *event < self.moment);
        before.map(|(_, promise)| promise)
    }
}

impl Timeline {
    /// Returns true if any step has left an await unpolled.
    pub(crate) fn has_unpolled(&self) -> bool {
        let unpolled = |verb: &Verb| matches!(verb, Verb::Unpolled { .. });
        self.events.iter().any(|event| unpolled(&event.verb))
    }

    /// Returns the events of a lane that say that its step has left an await unpolled.
    pub(crate) fn unpolled(&self, lane: &Lane) -> impl Iterator<Item = usize> {
        let spans = lane.spans.iter().filter(|span| is_suspended(span));
        let events = spans.flat_map(|span| self.after_yield(span));
        events.map(|(event, _)| event)
    }

    /// Returns the events that follow the yield of a span, with their promises.
    fn after_yield(&self, span: &Span) -> impl Iterator<Item = (usize, u64)> {
        let lane = self.lane_of[span.from];
        let events = self.events.iter().enumerate().skip(span.from + 1);
        events.map_while(move |(number, event)| match event.verb {
            Verb::Unpolled { promise } if self.lane_of[number] == lane => Some((number, promise)),
            _ => None,
        })
    }
}

fn is_suspended(span: &Span) -> bool {
    matches!(span.doing, Doing::Asleep { .. } | Doing::Waits(_))
}
