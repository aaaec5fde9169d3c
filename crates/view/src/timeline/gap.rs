//! Says in one sentence why a trace is not the whole run.
//!
//! The problem: a ring keeps the last events only, a sink may be set after the first task
//! was spawned, and a process may be killed in the middle of a step. The rest of a trace
//! is still worth a picture, but its reader should know that it is a rest.
//!
//! Invariants
//! 1. The first event that cannot be shows a gap, and so does a last step without an end. A trace
//!    that ends between two iterations looks like a loop that still runs.
//! 2. The sentence names the event, counted from 1, and the cure.
//!
//! Read next: `timeline/axis.rs`.

use std::fmt::{self, Display, Formatter};

/// A sign that a trace is not the whole run. Its `Display` form is one sentence.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gap {
    /// An event is about a task, a timer, a promise or a callback that has no beginning.
    Beginning {
        /// The number of the event, counted from 0.
        event: usize,
        /// The task or the thing.
        what: String,
        /// The verb that begins such a thing.
        verb: &'static str,
    },
    /// The last event leaves a task in the middle of a step.
    End {
        /// The task.
        task: String,
    },
    /// An event is earlier than the event before it.
    Clock {
        /// The number of the event, counted from 0.
        event: usize,
    },
}

impl Display for Gap {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Beginning { event, what, verb } => write!(
                f,
                "event {} is about {what}, which no earlier event {verb}s: record the run from \
                 its beginning",
                event + 1
            ),
            Self::End { task } => write!(
                f,
                "the last event leaves {task} in the middle of a step: the trace was cut off, or \
                 the process ended there"
            ),
            Self::Clock { event } => write!(
                f,
                "event {} is earlier than the event before it: these are events of two loops, \
                 or not in order",
                event + 1
            ),
        }
    }
}
