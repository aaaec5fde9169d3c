//! Walks through one round: the items that were ready at its start.
//!
//! A loop that walks through a list while other code adds to it must know where to
//! stop. A round takes the whole list with it when it begins, and new items go into
//! another list. So a round ends where its list ends, and needs only a buffer and a
//! cursor:
//!
//! ```text
//!   items    [ A B C D E ]
//!                  ^
//!               cursor     A and B were returned; B is the current item
//! ```
//!
//! Invariants
//! 1. Every item is returned once, in the order of the list.
//! 2. Only items that were not yet returned can be put in another order.
//!
//! Read next: `rounds/in_place.rs`, a round that stays in its buffer.

use std::mem;

use groundup_generator::trace::{Candidate, Chooser};

use crate::order::arrange;

/// A buffer of a queue or a round. It is boxed because it moves once a round: one word
/// instead of three. In a loop with a single item a round this was measured: 5 ns a round
/// instead of 12.
pub(super) type Buffer<T> = Vec<T>;

/// One round of a [`Rounds`](crate::Rounds): the items that were ready when it began, in order.
///
/// The items are small and copied out (an index, a ticket). A round keeps the returned
/// items until it is finished, so that [`current`](Self::current) can tell which one
/// was running when something went wrong.
#[derive(Debug)]
pub struct Round<T> {
    pub(super) items: Buffer<T>,
    /// The items before it were returned; the items from it on were not.
    pub(super) cursor: usize,
    /// The item of a round of one, which was returned without a move of its buffer.
    pub(super) lone: Option<T>,
}

/// What comes after a round.
pub enum Turn<T> {
    /// No round.
    Over,
    /// A round in the place of the one before.
    Round,
    /// A round of this item alone.
    Lone(T),
}

impl<T> Round<T> {
    /// Returns how many items are still to come.
    #[inline]
    pub fn len(&self) -> usize {
        self.items.len() - self.cursor
    }

    /// Returns how many items were ready when the round began.
    #[inline]
    pub fn whole_len(&self) -> usize {
        if self.lone.is_some() { 1 } else { self.items.len() }
    }

    /// Returns true if no items are still to come.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.cursor == self.items.len()
    }

    /// Returns the items that are still to come, in order.
    #[inline]
    pub fn remaining(&self) -> &[T] {
        &self.items[self.cursor..]
    }

    /// Puts the items that are still to come in the order that `chooser` picks.
    ///
    /// For each place but the last, the chooser picks one of the items that are left
    /// ([`Choice::Ready`](crate::trace::Choice::Ready)). The others keep their order,
    /// so answers of zero change nothing. This costs one question an item, and log n
    /// steps for each.
    ///
    /// # Panics
    /// Panics if the chooser answers a number that is not below the number of options,
    /// which is a bug of the chooser.
    ///
    /// ```
    /// # mod groundup { pub use groundup_interweave as interweave; pub use groundup_interweave::trace; }
    /// use groundup::interweave::Rounds;
    /// use groundup::trace::Replay;
    ///
    /// let mut ready = Rounds::new();
    /// "abcd".chars().for_each(|c| ready.push(c));
    /// let mut round = ready.begin();
    /// round.order(&mut Replay::new([2, 0, 1]));
    /// assert_eq!(round.remaining(), ['c', 'a', 'd', 'b']);
    /// ```
    pub fn order(&mut self, chooser: &mut dyn Chooser) {
        self.order_among(chooser, &|_| Candidate::Unnamed);
    }

    /// Does what [`order`](Self::order) does, and `named` returns the name of an item for the chooser.
    ///
    /// # Panics
    /// See [`order`](Self::order).
    ///
    /// ```
    /// # mod groundup { pub use groundup_interweave as interweave; pub use groundup_interweave::trace; }
    /// use groundup::interweave::Rounds;
    /// use groundup::trace::{Candidate, Choice, Chooser};
    ///
    /// /// Runs the tasks with the highest numbers first.
    /// struct Youngest;
    ///
    /// impl Chooser for Youngest {
    ///     fn choose(&mut self, _: Choice, _: usize) -> usize {
    ///         0
    ///     }
    ///
    ///     fn choose_among(
    ///         &mut self,
    ///         _: Choice,
    ///         options: usize,
    ///         candidate: &dyn Fn(usize) -> Candidate,
    ///     ) -> usize {
    ///         (0..options).max_by_key(|at| candidate(*at)).unwrap_or(0)
    ///     }
    /// }
    ///
    /// let mut ready = Rounds::new();
    /// [2, 4, 3].into_iter().for_each(|task| ready.push(task));
    /// let mut round = ready.begin();
    /// round.order_among(&mut Youngest, &|task| Candidate::Task(*task));
    /// assert_eq!(round.remaining(), [4, 3, 2]);
    /// ```
    pub fn order_among(&mut self, chooser: &mut dyn Chooser, named: &dyn Fn(&T) -> Candidate) {
        arrange(&mut self.items[self.cursor..], chooser, named);
    }
}

impl<T: Copy> Round<T> {
    /// Returns the next item, or `None` when the round is over.
    #[expect(
        clippy::should_implement_trait,
        reason = "an iterator would invite `for`, which owns the round"
    )]
    #[inline]
    pub fn next(&mut self) -> Option<T> {
        let item = *self.items.get(self.cursor)?;
        self.cursor += 1;
        Some(item)
    }

    /// Calls `each` with the items that are still to come, in order. If `each` panics, its item is
    /// the [current](Self::current) one, and the items after it are still to come.
    ///
    /// This takes fewer instructions than a loop with [`next`](Self::next): the cursor is written
    /// once, at the beginning, and set back by a panic.
    ///
    /// ```
    /// # mod groundup { pub use groundup_interweave as interweave; }
    /// use groundup::interweave::Rounds;
    ///
    /// let mut ready = Rounds::new();
    /// [1, 2, 3].into_iter().for_each(|n| ready.push(n));
    /// let mut round = ready.begin();
    /// let mut sum = 0;
    /// round.run(|n| sum += n);
    /// assert_eq!((sum, round.len(), round.whole_len()), (6, 0, 3));
    /// ```
    #[inline(always)] // Speed: yield_many.
    pub fn run(&mut self, each: impl FnMut(T)) {
        self.run_on(each, |_, _| Turn::Over);
    }

    /// Runs on
    #[inline(always)] // Speed: yield_many.
    pub fn run_on(
        &mut self,
        mut each: impl FnMut(T),
        mut next: impl FnMut(&mut Self, usize) -> Turn<T>,
    ) {
        let mut walk = Walk {
            round: mem::take(self),
            home: self,
        };
        let mut entries = walk.round.whole_len();
        loop {
            let item = match walk.round.next() {
                Some(item) => item,
                None => match next(&mut walk.round, entries) {
                    Turn::Over => break,
                    Turn::Round => {
                        entries = walk.round.items.len();
                        continue;
                    }
                    Turn::Lone(item) => {
                        entries = 1;
                        item
                    }
                },
            };
            each(item);
        }
    }

    /// Returns the item that was returned last, or `None` before the first.
    #[inline]
    pub fn current(&self) -> Option<T> {
        if self.lone.is_some() {
            return self.lone;
        }
        Some(self.items[self.cursor.checked_sub(1)?])
    }
}

struct Walk<'a, T> {
    round: Round<T>,
    home: &'a mut Round<T>,
}

impl<T> Drop for Walk<'_, T> {
    #[inline(always)]
    fn drop(&mut self) {
        *self.home = mem::take(&mut self.round);
    }
}

impl<T> Default for Round<T> {
    fn default() -> Self {
        Round { items: Vec::new(), cursor: 0, lone: None }
    }
}
