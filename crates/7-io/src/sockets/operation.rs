//! A future that attempts an operation until it does not block.
//!
//! The problem: several tasks may accept from one listener, or receive from one UDP socket, at the
//! same time. So each of these futures has a waker of its own among the waiters of the source. An
//! event wakes all of them. One gets the connection, and the others wait again.
//!
//! Invariants:
//! 1. A future that is dropped leaves no waker, and has taken nothing.
//! 2. A future that was woken and is dropped before it runs takes nothing from the others, since
//!    all were woken.
//!
//! Read next: `sockets/address_error.rs`.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::awaits::{CallSite, note_place};
use super::socket::Socket;
use crate::reactor::readiness::{Attempt, Way};
use crate::reactor::waiters::Key;

/// The future of an operation on a socket.
pub(crate) struct Operation<'a, S, A> {
    socket: &'a Socket<S>,
    way: Way,
    key: Key,
    attempt: A,
    /// Where the program has made the future, for reports.
    place: Option<CallSite>,
}

impl<S> Socket<S> {
    /// Makes a future that attempts an operation until it does not block, for a function that the
    /// program has called at `place`.
    pub(crate) fn operation<T, A>(
        &self,
        way: Way,
        place: impl Into<Option<CallSite>>,
        attempt: A,
    ) -> Operation<'_, S, A>
    where
        A: FnMut(&S) -> io::Result<T>,
    {
        Operation {
            socket: self,
            way,
            key: Key::New,
            attempt,
            place: place.into(),
        }
    }
}

// No field is pinned: the attempt is called by reference.
impl<S, A> Unpin for Operation<'_, S, A> {}

impl<S, T, A> Future for Operation<'_, S, A>
where
    A: FnMut(&S) -> io::Result<T>,
{
    type Output = io::Result<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let attempt = &mut this.attempt;
        let attempt = |io: &S| attempt(io).map(Attempt::Full);
        let polled = this.socket.poll_io(this.way, &mut this.key, cx, attempt);
        if polled.is_pending() {
            note_place(cx, this.place);
        }
        polled
    }
}

impl<S, A> Drop for Operation<'_, S, A> {
    fn drop(&mut self) {
        if self.key != Key::New {
            self.socket.leave(self.way, self.key);
        }
    }
}
