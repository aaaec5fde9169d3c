//! The next wake: when a loop on a real clock wakes for its timers.
//!
//! The problem: ten thousand sleeps end within 200 ms. A loop that wakes at each deadline parks
//! thousands of times, and each park costs more than the timers do. So deadlines that lie close
//! together are served by one wake, at the next whole *resolution*. A deadline that has no other
//! near it keeps its nanosecond.
//!
//! ```text
//!   resolution    |               |               |
//!   deadlines       a    b    c                d
//!   wakes                         ^ a, b, c    ^ d
//! ```
//!
//! To know exactly whether a second deadline is near, the ladder would have to sort it. So this
//! page looks at a few records, and never more, however many there are. What it does not see costs
//! one wake more, or a delay below one resolution.
//!
//! Invariants:
//! 1. The wake is less than one resolution behind the first deadline. It may be before the
//!    deadline: then the loop wakes, sorts a bucket, and computes the next wake.
//! 2. If one timer is set, the wake is at its deadline.
//! 3. To compute the wake, the ladder looks at eight records at most.
//!
//! Read next: `timers/trace_numbers.rs`.

use std::cmp::Reverse;

use super::{Ladder, SLICE_BITS};

/// The resolution of a loop whose builder does not set one, in ns: 1 ms.
pub(super) const RESOLUTION: u64 = 1_000_000;
/// Number of records of a list that are looked at.
const GLANCE: usize = 4;

/// When to wake for the timers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NextWake {
    /// A lower bound of the first deadline.
    pub(crate) first: u64,
    /// When to wake, if the loop sleeps.
    pub(crate) wake: u64,
}

impl NextWake {
    /// Returns the wake for a deadline that is known exactly.
    fn at(when: u64) -> Self {
        let (first, wake) = (when, when);
        NextWake { first, wake }
    }
}

/// Returns the next whole multiple of `resolution`, or `when` itself if it is one. The resolution
/// 0 leaves every deadline as it is.
fn whole(when: u64, resolution: u64) -> u64 {
    when.checked_next_multiple_of(resolution).unwrap_or(when)
}

impl Ladder {
    /// Sets the resolution, in ns.
    pub(crate) fn set_resolution(&mut self, resolution: u64) {
        self.resolution = resolution;
    }

    /// Returns when to wake; `None` if no timer is set. A clock that jumps asks for the first deadline
    /// `exactly`.
    pub(crate) fn next_wake(&mut self, exactly: bool) -> Option<NextWake> {
        if exactly {
            return self.first().map(NextWake::at);
        }
        let resolution = self.resolution;
        if self.len() == 0 {
            return None;
        }
        if let Some((first, _)) = self.head() {
            let end = whole(first, resolution);
            let wake = if self.another_until(first, end) {
                end
            } else {
                first
            };
            return Some(NextWake { first, wake });
        }
        let (level, bucket, start) = self.first_bucket()?;
        let first = start << SLICE_BITS;
        let level_of = self.levels[level].as_ref();
        let records = level_of.map_or(&[][..], |level| &level.buckets[bucket]);
        let mut alive = records
            .iter()
            .take(GLANCE)
            .filter(|record| self.contains(record.id));
        Some(match (alive.next(), alive.next()) {
            (Some(only), None) if records.len() <= GLANCE => NextWake::at(only.when),
            (Some(_), Some(_)) if level == 0 => NextWake {
                first,
                wake: whole(first, resolution),
            },
            _ => NextWake::at(first),
        })
    }

    /// Returns true if, among the records looked at, a timer of the present slice is due after
    /// `first` and not after `end`.
    fn another_until(&self, first: u64, end: u64) -> bool {
        let sorted = self.due[self.served..].iter().take(GLANCE);
        let heaped = self.heap.as_slice().iter().take(GLANCE);
        let mut near = sorted
            .map(|record| (record.when, record.id))
            .chain(heaped.map(|Reverse(late)| (late.when, late.id)));
        near.any(|(when, id)| first < when && when <= end && self.contains(id))
    }
}

#[cfg(test)]
#[path = "../next_wake_tests.rs"]
mod tests;
