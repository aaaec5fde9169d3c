//! The futures of a queue between loops.
//!
//! The problem: a task waits in one loop, and is woken by code of another. A loop on virtual time must
//! know that another thread may call. And a task that is cancelled while its notice is on the way must
//! pass it on.
//!
//! Invariants:
//! 1. While a task waits, its loop counts on other threads.
//! 2. A future that is dropped leaves its line, or passes its notice on.
//!
//! Read next: `fleet/shared_queue.rs`.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use groundup_combinators::executor::{Remote, remote, try_iteration};
use groundup_combinators::task::{Reason, Scheduler};
use groundup_combinators::trace::{Access, Touched};

use super::channel::{Channel, Found, LinePlace};
use crate::error::{PutError, QueueShutDown};
use crate::threads::lost::wake_told;

/// Notes that the running task touches the queue, if a chooser wants footprints.
pub(super) fn touch<T>(channel: &Arc<Channel<T>>) {
    let object = Arc::as_ptr(channel).addr() as u64;
    Scheduler::touch(Touched::Object(object), Access::Write);
}

/// Wakes a waiter, in this loop or another.
pub(super) fn wake(waker: Option<Waker>) {
    waker.into_iter().for_each(wake_told);
}

/// The wait of a put or a get.
#[derive(Default)]
struct SharedWait {
    place: LinePlace,
    /// Has the loop that waits count on other threads.
    caller: Option<Remote>,
}

impl SharedWait {
    /// Returns the waker of a poll that may wait.
    fn waker(cx: &Context<'_>) -> Option<Waker> {
        Some(cx.waker().clone())
    }

    /// Suspends the task that polls.
    fn suspend(&mut self, cx: &Context<'_>) {
        if let Some(scheduler) = Scheduler::current() {
            scheduler.waits_for(cx, Reason::Outside);
        }
        self.caller = try_iteration().map(|_| remote());
    }
}

/// The future of [`SharedQueue::put`](crate::SharedQueue::put).
#[must_use = "a future does nothing unless it is awaited"]
pub struct SharedPut<T> {
    channel: Arc<Channel<T>>,
    item: Option<T>,
    wait: SharedWait,
}

/// The future of [`SharedQueue::get`](crate::SharedQueue::get).
#[must_use = "a future does nothing unless it is awaited"]
pub struct SharedGet<T> {
    channel: Arc<Channel<T>>,
    wait: SharedWait,
    over: bool,
}

impl<T> SharedPut<T> {
    pub(super) fn new(channel: &Arc<Channel<T>>, item: T) -> Self {
        SharedPut {
            channel: channel.clone(),
            item: Some(item),
            wait: SharedWait::default(),
        }
    }
}

impl<T> SharedGet<T> {
    pub(super) fn new(channel: &Arc<Channel<T>>) -> Self {
        SharedGet {
            channel: channel.clone(),
            wait: SharedWait::default(),
            over: false,
        }
    }
}

// No field is pinned: an item is moved in and out.
impl<T> Unpin for SharedPut<T> {}

impl<T> Future for SharedPut<T> {
    type Output = Result<(), PutError<T>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let SharedPut {
            channel,
            item,
            wait,
        } = &mut *self;
        touch(channel);
        assert!(
            item.is_some(),
            "a put was polled after it had finished: await it once"
        );
        if Scheduler::holds_back_if(cx, || channel.is_ready(false)) {
            return Poll::Pending;
        }
        let (found, woken) = channel.put(item, &mut wait.place, SharedWait::waker(cx));
        wake(woken);
        match (found, item.take()) {
            (Found::Shut, Some(left)) => Poll::Ready(Err(PutError::ShutDown(left))),
            (_, Some(left)) => {
                *item = Some(left);
                wait.suspend(cx);
                Poll::Pending
            }
            (_, None) => {
                wait.caller = None;
                Poll::Ready(Ok(()))
            }
        }
    }
}

impl<T> Drop for SharedPut<T> {
    fn drop(&mut self) {
        touch(&self.channel);
        wake(self.channel.leave_putters(self.wait.place.take()));
    }
}

impl<T> Future for SharedGet<T> {
    type Output = Result<T, QueueShutDown>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let SharedGet {
            channel,
            wait,
            over,
        } = &mut *self;
        touch(channel);
        assert!(
            !*over,
            "a get was polled after it had finished: await it once"
        );
        if Scheduler::holds_back_if(cx, || channel.is_ready(true)) {
            return Poll::Pending;
        }
        let (found, woken) = channel.get(&mut wait.place, SharedWait::waker(cx));
        wake(woken);
        match found {
            Found::Done(item) => {
                wait.caller = None;
                *over = true;
                Poll::Ready(Ok(item))
            }
            Found::Shut => {
                *over = true;
                Poll::Ready(Err(QueueShutDown))
            }
            Found::Waits => {
                wait.suspend(cx);
                Poll::Pending
            }
        }
    }
}

impl<T> Drop for SharedGet<T> {
    fn drop(&mut self) {
        touch(&self.channel);
        wake(self.channel.leave_getters(self.wait.place.take()));
    }
}

impl<T> fmt::Debug for SharedPut<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedPut")
    }
}

impl<T> fmt::Debug for SharedGet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedGet")
    }
}
