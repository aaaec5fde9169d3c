//! Stores the slots of a loop in chunks, and finds a vacant one.
//!
//! The problem: a ticket must find its task in a few instructions, while tasks come and go,
//! and spawn others during a poll. A `Vec` of tasks would move them when it grows. So the slots
//! are in chunks, each of which is allocated once and stays where it is. Growing copies nothing.
//! An index names a chunk and a place in it, so finding a slot takes two loads. No index begins with
//! two set bits: those are of futures in a list (`wait/listed.rs`).
//!
//! ```text
//!             31   23 22                        0
//!   index    | chunk |           place           |
//!
//!   chunk       0      1      2      3      4       5 .. 20      21 .. 36     ...
//!   slots     1024   1024   2048   4096   8192   16 * 1024    16 * 2048
//! ```
//!
//! The first chunk exists from the start and is found without a look at the others: most programs
//! never have more tasks than it has slots. From 16,384 slots on, a chunk has a sixteenth of the slots
//! before it, or less. So at most one slot in seventeen is there for tasks to come.
//!
//! A vacant slot is a bit in a word of 64 neighbours. One word is the *present* one: from its slots
//! the next occupants get theirs, the lowest first, and a slot that becomes vacant makes its word the
//! present one. If the present word has no vacant slot left, the lowest word that has one follows. So
//! the slots of many tasks that have ended in any order are used again in the order in which they are
//! in the memory: tasks that are spawned one after another are neighbours.
//!
//! Reports and a close look at all slots that are in use. A program may have had a million tasks
//! at once, and has ten now. So 64 words form a block, and a block that was found without an occupant
//! is skipped until a slot of it is used again.
//!
//! Invariants:
//! 1. A slot keeps its address until the table is dropped.
//! 2. The bit of a vacant slot is set, and its key has `VACANT`. A retired slot has `VACANT`, too, but
//!    no bit.
//! 3. A skipped block has bits alone, and does not contain the present word.
//! 4. After a look that has found n slots in use, at most n + 1 blocks are not skipped, and those of
//!    retired slots.
//!
//! Read next: `store/slots/vacancies.rs`. Second reading: `store/slab.rs`, a table for things that few
//! slots have.

use std::cell::{Cell, OnceCell, RefCell};
use std::hint::cold_path;
use std::num::NonZeroU64;

use crate::store::key::{TaskState, VACANT};
use crate::store::slot::Slot;
use crate::store::slots::vacancies::{BLOCK, Vacancies};

mod vacancies;

/// Number of slots in the first chunk.
const FIRST: u32 = 1024;
/// Number of chunks up to which each has as many slots as all before it.
const DOUBLING: u32 = 5;
/// Number of chunks that then have the same size, before the size doubles.
const ALIKE: u32 = 16;
/// Number of bits of an index that hold the place in the chunk. The bits above hold the chunk.
const PLACE_BITS: u32 = 23;
const PLACE: u32 = (1 << PLACE_BITS) - 1;
/// Number of chunks that an index can name.
const CHUNKS: usize = 1 << (32 - PLACE_BITS);
/// Number of chunks that have 2^28 slots.
const FULL: u32 = DOUBLING + 14 * ALIKE;
/// Number of slots in a word.
const WORD: u32 = u64::BITS;

/// Returns the number of slots in the chunks before this one.
fn slots_before(chunk: u32) -> u32 {
    match chunk.checked_sub(DOUBLING) {
        Some(above) => (ALIKE + above % ALIKE) * (FIRST << (above / ALIKE)),
        None if chunk == 0 => 0,
        None => FIRST << (chunk - 1),
    }
}

/// Returns the position of a slot among all slots, for a column beside the table.
pub(crate) fn position_of(index: u32) -> usize {
    (slots_before(index >> PLACE_BITS) + (index & PLACE)) as usize
}

/// Returns the index of the slot at a position.
fn index_at(position: u32) -> u32 {
    let doublings = (position / FIRST).checked_ilog2().map_or(0, |log| log + 1);
    let chunk = match doublings.checked_sub(DOUBLING) {
        None => doublings,
        Some(above) => DOUBLING + ALIKE * above + (position / (FIRST << above) - ALIKE),
    };
    chunk << PLACE_BITS | (position - slots_before(chunk))
}

/// The chunks behind the first one, by number.
type Chunks = [OnceCell<Box<[Slot]>>; CHUNKS];

/// Holds all slots of one loop.
pub(crate) struct Slots {
    /// Chunk 0.
    first: Box<[Slot]>,
    /// The other chunks, by number. Most loops have none, and a loop is made for each run of a search.
    chunks: OnceCell<Box<Chunks>>,
    /// Number of chunks, the first one included.
    filled: Cell<u32>,
    /// The vacant slots of the present word.
    vacant: Cell<u64>,
    /// The index of the first slot of the present word.
    base: Cell<u32>,
    /// The number of the present word.
    word: Cell<u32>,
    /// The vacant slots of all words. Those of the present word are out of date.
    words: RefCell<Vacancies>,
    /// Size of all slots, in bytes.
    bytes: Cell<usize>,
    /// The key of a slot that was never used: the loop, generation 1, vacant.
    fresh: u64,
}

impl Slots {
    pub(crate) fn new(fresh: u64) -> Self {
        let fresh = fresh | VACANT;
        let mut words = Vacancies::default();
        words.grow(FIRST / WORD);
        Slots {
            first: chunk(FIRST, fresh),
            chunks: OnceCell::new(),
            filled: Cell::new(1),
            vacant: Cell::new(words.enter(0)),
            base: Cell::new(0),
            word: Cell::new(0),
            words: RefCell::new(words),
            bytes: Cell::new(FIRST as usize * size_of::<Slot>()),
            fresh,
        }
    }

    /// Returns the slot with this index, if its chunk exists.
    #[inline]
    pub(crate) fn get(&self, index: u32) -> Option<&Slot> {
        if let Some(slot) = self.first.get(index as usize) {
            return Some(slot);
        }
        cold_path(); // Speed: yield_many, lock_contended. The first chunk needs no jump.
        let chunk = self.chunks.get()?[(index >> PLACE_BITS) as usize].get()?;
        chunk.get((index & PLACE) as usize)
    }

    /// Returns the size of all slots, in bytes.
    #[inline]
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.get()
    }

    /// Hands a vacant slot out to the caller, with its index.
    #[inline]
    pub(crate) fn claim(&self) -> (u32, &Slot) {
        if let Some(vacant) = NonZeroU64::new(self.vacant.get())
            && let index = self.base.get() | vacant.trailing_zeros()
            && let Some(slot) = self.get(index)
        {
            self.vacant.set(vacant.get() & (vacant.get() - 1));
            return (index, slot);
        }
        self.claim_elsewhere()
    }

    /// Claims a slot of the lowest word that has a vacant one.
    #[cold]
    fn claim_elsewhere(&self) -> (u32, &Slot) {
        self.store_present();
        let lowest = self.words.borrow().lowest();
        let word = lowest.unwrap_or_else(|| self.grow());
        self.enter(word, index_at(word * WORD));
        self.claim()
    }

    /// Allocates the next chunk, whose slots become vacant; returns its first word.
    #[cold]
    fn grow(&self) -> u32 {
        let number = self.filled.get();
        assert!(number < FULL, "more than 268 million live tasks");
        let (before, after) = (slots_before(number), slots_before(number + 1));
        let none = || Box::new([const { OnceCell::new() }; CHUNKS]);
        self.chunks.get_or_init(none)[number as usize]
            .get_or_init(|| chunk(after - before, self.fresh));
        self.filled.set(number + 1);
        self.bytes.set(after as usize * size_of::<Slot>());
        self.words.borrow_mut().grow((after - before) / WORD);
        before / WORD
    }

    /// Stores the vacant slots of the present word with those of the others.
    fn store_present(&self) {
        let mut words = self.words.borrow_mut();
        words.store(self.word.get(), self.vacant.get());
    }

    /// Makes a word the present one, which begins with the slot `base`. The one before it was stored.
    fn enter(&self, word: u32, base: u32) {
        self.vacant.set(self.words.borrow_mut().enter(word));
        self.base.set(base);
        self.word.set(word);
    }

    /// Marks a slot as vacant.
    #[inline]
    pub(crate) fn put_vacant(&self, index: u32) {
        if (index ^ self.base.get()) >= WORD {
            self.enter_word_of(index);
        }
        self.vacant.set(self.vacant.get() | 1 << (index % WORD));
    }

    /// Makes the word of a slot that was in use the present one. Its block is not skipped.
    #[inline(never)] // Speed: spawn_join.
    fn enter_word_of(&self, index: u32) {
        let mut words = self.words.borrow_mut();
        words.store(self.word.get(), self.vacant.get());
        let word = position_of(index) as u32 / WORD;
        self.vacant.set(words.of(word));
        self.base.set(index & !(WORD - 1));
        self.word.set(word);
    }

    /// Calls `each` with the slots that are in use, in the order of their positions, and skips the
    /// blocks without such a slot from now on. Returns the number of words and slots looked at. `each`
    /// must not change the table.
    pub(crate) fn look<'a>(&'a self, mut each: impl FnMut(u32, &'a Slot)) -> usize {
        self.store_present();
        let present = self.word.get() / BLOCK;
        let (mut looks, blocks) = (0, self.words.borrow().blocks());
        for block in blocks {
            let mut in_use = block == present;
            for word in block * BLOCK..(block + 1) * BLOCK {
                let mut taken = !self.words.borrow().of(word);
                let first = index_at(word * WORD);
                looks += 1;
                in_use |= taken != 0;
                while taken != 0 {
                    let index = first + taken.trailing_zeros();
                    taken &= taken - 1;
                    looks += 1;
                    if let Some(slot) = self.get(index)
                        && slot.state(false) != TaskState::Vacant
                    {
                        each(index, slot);
                    }
                }
            }
            if !in_use {
                self.words.borrow_mut().leave(block);
            }
        }
        looks
    }
}

/// Makes a chunk of vacant slots.
fn chunk(slots: u32, fresh: u64) -> Box<[Slot]> {
    (0..slots).map(|_| Slot::vacant(fresh)).collect()
}

#[cfg(test)]
#[path = "../../tests/unit/slots.rs"]
mod tests;
