//! The table of slots: chunks that double, and slots that never move.
//!
//! The problem: a ticket must find its task in a few instructions, while tasks
//! come, go and spawn others in the middle of being polled. A `Vec` of tasks
//! would move them when it grows. Chunks do not: chunk `k` holds `1024 << k`
//! slots, is allocated once and stays, and growing copies nothing. An index says which
//! chunk and which place in it, so that finding a slot is two loads.
//!
//! ```text
//!             31   27 26                        0
//!   index    | chunk |           place           |
//!
//!   chunk        0            1            2         ...
//!   places   0 .. 1023    0 .. 2047    0 .. 4095
//! ```
//!
//! The first chunk is there from the start, and found without a look at the others: most
//! programs never have more tasks than it has slots. Vacant slots are a list: each names
//! the next in its `waiter`.
//!
//! Invariants:
//! 1. A slot keeps its address until the table is dropped.
//! 2. A slot on the list of vacant ones has `VACANT` in its key; a retired slot
//!    has it too, and is on no list.
//!
//! Read next: `store/slab.rs`, a table for what few slots have.

use std::cell::{Cell, OnceCell};

use crate::store::key::VACANT;
use crate::store::slot::Slot;

/// How many slots the first chunk has.
const FIRST: u32 = 1024;
/// An index is the number of a chunk, and a place in it of so many bits.
const OFFSET_BITS: u32 = 27;
const OFFSET: u32 = (1 << OFFSET_BITS) - 1;
/// As many as an index can name.
const CHUNKS: usize = 1 << (32 - OFFSET_BITS);
/// How many can be filled: the places of the last one take all bits of an offset.
const FULL: u32 = OFFSET_BITS - FIRST.ilog2() + 1;

/// Where a slot is when all are counted through: for columns beside the table.
pub(crate) fn place_of(index: u32) -> usize {
    let chunk = index >> OFFSET_BITS;
    let before = ((1u64 << chunk) - 1) * u64::from(FIRST);
    before as usize + (index & OFFSET) as usize
}

/// The end of the list of vacant slots.
pub(crate) const NONE: u32 = u32::MAX;

/// All slots of one loop.
pub(crate) struct Slots {
    /// Chunk 0.
    first: Box<[Slot]>,
    /// The others, by their number.
    chunks: [OnceCell<Box<[Slot]>>; CHUNKS],
    /// How many chunks there are.
    filled: Cell<u32>,
    free: Cell<u32>,
    /// The key of a slot that was never used: loop and generation 1, vacant.
    fresh: u64,
}

impl Slots {
    pub(crate) fn new(fresh: u64) -> Self {
        let fresh = fresh | VACANT;
        Slots {
            first: chunk(0, fresh),
            chunks: [const { OnceCell::new() }; CHUNKS],
            filled: Cell::new(1),
            free: Cell::new(0),
            fresh,
        }
    }

    /// The slot with this index, if it was ever handed out.
    #[inline]
    pub(crate) fn get(&self, index: u32) -> Option<&Slot> {
        if let Some(slot) = self.first.get(index as usize) {
            return Some(slot);
        }
        let chunk = self.chunks[(index >> OFFSET_BITS) as usize].get()?;
        chunk.get((index & OFFSET) as usize)
    }

    /// The index of a vacant slot, which from now on belongs to the caller. Its waiter
    /// is for the caller to set.
    #[inline]
    pub(crate) fn claim(&self) -> (u32, &Slot) {
        let free = self.free.get();
        if let Some(slot) = self.get(free) {
            self.free.set(slot.waiter() as u32);
            return (free, slot);
        }
        self.grow()
    }

    /// The next chunk: all of its slots become vacant, the first is claimed.
    #[cold]
    fn grow(&self) -> (u32, &Slot) {
        let number = self.filled.get();
        assert!(number < FULL, "more than 268 million live tasks");
        self.chunks[number as usize].get_or_init(|| chunk(number, self.fresh));
        self.filled.set(number + 1);
        self.free.set(number << OFFSET_BITS);
        self.claim()
    }

    /// Puts a slot back on the list of vacant ones.
    #[inline]
    pub(crate) fn release(&self, index: u32, slot: &Slot) {
        slot.set_waiter(u64::from(self.free.replace(index)));
    }

    /// All slots with their indices, vacant ones included.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &Slot)> {
        let later = self.chunks.iter().skip(1).map_while(OnceCell::get);
        let chunks = (0..).zip([&self.first].into_iter().chain(later));
        chunks.flat_map(|(chunk, slots)| (chunk << OFFSET_BITS..).zip(slots))
    }
}

/// A new chunk, in which each slot names the next as the next vacant one.
fn chunk(number: u32, fresh: u64) -> Box<[Slot]> {
    let first = number << OFFSET_BITS;
    let last = first + (FIRST << number) - 1;
    let vacant = |index| Slot::vacant(fresh, if index < last { index + 1 } else { NONE });
    (first..=last).map(vacant).collect()
}

#[cfg(test)]
#[path = "../../tests/unit/slots.rs"]
mod tests;
