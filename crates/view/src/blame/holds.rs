//! Finds who had the thread, at every time of a run.
//!
//! ```text
//!   step a ──► yield a     a
//!   run  ────► next step   a callback
//!   park ────► deadline    the loop, which had nothing to run
//!   deadline ► next event  the machine: it should have unparked the loop
//!   between  ────────────  the loop
//! ```
//!
//! Invariant: the stretches follow each other without gap or overlap, from the first event
//! to the last.
//!
//! Read next: `blame/largest.rs`.

use groundup_trace::Verb;

use crate::timeline::Timeline;

/// A stretch of time with one holder of the thread.
pub(super) struct Hold {
    pub(super) from: u64,
    pub(super) to: u64,
    /// The lane that ran, or one of the three numbers after the last lane.
    pub(super) by: usize,
    /// The event with which it began to hold the thread.
    pub(super) since: usize,
}

/// The numbers of the holders that are no tasks, after the last lane.
pub(super) const CALLBACKS: usize = 0;
pub(super) const LOOP: usize = 1;
pub(super) const MACHINE: usize = 2;

impl Timeline {
    /// Returns the stretches of time in which the thread was in use, in order.
    pub(super) fn holds(&self) -> Vec<Hold> {
        let (lanes, mut holds) = (self.lanes.len(), Vec::new());
        let (mut by, mut since) = (lanes + LOOP, 0);
        for (at, event) in self.events.iter().enumerate() {
            let lane = self.lane_of[at];
            let mut from = self.clock[at];
            match &event.verb {
                Verb::Step => (by, since) = (lane.unwrap_or(lanes + LOOP), at),
                Verb::Run { .. } => (by, since) = (lanes + CALLBACKS, at),
                Verb::Park { until } => {
                    (by, since) = (lanes + MACHINE, at);
                    from = until.map_or(u64::MAX, |until| until.max(from));
                }
                Verb::Yield { .. } | Verb::Done { .. } if lane == Some(by) => {
                    (by, since) = (lanes + LOOP, at);
                }
                Verb::Iteration | Verb::Fire { .. } => (by, since) = (lanes + LOOP, at),
                // The loop was woken.
                _ if by == lanes + MACHINE => (by, since) = (lanes + LOOP, at),
                _ => {}
            }
            let to = self.clock.get(at + 1).copied().unwrap_or(0);
            // The time before the deadline of a park is the loop's: nothing was ready.
            let begin = self.clock[at];
            if begin < from.min(to) {
                let (to, by) = (from.min(to), lanes + LOOP);
                holds.push(Hold {
                    from: begin,
                    to,
                    by,
                    since,
                });
            }
            if from < to {
                holds.push(Hold {
                    from,
                    to,
                    by,
                    since,
                });
            }
        }
        holds
    }
}
