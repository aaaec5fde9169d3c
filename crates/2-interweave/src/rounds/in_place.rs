//! Runs a round in place: looks at each item where it is.
//!
//! A round that takes every item out of one buffer and puts most items into the second
//! buffer moves each item once. For tickets of eight bytes such a move costs little, but a
//! generator can be of any size. If no other code pushes meanwhile, the second buffer
//! would only be a copy of the first without the ended items. So the items can stay in
//! the first buffer:
//!
//! ```text
//!   before   [ A B C D E ]        each item is looked at once, in order
//!   during   [ A C | B | D E ]    B ended; kept items move up by exchange
//!                  ^   ^
//!               gone   at
//!   after    [ A C D E ]
//! ```
//!
//! As long as no item ends, nothing moves: the round is one walk over one slice, which
//! processors do fastest.
//!
//! Invariants
//! 1. Every item is looked at exactly once, in order, and the kept items keep their
//!    order. The result is the same as if each item were taken out and put back.
//! 2. The items that are not kept are dropped when the walk ends.
//! 3. If the look at an item panics, that item is dropped, and the items that were not
//!    reached come first, as if the item had been taken out and not put back.
//! 4. If the visit to a value panics, the item of that value is kept, as if it had been put back.
//!
//! Read next: floor 3, `groundup-task`, whose ready queue is made of rounds.

/// Looks at every item once, keeps the items for which `look` returns a value, and
/// passes each value to `visit`.
#[inline]
pub(super) fn run_in_place<T, V>(
    items: &mut Vec<T>,
    mut look: impl FnMut(&mut T) -> Option<V>,
    mut visit: impl FnMut(V),
) {
    let mut walk = Walk {
        items,
        begun: 0,
        at: 0,
        gone: 0,
    };
    // As long as all items are kept, nothing moves.
    for item in walk.items.iter_mut() {
        walk.begun += 1;
        let value = look(item);
        walk.at += 1;
        match value {
            Some(value) => visit(value),
            None => {
                walk.gone = 1;
                break;
            }
        }
    }
    // From here on there is a gap, and kept items move up across it.
    while let Some(item) = walk.items.get_mut(walk.at) {
        walk.begun += 1;
        let value = look(item);
        match value {
            Some(value) => {
                walk.items.swap(walk.at - walk.gone, walk.at);
                walk.at += 1;
                visit(value);
            }
            None => {
                walk.gone += 1;
                walk.at += 1;
            }
        }
    }
}

/// A walk along the items. Its `Drop` closes the gap at every kind of end.
struct Walk<'a, T> {
    items: &'a mut Vec<T>,
    /// How many items were looked at, including the current one.
    begun: usize,
    /// The index of the next item to look at: `begun` between two items, and the index of
    /// the current item after a panic of `look`.
    at: usize,
    /// How many items are to be dropped: the last ones before `at`.
    gone: usize,
}

impl<T> Drop for Walk<'_, T> {
    fn drop(&mut self) {
        let kept = self.at - self.gone;
        // After a panic the items from `begun` on come first. After a whole walk there
        // are none, and this moves nothing.
        self.items.rotate_left(self.begun);
        let first_gone = self.items.len() - self.begun + kept;
        self.items.truncate(first_gone);
    }
}
