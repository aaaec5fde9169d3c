//! WatchReceiver: a version that was seen, and the wait for a newer one.
//!
//! The problem: a receiver that looks at the value and then waits must not miss a change between
//! the two. So it keeps the version that it has seen, and waits only while this is the latest.
//!
//! Invariant: a wait that is dropped before it has returned has marked no version as seen.
//!
//! Read next: `threads.rs`, calls that block.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use groundup_combinators::task::Scheduler;
use groundup_combinators::trace::{Access, Wait};

use crate::channels::watch::Watch;
use crate::error::SenderDropped;
use crate::wait_list::Place;

/// Sees the latest value of a [`watch`](crate::watch). A clone has seen the same version.
pub struct WatchReceiver<T> {
    shared: Rc<Watch<T>>,
    /// The version that it has seen.
    seen: u64,
}

impl<T> WatchReceiver<T> {
    /// Makes a receiver that has seen a version.
    pub(super) fn new(shared: &Rc<Watch<T>>, seen: u64) -> Self {
        shared.home.touch(Access::Write);
        shared.receivers.set(shared.receivers.get() + 1);
        WatchReceiver {
            shared: shared.clone(),
            seen,
        }
    }

    /// Returns a handle of the latest value, and does not mark it as seen.
    pub fn borrow(&self) -> Rc<T> {
        self.shared.home.touch(Access::Read);
        self.shared.latest()
    }

    /// Returns a handle of the latest value, and marks it as seen.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// let (level, mut display) = groundup::watch(0);
    /// level.send(1).unwrap();
    /// assert_eq!(*display.borrow_and_update(), 1);
    /// assert!(!display.has_changed());
    /// ```
    pub fn borrow_and_update(&mut self) -> Rc<T> {
        self.shared.home.touch(Access::Read);
        self.seen = self.shared.version.get();
        self.borrow()
    }

    /// Returns true if there is a value that was not marked as seen.
    pub fn has_changed(&self) -> bool {
        self.shared.home.touch(Access::Read);
        self.seen != self.shared.version.get()
    }

    /// Waits until there is a value that this receiver has not seen, and marks it as seen.
    ///
    /// # Errors
    ///
    /// [`SenderDropped`], if all senders were dropped, and the latest value was seen.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped or cancelled before it has returned, it has marked no value as seen.
    ///
    /// # Panics
    ///
    /// If a task of another loop has waited for this channel.
    #[track_caller]
    pub fn changed(&mut self) -> WatchChanged<'_, T> {
        self.shared.home.note_await(0);
        self.change()
    }

    /// Waits as [`changed`](Self::changed) does, at a place that the caller has noted.
    fn change(&mut self) -> WatchChanged<'_, T> {
        let place = Place::default();
        WatchChanged {
            receiver: self,
            place,
        }
    }

    /// Waits until the value is as wanted, and returns it. `is` is called with the latest value at
    /// once, and then with each value that this receiver sees. The value is marked as seen.
    ///
    /// # Errors
    ///
    /// [`SenderDropped`], if all senders were dropped, and the latest value is not as wanted.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped or cancelled, the values for which `is` was called are marked as seen.
    ///
    /// # Panics
    ///
    /// If a task of another loop has waited for this channel.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::{*, executor::*, task::yield_now}; }
    /// use groundup::{SenderDropped, run, spawn, watch, yield_now};
    ///
    /// run(async {
    ///     let (level, mut display) = watch(0);
    ///     let high = spawn(async move {
    ///         let high = *display.wait_for(|level| *level > 8).await.unwrap();
    ///         (high, display.wait_for(|level| *level > 100).await)
    ///     });
    ///     for value in [3, 9, 4] {
    ///         level.send(value).unwrap();
    ///         yield_now().await;
    ///     }
    ///     drop(level);
    ///     assert_eq!(high.await.unwrap(), (9, Err(SenderDropped)));
    /// });
    /// ```
    #[track_caller]
    pub fn wait_for(
        &mut self,
        mut is: impl FnMut(&T) -> bool,
    ) -> impl Future<Output = Result<Rc<T>, SenderDropped>> {
        self.shared.home.note_await(0);
        async move {
            loop {
                let value = self.borrow_and_update();
                if is(&value) {
                    return Ok(value);
                }
                drop(value);
                self.change().await?;
            }
        }
    }
}

impl<T> Clone for WatchReceiver<T> {
    fn clone(&self) -> Self {
        WatchReceiver::new(&self.shared, self.seen)
    }
}

impl<T> Drop for WatchReceiver<T> {
    fn drop(&mut self) {
        self.shared.home.touch(Access::Write);
        let receivers = &self.shared.receivers;
        receivers.set(receivers.get() - 1);
    }
}

impl<T> fmt::Debug for WatchReceiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<WatchReceiver {:?}>", self.shared)
    }
}

/// Waits for a value of a watch that was not seen. Made by [`WatchReceiver::changed`].
#[must_use = "a future does nothing unless it is awaited"]
pub struct WatchChanged<'a, T> {
    receiver: &'a mut WatchReceiver<T>,
    place: Place,
}

impl<T> Future for WatchChanged<'_, T> {
    type Output = Result<(), SenderDropped>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        this.place.assert_not_over("wait for a change");
        let shared = &*this.receiver.shared;
        let changed = this.receiver.has_changed();
        if !changed && shared.senders.get() > 0 {
            let change = |name: &str| Wait::Other(format!("a change of {name}").into());
            shared.home.wait(0, cx, &shared.waiters, change);
            let must_wait = || !this.receiver.has_changed() && shared.senders.get() > 0;
            shared.waiters.wait(&mut this.place, cx, must_wait);
            return Poll::Pending;
        }
        if Scheduler::holds_back(cx) {
            return Poll::Pending;
        }
        shared.waiters.leave(&mut this.place);
        this.place.end();
        this.receiver.seen = shared.version.get();
        Poll::Ready(changed.then_some(()).ok_or(SenderDropped))
    }
}

impl<T> Drop for WatchChanged<'_, T> {
    fn drop(&mut self) {
        let shared = &self.receiver.shared;
        shared.home.leave(&shared.waiters, &mut self.place);
    }
}

impl<T> fmt::Debug for WatchChanged<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let home = &self.receiver.shared.home;
        f.debug_tuple("WatchChanged").field(home).finish()
    }
}
