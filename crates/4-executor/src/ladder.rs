//! A discussion about time: timers that are mostly never due.
//!
//! The problem: most timers are timeouts, and most timeouts are cancelled. A
//! sorted structure pays for an order that nobody will ask for. So timers are
//! thrown into buckets by how far away they are, the further the coarser, and
//! sorted only when their millisecond comes.
//!
//! ```text
//!   now                                                       far away
//!    | sorted  |  level 0: 64 buckets |  level 1: 64   | ... |  far
//!    |  exact  |  of 1 tick           |  of 64 ticks   |     |  (> 13 days)
//!    |<------->|   a tick is 2^20 ns, about a millisecond
//! ```
//!
//! A timer's level is the highest group of six bits in which its tick differs
//! from the present one. When time enters a bucket, what is alive in it is placed
//! anew, which puts it at least one level lower, and at last among what is due in
//! the present tick, sorted. Only what is set for the present tick itself, out of
//! order, needs a heap.
//!
//! Cancelling gives the timer's number to somebody else and leaves the entry
//! where it is; an entry whose number has moved on is dropped when it is met. If
//! the dead outnumber the living, all buckets are swept.
//!
//! Invariants:
//! 1. Timers fire in the order of their deadlines, and timers with equal
//!    deadlines in the order in which they were set (T02, T03). Buckets keep
//!    insertion order: what comes from above was set before anything that is put
//!    in directly, so no sequence number needs to be stored.
//! 2. No timer fires before its deadline (T04).
//! 3. Memory is proportional to the living timers, however many were cancelled.
//!
//! Read next: `timers.rs`, which gives the ladder to the loop.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// How many bits of the time are below a tick: 2^20 ns are about a millisecond.
const TICK_BITS: u32 = 20;
const LEVELS: usize = 5;
const BUCKETS: usize = 64;
/// The levels reach as far as ticks agree above this many bits.
const WINDOW_BITS: u32 = 6 * LEVELS as u32;
/// As many dead entries more than living ones are left lying about.
const SLACK: usize = 1024;

/// A timer: its number and how often the number had been given before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TimerId {
    pub(crate) number: u32,
    pub(crate) generation: u32,
}

#[derive(Clone, Copy)]
struct Entry {
    when: u64,
    id: TimerId,
}

/// One per number: is it alive, and what is to be done when it fires.
struct Card {
    generation: u32,
    payload: u64,
}

struct Level {
    occupied: u64,
    buckets: Box<[Vec<Entry>]>,
}

/// Timers with a payload of 64 bits.
pub(crate) struct Ladder {
    /// The tick up to which everything is in the heap.
    tick: u64,
    /// What came out of buckets for the present tick, sorted; up to `served` it
    /// has been dealt with.
    due: Vec<Entry>,
    served: usize,
    /// What was set for the present tick since: `(when, order of arrival, timer)`.
    heap: BinaryHeap<Reverse<(u64, u64, u32, u32)>>,
    arrivals: u64,
    levels: [Option<Level>; LEVELS],
    far: Vec<Entry>,
    cards: Vec<Card>,
    vacant: Vec<u32>,
    /// Entries, dead or alive, in heap, buckets and far.
    entries: usize,
}

impl Ladder {
    pub(crate) fn new() -> Self {
        Ladder {
            tick: 0,
            due: Vec::new(),
            served: 0,
            heap: BinaryHeap::new(),
            arrivals: 0,
            levels: [const { None }; LEVELS],
            far: Vec::new(),
            cards: Vec::new(),
            vacant: Vec::new(),
            entries: 0,
        }
    }

    /// How many timers are set.
    pub(crate) fn len(&self) -> usize {
        self.cards.len() - self.vacant.len()
    }

    /// How many entries are kept, those of cancelled timers included.
    #[cfg(test)]
    fn entries(&self) -> usize {
        self.entries
    }

    /// Sets a timer.
    #[inline]
    pub(crate) fn insert(&mut self, when: u64, payload: u64) -> TimerId {
        let id = if let Some(number) = self.vacant.pop() {
            let card = &mut self.cards[number as usize];
            card.payload = payload;
            TimerId {
                number,
                generation: card.generation,
            }
        } else {
            let number = u32::try_from(self.cards.len()).expect("fewer than 2^32 timers");
            self.cards.push(Card {
                generation: 0,
                payload,
            });
            TimerId {
                number,
                generation: 0,
            }
        };
        self.entries += 1;
        self.place(Entry { when, id });
        id
    }

    /// Whether a timer is still set.
    #[inline]
    pub(crate) fn contains(&self, id: TimerId) -> bool {
        self.cards
            .get(id.number as usize)
            .is_some_and(|card| card.generation == id.generation)
    }

    /// The payload of a timer, to change it.
    pub(crate) fn payload_mut(&mut self, id: TimerId) -> Option<&mut u64> {
        let card = self.cards.get_mut(id.number as usize)?;
        (card.generation == id.generation).then_some(&mut card.payload)
    }

    /// Takes a timer back; its payload, if it was still set.
    #[inline]
    pub(crate) fn cancel(&mut self, id: TimerId) -> Option<u64> {
        let payload = self.retire(id)?;
        if self.entries > 2 * self.len() + SLACK {
            self.sweep();
        }
        Some(payload)
    }

    /// Ends a timer's number: the entries that bear it are dead from now on.
    #[inline]
    fn retire(&mut self, id: TimerId) -> Option<u64> {
        let card = self.cards.get_mut(id.number as usize)?;
        if card.generation != id.generation {
            return None;
        }
        card.generation = card.generation.wrapping_add(1);
        self.vacant.push(id.number);
        Some(card.payload)
    }

    #[inline]
    fn place(&mut self, entry: Entry) {
        let tick = entry.when >> TICK_BITS;
        if tick <= self.tick {
            return self.place_now(entry);
        }
        let level = (tick ^ self.tick).ilog2() / 6;
        match self.levels.get_mut(level as usize) {
            None => self.far.push(entry),
            Some(slot) => {
                let level_of = || Level {
                    occupied: 0,
                    buckets: vec![Vec::new(); BUCKETS].into(),
                };
                let at = slot.get_or_insert_with(level_of);
                let bucket = (tick >> (6 * level)) as usize % BUCKETS;
                at.occupied |= 1 << bucket;
                at.buckets[bucket].push(entry);
            }
        }
    }

    /// An entry of the present tick: behind the sorted ones if it belongs there.
    fn place_now(&mut self, entry: Entry) {
        let last = self.due.last();
        if self.heap.is_empty() && last.is_none_or(|last| last.when <= entry.when) {
            return self.due.push(entry);
        }
        let TimerId { number, generation } = entry.id;
        let item = (entry.when, self.arrivals, number, generation);
        self.heap.push(Reverse(item));
        self.arrivals += 1;
    }

    /// The first bucket after the present tick: its level, its number, the tick
    /// at which it begins. Lower levels come first.
    fn first_bucket(&self) -> Option<(usize, usize, u64)> {
        for (level, slot) in self.levels.iter().enumerate() {
            let Some(at) = slot else { continue };
            let here = (self.tick >> (6 * level)) as usize % BUCKETS;
            let later = at.occupied & (!0u64).checked_shl(here as u32 + 1).unwrap_or(0);
            if later != 0 {
                let bucket = later.trailing_zeros() as usize;
                let above = self.tick >> (6 * (level + 1));
                let start = ((above << 6) | bucket as u64) << (6 * level);
                return Some((level, bucket, start));
            }
        }
        None
    }

    /// A time before which no timer is due: exact within the present tick,
    /// otherwise the beginning of the first bucket. `None` if no timer is set.
    pub(crate) fn not_before(&mut self) -> Option<u64> {
        if self.len() == 0 {
            return None;
        }
        if let Some((when, _)) = self.head() {
            return Some(when);
        }
        if let Some((_, _, start)) = self.first_bucket() {
            return Some(start << TICK_BITS);
        }
        self.far.iter().map(|entry| entry.when).min()
    }

    /// The first deadline, exactly. Moves the present tick to it.
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

    /// The first living timer of the present tick, and whether it is a sorted one.
    /// Of two with the same deadline the sorted one was set earlier.
    #[inline]
    fn head(&mut self) -> Option<(u64, bool)> {
        self.drop_dead_heads();
        let sorted = self.due.get(self.served).map(|entry| entry.when);
        let heaped = self.heap.peek().map(|Reverse((when, ..))| *when);
        match (sorted, heaped) {
            (Some(sorted), Some(heaped)) if heaped < sorted => Some((heaped, false)),
            (Some(sorted), _) => Some((sorted, true)),
            (None, Some(heaped)) => Some((heaped, false)),
            (None, None) => None,
        }
    }

    #[inline]
    fn drop_dead_heads(&mut self) {
        while let Some(entry) = self.due.get(self.served) {
            if self.contains(entry.id) {
                break;
            }
            self.serve();
        }
        while let Some(Reverse((_, _, number, generation))) = self.heap.peek() {
            let (number, generation) = (*number, *generation);
            if self.contains(TimerId { number, generation }) {
                break;
            }
            self.heap.pop();
            self.entries -= 1;
        }
    }

    /// The first sorted entry is dealt with.
    #[inline]
    fn serve(&mut self) {
        self.entries -= 1;
        self.served += 1;
        if self.served == self.due.len() {
            self.due.clear();
            self.served = 0;
        }
    }

    /// Enters the first bucket, if it begins at `limit` or before: what is alive
    /// in it is placed anew. False if there is none.
    fn enter_next(&mut self, limit: u64) -> bool {
        let Some((level, bucket, start)) = self.first_bucket() else {
            return self.enter_far(limit);
        };
        if start > limit {
            return false;
        }
        self.tick = start;
        let Some(at) = self.levels[level].as_mut() else {
            return false;
        };
        at.occupied &= !(1 << bucket);
        let mut entries = std::mem::take(&mut at.buckets[bucket]);
        self.place_again(&mut entries);
        // The empty bucket keeps its memory for the next time round, if it is small.
        if entries.capacity() <= BUCKETS
            && let Some(at) = self.levels[level].as_mut()
            && at.buckets[bucket].capacity() == 0
        {
            at.buckets[bucket] = entries;
        }
        true
    }

    /// Nothing is nearer than what is further than all levels.
    fn enter_far(&mut self, limit: u64) -> bool {
        let Some(first) = self.far.iter().map(|entry| entry.when >> TICK_BITS).min() else {
            return false;
        };
        if first > limit {
            return false;
        }
        self.tick = self.tick.max(first);
        let mut far = std::mem::take(&mut self.far);
        self.place_again(&mut far);
        true
    }

    fn place_again(&mut self, entries: &mut Vec<Entry>) {
        let sorted = self.due.len();
        for entry in entries.drain(..) {
            if !self.contains(entry.id) {
                self.entries -= 1;
            } else if entry.when >> TICK_BITS <= self.tick {
                self.due.push(entry);
            } else {
                self.place(entry);
            }
        }
        // A bucket keeps the order of setting, and so does a stable sort.
        self.due[sorted..].sort_by_key(|entry| entry.when);
    }

    /// Ends every timer that is due at `now` and gives its payload to `fire`, in
    /// order.
    pub(crate) fn fire_due(&mut self, now: u64, mut fire: impl FnMut(TimerId, u64)) {
        let tick = now >> TICK_BITS;
        while self.enter_next(tick) {}
        let window = self.tick >> WINDOW_BITS;
        self.tick = self.tick.max(tick);
        if self.tick >> WINDOW_BITS != window && !self.far.is_empty() {
            // What was further than all levels may be near now.
            let mut far = std::mem::take(&mut self.far);
            self.place_again(&mut far);
        }
        while let Some((_, sorted)) = self.head().filter(|(when, _)| *when <= now) {
            let id = if sorted {
                let id = self.due[self.served].id;
                self.serve();
                id
            } else {
                let Some(Reverse((_, _, number, generation))) = self.heap.pop() else {
                    break;
                };
                self.entries -= 1;
                TimerId { number, generation }
            };
            if let Some(payload) = self.retire(id) {
                fire(id, payload);
            }
        }
    }

    /// Drops every dead entry.
    #[cold]
    fn sweep(&mut self) {
        let cards = &self.cards;
        let alive = |id: TimerId| cards[id.number as usize].generation == id.generation;
        self.heap.retain(|Reverse((_, _, number, generation))| {
            alive(TimerId {
                number: *number,
                generation: *generation,
            })
        });
        self.heap.shrink_to(2 * self.heap.len());
        self.far.retain(|entry| alive(entry.id));
        self.due.drain(..self.served);
        self.served = 0;
        self.due.retain(|entry| alive(entry.id));
        self.due.shrink_to(2 * self.due.len());
        let mut entries = self.due.len() + self.heap.len() + self.far.len();
        for level in self.levels.iter_mut().flatten() {
            for (bucket, list) in level.buckets.iter_mut().enumerate() {
                list.retain(|entry| alive(entry.id));
                list.shrink_to(2 * list.len());
                if list.is_empty() {
                    level.occupied &= !(1 << bucket);
                }
                entries += list.len();
            }
        }
        self.entries = entries;
    }

    /// Takes every timer out, in no order.
    pub(crate) fn clear(&mut self) {
        *self = Ladder {
            cards: Vec::new(),
            ..Ladder::new()
        };
    }
}

#[cfg(test)]
#[path = "ladder_tests.rs"]
mod tests;
