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
//! For a few items, the plain way is the better one: take the k-th item out of a list
//! and close the gap, which costs a walk along the list for each place. For many items,
//! a Fenwick tree keeps the places that are left. One descent of log n steps finds the
//! k-th of them and strikes it out.
//!
//! Invariants
//! 1. The chooser is asked `n - 1` times for `n` items, with `n`, `n - 1`, ..., 2
//!    options. Both ways ask the same questions and give the same order.
//! 2. Answers of zero keep the order as it is.
//! 3. No item is copied or lost: items are only exchanged.
//!
//! Read next: `round.rs`, whose items this file arranges.

use groundup_generator::trace::{Choice, Chooser};

/// Up to this many items the plain way is faster.
const FEW: usize = 64;

/// Puts `items` in the order that `chooser` picks.
pub(crate) fn arrange<T>(items: &mut [T], chooser: &mut dyn Chooser) {
    if items.len() <= FEW {
        arrange_few(items, chooser);
    } else {
        let mut sources = spell(items.len(), chooser);
        permute(items, &mut sources);
    }
}

/// Asks the chooser which of `options` comes next; answers 0 itself if there is no choice.
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

/// Moves each chosen item to the front of the items that are left, place by place.
fn arrange_few<T>(items: &mut [T], chooser: &mut dyn Chooser) {
    for place in 0..items.len() {
        let left = &mut items[place..];
        let chosen = ask(chooser, left.len());
        left[..=chosen].rotate_right(1);
    }
}

/// Asks for the whole order: the item for place `p` now stands at place `result[p]`.
fn spell(places: usize, chooser: &mut dyn Chooser) -> Vec<usize> {
    // Node i (counted from 1) counts the places that are left among the `i & -i` places
    // that end in place i. At the beginning all of them are left.
    let mut left: Vec<usize> = (0..=places).map(|i| i & i.wrapping_neg()).collect();
    (0..places)
        .map(|done| strike_out(&mut left, ask(chooser, places - done)))
        .collect()
}

/// Strikes out the place with `before` other places left in front of it, and returns it.
fn strike_out(left: &mut [usize], mut before: usize) -> usize {
    let (mut place, mut stride) = (0, left.len().next_power_of_two());
    while stride > 0 {
        let node = place + stride;
        if node < left.len() {
            if left[node] <= before {
                before -= left[node];
                place = node;
            } else {
                left[node] -= 1; // the place to strike out is below this node
            }
        }
        stride /= 2;
    }
    place
}

/// Brings the item at `sources[p]` to place `p`, for all places, by walking along each
/// cycle once. A place that is done contains its own index.
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
