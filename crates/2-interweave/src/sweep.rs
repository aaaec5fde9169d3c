//! A round without moving anything: look at each item where it is.
//!
//! A round that takes every item out of one buffer and puts most of them back
//! into the other moves each of them once. For tickets of eight bytes that is
//! nothing; a generator can be of any size. When nobody else pushes meanwhile,
//! the second buffer would only be a copy of the first without those that
//! ended, so the items may as well stay:
//!
//! ```text
//!   before   [ A B C D E ]        each is looked at once, in order
//!   during   [ A C | B | D E ]    B ended; what is kept moves up by exchange
//!                  ^   ^
//!               gone   at
//!   after    [ A C D E ]
//! ```
//!
//! As long as nobody ended, nothing moves at all: one walk over one slice, which
//! is the fastest thing a processor does.
//!
//! Invariants
//! 1. Every item is looked at exactly once, in order; what is kept keeps its
//!    order. The result is that of taking each out and putting it back.
//! 2. What is not kept is dropped when the walk ends.
//! 3. If looking at an item panics, that item is dropped, and the ones not yet
//!    looked at come first: as if the culprit had been taken out and not put back.
//!
//! Read next: `weave.rs`, the interweaver that does this.

/// Looks at every item once; keeps those for which `keep` says so.
#[inline]
pub(crate) fn sweep<T>(items: &mut Vec<T>, mut keep: impl FnMut(&mut T) -> bool) {
    let mut walk = Walk {
        items,
        at: 0,
        gone: 0,
    };
    // As long as all are kept, nothing moves.
    for item in walk.items.iter_mut() {
        let kept = keep(item);
        walk.at += 1;
        if !kept {
            walk.gone = 1;
            break;
        }
    }
    // From here on there is a gap, and what is kept moves up across it.
    while let Some(item) = walk.items.get_mut(walk.at) {
        if keep(item) {
            walk.items.swap(walk.at - walk.gone, walk.at);
        } else {
            walk.gone += 1;
        }
        walk.at += 1;
    }
}

/// A walk along the items, which closes the gap when it ends, however it ends.
struct Walk<'a, T> {
    items: &'a mut Vec<T>,
    /// Items before it were looked at. It is the end, unless there was a panic:
    /// then it is the culprit.
    at: usize,
    /// How many of those are to be dropped: the last ones before `at`.
    gone: usize,
}

impl<T> Drop for Walk<'_, T> {
    fn drop(&mut self) {
        let kept = self.at - self.gone;
        let seen = self.items.len().min(self.at + 1);
        // After a panic the items from `seen` on come first. After a whole walk
        // there are none, and this turns nothing.
        self.items.rotate_left(seen);
        let first_gone = self.items.len() - seen + kept;
        self.items.truncate(first_gone);
    }
}
