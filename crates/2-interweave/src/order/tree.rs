//! Finds the order of many items with a Fenwick tree.
//!
//! The chooser says "the k-th of the items that are left". To find that item in a list
//! with gaps takes a walk along the list, for every place of the round. A Fenwick tree
//! keeps counts instead. Its nodes are counted from 1, the places from 0: node i counts
//! the places that are left among the last `i & -i` places before place i. One descent
//! of log n steps finds the place that has k others before it, and strikes it out on the
//! way:
//!
//! ```text
//!   place            0  1  2  3  4  5  6  7
//!   struck out             x     x
//!   node 1, 3, 5, 7  1     0     0     1          1 place each
//!   node 2, 6           2           1             2 places each
//!   node 4                    3                   4 places
//!   node 8                                6       8 places
//!
//!   k = 3    node 8: 6 are left there, more than 3     the place is among them
//!            node 4: 3 are left there, not more        skip places 0 to 3; k = 0
//!            node 6: 1 is left there, more than 0      the place is among them
//!            node 5: 0 are left there, not more        skip place 4: it is place 5
//! ```
//!
//! Invariants
//! 1. The chooser is asked `n - 1` times for `n` items, with `n`, `n - 1`, ..., 2
//!    options, as the plain way of `order.rs` asks it.
//! 2. The answers are a permutation: each place is struck out once.
//! 3. No item is copied or lost: items are only exchanged.
//!
//! Read next: `rounds/round.rs`, whose items this file arranges.

use std::cell::Cell;

use groundup_generator::trace::Chooser;

use crate::order::{Named, ask};

/// Puts `items` in the order that `chooser` picks, in log n steps an item.
pub(super) fn arrange_many<T>(items: &mut [T], chooser: &mut dyn Chooser, named: Named<'_, T>) {
    let mut sources = spell(items, chooser, named);
    permute(items, &mut sources);
}

/// Asks for the whole order: the item for place `p` now stands at place `result[p]`.
fn spell<T>(items: &[T], chooser: &mut dyn Chooser, named: Named<'_, T>) -> Vec<usize> {
    let places = items.len();
    // At the beginning all places are left. Nodes are counted from 1.
    let left = (0..=places).map(|i| Cell::new(i & i.wrapping_neg()));
    let left: Vec<Cell<usize>> = left.collect();
    let name = |at| named(&items[find(&left, at, 0)]);
    (0..places)
        .map(|done| find(&left, ask(chooser, places - done, &name), 1))
        .collect()
}

/// Returns the place with `before` other places left in front of it. Strikes it out if `strike` is 1,
/// and leaves it if that is 0.
fn find(left: &[Cell<usize>], mut before: usize, strike: usize) -> usize {
    let (mut place, mut stride) = (0, left.len().next_power_of_two());
    while stride > 0 {
        let node = place + stride;
        if let Some(count) = left.get(node) {
            if count.get() <= before {
                before -= count.get();
                place = node;
            } else {
                count.set(count.get() - strike); // the place is below this node
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
