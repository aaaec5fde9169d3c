//! SharedQueueGuard: shuts a queue between loops down when it is dropped.
//!
//! The problem: a getter waits in one loop, and the last task that would put an item has ended in
//! another: by an error, by a cancel, or with its loop. The getter cannot know, since any other thread may
//! have a handle of the queue. So the task that puts holds a guard. Whatever ends the task drops it.
//!
//! Invariants:
//! 1. A guard shuts its queue down at most once, and not after `disarm`.
//! 2. A loop that ends drops the futures of its tasks, so no getter waits for a loop that is gone.
//!
//! Read next: `fleet/member.rs`.

use std::fmt;
use std::ops::Deref;

use super::shared_queue::SharedQueue;

impl<T: Send> SharedQueue<T> {
    /// Makes a guard that shuts the queue down when it is dropped. It has the methods of the queue.
    ///
    /// Getters take the items that are left, and then get [`QueueShutDown`](crate::QueueShutDown). If
    /// several tasks put, the guard belongs to the one that ends last.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::{*, executor::*}; }
    /// use groundup::{Fleet, QueueShutDown, SharedQueue, run, stop};
    ///
    /// run(async {
    ///     let fleet = Fleet::new(1);
    ///     let queue = SharedQueue::new(8);
    ///     let numbers = queue.clone().drop_guard();
    ///     let task = fleet.spawn_on(0, async move || {
    ///         numbers.put(1).await.unwrap();
    ///         stop(); // the loop ends, and the task with it
    ///         numbers.put(2).await.unwrap();
    ///         std::future::pending::<()>().await;
    ///     });
    ///     assert_eq!(queue.get().await, Ok(1));
    ///     assert_eq!(queue.get().await, Ok(2));
    ///     assert_eq!(queue.get().await, Err(QueueShutDown)); // and not for ever
    ///     task.await.unwrap_err();
    /// });
    /// ```
    pub fn drop_guard(self) -> SharedQueueGuard<T> {
        SharedQueueGuard {
            queue: self,
            armed: true,
        }
    }
}

/// Shuts a [`SharedQueue`] down when it is dropped. Made by [`SharedQueue::drop_guard`].
#[must_use = "the queue is shut down when the guard is dropped"]
pub struct SharedQueueGuard<T: Send> {
    queue: SharedQueue<T>,
    /// Until `disarm`.
    armed: bool,
}

impl<T: Send> SharedQueueGuard<T> {
    /// Returns a handle of the queue, which the drop of the guard does not shut down any more.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// let guard = groundup::SharedQueue::<u8>::new(1).drop_guard();
    /// assert!(!guard.disarm().is_shut_down());
    /// ```
    pub fn disarm(mut self) -> SharedQueue<T> {
        self.armed = false;
        self.queue.clone()
    }
}

impl<T: Send> Deref for SharedQueueGuard<T> {
    type Target = SharedQueue<T>;

    fn deref(&self) -> &SharedQueue<T> {
        &self.queue
    }
}

impl<T: Send> Drop for SharedQueueGuard<T> {
    fn drop(&mut self) {
        if self.armed {
            self.queue.shutdown();
        }
    }
}

impl<T: Send> fmt::Debug for SharedQueueGuard<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SharedQueueGuard")
            .field(&self.queue)
            .finish()
    }
}
