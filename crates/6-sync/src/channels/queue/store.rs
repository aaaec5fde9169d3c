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
//! Read next: `channels/queue/put.rs`.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

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

    /// Adds an item.
    fn put(&mut self, item: Self::Item);

    /// Removes the item that is first in the order of this store; `None` if there is none.
    fn take(&mut self) -> Option<Self::Item>;

    /// Returns the number of items.
    fn count(&self) -> usize;

    /// Returns all items, in any order.
    fn into_items(self) -> Vec<Self::Item>;
}

/// The oldest item first.
impl<T> QueueStore for VecDeque<T> {
    type Item = T;

    #[inline]
    fn put(&mut self, item: T) {
        self.push_back(item);
    }

    #[inline]
    fn take(&mut self) -> Option<T> {
        self.pop_front()
    }

    #[inline]
    fn count(&self) -> usize {
        self.len()
    }

    fn into_items(self) -> Vec<T> {
        self.into()
    }
}

/// The newest item first.
impl<T> QueueStore for Vec<T> {
    type Item = T;

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

    fn into_items(self) -> Vec<T> {
        self
    }
}

/// Returns the lowest item first, and of equal items the oldest: the store of a
/// [`PriorityQueue`](crate::PriorityQueue).
#[derive(Clone, Debug)]
pub struct Lowest<T> {
    heap: BinaryHeap<Reverse<(T, u64)>>,
    /// The number of items that were ever put.
    puts: u64,
}

impl<T: Ord> Default for Lowest<T> {
    fn default() -> Self {
        Lowest {
            heap: BinaryHeap::new(),
            puts: 0,
        }
    }
}

impl<T: Ord> QueueStore for Lowest<T> {
    type Item = T;

    fn put(&mut self, item: T) {
        self.puts += 1;
        self.heap.push(Reverse((item, self.puts)));
    }

    fn take(&mut self) -> Option<T> {
        let Reverse((item, _)) = self.heap.pop()?;
        Some(item)
    }

    fn count(&self) -> usize {
        self.heap.len()
    }

    fn into_items(self) -> Vec<T> {
        let items = self.heap.into_vec().into_iter();
        items.map(|Reverse((item, _))| item).collect()
    }
}
