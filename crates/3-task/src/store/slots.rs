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
//! Reports and a close look at all slots that are in use. A program may have had a million tasks
//! at once, and has ten now. So the slots also form blocks of 1024, and a block whose slots are all
//! vacant is skipped. A look that finds few slots in use first sorts the list of vacant slots, so
//! that the lowest are used next and the other blocks stay empty.
//!
//! Invariants:
//! 1. A slot keeps its address until the table is dropped.
//! 2. A slot on the list of vacant slots has `VACANT` in its key. A retired slot has it, too, and
//!    is on no list.
//! 3. In a skipped block, all slots are on the list, and the first of them comes first.
//! 4. After a sort, as many slots are looked at as there are blocks with a slot in use, times 1024;
//!    and at most twice as many before the next sort.
//!
//! Read next: `store/slab.rs`, a table for things that few slots have.

use std::cell::{Cell, OnceCell, RefCell};

use crate::store::key::VACANT;
use crate::store::slot::Slot;
use crate::store::ticket::Ticket;

/// Number of slots in the first chunk.
const FIRST: u32 = 1024;
/// Number of bits of an index that hold the place in the chunk. The bits above hold the chunk.
const OFFSET_BITS: u32 = 27;
const OFFSET: u32 = (1 << OFFSET_BITS) - 1;
/// Number of slots in a block: a chunk is made of whole blocks.
const BLOCK: u32 = FIRST;
/// Number of chunks that an index can name.
const CHUNKS: usize = 1 << (32 - OFFSET_BITS);
/// Number of chunks that fit: the places of the last one need all bits of an offset.
const FULL: u32 = OFFSET_BITS - FIRST.ilog2() + 1;

/// Returns the position of a slot among all slots, for a column beside the table.
pub(crate) fn position_of(index: u32) -> usize {
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
    /// The blocks that are not skipped, by the index of their first slot, in ascending order.
    used: RefCell<Vec<u32>>,
    /// Number of them right after the last sort.
    sorted: Cell<usize>,
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
            used: RefCell::default(),
            sorted: Cell::new(0),
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
            self.free.set(slot.waiter().index());
            if free.is_multiple_of(BLOCK) {
                self.enter_block(free);
            }
            return (free, slot);
        }
        self.grow()
    }

    /// Marks a block as used; its first slot is handed out.
    #[cold]
    fn enter_block(&self, block: u32) {
        let mut used = self.used.borrow_mut();
        if let Err(place) = used.binary_search(&block) {
            used.insert(place, block);
        }
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
    pub(crate) fn put_vacant(&self, index: u32, slot: &Slot) {
        let next = u64::from(self.free.replace(index));
        slot.set_waiter(Ticket::from_bits(next));
    }

    /// Iterates over the slots with their indices, without the blocks that are skipped. Vacant slots
    /// of the other blocks are included. The table must not change meanwhile.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &Slot)> {
        let used = self.used.borrow().clone();
        let block = |first: u32| (first..first + BLOCK).zip(self.block(first));
        used.into_iter().flat_map(block)
    }

    fn block(&self, first: u32) -> &[Slot] {
        let chunk = match first >> OFFSET_BITS {
            0 => Some(&self.first),
            number => self.chunks[number as usize].get(),
        };
        let from = (first & OFFSET) as usize;
        chunk.map_or(&[], |slots| &slots[from..from + BLOCK as usize])
    }

    /// Sorts the list of vacant slots if few slots of many blocks are in use. Costs one look at each
    /// vacant slot.
    pub(crate) fn tidy(&self) {
        let used = self.used.borrow().len();
        if used <= 2 * self.sorted.get().max(1) {
            return;
        }
        let (mut vacant, mut at) = (Vec::new(), self.free.get());
        while let Some(slot) = self.get(at) {
            vacant.push(at);
            at = slot.waiter().index();
        }
        vacant.sort_unstable();
        let next = vacant.iter().skip(1).copied().chain([at]);
        for (&index, next) in vacant.iter().zip(next) {
            if let Some(slot) = self.get(index) {
                slot.set_waiter(Ticket::from_bits(u64::from(next)));
            }
        }
        self.free.set(vacant.first().copied().unwrap_or(at));
        let all_vacant = |&block: &u32| {
            let [from, to] =
                [block, block + BLOCK].map(|end| vacant.partition_point(|&at| at < end));
            to - from == BLOCK as usize
        };
        self.used.borrow_mut().retain(|block| !all_vacant(block));
        self.sorted.set(self.used.borrow().len());
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
