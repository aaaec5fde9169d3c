//! Get: the future that takes an item out of a queue.
//!
//! The problem: a getter that was notified of an item may be cancelled before it runs. The item is
//! still in the queue, and the next getter must be notified. An old asyncio did not notify it, so it
//! waited for ever (issue 270 of asyncio's first repository). So a notice belongs to its getter until
//! the getter passes it on.
//!
//! Invariants:
//! 1. A get that is dropped has removed no item.
//! 2. A get that is dropped after its notice passes the notice on, if there is an item.
//!
//! Read next: the facade, `groundup`. Second reading: `channels/queue/stream.rs`.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use groundup_combinators::task::Scheduler;
use groundup_combinators::trace::Wait;

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
    pub fn get_nowait(&self) -> Result<S::Item, GetError> {
        self.try_get().ok_or(match self.shut.get() {
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
    #[inline]
    pub fn get(&self) -> QueueGet<'_, S> {
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

/// Polls a get whose place is `place`.
#[inline(always)]
pub(super) fn poll_get<S: QueueStore>(
    queue: &BaseQueue<S>,
    place: &mut Place,
    cx: &mut Context<'_>,
) -> Poll<Result<S::Item, QueueShutDown>> {
    if Scheduler::holds_back_if(cx, || place.is_new() && queue.lets_get()) {
        return Poll::Pending;
    }
    if place.is_new()
        && let Some(item) = queue.try_get()
    {
        return Poll::Ready(Ok(item));
    }
    poll_in_line(queue, place, cx)
}

/// Goes on in the line, or joins it.
#[inline(never)]
fn poll_in_line<S: QueueStore>(
    queue: &BaseQueue<S>,
    place: &mut Place,
    cx: &mut Context<'_>,
) -> Poll<Result<S::Item, QueueShutDown>> {
    place.assert_not_over("get");
    let getters = &queue.getters;
    if Scheduler::holds_back_if(cx, || getters.is_notified(place) && queue.lets_get()) {
        return Poll::Pending;
    }
    if place.is_taken()
        && getters.poll(place, cx)
        && let Some(item) = queue.try_get()
    {
        return Poll::Ready(Ok(item));
    }
    if place.is_new() && queue.shut.get() {
        return Poll::Ready(Err(QueueShutDown));
    }
    let item = |queue: &str| Wait::Other(format!("an item of {queue}").into());
    queue.home.wait(AN_ITEM, cx, getters, item);
    if place.is_new() {
        getters.join(place, cx, || !queue.lets_get());
        if queue.producer.get() != queue.told.get() {
            queue.tell_producer();
        }
    }
    Poll::Pending
}

/// Leaves the line, and passes a notice on.
#[cold]
pub(super) fn give_up<S: QueueStore>(queue: &BaseQueue<S>, place: &mut Place) {
    if queue.getters.leave(place) && queue.lets_get() {
        queue.getters.wake_one();
    }
}

impl<S: QueueStore> Future for QueueGet<'_, S> {
    type Output = Result<S::Item, QueueShutDown>;

    #[inline(always)]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let polled = poll_get(this.queue, &mut this.place, cx);
        if polled.is_ready() {
            this.place.end();
        }
        polled
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
