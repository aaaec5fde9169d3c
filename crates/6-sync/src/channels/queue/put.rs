//! Put: the future that adds an item to a queue.
//!
//! The problem: a future that waits for room owns the item, and must put the item exactly once. A
//! future that is dropped after it was notified of room must pass its token on.
//!
//! ```text
//!   poll ── room? ── yes ──────────────────> put, Ready
//!             │ no      ^
//!             v         │ yes
//!           in line ── notified: room? ── no, a newcomer was faster ──> to the end of the line
//! ```
//!
//! Invariant: a put that is dropped with its token passes the token on, if there is room.
//!
//! Read next: `channels/queue/stream.rs`.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use groundup_combinators::task::{Scheduler, Ticket};
use groundup_combinators::trace::{Access, Wait};

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
    #[doc(alias = "try_send")]
    pub fn put_nowait(&self, item: S::Item) -> Result<(), PutError<S::Item>> {
        self.home.touch(Access::Write);
        let mut item = Some(item);
        if self.put_or_return(&mut item, running_task()) {
            return Ok(());
        }
        let item = item.expect("it was not put");
        Err(match self.is_over() {
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
        if count >= self.limit.get() {
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

    /// Returns true if the queue is full, and was not shut down.
    #[inline(always)]
    fn has_no_room(&self) -> bool {
        let full = |store: &S| store.count() >= self.capacity;
        self.store.try_borrow().is_ok_and(|store| full(&store)) && !self.is_over()
    }

    /// Does what `try_put` does. Apart from it, so that a hot caller has its own copy.
    #[inline(never)]
    fn put_or_return(&self, item: &mut Option<S::Item>, producer: Option<Ticket>) -> bool {
        self.try_put(item, producer)
    }

    /// Puts the item and returns true, if the store has room for it, and no cancel is on its way.
    /// Otherwise `try_put` looks again.
    // Speed: queue_stream_1024. No value lives longer than a call, so `poll` pushes fewer registers.
    #[inline(always)]
    fn put_at_once(&self, item: &mut Option<S::Item>, cx: &Context<'_>) -> bool {
        let (Some(producer), Ok(mut store)) =
            (Scheduler::any_ticket_in(cx), self.store.try_borrow_mut())
        else {
            return false;
        };
        let plain = store.count() < self.limit.get() && store.has_room();
        if !plain || !Scheduler::polls_plainly() {
            return false;
        }
        let Some(item) = item.take() else {
            return false;
        };
        store.put(item);
        drop(store);
        self.unfinished.set(self.unfinished.get() + 1);
        self.note_put(producer);
        true
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
    #[doc(alias = "send")]
    #[inline]
    #[track_caller]
    pub fn put(&self, item: S::Item) -> QueuePut<'_, S> {
        self.home.note_await(ROOM);
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
    /// Leaves the line, and passes a token on.
    #[cold]
    fn give_up(&mut self) {
        let (home, putters) = (&self.queue.home, &self.queue.putters);
        if home.leave(putters, &mut self.place) && self.queue.lets_put() {
            putters.wake_one();
        }
    }

    /// Polls a put that has no place, and finds no room at once.
    #[cold]
    #[inline(never)]
    fn begin(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), PutError<S::Item>>> {
        let (queue, place) = (self.queue, &mut self.place);
        let waits = queue.has_no_room() && Scheduler::polls_plainly();
        if !waits || !(queue.home).wait_plainly(ROOM, cx, &queue.putters, place) {
            return self.poll_in_line(cx);
        }
        Poll::Pending
    }

    /// Polls a put that has a place.
    #[cold]
    #[inline(never)]
    fn resume(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), PutError<S::Item>>> {
        let (queue, place) = (self.queue, &mut self.place);
        if Scheduler::polls_plainly()
            && queue.putters.take(place)
            && queue.try_put(&mut self.item, polled_task(cx))
        {
            place.end();
            return Poll::Ready(Ok(()));
        }
        self.poll_in_line(cx)
    }

    /// Puts the item, goes on in the line, or joins it. After a shutdown, no put joins it.
    #[inline(never)]
    fn poll_in_line(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), PutError<S::Item>>> {
        let (queue, place) = (self.queue, &mut self.place);
        queue.home.touch(Access::Write);
        place.assert_not_over("put");
        let putters = &queue.putters;
        let goes_on = || (place.is_new() || putters.is_notified(place)) && queue.lets_put();
        if Scheduler::holds_back_if(cx, goes_on) {
            return Poll::Pending;
        }
        // A new place: the future is a newcomer, or it was notified just now.
        if (place.is_new() || putters.poll(place, cx))
            && queue.put_or_return(&mut self.item, polled_task(cx))
        {
            place.end();
            return Poll::Ready(Ok(()));
        }
        if place.is_new()
            && queue.is_over()
            && let Some(item) = self.item.take()
        {
            place.end();
            return Poll::Ready(Err(PutError::ShutDown(item)));
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
        if !this.place.is_new() {
            return this.resume(cx);
        }
        if this.queue.put_at_once(&mut this.item, cx) {
            this.place.end();
            return Poll::Ready(Ok(()));
        }
        this.begin(cx)
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
