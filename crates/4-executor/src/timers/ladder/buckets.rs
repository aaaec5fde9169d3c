//! Places timers in buckets, which cover more time the further away.
//!
//! The problem: setting a timer must cost the same whether ten are set or a million, and
//! whether it is due in a second or in a week. So it goes unsorted into one of 64 buckets
//! of one of eight levels, which together reach over all of 584 years:
//!
//! ```text
//!   slice of the timer   ...000101 000000 110010 011001
//!   the present slice    ...000101 000000 011100 010111
//!                                         ^^^^^^
//!   six bits are a digit of base 64; the highest digit in which they differ
//!   is digit 1: level 1, and the bucket is the timer's own digit: 110010
//! ```
//!
//! When the time enters a bucket, the present slice agrees with the bucket in that digit. So
//! every record of the bucket differs in a lower digit, or in none: it moves at least one
//! level down.
//!
//! Invariants:
//! 1. In each level only buckets after the present one hold records.
//! 2. Lower levels are due first.
//! 3. A bucket keeps its records in the order in which they were set.
//!
//! Read next: `timers/ladder/due.rs`.

use super::{BUCKETS, Ladder, Level, SLICE_BITS, TimerId, TimerRecord};

impl Level {
    #[cold]
    fn new() -> Self {
        Level {
            occupied: 0,
            buckets: Box::new([const { Vec::new() }; BUCKETS]),
        }
    }
}

impl Ladder {
    #[inline(always)]
    pub(super) fn place(&mut self, when: u64, id: TimerId) {
        let slice = when >> SLICE_BITS;
        if slice <= self.slice {
            return self.place_now(when, id);
        }
        let level = (slice ^ self.slice).ilog2() / 6;
        let at = self.levels[level as usize].get_or_insert_with(Level::new);
        let bucket = (slice >> (6 * level)) as usize % BUCKETS;
        at.occupied |= 1 << bucket;
        at.buckets[bucket].push(TimerRecord { when, id });
    }

    /// Returns the first bucket after the present slice: its level, its number, and the slice
    /// at which it begins. Lower levels come first.
    pub(super) fn first_bucket(&self) -> Option<(usize, usize, u64)> {
        for (level, slot) in self.levels.iter().enumerate() {
            let Some(at) = slot else { continue };
            let here = (self.slice >> (6 * level)) as usize % BUCKETS;
            let later = at.occupied & (!0u64).checked_shl(here as u32 + 1).unwrap_or(0);
            if later != 0 {
                let bucket = later.trailing_zeros() as usize;
                let above = self.slice >> (6 * (level + 1));
                let start = ((above << 6) | bucket as u64) << (6 * level);
                return Some((level, bucket, start));
            }
        }
        None
    }

    /// Returns a time before which no timer is due; `None` if no timer is set. The time is
    /// exact within the present slice; otherwise it is the beginning of the first bucket.
    pub(crate) fn not_before(&mut self) -> Option<u64> {
        if self.len() == 0 {
            return None;
        }
        if let Some((when, _)) = self.head() {
            return Some(when);
        }
        let (_, _, start) = self.first_bucket()?;
        Some(start << SLICE_BITS)
    }

    /// Returns the first deadline, exactly, and moves the present slice to it.
    pub(crate) fn first(&mut self) -> Option<u64> {
        loop {
            if let Some((when, _)) = self.head() {
                return Some(when);
            }
            if !self.enter_next(u64::MAX) {
                return None;
            }
        }
    }

    /// Enters the first bucket if it begins at the slice `limit` or before, and places its
    /// living records again. Returns false if there is no such bucket.
    pub(super) fn enter_next(&mut self, limit: u64) -> bool {
        let Some((level, bucket, start)) = self.first_bucket() else {
            return false;
        };
        if start > limit {
            return false;
        }
        self.slice = start;
        let Some(at) = self.levels[level].as_mut() else {
            return false;
        };
        at.occupied &= !(1 << bucket);
        let mut records = std::mem::take(&mut at.buckets[bucket]);
        self.place_again(&mut records);
        // The empty bucket keeps its memory for the next time round, if it is small.
        if records.capacity() <= BUCKETS
            && let Some(at) = self.levels[level].as_mut()
            && at.buckets[bucket].capacity() == 0
        {
            at.buckets[bucket] = records;
        }
        true
    }

    /// Gives the memory of the served records back, if they are more than half of the list.
    fn forget_served(&mut self) {
        if 2 * self.served > self.due.len() {
            self.due.drain(..std::mem::take(&mut self.served));
        }
    }

    fn place_again(&mut self, records: &mut Vec<TimerRecord>) {
        self.forget_served();
        let sorted = self.due.len();
        for record in records.drain(..) {
            if !self.contains(record.id) {
                self.records -= 1;
            } else if record.when >> SLICE_BITS <= self.slice {
                self.due.push(record);
            } else {
                self.place(record.when, record.id);
            }
        }
        // A bucket keeps the order of setting, and a stable sort keeps it among equal deadlines.
        self.due[sorted..].sort_by_key(|record| record.when);
    }
}
