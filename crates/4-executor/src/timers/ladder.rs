//! The ladder: timers sorted when their millisecond comes, not before.
//!
//! The problem: most timers are timeouts, and most timeouts are cancelled. To sort a timer
//! that is cancelled later is work for nothing. So timers are in buckets, unsorted
//! (`ladder/buckets.rs`). A bucket covers more time the further away it is. A timer is sorted
//! when its millisecond comes (`ladder/due.rs`).
//!
//! ```text
//!   now
//!    | sorted   |  level 0: 64 buckets |  level 1: 64   | ... |  level 7: 4 buckets
//!    | 1 slice  |  of 1 slice          |  of 64 slices  |     |  of 146 years
//!
//!   A slice is 2^20 ns of the loop's time, about a millisecond.
//! ```
//!
//! To get the number of a time's slice, drop the last 20 bits of the time in ns. Write this number
//! and that of the present slice in base 64. The highest position at which their digits differ is the
//! level of the timer, the last position being 0, and the timer's digit there is the number of its bucket
//! (picture in `ladder/buckets.rs`). If the present slice is 64·5 + 60, a timer of slice 64·7 + 2 is on
//! level 1, in bucket 7. Eight levels hold all times that a `u64` of ns has. When the time enters a
//! bucket, the records of its timers are placed again, each at least one level lower.
//!
//! Two places hold the records of the present slice: `due`, a sorted list, and a small heap. The
//! records that come out of a bucket are sorted into `due`. A timer that is set for the present
//! slice is appended to `due` if the heap is empty and no record of `due` has a later deadline;
//! otherwise it goes into the heap.
//!
//! A record holds the number of its timer and a generation. A table stores the present generation
//! of each number, so a record of an earlier timer is recognised. The generation is odd while a timer
//! has fired and has not woken its task, and even otherwise. Each new timer of a number has the next
//! even generation (picture in `ladder/numbers.rs`).
//!
//! A cancel makes the number free for another timer, and leaves the record where it is: to find the record, the
//! table would have to be written at each move of a record. A record whose number has a later generation is
//! dead, and the ladder drops it when it meets it, or when a cancel leaves over 1,024 more dead than living ones.
//!
//! Invariants:
//! 1. Timers fire in the order of their deadlines, and timers with equal deadlines in the
//!    order in which they were set. Buckets keep the order of setting: records move down only when
//!    the time enters their bucket. The lower buckets are empty until then, so a timer that is set
//!    later is appended behind them. The heap stores the order as a number (`arrival`).
//! 2. No timer fires before its deadline.
//! 3. After each cancel there are at most twice as many records as timers that are set, and 1,024
//!    more. A number has 16 bytes, which are never freed. Not counting retired numbers, there are at most
//!    as many as timers were alive at one time. A fired timer is alive until its wake is redeemed.
//!
//! Access: the timers of a loop see the methods and nothing of the structure. `ladder/buckets.rs` places
//! records and moves them down, `ladder/due.rs` sorts and serves the present slice,
//! `ladder/next_wake.rs` says when to wake, this page gives out numbers, `ladder/numbers.rs` frees them.
//!
//! Read next: `iteration.rs`, which fires the timers. Second reading: `timers/ladder/numbers.rs`.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use groundup_task::TimerWord;

mod buckets;
mod due;
mod next_wake;
mod numbers;

pub(crate) use next_wake::NextWake;
use next_wake::RESOLUTION;
use numbers::{FIRED, FIRST, NumberState, RETIRED};
pub(crate) use numbers::{GENERATION, TimerId};

/// Number of bits of the time below a slice: 2^20 ns are about a millisecond.
const SLICE_BITS: u32 = 20;
const BUCKETS: usize = 64;
/// Levels for every slice: each has six of the 44 bits of its number.
const LEVELS: usize = (64 - SLICE_BITS as usize).div_ceil(6);
/// Dead records may exceed the living ones by this many before they are dropped.
const SLACK: usize = 1024;

/// The place of a timer in the ladder.
#[derive(Clone, Copy)]
struct TimerRecord {
    when: u64,
    id: TimerId,
}

/// A timer in the heap. The derived `Ord` compares the deadline first and then the arrival, so the
/// smallest one fires first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct HeapRecord {
    when: u64,
    /// Order of arrival, of timers with equal deadlines.
    arrival: u64,
    id: TimerId,
}

struct Level {
    occupied: u64,
    buckets: Box<[Vec<TimerRecord>; BUCKETS]>,
}

/// A queue of timers, each with a payload of 64 bits.
pub(super) struct Ladder {
    /// The present slice: the records up to it are in `due` and in the heap.
    slice: u64,
    /// Sorted records of the present slice: the records out of buckets, and timers set since that
    /// belong behind these. The records before `served` have fired or are dead.
    due: Vec<TimerRecord>,
    served: usize,
    /// Timers that were set for the present slice and were not appended to `due`: a record of `due`
    /// has a later deadline, or the heap was not empty.
    heap: BinaryHeap<Reverse<HeapRecord>>,
    arrivals: u64,
    levels: [Option<Level>; LEVELS],
    numbers: Vec<NumberState>,
    /// Head of the list of free numbers, which is linked through their payloads. `u32::MAX`
    /// if the list is empty.
    vacant: u32,
    alive: u32,
    /// Number of records, dead or alive, in `due`, heap and buckets.
    records: usize,
    /// Deadlines within this many ns may be served by one wake of a real clock.
    resolution: u64,
}

impl Ladder {
    pub(crate) fn new() -> Self {
        Ladder {
            slice: 0,
            due: Vec::new(),
            served: 0,
            heap: BinaryHeap::new(),
            arrivals: 0,
            levels: [const { None }; LEVELS],
            numbers: Vec::new(),
            vacant: u32::MAX,
            alive: 0,
            records: 0,
            resolution: RESOLUTION,
        }
    }

    /// Returns the number of timers that are set.
    pub(crate) fn len(&self) -> usize {
        self.alive as usize
    }

    /// Returns the number of records, the dead ones included.
    #[cfg(test)]
    fn records(&self) -> usize {
        self.records
    }

    /// Sets a timer.
    #[inline(always)]
    pub(crate) fn insert(&mut self, when: u64, payload: u64) -> TimerId {
        let number = self.vacant;
        let id = match self.numbers.get_mut(number as usize) {
            Some(state) => {
                self.vacant = std::mem::replace(&mut state.payload, payload) as u32;
                let generation = state.generation;
                TimerId { number, generation }
            }
            None => self.first_of_number(payload),
        };
        self.alive += 1;
        self.records += 1;
        self.place(when, id);
        id
    }

    #[cold]
    fn first_of_number(&mut self, payload: u64) -> TimerId {
        let number = u32::try_from(self.numbers.len()).expect("fewer than 2^32 timers");
        let generation = FIRST;
        self.numbers.push(NumberState {
            generation,
            payload,
        });
        TimerId { number, generation }
    }

    /// Returns true if a timer is still set.
    #[inline]
    pub(crate) fn contains(&self, id: TimerId) -> bool {
        self.numbers
            .get(id.number as usize)
            .is_some_and(|state| state.generation == id.generation)
    }

    /// Returns true if a timer is not set any more. If it has fired and was not redeemed, frees its
    /// number: the caller needs no deferred wake.
    #[inline]
    pub(crate) fn free_if_over(&mut self, id: TimerId) -> bool {
        let Some(state) = self.numbers.get_mut(id.number as usize) else {
            return true;
        };
        if state.generation == id.generation {
            return false;
        }
        state.free_fired(id, &mut self.vacant);
        true
    }

    /// Returns the payload of a timer that is set, to change it.
    pub(crate) fn payload_mut(&mut self, id: TimerId) -> Option<&mut u64> {
        let state = self.numbers.get_mut(id.number as usize)?;
        (state.generation == id.generation).then_some(&mut state.payload)
    }

    /// Cancels a timer. Returns its payload if it was still set. If it has fired, returns `None`,
    /// and its deferred wake wakes no task.
    #[inline]
    pub(crate) fn cancel(&mut self, id: TimerId) -> Option<u64> {
        let state = self.numbers.get_mut(id.number as usize)?;
        if state.generation != id.generation {
            state.free_fired(id, &mut self.vacant);
            return None;
        }
        let payload = state.vacate(id, &mut self.vacant);
        self.alive -= 1;
        if self.records > 2 * self.len() + SLACK {
            self.drop_dead();
        }
        Some(payload)
    }

    /// Redeems a fired timer, which the word of its deferred wake names, and returns its
    /// payload. Returns `None` if the timer was redeemed or cancelled before.
    #[inline]
    pub(crate) fn redeem(&mut self, word: TimerWord) -> Option<u64> {
        let state = self.numbers.get_mut(word.number() as usize)?;
        let id = state.fired_by(word)?;
        Some(state.vacate(id, &mut self.vacant))
    }

    /// Returns the payload of a fired timer that was neither redeemed nor cancelled.
    pub(crate) fn fired(&self, word: TimerWord) -> Option<u64> {
        let state = self.numbers.get(word.number() as usize)?;
        state.fired_by(word).map(|_| state.payload)
    }

    /// Drops every dead record.
    #[cold]
    fn drop_dead(&mut self) {
        let numbers = &self.numbers;
        let alive = |id: TimerId| numbers[id.number as usize].generation == id.generation;
        self.heap.retain(|Reverse(late)| alive(late.id));
        self.heap.shrink_to(2 * self.heap.len());
        self.due.drain(..self.served);
        self.served = 0;
        self.due.retain(|record| alive(record.id));
        self.due.shrink_to(2 * self.due.len());
        let mut records = self.due.len() + self.heap.len();
        for level in self.levels.iter_mut().flatten() {
            let mut occupied = level.occupied;
            while occupied != 0 {
                let bucket = occupied.trailing_zeros() as usize;
                occupied &= occupied - 1;
                let list = &mut level.buckets[bucket];
                list.retain(|record| alive(record.id));
                // Speed: timer_drop. `enter_next` leaves the same capacity in a bucket.
                list.shrink_to(BUCKETS.max(2 * list.len()));
                if list.is_empty() {
                    level.occupied &= !(1 << bucket);
                }
                records += list.len();
            }
        }
        self.records = records;
    }

    /// Returns the timers that are set, with their deadlines. Equal deadlines stand in the order of setting.
    pub(crate) fn living(&self) -> Vec<(u64, TimerId)> {
        let pair = |record: &TimerRecord| (record.when, record.id);
        let mut living: Vec<_> = self.due[self.served..].iter().map(pair).collect();
        for level in self.levels.iter().flatten() {
            (level.buckets.iter()).for_each(|bucket| living.extend(bucket.iter().map(pair)));
        }
        let late = self.heap.clone().into_sorted_vec().into_iter().rev();
        living.extend(late.map(|Reverse(late)| (late.when, late.id)));
        living.retain(|(_, id)| self.contains(*id));
        living
    }

    /// Drops every timer. The generations go on, so no old handle fits a later timer.
    pub(crate) fn clear(&mut self) {
        let numbers = std::mem::take(&mut self.numbers);
        *self = Ladder {
            numbers,
            ..Ladder::new()
        };
        for (number, state) in (0..).zip(&mut self.numbers) {
            if state.generation != RETIRED {
                let generation = state.generation & !FIRED;
                state.vacate(TimerId { number, generation }, &mut self.vacant);
            }
        }
    }
}

#[cfg(test)]
#[path = "ladder_tests.rs"]
mod tests;
