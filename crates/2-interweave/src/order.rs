//! Arranges the items of a round in the order that a chooser picks.
//!
//! The question is always the same: of the items that are left, which one comes next?
//! The answers for every place of a round describe a permutation, and every permutation
//! has exactly one such description:
//!
//! ```text
//!   left: a b c d     choose(4) = 2   ->  c
//!   left: a b d       choose(3) = 0   ->  a
//!   left: b d         choose(2) = 1   ->  d
//!   left: b           not a choice    ->  b          order: c a d b
//! ```
//!
//! An interweaver that resumes one generator at a time needs only one answer at a time,
//! and calls [`ask`]. A round asks for its whole order at once, and calls [`arrange`].
//! For a few items, `arrange` takes the k-th item out of the list and closes the gap; that
//! costs a walk along the list for each place. For many items, `order/tree.rs` finds each
//! place in log n steps.
//!
//! Invariants
//! 1. The chooser is asked `n - 1` times for `n` items, with `n`, `n - 1`, ..., 2
//!    options. Both ways ask the same questions and give the same order.
//! 2. Answers of zero keep the order as it is.
//! 3. No item is copied or lost: items are only exchanged.
//! 4. The chooser gets a name for each item that is left.
//!
//! Access: only this page uses the tree, and no file outside asks a chooser by itself.
//!
//! Read next: `order/tree.rs`, the order of many items.

mod tree;

use groundup_generator::trace::{Candidate, Choice, Chooser};

use crate::order::tree::arrange_many;

/// Up to this many items, moving the items of the list is faster than the tree.
const FEW: usize = 64;

/// Returns the name of an item, for the chooser.
pub(crate) type Named<'a, T> = &'a dyn Fn(&T) -> Candidate;

/// Puts `items` in the order that `chooser` picks.
pub(crate) fn arrange<T>(items: &mut [T], chooser: &mut dyn Chooser, named: Named<'_, T>) {
    if items.len() <= FEW {
        arrange_few(items, chooser, named);
    } else {
        arrange_many(items, chooser, named);
    }
}

/// Asks the chooser which of `options` comes next; answers 0 itself if there is no choice.
/// `candidate` returns the name of each option.
#[inline]
pub(crate) fn ask<C: Chooser + ?Sized>(
    chooser: &mut C,
    options: usize,
    candidate: &dyn Fn(usize) -> Candidate,
) -> usize {
    if options < 2 {
        return 0;
    }
    let answer = chooser.choose_among(Choice::Ready, options, candidate);
    assert!(
        answer < options,
        "the chooser answered {answer} when asked for one of {options}: \
         make it answer a number below the number of options"
    );
    answer
}

/// Moves each chosen item to the front of the items that are left, place by place.
fn arrange_few<T>(items: &mut [T], chooser: &mut dyn Chooser, named: Named<'_, T>) {
    for place in 0..items.len() {
        let left = &mut items[place..];
        let chosen = ask(chooser, left.len(), &|at| named(&left[at]));
        left[..=chosen].rotate_right(1);
    }
}
