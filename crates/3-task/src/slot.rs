//! Where tasks live: slots that never move, in chunks that double.
//!
//! The problem: a ticket must find its task in a few instructions, while tasks
//! come, go and spawn others in the middle of being polled. A `Vec` of tasks
//! would move them when it grows. Chunks do not: chunk `k` holds `1024 << k`
//! slots, is allocated once and stays, so `&Slot` is good for as long as the
//! table is, and growing copies nothing. An index says which chunk and which place
//! in it, so that finding a slot is two loads, with nothing to be worked out.
//!
//! ```text
//!             31   27 26                        0
//!   index    | chunk |           place           |
//!
//!   chunk        0            1            2         ...
//!   places   0 .. 1023    0 .. 2047    0 .. 4095
//! ```
//!
//! A slot is 56 bytes: what every task has, and nothing else. What is rarely
//! needed (a name, a second waiter, a reason) stands in a side table, see
//! `extra.rs`; task-local values, which either nobody has or all, in a column
//! of their own, see `local.rs`. A million tasks are first of all memory: the
//! kernel takes longer to give a page out than we take to fill it.
//!
//! Invariants:
//! 1. A slot is 56 bytes.
//! 2. A vacant slot may keep its box, the *shell*: the next task of the same
//!    type moves into it, and spawning then allocates nothing.
//! 3. The object is borrowed while it is polled and at no other time; nothing
//!    here calls foreign code while another borrow is held.
//!
//! Read next: `object.rs`, which says what stands in the box.

use std::cell::{Cell, OnceCell, RefCell};
use std::pin::Pin;

use crate::object::Object;
use crate::ticket::VACANT;

/// The box a slot holds: a task, a callback or a promise.
pub(crate) type Boxed = Pin<Box<dyn Object>>;

/// One place for one task, callback or promise.
pub(crate) struct Slot {
    /// Tag and flags, see `ticket.rs`.
    pub(crate) key: Cell<u64>,
    /// The occupant, or the shell of the one before.
    pub(crate) object: RefCell<Option<Boxed>>,
    /// Who is told when the occupant is done: a ticket, or with `GROUP` a group
    /// and a member, or 0 for nobody. In a vacant slot: the next vacant one.
    pub(crate) waiter: Cell<u64>,
    /// What the occupant waits for (`wait.rs`). In a promise: its handle count.
    pub(crate) wait: Cell<u64>,
    /// The entry of the side table, or 0.
    pub(crate) extra: Cell<u32>,
    /// The how-manieth occupant of this loop: `Task-<number>`.
    pub(crate) number: Cell<u32>,
}

const _: () = assert!(size_of::<Slot>() == 56, "a slot is 56 bytes");

/// How many slots the first chunk has.
const FIRST: u32 = 1024;
/// An index is the number of a chunk, and a place in it of so many bits.
const OFFSET_BITS: u32 = 27;
const OFFSET: u32 = (1 << OFFSET_BITS) - 1;
/// As many as an index can name, so that none is out of range.
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
    chunks: [OnceCell<Box<[Slot]>>; CHUNKS],
    /// How many chunks there are.
    filled: Cell<u32>,
    free: Cell<u32>,
    /// The key of a slot that was never used: loop and generation 1, vacant.
    fresh: u64,
}

impl Slots {
    pub(crate) fn new(fresh: u64) -> Self {
        Slots {
            chunks: [const { OnceCell::new() }; CHUNKS],
            filled: Cell::new(0),
            free: Cell::new(NONE),
            fresh: fresh | VACANT,
        }
    }

    /// The slot with this index, if it was ever handed out.
    #[inline]
    pub(crate) fn get(&self, index: u32) -> Option<&Slot> {
        // Most programs never have more tasks than the first chunk has slots.
        match self.first().get(index as usize) {
            Some(slot) => Some(slot),
            None => self.get_beyond(index),
        }
    }

    /// The first chunk; empty until something is claimed.
    #[inline]
    fn first(&self) -> &[Slot] {
        self.chunks[0].get().map_or(&[], |chunk| chunk)
    }

    #[inline]
    fn get_beyond(&self, index: u32) -> Option<&Slot> {
        let chunk = self.chunks[(index >> OFFSET_BITS) as usize].get()?;
        chunk.get((index & OFFSET) as usize)
    }

    /// The index of a vacant slot, which from now on belongs to the caller. Its waiter
    /// is for the caller to set.
    #[inline]
    pub(crate) fn claim(&self) -> (u32, &Slot) {
        let free = self.free.get();
        if let Some(slot) = self.get(free) {
            self.free.set(slot.waiter.get() as u32);
            return (free, slot);
        }
        self.grow()
    }

    /// The next chunk: all of its slots become vacant, the first is claimed.
    #[cold]
    fn grow(&self) -> (u32, &Slot) {
        let chunk = self.filled.get();
        assert!(chunk < FULL, "more than 268 million live tasks");
        let first = chunk << OFFSET_BITS;
        let last = first + (FIRST << chunk) - 1;
        let vacant = |index| Slot {
            key: Cell::new(self.fresh),
            object: RefCell::new(None),
            waiter: Cell::new(u64::from(if index < last { index + 1 } else { NONE })),
            wait: Cell::new(0),
            extra: Cell::new(0),
            number: Cell::new(0),
        };
        self.chunks[chunk as usize].get_or_init(|| (first..=last).map(vacant).collect());
        self.filled.set(chunk + 1);
        self.free.set(first);
        self.claim()
    }

    /// Puts a slot back on the list of vacant ones.
    #[inline]
    pub(crate) fn release(&self, index: u32, slot: &Slot) {
        slot.waiter.set(u64::from(self.free.replace(index)));
    }

    /// All slots with their indices, vacant ones included.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &Slot)> {
        let chunks = (0..).zip(self.chunks.iter().map_while(OnceCell::get));
        chunks.flat_map(|(chunk, slots)| (chunk << OFFSET_BITS..).zip(slots))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_keep_their_place_while_the_table_grows() {
        let slots = Slots::new(1 << 52);
        let (first, slot) = slots.claim();
        let address = std::ptr::from_ref(slot);
        let mut claimed = vec![first];
        claimed.extend((1..15 * FIRST).map(|_| slots.claim().0));
        let all: Vec<u32> = slots.iter().map(|(index, _)| index).collect();
        assert_eq!(claimed, all);
        assert!(all.iter().map(|&index| place_of(index)).eq(0..all.len()));
        assert_eq!(std::ptr::from_ref(slots.get(first).unwrap()), address);
        assert!(slots.get(NONE).is_none());
    }

    #[test]
    fn a_released_slot_is_handed_out_next() {
        let slots = Slots::new(1 << 52);
        let (a, slot_a) = slots.claim();
        let (b, slot_b) = slots.claim();
        slots.release(a, slot_a);
        slots.release(b, slot_b);
        assert_eq!(
            (slots.claim().0, slots.claim().0, slots.claim().0),
            (b, a, 2)
        );
    }
}
