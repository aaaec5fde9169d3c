//! Counts the calls of each task for something that goes first.
//!
//! The problem: a `select` must begin with one of its futures, and no future may always be the
//! first. A count modulo the number of futures has a period. A loop with two selects in each pass
//! takes every second count, and a select of two would always begin with the same future. So
//! the answer to call k is the fractional part of k times the golden ratio, times the number of
//! options. Its multiples are never near a whole number for long:
//!
//! ```text
//!   call        0     1     2     3     4     5     6     7
//!   part of 1   .00   .62   .24   .85   .47   .09   .71   .33
//!   of two      0     1     0     1     0     0     1     0
//!   of three    0     1     0     2     1     0     2     0
//! ```
//!
//! A task has a count of its own, so that the selects of other tasks do not change its order. There
//! are 64 counts, by the number of the task's slot; more tasks share them.
//!
//! Invariants:
//! 1. In 2 n calls of a task each of n options is the answer at least once.
//! 2. A caller that comes in every d-th call gets each option at least once in 2 n + 7 d of its calls.
//! 3. The answers depend on the program alone: a run can be repeated, and watching changes none.
//!
//! Read next: `locals.rs`, the first part above the core.

use std::cell::Cell;

use crate::core::Core;

const COUNTS: usize = 64;

/// The counts of calls, one for each task of up to 64.
pub(super) struct Starts([Cell<u32>; COUNTS]);

impl Default for Starts {
    fn default() -> Self {
        Starts([const { Cell::new(0) }; COUNTS])
    }
}

impl Core {
    /// Returns the option that goes first in this call of the running task.
    #[inline]
    pub(crate) fn next_start(&self, options: usize) -> usize {
        let count = &self.starts.0[self.current().index() as usize % COUNTS];
        let call = count.get();
        count.set(call.wrapping_add(1));
        start_of(call, options)
    }
}

/// Returns the answer to a call with this number.
// Speed: select2. Two products, and no division.
#[inline]
fn start_of(call: u32, options: usize) -> usize {
    const GOLDEN: u32 = 0x9E37_79B9; // the fractional part of the golden ratio, times 2^32
    let part = u64::from(call.wrapping_mul(GOLDEN));
    ((part * options as u64) >> 32) as usize
}

#[cfg(test)]
#[path = "../../tests/unit/starts.rs"]
mod tests;
