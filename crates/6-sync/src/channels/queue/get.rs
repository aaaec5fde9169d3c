//! Get: the future that takes an item out of a queue.
//!
//! The problem: a getter that was notified of an item may be cancelled before it runs. The item is
//! still in the queue, and the next getter must be notified. In an old asyncio the next getter was not
//! notified, and waited for ever (issue 270 of asyncio's first repository). So the token of a notified
//! getter belongs to the getter until the getter passes the token on.
//!
//! Invariants:
//! 1. A get that is dropped has removed no item.
//! 2. A get that is dropped with its token passes the token on, if there is an item.
//!
//! Read next: floor 7, `groundup-io`. Second reading: `channels/queue/stream.rs`.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use groundup_combinators::task::Scheduler;
use groundup_combinators::trace::{Access, Wait};

use crate::channels::queue::recount::RecountOnPanic;
use crate::channels::queue::store::QueueStore;
use crate::channels::queue::{AN_ITEM, BaseQueue};
use crate::error::{GetError, QueueShutDown};
use crate::wait_list::Place;

impl<S: QueueStore> BaseQueue<S> {
    /// Removes an item and returns it, if there is one; never waits.
    ///
    /// # Errors
    ///
    /// [`GetError`], if the queue is empty.
    #[doc(alias = "try_recv")]
    pub fn get_nowait(&self) -> Result<S::Item, GetError> {
        self.home.touch(Access::Write);
        self.try_get().ok_or(match self.is_over() {
            true => GetError::ShutDown,
            false => GetError::Empty,
        })
    }

    /// Takes an item, if there is one.
    #[inline]
    pub(super) fn try_get(&self) -> Option<S::Item> {
        let recount;
        let mut store = self.store();
        let count = store.count();
        recount = RecountOnPanic { queue: self, count };
        let item = store.take();
        drop(store);
        recount.defuse();
        if item.is_some() {
            self.putters.wake_one();
        }
        item
    }

    /// Takes an item, if that wakes no putter and no cancel is on its way. Otherwise returns `None`, and
    /// the slower `try_get` looks again.
    // Speed: queue_stream_1024. It makes no call, so `poll` pushes fewer registers.
    #[inline(always)]
    fn get_at_once(&self) -> Option<S::Item> {
        if self.putters.is_waiting() || !Scheduler::polls_plainly() {
            return None;
        }
        self.take_plainly()
    }

    /// Takes an item, if there is one and the store is not borrowed. Wakes no putter.
    #[inline(always)]
    fn take_plainly(&self) -> Option<S::Item> {
        let recount;
        let mut store = self.store.try_borrow_mut().ok()?;
        let count = store.count();
        if count == 0 {
            return None;
        }
        recount = RecountOnPanic { queue: self, count };
        let item = store.take();
        drop(store);
        recount.defuse();
        item
    }

    /// Removes an item and returns it; waits while the queue is empty.
    ///
    /// # Errors
    ///
    /// [`QueueShutDown`](crate::QueueShutDown), if the queue was shut down and is empty.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped or cancelled before it has returned, it has removed no item.
    ///
    /// # Panics
    ///
    /// If a task of another loop has waited for this queue.
    #[doc(alias = "recv")]
    #[inline]
    #[track_caller]
    pub fn get(&self) -> QueueGet<'_, S> {
        self.home.note_await(AN_ITEM);
        QueueGet {
            queue: self,
            place: Place::default(),
        }
    }
}

/// Takes an item out of a queue. Made by [`BaseQueue::get`].
#[must_use = "a future does nothing unless it is awaited"]
pub struct QueueGet<'a, S: QueueStore> {
    queue: &'a BaseQueue<S>,
    place: Place,
}

// The polls of a get, or of a stream, whose place is `place`. A get has no place at first, and joins
// the line if there is no item.
// Speed: queue_stream_1, queue_pingpong. Of five functions in place of one, each pushes fewer registers.
impl<S: QueueStore> BaseQueue<S> {
    /// Polls a get.
    #[inline(always)]
    pub(super) fn poll_get(
        &self,
        place: &mut Place,
        cx: &mut Context<'_>,
    ) -> Poll<Result<S::Item, QueueShutDown>> {
        if !place.is_new() {
            return self.resume_get(place, cx);
        }
        if let Some(item) = self.get_at_once() {
            place.end();
            return Poll::Ready(Ok(item));
        }
        self.begin_get(place, cx)
    }

    /// Polls a get that has no place, and finds no item at once.
    #[cold]
    #[inline(never)]
    fn begin_get(
        &self,
        place: &mut Place,
        cx: &mut Context<'_>,
    ) -> Poll<Result<S::Item, QueueShutDown>> {
        let waits = self.has_nothing() && Scheduler::polls_plainly();
        if !waits || !(self.home).wait_plainly(AN_ITEM, cx, &self.getters, place) {
            return self.poll_in_line(place, cx);
        }
        if self.producer.get() != self.told.get() {
            self.tell_producer();
        }
        Poll::Pending
    }

    /// Returns true if the queue has no item, and may still get one.
    #[inline(always)]
    fn has_nothing(&self) -> bool {
        let empty = self
            .store
            .try_borrow()
            .is_ok_and(|store| store.count() == 0);
        empty && !self.is_over()
    }

    /// Polls a get that has a place.
    #[cold]
    #[inline(never)]
    fn resume_get(
        &self,
        place: &mut Place,
        cx: &mut Context<'_>,
    ) -> Poll<Result<S::Item, QueueShutDown>> {
        if !Scheduler::polls_plainly() || !self.getters.take(place) {
            return self.poll_in_line(place, cx);
        }
        if self.putters.is_waiting() {
            return self.get_and_wake(place, cx);
        }
        match self.take_plainly() {
            Some(item) => {
                place.end();
                Poll::Ready(Ok(item))
            }
            None => self.poll_in_line(place, cx),
        }
    }

    /// Takes an item for a getter that has its token, and wakes the first putter, which waits. If there is
    /// no item any more, the getter joins the line again.
    #[inline(never)]
    fn get_and_wake(
        &self,
        place: &mut Place,
        cx: &mut Context<'_>,
    ) -> Poll<Result<S::Item, QueueShutDown>> {
        let Some(item) = self.take_plainly() else {
            return self.poll_in_line(place, cx);
        };
        place.end();
        self.putters.wake_first_here();
        Poll::Ready(Ok(item))
    }

    /// Takes an item, goes on in the line, or joins it. After a shutdown, no get joins it.
    #[inline(never)]
    fn poll_in_line(
        &self,
        place: &mut Place,
        cx: &mut Context<'_>,
    ) -> Poll<Result<S::Item, QueueShutDown>> {
        self.home.touch(Access::Write);
        place.assert_not_over("get");
        let getters = &self.getters;
        let goes_on = || (place.is_new() || getters.is_notified(place)) && self.lets_get();
        if Scheduler::holds_back_if(cx, goes_on) {
            return Poll::Pending;
        }
        if (place.is_new() || getters.poll(place, cx))
            && let Some(item) = self.try_get()
        {
            place.end();
            return Poll::Ready(Ok(item));
        }
        if place.is_new() && self.is_over() {
            place.end();
            return Poll::Ready(Err(QueueShutDown));
        }
        let item = |queue: &str| Wait::Other(format!("an item of {queue}").into());
        self.home.wait(AN_ITEM, cx, getters, item);
        if place.is_new() {
            getters.join(place, cx, || !self.lets_get());
            if self.producer.get() != self.told.get() {
                self.tell_producer();
            }
        }
        Poll::Pending
    }
}

/// Leaves the line, and passes a token on.
#[cold]
pub(super) fn give_up<S: QueueStore>(queue: &BaseQueue<S>, place: &mut Place) {
    if queue.home.leave(&queue.getters, place) && queue.lets_get() {
        queue.getters.wake_one();
    }
}

impl<S: QueueStore> Future for QueueGet<'_, S> {
    type Output = Result<S::Item, QueueShutDown>;

    #[inline(always)]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        this.queue.poll_get(&mut this.place, cx)
    }
}

impl<S: QueueStore> Drop for QueueGet<'_, S> {
    #[inline]
    fn drop(&mut self) {
        if self.place.is_taken() {
            give_up(self.queue, &mut self.place);
        }
    }
}

impl<S: QueueStore> fmt::Debug for QueueGet<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("QueueGet").field(&self.queue.home).finish()
    }
}
