//! Ends a queue, or waits until its items are done.
//!
//! The problem: a consumer that waits for an item cannot see that no producer is left. So a
//! producer that is the last shuts the queue down, and the consumers get an error instead of an
//! item. And a producer that wants to know that its items are used, and not only taken, waits
//! until the consumers have said so.
//!
//! ```text
//!               put            get                task_done
//!   outside ──────────> stored ─────> being used ───────────> done
//!              +1 unfinished                    -1 unfinished
//!                        └── shutdown_immediately, -1 ───────^
//! ```
//!
//! Invariants:
//! 1. The count of unfinished items is never less than the number of items in the queue, if
//!    `task_done` is called after `get`, once for each item.
//! 2. `join` returns if the count was zero once since it was called, also if it is not any more.
//!
//! Read next: `channels/oneshot.rs`.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use groundup_combinators::task::{EachTold, Scheduler};
use groundup_combinators::trace::{Access, Wait};

use crate::channels::queue::store::QueueStore;
use crate::channels::queue::{BaseQueue, THE_WORK};
use crate::error::NotAcquired;
use crate::wait_list::Place;

impl<S: QueueStore> BaseQueue<S> {
    /// Says that the work on one item, which was returned before, is done.
    ///
    /// # Errors
    ///
    /// [`NotAcquired`], if it is called more often than items were put.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::{*, executor::*}; }
    /// use groundup::{NotAcquired, Queue, run};
    ///
    /// run(async {
    ///     let queue = Queue::new(1);
    ///     queue.put("an order").await.unwrap();
    ///     queue.get().await.unwrap();
    ///     queue.task_done().unwrap();
    ///     queue.join().await; // returns: no item is unfinished
    ///     assert_eq!(queue.task_done(), Err(NotAcquired));
    /// });
    /// ```
    pub fn task_done(&self) -> Result<(), NotAcquired> {
        self.home.touch(Access::Write);
        let left = self.unfinished.get().checked_sub(1).ok_or(NotAcquired)?;
        self.unfinished.set(left);
        if left == 0 {
            self.joiners.notify_all();
        }
        Ok(())
    }

    /// Waits until [`task_done`](BaseQueue::task_done) was called for each item that was put.
    ///
    /// # Cancel safety
    ///
    /// A wait that is dropped or cancelled leaves the queue as it was.
    ///
    /// # Panics
    ///
    /// If a task of another loop has waited for this queue.
    #[track_caller]
    pub fn join(&self) -> QueueJoin<'_, S> {
        self.home.note_await(THE_WORK);
        QueueJoin {
            queue: self,
            place: Place::default(),
        }
    }

    /// Returns true if the queue was shut down.
    pub fn is_shut_down(&self) -> bool {
        self.home.touch(Access::Read);
        self.is_over()
    }

    /// Returns true if the queue was shut down. The caller has noted that it touches the queue.
    #[inline]
    pub(super) fn is_over(&self) -> bool {
        self.limit.get() == 0
    }

    /// Ends the queue: no more items can be put. Items in the queue can still be taken, and then
    /// `get` fails. All tasks that wait are woken.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::{*, executor::*}; }
    /// use groundup::{Queue, QueueShutDown, run};
    ///
    /// run(async {
    ///     let queue = Queue::new(2);
    ///     queue.put('a').await.unwrap();
    ///     queue.shutdown();
    ///     assert!(queue.put('b').await.is_err());
    ///     assert_eq!(queue.get().await, Ok('a'));
    ///     assert_eq!(queue.get().await, Err(QueueShutDown));
    /// });
    /// ```
    #[doc(alias = "close")]
    pub fn shutdown(&self) {
        self.home.touch(Access::Write);
        self.limit.set(0);
        self.getters.notify_all();
        self.putters.notify_all();
    }

    /// Ends the queue and drops its items, each of which counts as done: asyncio's
    /// `shutdown(immediate=True)`.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::{*, executor::*}; }
    /// use groundup::{Queue, QueueShutDown, run};
    ///
    /// run(async {
    ///     let queue = Queue::new(2);
    ///     queue.put('a').await.unwrap();
    ///     queue.shutdown_immediately();
    ///     queue.join().await;
    ///     assert_eq!(queue.get().await, Err(QueueShutDown));
    /// });
    /// ```
    pub fn shutdown_immediately(&self) {
        self.home.touch(Access::Write);
        self.limit.set(0);
        let items = EachTold::from(std::mem::take(&mut *self.store()).into_items());
        let left = self.unfinished.get().saturating_sub(items.len());
        self.unfinished.set(left);
        if left == 0 {
            self.joiners.notify_all();
        }
        self.shutdown();
        drop(items);
    }
}

/// Waits until all items of a queue are done. Made by [`BaseQueue::join`].
#[must_use = "a future does nothing unless it is awaited"]
pub struct QueueJoin<'a, S: QueueStore> {
    queue: &'a BaseQueue<S>,
    place: Place,
}

impl<S: QueueStore> BaseQueue<S> {
    /// Returns true if no item is unfinished.
    fn is_done(&self) -> bool {
        self.home.touch(Access::Read);
        self.unfinished.get() == 0
    }
}

impl<S: QueueStore> Future for QueueJoin<'_, S> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let (queue, place) = (this.queue, &mut this.place);
        place.assert_not_over("join");
        let joiners = &queue.joiners;
        let is_new = place.is_new();
        let over = match is_new {
            true => queue.is_done(),
            false => joiners.is_notified(place),
        };
        if over && Scheduler::holds_back(cx) {
            return Poll::Pending;
        }
        if is_new && !over {
            queue.home.wait(THE_WORK, cx, &queue.joiners, all_work);
            joiners.join(place, cx, || queue.unfinished.get() > 0);
            return Poll::Pending;
        }
        if !is_new && !joiners.poll(place, cx) {
            queue.home.wait(THE_WORK, cx, &queue.joiners, all_work);
            return Poll::Pending;
        }
        place.end();
        Poll::Ready(())
    }
}

fn all_work(queue: &str) -> Wait {
    Wait::Other(format!("the end of the work on all items of {queue}").into())
}

impl<S: QueueStore> Drop for QueueJoin<'_, S> {
    fn drop(&mut self) {
        let queue = self.queue;
        queue.home.leave(&queue.joiners, &mut self.place);
    }
}

impl<S: QueueStore> fmt::Debug for QueueJoin<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("QueueJoin").field(&self.queue.home).finish()
    }
}
