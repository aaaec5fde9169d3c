//! Stores the slots of a loop in chunks that double, and never moves one.
//!
//! The problem: a ticket must find its task in a few instructions, while tasks come and go,
//! and spawn others during a poll. A `Vec` of tasks would move them when it grows. So the slots
//! are in chunks: chunk `k` holds `1024 << k` slots, is allocated once, and stays where it is.
//! Growing copies nothing. An index names a chunk and a place in it, so finding a slot takes
//! two loads.
//!
//! ```text
//!             31   27 26                        0
//!   index    | chunk |           place           |
//!
//!   chunk        0            1            2         ...
//!   places   0 .. 1023    0 .. 2047    0 .. 4095
//! ```
//!
//! The first chunk exists from the start and is found without a look at the others: most programs
//! never have more tasks than it has slots. Vacant slots form a list: each names the next one in
//! its `waiter`.
//!
//! Invariants:
//! 1. A slot keeps its address until the table is dropped.
//! 2. A slot on the list of vacant slots has `VACANT` in its key. A retired slot has it, too, and
//!    is on no list.
//!
//! Read next: `store/slab.rs`, a table for things that few slots have.

use std::cell::{Cell, OnceCell};

use crate::store::key::VACANT;
use crate::store::slot::Slot;

/// Number of slots in the first chunk.
const FIRST: u32 = 1024;
/// Number of bits of an index that hold the place in the chunk. The bits above hold the chunk.
const OFFSET_BITS: u32 = 27;
const OFFSET: u32 = (1 << OFFSET_BITS) - 1;
/// Number of chunks that an index can name.
const CHUNKS: usize = 1 << (32 - OFFSET_BITS);
/// Number of chunks that fit: the places of the last one need all bits of an offset.
const FULL: u32 = OFFSET_BITS - FIRST.ilog2() + 1;

/// Returns the position of a slot among all slots, for a column beside the table.
pub(crate) fn place_of(index: u32) -> usize {
    let chunk = index >> OFFSET_BITS;
    let before = ((1u64 << chunk) - 1) * u64::from(FIRST);
    before as usize + (index & OFFSET) as usize
}

/// The end of the list of vacant slots.
pub(crate) const NONE: u32 = u32::MAX;

/// Holds all slots of one loop.
pub(crate) struct Slots {
    /// Chunk 0.
    first: Box<[Slot]>,
    /// The other chunks, by number.
    chunks: [OnceCell<Box<[Slot]>>; CHUNKS],
    /// Number of chunks, the first one included.
    filled: Cell<u32>,
    free: Cell<u32>,
    /// The key of a slot that was never used: the loop, generation 1, vacant.
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

    /// Returns the slot with this index, if its chunk exists.
    #[inline]
    pub(crate) fn get(&self, index: u32) -> Option<&Slot> {
        if let Some(slot) = self.first.get(index as usize) {
            return Some(slot);
        }
        let chunk = self.chunks[(index >> OFFSET_BITS) as usize].get()?;
        chunk.get((index & OFFSET) as usize)
    }

    /// Hands a vacant slot out to the caller, with its index. The caller sets its waiter.
    #[inline]
    pub(crate) fn claim(&self) -> (u32, &Slot) {
        let free = self.free.get();
        if let Some(slot) = self.get(free) {
            self.free.set(slot.next());
            return (free, slot);
        }
        self.grow()
    }

    /// Allocates the next chunk, whose slots become vacant, and claims the first.
    #[cold]
    fn grow(&self) -> (u32, &Slot) {
        let number = self.filled.get();
        assert!(number < FULL, "more than 268 million live tasks");
        self.chunks[number as usize].get_or_init(|| chunk(number, self.fresh));
        self.filled.set(number + 1);
        self.free.set(number << OFFSET_BITS);
        self.claim()
    }

    /// Puts a slot back on the list of vacant slots.
    #[inline]
    pub(crate) fn release(&self, index: u32, slot: &Slot) {
        slot.link(self.free.replace(index));
    }

    /// Iterates over all slots with their indices, vacant slots included.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &Slot)> {
        let later = self.chunks.iter().skip(1).map_while(OnceCell::get);
        let chunks = (0..).zip([&self.first].into_iter().chain(later));
        chunks.flat_map(|(chunk, slots)| (chunk << OFFSET_BITS..).zip(slots))
    }
}

/// Makes a chunk, in which each slot names the next one as the next vacant slot.
fn chunk(number: u32, fresh: u64) -> Box<[Slot]> {
    let first = number << OFFSET_BITS;
    let last = first + (FIRST << number) - 1;
    let vacant = |index| Slot::vacant(fresh, if index < last { index + 1 } else { NONE });
    (first..=last).map(vacant).collect()
}

#[cfg(test)]
#[path = "../../tests/unit/slots.rs"]
mod tests;
