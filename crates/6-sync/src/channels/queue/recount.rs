//! Puts the accounts of a queue right after a panic of its store.
//!
//! The problem: the store of a queue may run code of the user: a priority queue compares its items,
//! and a program may write a store of its own. Such code may panic in the middle of a put or a take.
//! By then the store may have the item, or may have lost one. If the queue did not count this, a
//! getter would wait beside an item, or a `join` for an item that is gone.
//!
//! ```text
//!   put or take ── returns ──> defused: the queue counts as always
//!        └── panics ──> the borrow of the store ends ──> the items are counted again
//! ```
//!
//! Invariants:
//! 1. After a panic of a store, the count of unfinished items and the lines are as if each item that
//!    appeared was put, and each item that disappeared was taken and done.
//! 2. A token of the future whose poll panics is not lost.
//!
//! Read next: `channels/queue/put.rs`.

use crate::channels::queue::BaseQueue;
use crate::channels::queue::store::QueueStore;

/// Counts the items again when it is dropped, which happens in a panic only.
pub(super) struct RecountOnPanic<'a, S: QueueStore> {
    pub(super) queue: &'a BaseQueue<S>,
    /// The number of items before the store was called.
    pub(super) count: usize,
}

impl<S: QueueStore> RecountOnPanic<'_, S> {
    /// Ends the watch: the store has returned.
    #[inline]
    pub(super) fn defuse(self) {
        std::mem::forget(self);
    }
}

impl<S: QueueStore> Drop for RecountOnPanic<'_, S> {
    #[cold]
    fn drop(&mut self) {
        let RecountOnPanic { queue, count } = *self;
        let now = queue.len();
        for _ in count..now {
            queue.unfinished.set(queue.unfinished.get() + 1);
            queue.getters.wake_one();
        }
        for _ in now..count {
            // An item more than `task_done` allows is no error here.
            let _ = queue.task_done();
            queue.putters.wake_one();
        }
        // The future whose poll panics may have had a token, which goes on to the next waiter.
        if queue.lets_get() {
            queue.getters.wake_one();
        }
        if queue.lets_put() {
            queue.putters.wake_one();
        }
    }
}
