//! The present slice: the only timers that are sorted.
//!
//! The problem: within a millisecond timers fire in the order of their deadlines, to the
//! nanosecond, and equal ones in the order in which they were set. A bucket is sorted once,
//! when it is entered. A timer that is set for the present slice afterwards mostly belongs
//! behind the sorted records; otherwise it goes into a heap.
//!
//! ```text
//!   due    [ served | 3.1  3.4  3.4  3.9 ]   <- set for 3.9: behind
//!                     ^ head
//!   heap   ( 3.2  3.7 )                      <- set for 3.2: into the heap
//! ```
//!
//! Invariants:
//! 1. `due` is sorted, and among equal deadlines in the order of setting.
//! 2. Of two equal deadlines, one in `due` and one in the heap, the one in `due`
//!    was set earlier.
//! 3. Nothing here is later than anything in the levels.
//!
//! Read next: `timers/ladder/next_wake.rs`.

use std::cmp::Reverse;

use super::{FIRED, HeapRecord, Ladder, SLICE_BITS, TimerId, TimerRecord};

impl Ladder {
    /// Places a record of the present slice: behind the sorted ones if it belongs there.
    pub(super) fn place_now(&mut self, when: u64, id: TimerId) {
        let last = self.due.last();
        if self.heap.is_empty() && last.is_none_or(|last| last.when <= when) {
            return self.due.push(TimerRecord { when, id });
        }
        let arrival = self.arrivals;
        self.heap.push(Reverse(HeapRecord { when, arrival, id }));
        self.arrivals += 1;
    }

    /// Returns the first deadline of the present slice, and true if it is of a sorted record.
    /// Of two equal deadlines the sorted record was set earlier, so it comes first.
    #[inline]
    pub(super) fn head(&mut self) -> Option<(u64, bool)> {
        self.drop_dead_heads();
        let sorted = self.due.get(self.served).map(|record| record.when);
        let heaped = self.heap.peek().map(|Reverse(late)| late.when);
        match (sorted, heaped) {
            (Some(sorted), Some(heaped)) if heaped < sorted => Some((heaped, false)),
            (Some(sorted), _) => Some((sorted, true)),
            (None, Some(heaped)) => Some((heaped, false)),
            (None, None) => None,
        }
    }

    #[inline]
    fn drop_dead_heads(&mut self) {
        while let Some(record) = self.due.get(self.served) {
            if self.contains(record.id) {
                break;
            }
            self.serve();
        }
        while let Some(Reverse(late)) = self.heap.peek() {
            if self.contains(late.id) {
                break;
            }
            self.heap.pop();
            self.records -= 1;
        }
    }

    /// Marks the first sorted record as done.
    #[inline]
    fn serve(&mut self) {
        self.records -= 1;
        self.served += 1;
        if self.served == self.due.len() {
            self.due.clear();
            self.served = 0;
        }
    }

    /// Fires every timer that is due at `now`, in order: calls `fire` with its payload. If
    /// `fire` returns true, the timer is to be redeemed later; otherwise its number is free.
    /// Returns the earliest deadline that was due, or `now`.
    pub(crate) fn fire_due(&mut self, now: u64, mut fire: impl FnMut(TimerId, u64) -> bool) -> u64 {
        let mut earliest = now;
        let slice = now >> SLICE_BITS;
        while self.enter_next(slice) {}
        self.slice = self.slice.max(slice);
        while let Some((when, sorted)) = self.head().filter(|(when, _)| *when <= now) {
            earliest = earliest.min(when);
            let id = if sorted {
                let id = self.due[self.served].id;
                self.serve();
                id
            } else {
                let Some(Reverse(late)) = self.heap.pop() else {
                    break;
                };
                self.records -= 1;
                late.id
            };
            let Some(state) = self.numbers.get_mut(id.number as usize) else {
                break;
            };
            self.alive -= 1;
            if fire(id, state.payload) {
                state.generation |= FIRED;
            } else {
                state.vacate(id, &mut self.vacant);
            }
        }
        earliest
    }
}
