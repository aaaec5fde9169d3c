//! A round: what was ready when it began, and how far it has come.
//!
//! Whoever goes through a list while others add to it must know where it ends.
//! A round ends where the list ended when it began, because it took that list
//! with it; what is added goes into another one. So it is a buffer and a cursor:
//!
//! ```text
//!   items    [ A B C D E ]
//!                  ^
//!               cursor     A and B were given out; B is the current one
//! ```
//!
//! Invariants
//! 1. Every item is given out once, in the order in which they stand.
//! 2. Only what was not given out can be put in another order.
//!
//! Read next: the interweavers built on it, and floor 3, whose ready queue
//! this is.

use groundup_generator::trace::Chooser;

use crate::order::arrange;

/// The buffer of a round. In a box, because it changes hands twice a round: one
/// word to move instead of three. A loop whose rounds have a single item feels
/// it: measured there, 5 ns a round instead of 12.
pub(crate) type Buffer<T> = Box<Vec<T>>;

/// One round of a [`Rounds`](crate::Rounds): what was ready when it began, in order.
///
/// The items are small and copied out (an index, a ticket); a round keeps what
/// it has given until it is finished, so that [`current`](Self::current) can
/// tell who was running when something went wrong.
#[derive(Debug)]
pub struct Round<T> {
    pub(crate) items: Buffer<T>,
    /// Items before it were given out; those from it on were not.
    pub(crate) cursor: usize,
}

impl<T> Round<T> {
    /// How many items are still to come.
    #[inline]
    pub fn len(&self) -> usize {
        self.items.len() - self.cursor
    }

    /// Whether no items are still to come.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.cursor == self.items.len()
    }

    /// The items still to come, first one first.
    #[inline]
    pub fn remaining(&self) -> &[T] {
        &self.items[self.cursor..]
    }

    /// Puts the items still to come in the order that `chooser` wants.
    ///
    /// For each place but the last it is asked which of the items still left
    /// comes there ([`Choice::Ready`](crate::trace::Choice::Ready)). The others
    /// keep their order, so answers of zero change nothing. Costs one question
    /// an item, and log n steps each.
    ///
    /// # Panics
    /// If the chooser answers with a number that is not below the number of
    /// options: a bug of the chooser.
    ///
    /// ```
    /// use groundup_interweave::{Rounds, trace::Replay};
    ///
    /// let mut ready = Rounds::new();
    /// "abcd".chars().for_each(|c| ready.push(c));
    /// let mut round = ready.begin();
    /// round.order(&mut Replay::new([2, 0, 1]));
    /// assert_eq!(round.remaining(), ['c', 'a', 'd', 'b']);
    /// ```
    pub fn order(&mut self, chooser: &mut dyn Chooser) {
        arrange(&mut self.items[self.cursor..], chooser);
    }
}

impl<T: Copy> Round<T> {
    /// The next item, or `None` when the round is over.
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

    /// The item that [`next`](Self::next) gave last, or `None` before the first.
    #[inline]
    pub fn current(&self) -> Option<T> {
        Some(self.items[self.cursor.checked_sub(1)?])
    }
}
