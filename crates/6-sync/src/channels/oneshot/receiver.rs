//! OneshotReceiver: a future of the value that a oneshot brings.
//!
//! The problem: the receiver may be polled by one task and later by another, and it may be dropped
//! with the value inside. The value is user's code when it is dropped, so the channel is over before.
//!
//! Invariant: a receiver that has returned a value or an error returns no second one.
//!
//! Read next: `channels/oneshot/closed.rs`.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use groundup_combinators::task::Scheduler;

use crate::channels::oneshot::{KIND, Oneshot, THE_VALUE};
use crate::error::SenderDropped;
use crate::wait_list::Place;

/// Receives the value of a [`oneshot`](crate::oneshot): a future of
/// `Result<T, `[`SenderDropped`]`>`. The error says that the sender was dropped and sent nothing.
///
/// # Cancel safety
///
/// A receiver that is awaited by reference (`(&mut receiver).await`) and dropped there keeps the
/// value. If the receiver itself is dropped, the value is dropped with it.
///
/// # Panics
///
/// If it is polled in another loop than before, or after it has returned.
#[must_use = "a future does nothing unless it is awaited"]
pub struct OneshotReceiver<T> {
    shared: Rc<Oneshot<T>>,
    place: Place,
}

impl<T> OneshotReceiver<T> {
    pub(super) fn new(shared: Rc<Oneshot<T>>) -> Self {
        let place = Place::default();
        OneshotReceiver { shared, place }
    }

    /// Returns the value if it was sent, and `None` if it may still be sent; never waits.
    ///
    /// # Errors
    ///
    /// [`SenderDropped`], if no value will come: the sender was dropped, or the value was received
    /// before.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// let (answer, mut question) = groundup::oneshot();
    /// assert_eq!(question.try_recv(), Ok(None));
    /// answer.send(42).unwrap();
    /// assert_eq!(question.try_recv(), Ok(Some(42)));
    /// assert_eq!(question.try_recv(), Err(groundup::SenderDropped));
    /// ```
    pub fn try_recv(&mut self) -> Result<Option<T>, SenderDropped> {
        match self.shared.is_open() {
            true => {
                self.shared.home.touch();
                Ok(None)
            }
            false => self.take().map(Some),
        }
    }

    /// Takes the value of a channel that is not open.
    fn take(&mut self) -> Result<T, SenderDropped> {
        self.shared.home.touch();
        self.shared.end().ok_or(SenderDropped)
    }
}

impl<T> Future for OneshotReceiver<T> {
    type Output = Result<T, SenderDropped>;

    #[track_caller] // a report names the line of the await
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let shared = &*this.shared;
        if shared.is_open() {
            (shared.home).wait(KIND, cx, &THE_VALUE, || shared.is_open());
            return Poll::Pending;
        }
        // The channel of a receiver that has returned is not open.
        this.place.assert_not_over("receiver of a oneshot");
        // Speed: oneshot. One look for the two of `holds_back` and `take`.
        if !Scheduler::polls_plainly() && shared.holds_back(cx) {
            return Poll::Pending;
        }
        this.place.end();
        Poll::Ready(shared.end().ok_or(SenderDropped))
    }
}

impl<T> Drop for OneshotReceiver<T> {
    #[inline]
    fn drop(&mut self) {
        // Else the value was received, or the sender is gone.
        if !self.place.is_over() {
            self.shared.receiver_gone();
        }
    }
}

impl<T> fmt::Debug for OneshotReceiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<OneshotReceiver {:?}>", self.shared)
    }
}
