//! A socket as an id: the descriptor, and the name of its entry.
//!
//! The problem: a socket needs the reactor. A reference to the reactor would bind the socket to its
//! thread, and libraries that demand `Send` could not have it. So a socket keeps the id of its
//! source (a number and a generation), beside its readiness. An operation compares the waker of its
//! task with the address of the loop, and makes an attempt. An operation needs the reactor only for
//! a wait, after 64 operations, and under a foreign waker.
//!
//! ```text
//!   TcpStream { descriptor, readiness, SourceId { reactor 3, number 7, generation 2, address } }
//!                               │                     │
//!   an attempt  ── ready ───────┘                     │
//!   a wait      ── the running loop has reactor 3 ────┴─> source 7, if its generation is 2
//!               └─ another reactor, or none ────────────> an error that says so
//!   a drop       ── in its loop ──> the entry is free again
//!                └─ elsewhere ────> a message to the address, and the loop frees it
//! ```
//!
//! Invariants:
//! 1. A socket is `Send + Sync`, and works in one loop.
//! 2. After the drop of a socket no entry is left, as soon as its loop has run.
//! 3. A cancel that is on its way in the task comes before the operation: the bytes stay in the
//!    socket.
//!
//! Read next: `streams/reader.rs`, asyncio's reader.

use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};

use groundup_sync::executor::with_driver;
use groundup_sync::task::Scheduler;

use super::operation::Operation;
use crate::reactor::about::About;
use crate::reactor::installed::{gone, install, reactor_of};
use crate::reactor::readiness::{Attempt, Readiness, Way};
use crate::reactor::source::Key;
use crate::reactor::sources::SourceId;
use crate::reactor::{Reactor, Waited};

/// A socket of `mio` that is registered with a reactor.
#[derive(Debug)]
pub(crate) struct Socket<S> {
    io: S,
    id: SourceId,
    readiness: Arc<Readiness>,
}

impl<S: mio::event::Source> Socket<S> {
    /// Registers a socket with the reactor of the running loop.
    #[track_caller]
    pub(crate) fn new(mut io: S, about: About) -> io::Result<Self> {
        let (reactor, address) = install()?;
        let (id, readiness) = reactor.register(&mut io, about, address)?;
        Ok(Socket { io, id, readiness })
    }
}

/// Checks that the running loop can have sockets, before a descriptor is opened.
#[track_caller]
pub(crate) fn check_loop() -> io::Result<()> {
    install().map(drop)
}

impl<S> Socket<S> {
    /// Returns the socket of `mio`, for calls that do not block.
    pub(crate) fn io(&self) -> &S {
        &self.io
    }

    /// Makes attempts until the operation is done; otherwise the future with this key waits.
    #[inline]
    pub(crate) fn poll_io<T>(
        &self,
        way: Way,
        key: &mut Key,
        cx: &Context<'_>,
        mut attempt: impl FnMut(&S) -> io::Result<Attempt<T>>,
    ) -> Poll<io::Result<T>> {
        if !self.is_home(cx) {
            return Poll::Ready(Err(gone()));
        }
        if Scheduler::holds_back_if(cx, || self.readiness.is_ready(way)) {
            return Poll::Pending;
        }
        let refill = || self.with_reactor(|reactor| reactor.refill(&self.id, way));
        let refill = || refill().unwrap_or(false);
        match (self.readiness).attempt(way, refill, || attempt(&self.io)) {
            // No waker of this future is left to remove: the event or the look that ended its wait
            // has taken the waker.
            Some(done) => Poll::Ready(done),
            None => self.wait(way, key, cx),
        }
    }

    /// Returns true in the loop of the socket. The ticket of one of its tasks is proof enough.
    #[inline]
    fn is_home(&self, cx: &Context<'_>) -> bool {
        match Scheduler::any_ticket_in(cx) {
            Some(ticket) if self.id.address().is_of(ticket) => true,
            _ => self.with_reactor(|_| ()).is_some(),
        }
    }

    /// Calls `act` with the reactor of the socket, if its loop runs here. `act` calls no code of the
    /// user's.
    #[inline]
    fn with_reactor<R>(&self, act: impl FnOnce(&Reactor) -> R) -> Option<R> {
        with_driver(|reactor: &Reactor| reactor.has(&self.id).then(|| act(reactor))).flatten()
    }

    #[inline]
    fn wait<T>(&self, way: Way, key: &mut Key, cx: &Context<'_>) -> Poll<io::Result<T>> {
        match self.with_reactor(|reactor| reactor.wait_plain(&self.id, way, key, cx)) {
            Some(Waited::Yes) => Poll::Pending,
            Some(Waited::Foreign) => {
                // The waker may run any code, so nothing is borrowed.
                if let Some(reactor) = reactor_of(&self.id) {
                    reactor.wait(&self.id, way, key, cx);
                }
                Poll::Pending
            }
            Some(Waited::Gone) | None => Poll::Ready(Err(gone())),
        }
    }

    /// Makes a future that attempts an operation until it does not block.
    pub(crate) fn operation<T, A>(&self, way: Way, attempt: A) -> Operation<'_, S, A>
    where
        A: FnMut(&S) -> io::Result<T>,
    {
        Operation::new(self, way, attempt)
    }

    /// Reads for `poll_read`. `read` returns the number of bytes, of `room` at most.
    #[inline]
    pub(crate) fn poll_read(
        &self,
        cx: &Context<'_>,
        room: usize,
        read: impl FnMut(&S) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        self.poll_bytes(Way::Read, cx, room, read)
    }

    /// Writes for `poll_write`. `write` returns the number of bytes, of `size` at most.
    #[inline]
    pub(crate) fn poll_write(
        &self,
        cx: &Context<'_>,
        size: usize,
        write: impl FnMut(&S) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        self.poll_bytes(Way::Write, cx, size, write)
    }

    fn poll_bytes(
        &self,
        way: Way,
        cx: &Context<'_>,
        most: usize,
        mut pass: impl FnMut(&S) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        self.poll_io(way, &mut { Key::LAST_POLL }, cx, |io| {
            // A count of 0 means the end of the stream or an empty buffer, and says nothing of the
            // next attempt.
            pass(io).map(|bytes| match bytes {
                bytes if 0 < bytes && bytes < most => Attempt::Short(bytes),
                bytes => Attempt::Full(bytes),
            })
        })
    }

    pub(super) fn leave(&self, way: Way, key: Key) {
        if let Some(reactor) = reactor_of(&self.id) {
            reactor.leave(&self.id, way, key);
        }
    }
}

impl<S> Drop for Socket<S> {
    fn drop(&mut self) {
        let id = self.id;
        match reactor_of(&id) {
            Some(reactor) => reactor.forget(&id),
            None => forget_elsewhere(id),
        }
    }
}

/// Has the loop of a socket free the entry of the socket.
#[cold]
fn forget_elsewhere(id: SourceId) {
    let forget = move || {
        if let Some(reactor) = reactor_of(&id) {
            reactor.forget(&id);
        }
    };
    // It is refused if the loop is closed: then no entry is left.
    drop(id.address().call_soon(Box::new(forget)));
}
