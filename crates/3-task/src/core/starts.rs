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
//! are 64 counts, by the number of the task's slot; more tasks share them. A count is kept as that
//! fractional part, so a call adds the golden ratio to it.
//!
//! A select asks for nothing else in most steps. So the counts of the loop that has counted last lie
//! in a thread-local, where a call needs no scheduler. The waker of the task has its ticket, and if
//! this ticket was counted last, the counts are those of its loop.
//!
//! ```text
//!   LAST   the ticket that was counted last ──> its loop is the one of the counts HERE
//!   HERE   64 counts of this loop            <──> AWAY, when another loop of the thread counts
//! ```
//!
//! Invariants:
//! 1. In 2 n calls of a task each of n options is the answer at least once.
//! 2. A caller that comes in every d-th call gets each option at least once in 2 n + 7 d of its calls.
//! 3. The answers depend on the program alone: a run can be repeated, and watching changes none.
//! 4. A loop has counts of its own, which begin with 0 and go with it.
//!
//! Read next: `locals.rs`, the first part above the core.

use std::array::from_fn;
use std::cell::{Cell, RefCell};
use std::mem::ManuallyDrop;

use crate::core::Core;
use crate::store::ticket::Ticket;

const COUNTS: usize = 64;
/// The fractional part of the golden ratio, times 2^32.
const GOLDEN: u32 = 0x9E37_79B9;

/// Stands for a ticket where none was counted. No loop has its loop field.
const NOBODY: Ticket = Ticket::from_bits(u64::MAX);

/// The counts of loops, each with the loop field.
type Away = Vec<(u64, [u32; COUNTS])>;

thread_local! {
    static LAST: Cell<Ticket> = const { Cell::new(NOBODY) };
    static HERE: [Cell<u32>; COUNTS] = const { [const { Cell::new(0) }; COUNTS] };
    /// The counts of the thread's other loops. Each loop takes its own away when it is dropped.
    static AWAY: RefCell<ManuallyDrop<Away>> = const { RefCell::new(ManuallyDrop::new(Vec::new())) };
}

/// Holds the place of a loop's counts in the thread-locals, by its loop field.
pub(super) struct Starts(u64);

impl Starts {
    pub(super) fn of(loop_field: u64) -> Self {
        Starts(loop_field)
    }

    /// Brings the counts of this loop here, in place of those of another loop or of none.
    #[cold]
    fn bring(&self, other: u64) {
        AWAY.with_borrow_mut(|away| {
            let own = away.iter().position(|counts| counts.0 == self.0);
            let own = own.map_or([0; COUNTS], |at| away.swap_remove(at).1);
            let before = HERE.with(|here| from_fn(|at| here[at].replace(own[at])));
            if other != NOBODY.loop_field() {
                away.push((other, before));
            }
        });
    }
}

impl Drop for Starts {
    fn drop(&mut self) {
        if LAST.get().loop_field() == self.0 {
            LAST.set(NOBODY);
        }
        AWAY.with_borrow_mut(|away| {
            away.retain(|counts| counts.0 != self.0);
            if away.is_empty() {
                **away = Vec::new(); // frees the buffer: the thread's end drops nothing
            }
        });
    }
}

/// Returns true if this was the ticket of the last call, so that its counts are here. The number in a
/// waker of another kind is no ticket of a task.
#[inline(always)]
pub(crate) fn was_last(ticket: Ticket) -> bool {
    LAST.get() == ticket
}

/// Counts a call of the ticket whose counts are here, and returns the option that goes first.
// Speed: select2_ready.
#[inline(always)]
pub(crate) fn next_of(ticket: Ticket, options: usize) -> usize {
    HERE.with(|here| {
        let count = &here[ticket.index() as usize % COUNTS];
        let part = count.get();
        count.set(part.wrapping_add(GOLDEN));
        start_of(part, options)
    })
}

impl Core {
    /// Brings the count of the running task here, and returns the ticket under which it is counted.
    /// Outside of a step, that is the one of slot 0 without a generation.
    #[inline(never)]
    pub(crate) fn bring_starts(&self) -> Ticket {
        let ticket = Ticket::from_bits(self.loop_field() | self.current().bits());
        let last = LAST.replace(ticket).loop_field();
        if last != self.loop_field() {
            self.starts.bring(last);
        }
        ticket
    }

    /// Returns the option that goes first in this call of the running task.
    #[inline]
    pub(crate) fn next_start(&self, options: usize) -> usize {
        next_of(self.bring_starts(), options)
    }
}

/// Returns the answer to a call with this fractional part.
#[inline]
fn start_of(part: u32, options: usize) -> usize {
    ((u64::from(part) * options as u64) >> 32) as usize
}

#[cfg(test)]
#[path = "../../tests/unit/starts.rs"]
mod tests;
