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
//! 4. If the visit to a value panics, the item that gave it is kept: it had been
//!    put back.
//!
//! Read next: `weave.rs`, the interweaver that does this.

/// Looks at every item once, and keeps those for which `look` gives a value; the
/// value goes to `visit`.
#[inline]
pub(crate) fn sweep<T, V>(
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
    // As long as all are kept, nothing moves.
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
    // From here on there is a gap, and what is kept moves up across it.
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

/// A walk along the items, which closes the gap when it ends, however it ends.
struct Walk<'a, T> {
    items: &'a mut Vec<T>,
    /// How many items were looked at, or are being looked at.
    begun: usize,
    /// Items before it were looked at. It is `begun`, unless looking at an item
    /// panicked: then it is that item.
    at: usize,
    /// How many of those are to be dropped: the last ones before `at`.
    gone: usize,
}

impl<T> Drop for Walk<'_, T> {
    fn drop(&mut self) {
        let kept = self.at - self.gone;
        // After a panic the items from `begun` on come first. After a whole walk
        // there are none, and this turns nothing.
        self.items.rotate_left(self.begun);
        let first_gone = self.items.len() - self.begun + kept;
        self.items.truncate(first_gone);
    }
}
