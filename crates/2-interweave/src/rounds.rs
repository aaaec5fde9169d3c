//! Keeps a queue in two buffers that are swapped once a round.
//!
//! An interweaver takes an item from the front of its deque and puts it back at the back.
//! One round runs the items that were in the deque when the round began. The items that
//! are put back meanwhile belong to the next round. Items of this round and items of the
//! next never mix, so two lists can replace the deque:
//!
//! ```text
//!            ┌───────────── Rounds ─────────────┐
//!   push ──► │ filled: [ D E F        ]         │
//!            └─────────▲──────────────┬─────────┘
//!            4. finish │              │ 2. begin: the filled list becomes the round,
//!      the empty list  │              ▼           the spare one is filled from now on
//!            ┌─────────┴──────────────────────┐
//!            │ Round: [ A B C ]               │ ──► 3. next: A, then B, then C
//!            └───────────▲────────────────────┘
//!                     cursor
//! ```
//!
//! 1. `push` appends to one vector, and does nothing else.
//! 2. `begin` swaps two vectors; no item moves.
//! 3. `next` moves a cursor: one comparison, no ring arithmetic.
//! 4. `finish` gives the vector back to the queue, so that its memory is used again.
//!
//! `turn_over` is `finish` and `begin` in one, for a round that is over. If the next round has a single
//! item, `turn_over` returns the item, and swaps nothing.
//!
//! asyncio has the same rule of fairness: an iteration runs the items that were ready
//! when it began, and items that become ready meanwhile wait for the next iteration.
//!
//! Invariants
//! 1. First in, first out: running all of a round, then the next, gives the order of a `VecDeque`.
//! 2. An item that is pushed during a round is not in that round.
//! 3. Items that a round did not reach come before all items pushed meanwhile.
//! 4. The buffers keep the memory that the largest recent round needed. After a long
//!    series of much smaller rounds they free the excess, and after a huge round they free it at the
//!    first `finish` before a tiny one.
//!
//! Access: the buffer, the cursor and the lone item of a round are private to this page and
//! `rounds/round.rs`. `rounds/in_place.rs` runs a round in place, for this page only.
//!
//! Read next: `weave.rs`, an interweaver on rounds. Second reading: `rounds/round.rs`,
//! the list that a round walks through.

mod in_place;
mod round;

use std::mem;

use groundup_generator::trace::{Candidate, Chooser};

use crate::order::arrange;
use crate::rounds::in_place::run_in_place;

pub use round::{NextRound, Round};

/// A buffer for more items than this may be shrunk.
const KEEP: usize = 1024;
/// A round of more items than this is huge.
const HUGE: usize = 1 << 16;

/// A first-in-first-out queue that runs a round at a time.
///
/// ```
/// # mod groundup { pub use groundup_interweave as interweave; }
/// use groundup::interweave::Rounds;
///
/// let mut ready = Rounds::new();
/// ready.push('a');
/// ready.push('b');
///
/// let mut round = ready.begin();
/// while let Some(item) = round.next() {
///     if item == 'a' {
///         ready.push('c'); // belongs to the next round
///     }
/// }
/// ready.finish(round);
/// assert_eq!(ready.len(), 1);
/// ```
#[derive(Debug)]
pub struct Rounds<T> {
    filled: Vec<T>,
    spare: Vec<T>,
    /// How many finished rounds in a row used less than a quarter of a large buffer.
    small: usize,
}

impl<T> Rounds<T> {
    /// Creates an empty queue.
    pub fn new() -> Self {
        Self {
            filled: Vec::new(),
            spare: Vec::new(),
            small: 0,
        }
    }

    /// Adds an item at the end of the next round.
    #[inline]
    pub fn push(&mut self, item: T) {
        self.filled.push(item);
    }

    /// Pushes `item` if there is spare capacity and returns whether it did. Never allocates.
    ///
    /// So a caller can keep the allocator out of its fast path.
    ///
    /// ```
    /// # mod groundup { pub use groundup_interweave as interweave; }
    /// let mut ready = groundup::interweave::Rounds::new();
    /// assert!(!ready.push_within_capacity('a'), "there is no buffer yet");
    /// ready.push('a');
    /// assert!(ready.push_within_capacity('b'), "now there is one");
    /// assert_eq!(ready.len(), 2);
    /// ```
    #[inline]
    pub fn push_within_capacity(&mut self, item: T) -> bool {
        let room = self.filled.len() < self.filled.capacity();
        if room {
            self.filled.push(item);
        }
        room
    }

    /// Returns the number of items of the next round.
    #[inline]
    pub fn len(&self) -> usize {
        self.filled.len()
    }

    /// Returns true if the next round has no item.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.filled.is_empty()
    }

    /// Returns the items of the next round, in order.
    pub fn items(&self) -> &[T] {
        &self.filled
    }

    /// Makes a round of all items pushed so far. Later items belong to the round after it.
    ///
    /// Give the round back with [`finish`](Self::finish). A round that is dropped
    /// instead drops its memory and its remaining items. A round that begins before an
    /// earlier round is finished allocates.
    #[inline]
    pub fn begin(&mut self) -> Round<T> {
        mem::swap(&mut self.filled, &mut self.spare);
        let items = mem::take(&mut self.spare);
        Round {
            items,
            ..Round::default()
        }
    }

    /// Takes a round back, and reuses its memory for a later one.
    ///
    /// Items that the round did not reach go *in front of* the items pushed meanwhile:
    /// they are first in the next round.
    #[inline]
    pub fn finish(&mut self, round: Round<T>) {
        let (whole, cursor, mut items) = (round.whole_len(), round.cursor, round.items);
        // The rare ways take the buffer by value, so the usual one leaves it where it is.
        if cursor < items.len() {
            items = self.unfinished(items, cursor);
        } else if items.capacity().max(self.filled.capacity()) > KEEP {
            items = self.look_at_use(items, whole);
        }
        items.clear();
        self.spare = items;
    }

    /// Begins the next round in the place of one that is over, if it has items and `again` returns true.
    ///
    /// `again` is called once, or not at all if there are no items. The item of a round of one is in the
    /// answer: the caller runs it, and [`Round::next`] does not return it. Only [`finish`](Self::finish)
    /// shrinks a buffer. [`Round::run_on`] has an example.
    ///
    /// # Panics
    /// In a debug build, if the round is not over. A release build loses or delays the items that are left.
    #[inline(always)] // Speed: yield_one. A lone item is copied out, and the buffers are not swapped.
    pub fn turn_over(
        &mut self,
        round: &mut Round<T>,
        mut again: impl FnMut() -> bool,
    ) -> NextRound<T>
    where
        T: Copy,
    {
        debug_assert!(round.is_empty());
        match *self.filled {
            [item] if again() => {
                self.filled.clear();
                round.lone = Some(item);
                NextRound::Lone(item)
            }
            [_, _, ..] if again() => {
                mem::swap(&mut self.filled, &mut round.items);
                self.filled.clear();
                (round.cursor, round.lone) = (0, None);
                NextRound::Begun
            }
            _ => NextRound::None,
        }
    }

    /// Puts the items of the next round in the order that `chooser` picks. The items
    /// stay in their buffer, so a chooser that panics loses none of them.
    pub(crate) fn order(&mut self, chooser: &mut dyn Chooser) {
        arrange(&mut self.filled, chooser, &|_| Candidate::Unnamed);
    }

    /// Drops every item that is in no round.
    pub fn clear(&mut self) {
        self.filled.clear();
    }

    /// Runs a whole round in one call: looks at every item once, in order, and keeps the items
    /// for which `keep` returns true. The call borrows the queue, so no code can push meanwhile.
    ///
    /// The effect is the same as if a round pushed the kept items again, but the items
    /// stay in their buffer. The items that are not kept are dropped at the end. If `keep` panics,
    /// its item is dropped, and the items that it did not reach are first in the next
    /// round.
    ///
    /// ```
    /// # mod groundup { pub use groundup_interweave as interweave; }
    /// use groundup::interweave::Rounds;
    ///
    /// let mut countdowns = Rounds::new();
    /// [3, 1, 2].into_iter().for_each(|n| countdowns.push(n));
    /// let mut seen = Vec::new();
    /// while !countdowns.is_empty() {
    ///     countdowns.run_in_place(|n| {
    ///         seen.push(*n);
    ///         *n -= 1;
    ///         *n > 0
    ///     });
    /// }
    /// assert_eq!(seen, [3, 1, 2, 2, 1, 1]);
    /// ```
    #[inline]
    pub fn run_in_place(&mut self, mut keep: impl FnMut(&mut T) -> bool) {
        self.run_and_visit(|item| keep(item).then_some(()), drop);
    }

    /// Runs a round like [`run_in_place`](Self::run_in_place), keeps the items for which `look`
    /// returns a value, and passes each value to `visit`. If `visit` panics, its item
    /// is kept.
    #[inline]
    pub(crate) fn run_and_visit<V>(
        &mut self,
        look: impl FnMut(&mut T) -> Option<V>,
        visit: impl FnMut(V),
    ) {
        run_in_place(&mut self.filled, look, visit);
    }

    /// Returns how many items fit into the two buffers together.
    pub fn capacity(&self) -> usize {
        self.filled.capacity().saturating_add(self.spare.capacity())
    }

    /// Puts the items that a round did not reach in front of the next round; returns a buffer for reuse.
    #[cold]
    fn unfinished(&mut self, mut items: Vec<T>, cursor: usize) -> Vec<T> {
        items.drain(..cursor);
        items.append(&mut self.filled);
        mem::replace(&mut self.filled, items)
    }

    /// Shrinks the buffers, the larger of which has capacity n, after n calls in a row that each found
    /// less than n/4 items in both. So the cost of growing again is shared by many rounds. After a huge
    /// round, also one that was turned over, it is shared by the items of this round: the buffers are
    /// shrunk if the next round has less than n/64 items. `whole` is the number of items of the last round.
    #[cold]
    fn look_at_use(&mut self, mut items: Vec<T>, whole: usize) -> Vec<T> {
        let larger = items.capacity().max(self.filled.capacity());
        let small = whole.max(self.filled.len()) < larger / 4;
        self.small = if small { self.small + 1 } else { 0 };
        // Speed: idle_task. A million tasks that wait need no place in the queue.
        let over = larger > HUGE && self.filled.len() < larger / 64;
        if over || self.small >= larger {
            self.small = 0;
            items.clear();
            items.shrink_to(KEEP);
            self.filled.shrink_to(KEEP);
        }
        items
    }
}

impl<T> Default for Rounds<T> {
    fn default() -> Self {
        Self::new()
    }
}
