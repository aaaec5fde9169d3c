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
//! Read next: `channels/queue/stream.rs`.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use groundup_combinators::task::{Scheduler, Ticket};
use groundup_combinators::trace::Wait;

use crate::channels::queue::recount::RecountOnPanic;
use crate::channels::queue::store::QueueStore;
use crate::channels::queue::{BaseQueue, ROOM};
use crate::error::PutError;
use crate::home::{polled_task, running_task};
use crate::wait_list::Place;

impl<S: QueueStore> BaseQueue<S> {
    /// Adds an item if there is room; never waits.
    ///
    /// # Errors
    ///
    /// [`PutError`] with the item, if the queue is full or was shut down.
    pub fn put_nowait(&self, item: S::Item) -> Result<(), PutError<S::Item>> {
        let mut item = Some(item);
        if self.try_put(&mut item, running_task()) {
            return Ok(());
        }
        let item = item.expect("it was not put");
        Err(match self.shut.get() {
            true => PutError::ShutDown(item),
            false => PutError::Full(item),
        })
    }

    /// Puts the item for a task and returns true, if there is room and the queue was not shut down.
    #[inline(always)]
    fn try_put(&self, item: &mut Option<S::Item>, producer: Option<Ticket>) -> bool {
        let recount; // declared before the store, so dropped after it
        let mut store = self.store();
        let count = store.count();
        if count >= self.capacity || self.shut.get() {
            return false;
        }
        recount = RecountOnPanic { queue: self, count };
        if let Some(item) = item.take() {
            store.put(item);
        }
        drop(store);
        recount.defuse();
        self.unfinished.set(self.unfinished.get() + 1);
        self.note_put(producer.unwrap_or(Ticket::NONE));
        true
    }

    /// Notifies the first getter. Those that go on waiting wait for the next item of the same task.
    pub(super) fn wake_getter(&self) {
        if let Some(next) = self.getters.notify_one() {
            next.wake();
        }
        if self.getters.is_waiting() && self.producer.get() != self.told.get() {
            self.tell_producer();
        }
    }

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

    /// Puts the item, or learns that the queue was shut down.
    fn finish(&mut self, cx: &Context<'_>) -> Poll<Result<(), PutError<S::Item>>> {
        self.place.end();
        self.queue.try_put(&mut self.item, polled_task(cx));
        Poll::Ready(match self.item.take() {
            None => Ok(()),
            Some(item) => Err(PutError::ShutDown(item)),
        })
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
            return self.finish(cx);
        }
        let room = |queue: &str| Wait::Other(format!("room in {queue}").into());
        queue.home.wait(ROOM, cx, putters, room);
        if place.is_new() {
            putters.join(place, cx, || !queue.lets_put());
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
        if !this.place.is_new() || !this.queue.try_put(&mut this.item, polled_task(cx)) {
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
