//! OneshotClosed: waits until the receiver of a oneshot is dropped.
//!
//! The problem: a task works on an answer, and the task that has asked goes away. The wait borrows the
//! sender, so that the sender sends nothing and is not dropped meanwhile.
//!
//! Invariant: a wait that is dropped leaves no waker in the channel.
//!
//! Read next: `channels/broadcast.rs`.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use groundup_combinators::task::Scheduler;

use crate::channels::oneshot::{KIND, Oneshot, THE_DROP};
use crate::wait_list::Place;

/// Waits until the receiver of a oneshot is dropped. Made by
/// [`OneshotSender::closed`](crate::OneshotSender::closed).
#[must_use = "a future does nothing unless it is awaited"]
pub struct OneshotClosed<'a, T> {
    shared: &'a Oneshot<T>,
    place: Place,
}

impl<'a, T> OneshotClosed<'a, T> {
    pub(super) fn new(shared: &'a Oneshot<T>) -> Self {
        let place = Place::default();
        OneshotClosed { shared, place }
    }
}

impl<T> Future for OneshotClosed<'_, T> {
    type Output = ();

    #[track_caller] // a report names the line of the await
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let (shared, place) = (this.shared, &mut this.place);
        place.assert_not_over("wait for the drop of a receiver");
        shared.home.touch();
        if shared.is_open() {
            (shared.home).wait(KIND, cx, &THE_DROP, || shared.is_open());
            return Poll::Pending;
        }
        if Scheduler::holds_back(cx) {
            return Poll::Pending;
        }
        place.end();
        Poll::Ready(())
    }
}

impl<T> Drop for OneshotClosed<'_, T> {
    fn drop(&mut self) {
        self.shared.home.leave(THE_DROP.number);
    }
}

impl<T> fmt::Debug for OneshotClosed<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OneshotClosed")
            .field(&format_args!("{}", self.shared.home.name(KIND)))
            .finish()
    }
}
