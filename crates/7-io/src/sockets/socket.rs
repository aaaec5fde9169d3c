//! A socket as an id: the descriptor, and the name of its entry.
//!
//! The problem: a socket needs the reactor. A reference to the reactor would bind the socket to its
//! thread, and libraries that demand `Send` could not have it. So a socket keeps the id of its
//! source (a number and a generation), beside its readiness. An operation compares the waker of its
//! task with the address of the loop, and makes an attempt. A task that waits again waits in the socket
//! itself (`reactor/first_waiter.rs`). An operation needs the reactor only for another wait, after 64
//! operations, and under a foreign waker. A socket in memory has a network in place of the reactor
//! (`memory.rs`).
//!
//! ```text
//!   TcpStream { descriptor, readiness, SourceId { reactor 3, number 7, generation 2, address } }
//!                               │                     │
//!   an attempt  ── ready ───────┘                     │
//!   first wait  ── the running loop has reactor 3 ────┴─> source 7, if its generation is 2
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
use std::panic::Location;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use groundup_sync::executor::with_driver;
use groundup_sync::task::{Address, Scheduler};

use super::awaits::forget_place;
use super::io::Io;
use crate::memory::endpoints::InMemory;
use crate::memory::loop_network;
use crate::reactor::Reactor;
use crate::reactor::about::About;
use crate::reactor::installed::{gone, install, reactor_of};
use crate::reactor::readiness::{Attempt, Readiness, Way};
use crate::reactor::sources::SourceId;
use crate::reactor::waiters::Key;
use crate::reactor::waits::Waits;

/// A socket of `mio` that is registered with a reactor, or one in memory.
#[derive(Debug)]
pub(crate) struct Socket<S> {
    io: S,
    pub(super) id: SourceId,
    readiness: Arc<Readiness>,
}

impl<S: mio::event::Source> Socket<S> {
    /// Registers a socket with the reactor of the running loop.
    #[track_caller]
    pub(crate) fn new(mut io: S, about: About) -> io::Result<Self> {
        let (reactor, address) = reactor()?;
        let origin = about.made_at(Location::caller());
        let (id, readiness) = reactor.register(&mut io, about, address)?;
        if let Some(origin) = origin {
            reactor.waits().set_origin(&id, origin);
        }
        Ok(Socket { io, id, readiness })
    }
}

impl<S, M: InMemory> Socket<Io<S, M>> {
    /// Makes a socket of one in memory.
    pub(crate) fn in_memory(io: M) -> io::Result<Self> {
        let (id, readiness) = io.watch()?;
        let io = Io::Memory(io);
        Ok(Socket { io, id, readiness })
    }
}

/// Checks that the running loop can have sockets, before a descriptor is opened.
#[track_caller]
pub(crate) fn check_loop() -> io::Result<()> {
    reactor().map(drop)
}

/// Returns the reactor of the running loop, and the address of the loop. A kind of socket that is not
/// in memory comes here also if the loop has a network.
#[track_caller]
fn reactor() -> io::Result<(Rc<Reactor>, Address)> {
    install().map_err(|error| match loop_network::of_loop() {
        Some(_) if error.kind() == io::ErrorKind::Unsupported => io::Error::new(
            error.kind(),
            "a network in memory has no such socket, and the clock of this loop cannot wait for the \
             sockets of the system: use `TcpStream`, `UdpSocket` or `UnixStream`, or run the program \
             on the real clock",
        ),
        _ => error,
    })
}

impl<S> Socket<S> {
    /// Returns the socket of `mio` or in memory, for calls that do not block.
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
        if self.id.is_in_memory() {
            return self.poll_in_memory(way, key, cx, &mut attempt);
        }
        self.poll_plain(way, key, cx, attempt)
    }

    /// Polls an operation in memory. Events that follow from its attempt happen only now, so that
    /// they find the future among the waiters. The attempt is an object: each kind of socket has one copy
    /// of this function, and not one for each operation.
    #[cold]
    fn poll_in_memory<T>(
        &self,
        way: Way,
        key: &mut Key,
        cx: &Context<'_>,
        attempt: &mut dyn FnMut(&S) -> io::Result<Attempt<T>>,
    ) -> Poll<io::Result<T>> {
        let poll = self.poll_plain(way, key, cx, attempt);
        loop_network::settle(&self.id);
        poll
    }

    #[inline(always)]
    fn poll_plain<T>(
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
        let refill = || self.refill(way);
        match (self.readiness).attempt(way, refill, || attempt(&self.io)) {
            // No waker of this future is left to remove: the event or the look that ended its wait
            // has taken the waker.
            Some(done) => Poll::Ready(done),
            None => self.wait(way, key, cx),
        }
    }

    /// Returns true in the loop of the socket. The ticket of one of its tasks is proof enough.
    // The answer for a task of the loop is a comparison.
    #[inline(always)]
    fn is_home(&self, cx: &Context<'_>) -> bool {
        match Scheduler::any_ticket_in(cx) {
            Some(ticket) if self.id.address().is_of(ticket) => true,
            _ => self.has_waits(),
        }
    }

    #[cold]
    fn has_waits(&self) -> bool {
        waits_of(&self.id).is_some()
    }

    /// Fills the budget of the socket, if its reactor has looked since the last time.
    #[cold]
    fn refill(&self, way: Way) -> bool {
        if self.id.is_in_memory() {
            self.readiness.refill();
            return true;
        }
        let refill =
            |reactor: &Reactor| reactor.waits().has(&self.id) && reactor.refill(&self.id, way);
        with_driver(refill).unwrap_or(false)
    }

    #[inline(always)]
    fn wait<T>(&self, way: Way, key: &mut Key, cx: &Context<'_>) -> Poll<io::Result<T>> {
        let waits_here = *key == Key::Poll && self.readiness.wait_here(way, cx);
        if !waits_here && let Err(error) = self.wait_listed(way, key, cx) {
            return Poll::Ready(Err(error));
        }
        forget_place(cx);
        Poll::Pending
    }

    /// Lets the future wait in the list of its source.
    #[cold]
    fn wait_listed(&self, way: Way, key: &mut Key, cx: &Context<'_>) -> io::Result<()> {
        let waits = waits_of(&self.id);
        match waits.is_some_and(|waits| waits.wait(&self.id, way, key, cx)) {
            true => Ok(()),
            false => Err(self.used_elsewhere()),
        }
    }

    /// A future of this socket was polled on another thread, with a waker of the loop. Its attempt may
    /// have undone what the loop stored in the readiness. So the loop wakes the waiters of both ways again.
    #[cold]
    fn used_elsewhere(&self) -> io::Error {
        in_its_loop(self.id, |waits, id| waits.try_again(id));
        gone()
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
        self.poll_io(way, &mut { Key::Poll }, cx, |io| {
            // A count of 0 means the end of the stream or an empty buffer, and says nothing of the
            // next attempt.
            pass(io).map(|bytes| match bytes {
                bytes if 0 < bytes && bytes < most => Attempt::Short(bytes),
                bytes => Attempt::Full(bytes),
            })
        })
    }

    pub(super) fn leave(&self, way: Way, key: Key) {
        if let Some(waits) = waits_of(&self.id) {
            waits.leave(&self.id, way, key);
        }
    }
}

impl<S> Drop for Socket<S> {
    fn drop(&mut self) {
        let id = self.id;
        match waits_of(&id) {
            Some(waits) => waits.forget(&id),
            None => in_its_loop(id, Waits::forget),
        }
    }
}

/// Returns the sources of the reactor or network of a source, if its loop runs here.
pub(super) fn waits_of(id: &SourceId) -> Option<Rc<Waits>> {
    match id.is_in_memory() {
        true => loop_network::waits_of(id),
        false => reactor_of(id).map(|reactor| reactor.waits().clone()),
    }
}

/// Has the loop of a socket call `act`, unless the loop is closed: then no entry of the socket is left.
#[cold]
fn in_its_loop(id: SourceId, act: impl FnOnce(&Waits, &SourceId) + Send + 'static) {
    let call = move || {
        if let Some(waits) = waits_of(&id) {
            act(&waits, &id);
        }
    };
    drop(id.address().call_soon(Box::new(call)));
}
