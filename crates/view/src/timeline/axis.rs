//! The two axes: time, and order.
//!
//! The problem: on virtual time a program takes steps and no time, so all events of an
//! instant lie on one point of the axis of time. Their order, which one debugs, cannot be
//! seen there. So there is a second axis, on which each step has a column.
//!
//! ```text
//!   time     ●────────────────────────────●
//!            0                            3 s
//!   order    ●  ●  ●  ●  ●  ●  ●  ●  ●  ●  ●
//!            1  2  3  4  5  6  7  8  9 10 11
//! ```
//!
//! Invariant: positions on both axes grow with the numbers of the events.
//!
//! Read next: `words.rs`.

use groundup_trace::{Event, Verb};

/// The meaning of the positions in a text or picture.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Axis {
    /// Nanoseconds since the loop's beginning.
    Time,
    /// Steps of tasks and runs of callbacks, in order.
    Order,
}

/// Returns true if a task takes a step, or a callback runs.
pub(crate) fn is_step(event: &Event) -> bool {
    matches!(event.verb, Verb::Step | Verb::Run { .. })
}

/// Returns round times from 0 up to `length` ns, with their labels in seconds.
pub(crate) fn ruler(length: u64) -> Vec<(u64, String)> {
    let (mut unit, mut places) = (10_u64.pow(9), 0);
    while unit > length.max(1) && unit > 1 {
        unit /= 10;
        places += 1;
    }
    while length / unit >= 10 {
        unit = unit.saturating_mul(10);
    }
    let every = match length / unit {
        0..=1 if unit >= 10 => {
            places += 1;
            unit / 5
        }
        0..=3 if unit >= 10 => {
            places += usize::from(unit <= 10_u64.pow(9));
            unit / 2
        }
        0..=6 => unit,
        _ => unit.saturating_mul(2),
    };
    let label = |at: u64| format!("{:.places$}", at as f64 / 1e9);
    let marks = (0..=length / every).map(|n| n * every);
    marks.map(|at| (at, label(at))).collect()
}
