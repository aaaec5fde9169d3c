//! Put: the future that adds an item to a queue.
//!
//! The problem: a future that waits for room owns the item. It must not lose the item or put it
//! twice. If it is dropped after it was notified of room, it must pass the notice on.
//!
//! ```text
//!   poll ── room? ── yes ──────────────────> put, Ready
//!             │ no      ^
//!             v         │ yes
//!           in line ── notified: room? ── no, a newcomer was faster ──> to the end of the line
//! ```
//!
//! Invariant: a put that is dropped after its notice passes the notice on, if there is room.
//!
//! Read next: `queue/stream.rs`.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use groundup_combinators::task::Scheduler;
use groundup_combinators::trace::Wait;

use crate::error::PutError;
use crate::queue::store::QueueStore;
use crate::queue::{BaseQueue, ROOM};
use crate::wait_list::Place;

impl<S: QueueStore> BaseQueue<S> {
    /// Adds an item; waits while the queue is full.
    ///
    /// # Errors
    ///
    /// [`PutError::ShutDown`] with the item, if the queue was shut down.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped or cancelled before it has returned, the item was not put, and is
    /// dropped with it.
    ///
    /// # Panics
    ///
    /// If a task of another loop has waited for this queue.
    #[inline]
    pub fn put(&self, item: S::Item) -> QueuePut<'_, S> {
        QueuePut {
            queue: self,
            item: Some(item),
            place: Place::default(),
        }
    }
}

/// Adds an item to a queue. Made by [`BaseQueue::put`].
#[must_use = "a future does nothing unless it is awaited"]
pub struct QueuePut<'a, S: QueueStore> {
    queue: &'a BaseQueue<S>,
    /// The item, until the end.
    item: Option<S::Item>,
    place: Place,
}

// The item is never pinned.
impl<S: QueueStore> Unpin for QueuePut<'_, S> {}

impl<S: QueueStore> QueuePut<'_, S> {
    /// Leaves the line, and passes a notice on.
    #[cold]
    fn give_up(&mut self) {
        let putters = &self.queue.putters;
        if putters.leave(&mut self.place) && self.queue.lets_put() {
            putters.wake_one();
        }
    }

    fn finish(&mut self) -> Poll<Result<(), PutError<S::Item>>> {
        self.place.end();
        let item = self.item.take().expect("it is there until the end");
        Poll::Ready(self.queue.put_nowait(item))
    }

    /// Goes on in the line, or joins it.
    #[inline(never)]
    fn poll_in_line(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), PutError<S::Item>>> {
        let (queue, place) = (self.queue, &mut self.place);
        place.assert_not_over("put");
        let putters = &queue.putters;
        if Scheduler::holds_back_if(cx, || putters.is_notified(place) && queue.lets_put()) {
            return Poll::Pending;
        }
        // A new place: the future is a newcomer, or it was notified just now.
        if (place.is_new() || putters.poll(place, cx)) && queue.lets_put() {
            return self.finish();
        }
        let room = |queue: &str| Wait::Other(format!("room in {queue}").into());
        queue.home.wait(ROOM, cx, room);
        if place.is_new() {
            putters.join(place, cx);
        }
        Poll::Pending
    }
}

impl<S: QueueStore> Future for QueuePut<'_, S> {
    type Output = Result<(), PutError<S::Item>>;

    #[inline(always)]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if Scheduler::holds_back_if(cx, || this.place.is_new() && this.queue.lets_put()) {
            return Poll::Pending;
        }
        if !this.place.is_new() || !this.queue.try_put(&mut this.item) {
            return this.poll_in_line(cx);
        }
        this.place.end();
        Poll::Ready(Ok(()))
    }
}

impl<S: QueueStore> Drop for QueuePut<'_, S> {
    #[inline]
    fn drop(&mut self) {
        if self.place.is_taken() {
            self.give_up();
        }
    }
}

impl<S: QueueStore> fmt::Debug for QueuePut<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("QueuePut").field(&self.queue.home).finish()
    }
}
