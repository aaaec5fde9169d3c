//! The deque again, as two buffers that are swapped once a round.
//!
//! An interweaver takes from the front and puts back at the back, one item at
//! a time. But look at who runs: everything that was in the deque when the
//! round began, in that order, and only then what was put back meanwhile. The
//! deque is two lists that never mix, so it can be kept as two lists:
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
//! 2. `begin` swaps two vectors: three words each, no item moves.
//! 3. `next` moves a cursor: one comparison, no ring arithmetic.
//! 4. `finish` gives the vector back, so that its memory is used again.
//!
//! That is also asyncio's rule of fairness, for free: an iteration runs what
//! was ready when it came to run, and what becomes ready during it waits for
//! the next one (L02).
//!
//! Invariants
//! 1. First in, first out: running all of a round, then the next, gives the
//!    order a `VecDeque` gives.
//! 2. What is pushed during a round is not in that round.
//! 3. What a round did not get to comes before all that was pushed meanwhile.
//! 4. Memory stays at what the largest recent round needed; after a long run of
//!    much smaller ones it is given back.
//!
//! Read next: `round.rs`, the list that is being gone through.

use std::mem;

use groundup_generator::trace::Chooser;

use crate::order::arrange;
use crate::round::{Buffer, Round};
use crate::sweep::sweep;

/// A buffer larger than this many items may be given back to the allocator.
const KEEP: usize = 1024;

/// A first-in-first-out queue that is emptied a round at a time.
///
/// ```
/// use groundup_interweave::Rounds;
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
    spare: Option<Buffer<T>>,
    /// How many rounds in a row used less than a quarter of a large buffer.
    small: usize,
}

impl<T> Rounds<T> {
    /// An empty queue. Allocates nothing until the first [`push`](Self::push).
    pub const fn new() -> Self {
        Self {
            filled: Vec::new(),
            spare: None,
            small: 0,
        }
    }

    /// Puts an item at the end of the next round.
    #[inline]
    pub fn push(&mut self, item: T) {
        self.filled.push(item);
    }

    /// The same, if no memory need be asked for; else false, and nothing is pushed.
    /// For a caller on whose way nothing but the store should lie.
    ///
    /// ```
    /// let mut ready = groundup_interweave::Rounds::new();
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

    /// How many items were pushed and are in no round yet.
    #[inline]
    pub fn len(&self) -> usize {
        self.filled.len()
    }

    /// Whether nothing was pushed since the last round began.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.filled.is_empty()
    }

    /// Makes everything pushed so far into a round. What is pushed from now on
    /// belongs to the round after it.
    ///
    /// Give the round back with [`finish`](Self::finish). A round that is not
    /// given back takes its memory and its remaining items with it. Beginning
    /// a second round before the first is finished is allowed, and allocates.
    #[inline]
    pub fn begin(&mut self) -> Round<T> {
        let mut items = self.spare.take().unwrap_or_default();
        mem::swap(&mut self.filled, &mut *items);
        Round { items, cursor: 0 }
    }

    /// Takes a round back, to use its memory for a later one.
    ///
    /// Items the round did not get to are put *in front of* what was pushed
    /// meanwhile: they were first, so they are first in the next round.
    #[inline]
    pub fn finish(&mut self, round: Round<T>) {
        let Round { mut items, cursor } = round;
        if cursor < items.len() {
            self.unfinished(&mut items, cursor);
        } else if items.capacity() > KEEP {
            self.look_at_use(&mut items);
        }
        items.clear();
        self.spare = Some(items);
    }

    /// Ends a round and begins the next in its place: what [`finish`](Self::finish)
    /// and [`begin`](Self::begin) do together, in one swap.
    #[inline]
    pub fn turn_over(&mut self, round: &mut Round<T>) {
        if round.cursor < round.items.len() {
            self.unfinished(&mut round.items, round.cursor);
        } else if round.items.capacity() > KEEP {
            self.look_at_use(&mut round.items);
        }
        round.items.clear();
        round.cursor = 0;
        mem::swap(&mut self.filled, &mut *round.items);
    }

    /// Puts the items of the next round in the order that `chooser` wants, where
    /// they lie: a chooser that panics costs none of them.
    pub(crate) fn order(&mut self, chooser: &mut dyn Chooser) {
        arrange(&mut self.filled, chooser);
    }

    /// Drops every item that is in no round.
    pub fn clear(&mut self) {
        self.filled.clear();
    }

    /// A whole round in one call, for when nobody pushes meanwhile: looks at
    /// every item once, in order, and puts back those for which `keep` says so.
    ///
    /// The same as beginning a round, pushing what is kept, and finishing it,
    /// but the items stay where they are. What is not kept is dropped at the
    /// end. If `keep` panics, the item it was looking at is dropped, and those
    /// it did not come to are first in the next round.
    ///
    /// ```
    /// use groundup_interweave::Rounds;
    ///
    /// let mut countdowns = Rounds::new();
    /// [3, 1, 2].into_iter().for_each(|n| countdowns.push(n));
    /// let mut seen = Vec::new();
    /// while !countdowns.is_empty() {
    ///     countdowns.sweep(|n| {
    ///         seen.push(*n);
    ///         *n -= 1;
    ///         *n > 0
    ///     });
    /// }
    /// assert_eq!(seen, [3, 1, 2, 2, 1, 1]);
    /// ```
    #[inline]
    pub fn sweep(&mut self, mut keep: impl FnMut(&mut T) -> bool) {
        self.sweep_and_visit(|item| keep(item).then_some(()), drop);
    }

    /// [`sweep`](Self::sweep) that keeps the items for which `look` gives a value,
    /// and gives the values to `visit`. If `visit` panics, its item is kept.
    #[inline]
    pub(crate) fn sweep_and_visit<V>(
        &mut self,
        look: impl FnMut(&mut T) -> Option<V>,
        visit: impl FnMut(V),
    ) {
        sweep(&mut self.filled, look, visit);
    }

    /// How many items there is memory for, in the two buffers together.
    pub fn capacity(&self) -> usize {
        let spare = self.spare.as_ref().map_or(0, |spare| spare.capacity());
        self.filled.capacity().saturating_add(spare)
    }

    /// The rare end of a round: some items have not run, and go in front.
    #[cold]
    fn unfinished(&mut self, items: &mut Vec<T>, cursor: usize) {
        items.drain(..cursor);
        items.append(&mut self.filled);
        mem::swap(&mut self.filled, items);
    }

    /// Gives memory back after as many rounds that used less than a quarter of it as
    /// there are places in it: what it costs to grow again is then nothing per round.
    #[inline]
    fn look_at_use(&mut self, items: &mut Vec<T>) {
        let small = items.len() < items.capacity() / 4;
        self.small = if small { self.small + 1 } else { 0 };
        if self.small >= items.capacity() {
            self.shrink(items);
        }
    }

    #[cold]
    fn shrink(&mut self, items: &mut Vec<T>) {
        self.small = 0;
        items.clear();
        items.shrink_to(KEEP);
    }
}

impl<T> Default for Rounds<T> {
    fn default() -> Self {
        Self::new()
    }
}
