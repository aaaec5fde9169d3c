//! QueueStream: the items of a queue as a stream.
//!
//! The problem: a consumer that loops over `get` until the queue is shut down is a loop over a
//! stream. As a stream, the items go through the adapters of the `futures` crate.
//!
//! Invariants:
//! 1. A stream stands in the line of the getters after a poll that returned `Pending`, until it is
//!    polled again or dropped.
//! 2. A stream that is dropped while it waits leaves the line, as a `get` does.
//!
//! Read next: `channels/queue/ending.rs`.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::stream::{FusedStream, Stream};

use crate::channels::queue::BaseQueue;
use crate::channels::queue::get::give_up;
use crate::channels::queue::store::QueueStore;
use crate::wait_list::Place;

impl<S: QueueStore> BaseQueue<S> {
    /// Returns the items as a stream, which ends when the queue was shut down and is empty.
    ///
    /// Several streams, and calls of [`get`](BaseQueue::get), may share a queue: each item goes to
    /// one of them.
    ///
    /// A stream that was polled and returned no item stands in the line of the getters until it is
    /// polled again or dropped, as a future of `get` does that is kept. If its consumer does something
    /// else meanwhile, an item that comes is set aside for the stream, and a getter behind it waits.
    /// The `next` of a `select` is dropped, but the stream is not. Such a consumer calls `get` in
    /// the `select` instead, or drops the stream before it does something long.
    ///
    /// The example needs the crate `futures`, too.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::{*, combinators::*, executor::*}; }
    /// use std::time::Duration;
    ///
    /// use futures::StreamExt;
    /// use groundup::{Queue, run_virtual, timeout};
    ///
    /// run_virtual(async {
    ///     let (queue, second) = (Queue::unbounded(), Duration::from_secs(1));
    ///     let mut stream = queue.stream();
    ///     assert!(timeout(second, stream.next()).await.is_err()); // the stream is still in line
    ///     let get = timeout(second, queue.get());
    ///     let (got, ()) = futures::join!(get, async { queue.put_nowait("job").unwrap() });
    ///     assert!(got.is_err()); // the item is set aside for the stream
    ///     assert_eq!(stream.next().await, Some("job"));
    /// });
    /// ```
    pub fn stream(&self) -> QueueStream<'_, S> {
        QueueStream {
            queue: self,
            place: Place::default(),
        }
    }
}

/// The items of a queue as a stream, which ends when the queue was shut down and is empty. Made
/// by [`BaseQueue::stream`].
#[must_use = "a stream does nothing unless it is polled"]
pub struct QueueStream<'a, S: QueueStore> {
    queue: &'a BaseQueue<S>,
    place: Place,
}

impl<S: QueueStore> Stream for QueueStream<'_, S> {
    type Item = S::Item;

    #[inline]
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let this = &mut *self;
        let polled = this.queue.poll_get(&mut this.place, cx);
        if polled.is_ready() {
            this.place = Place::default(); // for the next item
        }
        polled.map(Result::ok)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        // Other getters may take the items first.
        (0, self.queue.is_shut_down().then(|| self.queue.len()))
    }
}

impl<S: QueueStore> FusedStream for QueueStream<'_, S> {
    fn is_terminated(&self) -> bool {
        self.queue.is_shut_down() && self.queue.is_empty()
    }
}

impl<S: QueueStore> Drop for QueueStream<'_, S> {
    fn drop(&mut self) {
        if self.place.is_taken() {
            give_up(self.queue, &mut self.place);
        }
    }
}

impl<S: QueueStore> fmt::Debug for QueueStream<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("QueueStream")
            .field(&self.queue.home)
            .finish()
    }
}
