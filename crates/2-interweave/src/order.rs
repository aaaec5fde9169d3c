//! The order of a round, when a chooser is asked for it.
//!
//! The question is always the same: of the items still left, which one comes
//! next? Asked once for every place of a round, the answers spell a
//! permutation, and every permutation has exactly one such spelling:
//!
//! ```text
//!   left: a b c d     choose(4) = 2   ->  c
//!   left: a b d       choose(3) = 0   ->  a
//!   left: b d         choose(2) = 1   ->  d
//!   left: b           not a choice    ->  b          order: c a d b
//! ```
//!
//! Taking the k-th item out of a list and closing the gap is right, and costs a
//! walk along the list for each place. That is the better way for a few items.
//! For many, the places left are kept in a Fenwick tree, where "the k-th one
//! left" is found and struck out in one descent of log n steps.
//!
//! Invariants
//! 1. The chooser is asked `n - 1` times for `n` items, with `n`, `n - 1`, ..., 2
//!    options. Both ways ask the same questions and give the same order.
//! 2. Answers of zero leave the order as it is.
//! 3. No item is copied or lost: items are only exchanged.
//!
//! Read next: `round.rs`, whose rounds are put in order here.

use groundup_generator::trace::{Choice, Chooser};

/// Up to so many items the plain way is the faster one.
const FEW: usize = 64;

/// Puts `items` in the order that `chooser` wants.
pub(crate) fn arrange<T>(items: &mut [T], chooser: &mut dyn Chooser) {
    if items.len() <= FEW {
        arrange_few(items, chooser);
    } else {
        let mut sources = spell(items.len(), chooser);
        permute(items, &mut sources);
    }
}

/// Asks which of `options` comes next: the chooser, unless there is no choice.
#[inline]
pub(crate) fn ask<C: Chooser + ?Sized>(chooser: &mut C, options: usize) -> usize {
    if options < 2 {
        return 0;
    }
    let answer = chooser.choose(Choice::Ready, options);
    assert!(
        answer < options,
        "the chooser answered {answer} when asked for one of {options}: \
         make it answer a number below the number of options"
    );
    answer
}

/// Brings the chosen item to the front of what is left, place by place.
fn arrange_few<T>(items: &mut [T], chooser: &mut dyn Chooser) {
    for place in 0..items.len() {
        let left = &mut items[place..];
        let chosen = ask(chooser, left.len());
        left[..=chosen].rotate_right(1);
    }
}

/// The order in full: the item for place `p` now stands at place `result[p]`.
fn spell(places: usize, chooser: &mut dyn Chooser) -> Vec<usize> {
    // Node i (counted from 1) holds how many are left of the `i & -i` places
    // that end in place i. In the beginning that is all of them.
    let mut left: Vec<usize> = (0..=places).map(|i| i & i.wrapping_neg()).collect();
    (0..places)
        .map(|done| strike_out(&mut left, ask(chooser, places - done)))
        .collect()
}

/// Finds the place of the item that has `before` others left before it, and
/// strikes it out.
fn strike_out(left: &mut [usize], mut before: usize) -> usize {
    let (mut place, mut stride) = (0, left.len().next_power_of_two());
    while stride > 0 {
        let node = place + stride;
        if node < left.len() {
            if left[node] <= before {
                before -= left[node];
                place = node;
            } else {
                left[node] -= 1; // the one struck out is below this node
            }
        }
        stride /= 2;
    }
    place
}

/// Brings the item at `sources[p]` to place `p`, for all places, by walking
/// along each cycle once. A place that is done points at itself.
fn permute<T>(items: &mut [T], sources: &mut [usize]) {
    for start in 0..items.len() {
        let mut place = start;
        while sources[place] != start {
            let source = sources[place];
            items.swap(place, source);
            sources[place] = place;
            place = source;
        }
        sources[place] = place;
    }
}
