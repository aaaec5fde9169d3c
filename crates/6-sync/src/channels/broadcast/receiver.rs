//! BroadcastReceiver: its place in the sequence of a broadcast.
//!
//! The problem: a receiver reads at its own pace. It must learn that it missed values, also if it
//! does not wait, and a receiver that is dropped must not keep values for which no other waits.
//!
//! Invariants:
//! 1. A receive that is dropped before it has returned has read no value.
//! 2. A value is cloned only if another receiver has not read it.
//!
//! Read next: `channels/watch.rs`.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use groundup_combinators::task::{EachTold, Scheduler};
use groundup_combinators::trace::{Access, Wait};

use crate::channels::broadcast::Broadcast;
use crate::channels::broadcast::ring::NextValue;
use crate::error::BroadcastError;
use crate::wait_list::Place;

/// Receives the values of a [`broadcast`](crate::broadcast), each of them once.
pub struct BroadcastReceiver<T> {
    shared: Rc<Broadcast<T>>,
    /// The number of the value that it receives next.
    next: u64,
}

impl<T> BroadcastReceiver<T> {
    /// Makes a receiver of the values that are sent from now on, which the caller has counted.
    pub(super) fn new(shared: Rc<Broadcast<T>>) -> Self {
        let next = shared.ring.borrow().end();
        BroadcastReceiver { shared, next }
    }

    /// Returns the number of values that were sent and that this receiver has not read, with those
    /// that it has missed.
    #[expect(
        clippy::len_without_is_empty,
        reason = "`len` counts missed values, too"
    )]
    pub fn len(&self) -> u64 {
        self.shared.home.touch(Access::Read);
        self.shared.ring.borrow().end() - self.next
    }

    /// Returns true if `recv` need not wait.
    fn goes_on(&self) -> bool {
        self.len() > 0 || self.shared.senders.get() == 0
    }
}

impl<T: Clone> BroadcastReceiver<T> {
    /// Waits for the next value, and returns it.
    ///
    /// # Errors
    ///
    /// [`BroadcastError::Lagged`], if values were replaced before they were read; the next call
    /// returns the oldest value that is left. [`BroadcastError::Closed`], if all senders were
    /// dropped, and all values were read.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped or cancelled before it has returned, it has read no value.
    ///
    /// # Panics
    ///
    /// If a task of another loop has waited for this channel.
    #[track_caller]
    pub fn recv(&mut self) -> BroadcastRecv<'_, T> {
        self.shared.home.note_await(0);
        let place = Place::default();
        BroadcastRecv {
            receiver: self,
            place,
        }
    }

    /// Returns the next value, and `None` if there is none yet; never waits.
    ///
    /// # Errors
    ///
    /// As [`recv`](BroadcastReceiver::recv).
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// let (news, mut reader) = groundup::broadcast(4);
    /// assert_eq!(reader.try_recv(), Ok(None));
    /// news.send(1).unwrap();
    /// assert_eq!((reader.len(), reader.try_recv()), (1, Ok(Some(1))));
    /// ```
    pub fn try_recv(&mut self) -> Result<Option<T>, BroadcastError> {
        self.shared.home.touch(Access::Write);
        let found = self.shared.ring.borrow_mut().read(&mut self.next);
        match found {
            NextValue::Value(value) => {
                let value = Rc::try_unwrap(value);
                Ok(Some(value.unwrap_or_else(|shared| (*shared).clone())))
            }
            NextValue::Missed(values) => Err(BroadcastError::Lagged(values)),
            NextValue::Nothing if self.shared.senders.get() == 0 => Err(BroadcastError::Closed),
            NextValue::Nothing => Ok(None),
        }
    }
}

impl<T> Drop for BroadcastReceiver<T> {
    fn drop(&mut self) {
        self.shared.home.touch(Access::Write);
        let shared = &*self.shared;
        shared.receivers.set(shared.receivers.get() - 1);
        let mut ring = shared.ring.borrow_mut();
        let numbers = self.next.max(ring.begin())..ring.end();
        let values: Vec<Rc<T>> = numbers.filter_map(|number| ring.take(number)).collect();
        drop(ring);
        drop(EachTold::from(values));
    }
}

impl<T> fmt::Debug for BroadcastReceiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<BroadcastReceiver {:?}>", self.shared)
    }
}

/// Waits for the next value of a broadcast. Made by [`BroadcastReceiver::recv`].
#[must_use = "a future does nothing unless it is awaited"]
pub struct BroadcastRecv<'a, T> {
    receiver: &'a mut BroadcastReceiver<T>,
    place: Place,
}

impl<T: Clone> Future for BroadcastRecv<'_, T> {
    type Output = Result<T, BroadcastError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        this.place.assert_not_over("receive from a broadcast");
        if !this.receiver.goes_on() {
            let shared = &this.receiver.shared;
            let value = |name: &str| Wait::Other(format!("a value of {name}").into());
            shared.home.wait(0, cx, &shared.waiters, value);
            let must_wait = || !this.receiver.goes_on();
            shared.waiters.wait(&mut this.place, cx, must_wait);
            return Poll::Pending;
        }
        if Scheduler::holds_back(cx) {
            return Poll::Pending;
        }
        this.receiver.shared.waiters.leave(&mut this.place);
        this.place.end();
        match this.receiver.try_recv() {
            Ok(Some(value)) => Poll::Ready(Ok(value)),
            Ok(None) => unreachable!("there is a value, or the channel is closed"),
            Err(error) => Poll::Ready(Err(error)),
        }
    }
}

impl<T> Drop for BroadcastRecv<'_, T> {
    fn drop(&mut self) {
        let shared = &self.receiver.shared;
        shared.home.leave(&shared.waiters, &mut self.place);
    }
}

impl<T> fmt::Debug for BroadcastRecv<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let home = &self.receiver.shared.home;
        f.debug_tuple("BroadcastRecv").field(home).finish()
    }
}
