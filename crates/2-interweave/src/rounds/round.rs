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
//! A round of one item needs neither: [`Rounds::turn_over`](crate::Rounds::turn_over) returns the item
//! itself, and the round only keeps a copy, its *lone* item. In a loop with one busy task nearly every
//! round is such a round.
//!
//! Invariants
//! 1. Every item is returned once, in the order of the list.
//! 2. Only items that were not yet returned can be put in another order.
//! 3. While `lone` has an item, the cursor is at the end of the list, which is that of an earlier round:
//!    no item is to come.
//!
//! Read next: `rounds/in_place.rs`, a round that stays in its buffer.

use std::mem;

use groundup_generator::trace::{Candidate, Chooser};

use crate::order::arrange;

/// One round of a [`Rounds`](crate::Rounds): the items that were ready when it began, in order.
///
/// The items are small and copied out (an index, a ticket). A round keeps the returned
/// items until it is finished, so that [`current`](Self::current) can tell which one
/// was running when something went wrong.
#[derive(Debug)]
pub struct Round<T> {
    pub(super) items: Vec<T>,
    /// The items before it were returned; the items from it on were not.
    pub(super) cursor: usize,
    /// The item of a round of one that began in the place of another. `items` is then the list of an
    /// earlier round, all of whose items were returned.
    pub(super) lone: Option<T>,
}

/// Says which round begins after another: the answer of [`Rounds::turn_over`](crate::Rounds::turn_over).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a lone item is in it, and no round returns that item again"]
pub enum NextRound<T> {
    /// No round begins.
    None,
    /// A round of two items or more has begun, and none of them was returned yet.
    Begun,
    /// A round of this item alone has begun. The item counts as returned, so the caller runs it.
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
        match self.lone {
            Some(_) => 1,
            None => self.items.len(),
        }
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

    /// Calls `each` with the items that are still to come, in order.
    ///
    /// If `each` panics, its item is the [current](Self::current) one, and the items after it are
    /// still to come.
    ///
    /// ```
    /// # mod groundup { pub use groundup_interweave as interweave; }
    /// let mut ready = groundup::interweave::Rounds::new();
    /// [1, 2, 3].into_iter().for_each(|n| ready.push(n));
    /// let (mut round, mut sum) = (ready.begin(), 0);
    /// round.run(|n| sum += n);
    /// assert_eq!((sum, round.len(), round.whole_len()), (6, 0, 3));
    /// ```
    pub fn run(&mut self, each: impl FnMut(T)) {
        let (round, _) = mem::take(self).run_on(self, each, |_, _| NextRound::None);
        *self = round;
    }

    /// Runs this round and the rounds that `next` begins in its place, until `next` returns
    /// [`NextRound::None`].
    ///
    /// Calls `each` with every item. After each round, `next` is called with the round that is over and the
    /// number of its items, and returns the answer of [`Rounds::turn_over`](crate::Rounds::turn_over).
    ///
    /// Returns the last round and the number of its items, and leaves `back` as it was. If `each` or `next`
    /// panics, the round is stored in `back`: its [current](Self::current) item is the one of the panic, or
    /// the last one, and a second call goes on behind it.
    ///
    /// ```
    /// # mod groundup { pub use groundup_interweave as interweave; }
    /// use std::cell::RefCell;
    ///
    /// use groundup::interweave::{Round, Rounds};
    ///
    /// let (ready, mut seen) = (RefCell::new(Rounds::new()), Vec::new());
    /// ready.borrow_mut().push(3);
    /// let round = ready.borrow_mut().begin();
    /// let (round, last) = round.run_on(
    ///     &mut Round::default(),
    ///     |n| {
    ///         seen.push(n);
    ///         (1..n).for_each(|below| ready.borrow_mut().push(below));
    ///     },
    ///     |round, _items| ready.borrow_mut().turn_over(round, || true),
    /// );
    /// ready.borrow_mut().finish(round);
    /// assert_eq!((seen, last), (vec![3, 1, 2, 1], 1));
    /// ```
    #[inline(always)] // Speed: yield_one, yield_many, tcp_echo_1.
    pub fn run_on(
        self,
        back: &mut Self,
        mut each: impl FnMut(T),
        mut next: impl FnMut(&mut Self, usize) -> NextRound<T>,
    ) -> (Self, usize) {
        // The run owns the round, so the compiler keeps its parts in registers.
        let mut run = Run { round: self, back };
        let mut items = run.round.whole_len();
        loop {
            let item = match run.round.next() {
                Some(item) => item,
                None => match next(&mut run.round, items) {
                    NextRound::None => break,
                    NextRound::Begun => {
                        items = run.round.items.len();
                        continue;
                    }
                    NextRound::Lone(item) => {
                        items = 1;
                        item
                    }
                },
            };
            each(item);
        }
        let round = mem::take(&mut run.round);
        mem::forget(run); // it would put the empty round back
        (round, items)
    }

    /// Returns the item that was returned last, or `None` before the first.
    #[inline]
    pub fn current(&self) -> Option<T> {
        let last = || self.items.get(self.cursor.checked_sub(1)?).copied();
        self.lone.or_else(last)
    }
}

impl<T> Default for Round<T> {
    /// Makes a round of no items.
    fn default() -> Self {
        Round {
            items: Vec::new(),
            cursor: 0,
            lone: None,
        }
    }
}

/// A run of rounds. In a panic its drop puts the round back.
struct Run<'a, T> {
    round: Round<T>,
    back: &'a mut Round<T>,
}

impl<T> Drop for Run<'_, T> {
    #[inline(always)]
    fn drop(&mut self) {
        *self.back = mem::take(&mut self.round);
    }
}
