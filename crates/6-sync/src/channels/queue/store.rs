//! Stores the items of a queue, in the order in which they will be taken.
//!
//! The problem: asyncio has three queues, which differ in one point: the item that `get` returns
//! first. The waiting, the counting and the shutdown are the same. So a queue has a store for its
//! items, and the store decides the order.
//!
//! ```text
//!   VecDeque   put ──> [ c b a ] ──> take     the oldest first
//!   Vec        put ──> [ a b c                the newest first
//!              take <──
//!   Lowest     put ──> heap ──> take          the lowest first, and of equal ones the oldest
//! ```
//!
//! Invariant: a store returns each item that was put once, by `take` or by `into_items`.
//!
//! Read next: `channels/queue/recount.rs`.

use std::collections::VecDeque;

/// Keeps the items of a queue: see [`BaseQueue`](crate::BaseQueue). A program that needs an order
/// of its own implements this.
///
/// ```
/// # mod groundup { pub use groundup_sync::*; }
/// use groundup::{BaseQueue, QueueStore};
///
/// /// Takes the longest word first.
/// #[derive(Default)]
/// struct Longest(Vec<String>);
///
/// impl QueueStore for Longest {
///     type Item = String;
///
///     fn put(&mut self, word: String) {
///         self.0.push(word);
///         self.0.sort_by_key(String::len);
///     }
///     fn take(&mut self) -> Option<String> {
///         self.0.pop()
///     }
///     fn count(&self) -> usize {
///         self.0.len()
///     }
///     fn into_items(self) -> Vec<String> {
///         self.0
///     }
/// }
///
/// let words = BaseQueue::<Longest>::unbounded();
/// for word in ["a", "queue", "of"] {
///     words.put_nowait(word.into()).unwrap();
/// }
/// assert_eq!(words.get_nowait().unwrap(), "queue");
/// ```
pub trait QueueStore: Default {
    /// The type of the items.
    type Item;

    /// The name of the kind of queue that a `Debug` text begins with.
    const KIND: &'static str = "Queue";

    /// Adds an item.
    fn put(&mut self, item: Self::Item);

    /// Removes the item that is first in the order of this store; `None` if there is none.
    fn take(&mut self) -> Option<Self::Item>;

    /// Returns the number of items.
    fn count(&self) -> usize;

    /// Returns true if the next `put` allocates nothing and runs no code of the program's. A queue
    /// then puts the item in the shortest way. A store that never returns true is a correct one.
    // Speed: queue_stream_1024.
    #[inline]
    fn has_room(&self) -> bool {
        false
    }

    /// Returns all items, in any order.
    fn into_items(self) -> Vec<Self::Item>;
}

/// The oldest item first.
impl<T> QueueStore for VecDeque<T> {
    type Item = T;

    #[inline(always)] // Speed: queue_stream_1024.
    fn put(&mut self, item: T) {
        self.push_back(item);
    }

    #[inline(always)] // Speed: queue_stream_1024.
    fn take(&mut self) -> Option<T> {
        self.pop_front()
    }

    #[inline]
    fn count(&self) -> usize {
        self.len()
    }

    #[inline]
    fn has_room(&self) -> bool {
        self.len() < self.capacity()
    }

    fn into_items(self) -> Vec<T> {
        self.into()
    }
}

/// The newest item first.
impl<T> QueueStore for Vec<T> {
    type Item = T;

    const KIND: &'static str = "LifoQueue";

    #[inline]
    fn put(&mut self, item: T) {
        self.push(item);
    }

    #[inline]
    fn take(&mut self) -> Option<T> {
        self.pop()
    }

    #[inline]
    fn count(&self) -> usize {
        self.len()
    }

    #[inline]
    fn has_room(&self) -> bool {
        self.len() < self.capacity()
    }

    fn into_items(self) -> Vec<T> {
        self
    }
}

/// Returns the lowest item first, and of equal items the oldest: the store of a
/// [`PriorityQueue`](crate::PriorityQueue).
///
/// It is a binary heap: no entry is lower than its parent, whose index is half of its own.
///
/// The order of the items is code of the user and may panic, while the queue is borrowed. So an item
/// moves only inside the heap until the last comparison is over. A panic loses no item and drops
/// none; only the order of the items may be wrong after it.
#[derive(Clone, Debug)]
pub struct Lowest<T> {
    /// The items, each with its number in the order of puts.
    heap: Vec<(T, u64)>,
    /// The number of items that were ever put.
    puts: u64,
}

impl<T> Default for Lowest<T> {
    fn default() -> Self {
        Lowest {
            heap: Vec::new(),
            puts: 0,
        }
    }
}

impl<T: Ord> QueueStore for Lowest<T> {
    type Item = T;

    const KIND: &'static str = "PriorityQueue";

    fn put(&mut self, item: T) {
        self.puts += 1;
        self.heap.push((item, self.puts));
        let heap = &mut self.heap[..];
        let mut at = heap.len() - 1;
        while at > 0 && heap[at] < heap[(at - 1) / 2] {
            heap.swap(at, (at - 1) / 2);
            at = (at - 1) / 2;
        }
    }

    fn take(&mut self) -> Option<T> {
        let last = self.heap.len().checked_sub(1)?;
        self.heap.swap(0, last);
        let heap = &mut self.heap[..last];
        let mut at = 0;
        while let Some(child) = lower_child(heap, at)
            && heap[child] < heap[at]
        {
            heap.swap(at, child);
            at = child;
        }
        self.heap.pop().map(|(item, _)| item)
    }

    fn count(&self) -> usize {
        self.heap.len()
    }

    fn into_items(self) -> Vec<T> {
        self.heap.into_iter().map(|(item, _)| item).collect()
    }
}

/// Returns the index of the lower child of an entry, if it has children.
fn lower_child<E: Ord>(heap: &[E], at: usize) -> Option<usize> {
    let [left, right] = [2 * at + 1, 2 * at + 2];
    match (heap.get(left)?, heap.get(right)) {
        (one, Some(other)) if other < one => Some(right),
        _ => Some(left),
    }
}
