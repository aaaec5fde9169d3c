//! One end of a connection in memory.
//!
//! The problem: a program that is tested in memory must meet what it meets on a system: the end of
//! the data behind the data, an error once after a reset, a broken pipe after the end of its own
//! data. So an end has the states of a socket of TCP, as Linux shows them, and no more.
//!
//! ```text
//!                 1 the peer's host answers
//!   Connecting ─────────────────────────────> Open ──── 3 both ways have ended ────> Closed
//!        │ 2 refused                           │                                      ^
//!        └─────────────────────────────────────┴──── 4 reset: an error, once ─────────┘
//! ```
//!
//! | the way in | a read |
//! |---|---|
//! | has bytes | gives them, also after an end or a reset |
//! | the peer has ended it | 0 bytes: the end |
//! | was reset | the error once, and then 0 bytes |
//! | flows | would block |
//!
//! Bytes that were sent and not read by the peer fill the window of the connection. A write takes as
//! many as there is room for, and the peer's reads make room.
//!
//! Invariants:
//! 1. Bytes come out as they went in, each once.
//! 2. At most a window of bytes is on its way or unread.
//! 3. An error is given once. After a reset no packet changes the end.
//!
//! Read next: `memory/ends/listener_end.rs`.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, IoSliceMut, Read};
use std::net::SocketAddr;

use groundup_sync::task::Ticket;

use crate::memory::hosts::{HostId, SocketId};
use crate::reactor::readiness::Way;

/// The hosts and the addresses of a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Route {
    pub(crate) host: HostId,
    pub(crate) peer_host: HostId,
    /// The addresses of this end and of the peer; `None` of a Unix socket.
    pub(crate) addresses: Option<(SocketAddr, SocketAddr)>,
}

impl Route {
    /// Returns the route as the peer sees it.
    pub(crate) fn back(self) -> Route {
        Route {
            host: self.peer_host,
            peer_host: self.host,
            addresses: self.addresses.map(|(local, peer)| (peer, local)),
        }
    }
}

/// The state of an end: see the picture above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Connecting,
    Open,
    Closed,
}

/// The way out of an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Output {
    /// May become `Ended`.
    Flows,
    /// Ended here. Becomes `Received` when the peer has heard it.
    Ended,
    Received,
}

/// One end of a connection.
pub(crate) struct StreamEnd {
    pub(crate) route: Route,
    /// The other end, as soon as there is one.
    pub(crate) other: Option<SocketId>,
    /// The port of the host is of this socket, and not of a listener.
    pub(crate) has_port: bool,
    /// The close resets the connection: `SO_LINGER` of zero.
    pub(crate) resets: bool,
    /// Stored, and without effect.
    pub(crate) nodelay: bool,
    /// The task that was the last to use this end.
    pub(crate) user: Option<Ticket>,
    phase: Phase,
    output: Output,
    /// The peer has ended its data.
    input_ended: bool,
    /// This end has said that it reads no more.
    stops_reading: bool,
    received: VecDeque<u8>,
    /// The error of a reset, until an operation has given it.
    error: Option<ErrorKind>,
    /// Number of bytes that were sent, and for which the peer has not made room again.
    unread: usize,
    window: usize,
}

impl StreamEnd {
    /// Makes an end that asks for its connection.
    pub(crate) fn connecting(route: Route, window: usize) -> Self {
        StreamEnd {
            route,
            other: None,
            has_port: true,
            resets: false,
            nodelay: false,
            user: None,
            phase: Phase::Connecting,
            output: Output::Flows,
            input_ended: false,
            stops_reading: false,
            received: VecDeque::new(),
            error: None,
            unread: 0,
            window,
        }
    }

    /// Makes an end that has its connection.
    pub(crate) fn open(route: Route, window: usize, other: SocketId) -> Self {
        StreamEnd {
            other: Some(other),
            has_port: false,
            phase: Phase::Open,
            ..StreamEnd::connecting(route, window)
        }
    }

    /// Returns true of a Unix socket. It has the same states and other errors: a write gives "broken
    /// pipe" alone, and a read gives the error of a reset also after the end.
    pub(crate) fn is_unix(&self) -> bool {
        self.route.addresses.is_none()
    }

    /// Returns true of an end that still asks for its connection.
    pub(crate) fn is_connecting(&self) -> bool {
        self.phase == Phase::Connecting
    }

    /// Returns true if nothing can pass any more, either way.
    pub(crate) fn is_over(&self) -> bool {
        self.phase == Phase::Closed || (self.input_ended && self.output == Output::Received)
    }

    /// Returns the bits of the ways that have ended, as a readiness has them.
    pub(crate) fn ended_ways(&self) -> u8 {
        let closed = self.phase == Phase::Closed;
        let ended = |way: Way, ends| match ends || closed {
            true => way.bit() | way.closed_bit(),
            false => 0,
        };
        ended(Way::Read, self.input_ended) | ended(Way::Write, self.output != Output::Flows)
    }

    /// Makes move 1.
    pub(crate) fn opens(&mut self) {
        if self.phase == Phase::Connecting {
            self.phase = Phase::Open;
        }
    }

    /// Makes moves 2 and 4. Returns true if the end was not over before.
    pub(crate) fn gets_reset(&mut self) -> bool {
        if self.is_over() && !self.is_unix() {
            return false;
        }
        // Linux has a state CLOSE_WAIT: the peer has ended its data, and this end has not.
        let close_wait = self.input_ended && self.output == Output::Flows && !self.is_unix();
        self.error = Some(match self.phase {
            Phase::Connecting => ErrorKind::ConnectionRefused,
            _ if close_wait => ErrorKind::BrokenPipe,
            _ => ErrorKind::ConnectionReset,
        });
        self.phase = Phase::Closed;
        self.unread = 0;
        true
    }

    /// Gives the error of a reset, "would block", or nothing if there is a connection.
    pub(crate) fn check_connected(&mut self) -> io::Result<()> {
        self.give_error()?;
        match self.phase {
            Phase::Connecting => Err(ErrorKind::WouldBlock.into()),
            Phase::Open | Phase::Closed => Ok(()),
        }
    }

    fn give_error(&mut self) -> io::Result<()> {
        self.error.take().map_or(Ok(()), |kind| Err(kind.into()))
    }

    /// Returns an error if the end has no peer any more, or not yet.
    pub(crate) fn check_peer(&self) -> io::Result<()> {
        let none = self.phase == Phase::Connecting || self.is_over();
        match none && !self.is_unix() {
            true => Err(ErrorKind::NotConnected.into()),
            false => Ok(()),
        }
    }

    /// Reads bytes that have come.
    pub(crate) fn read(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        if !self.received.is_empty() {
            let mut count = 0;
            for buf in bufs.iter_mut() {
                // The ring has at most two parts.
                let first = self.received.read(buf)?;
                count += first + self.received.read(&mut buf[first..])?;
            }
            return Ok(count);
        }
        if !self.input_ended || self.is_unix() {
            self.give_error()?;
        }
        match self.input_ended || self.phase == Phase::Closed || self.stops_reading {
            true => Ok(0),
            false => Err(ErrorKind::WouldBlock.into()),
        }
    }

    /// Returns the number of bytes that a write may take, of `bytes`.
    pub(crate) fn room(&mut self, bytes: usize) -> io::Result<usize> {
        if !self.is_unix() {
            self.give_error()?;
        }
        if self.phase == Phase::Closed || self.output != Output::Flows {
            return Err(ErrorKind::BrokenPipe.into());
        }
        let room = self.window.saturating_sub(self.unread);
        if self.phase == Phase::Connecting || (room == 0 && bytes != 0) {
            return Err(ErrorKind::WouldBlock.into());
        }
        Ok(bytes.min(room))
    }

    /// Counts bytes that were sent.
    pub(crate) fn sends(&mut self, bytes: usize) {
        self.unread += bytes;
    }

    /// The peer has read so many bytes.
    pub(crate) fn gets_room(&mut self, bytes: usize) {
        self.unread = self.unread.saturating_sub(bytes);
    }

    /// Takes bytes of the peer. Returns false if nothing reads them any more: the connection is to
    /// be reset.
    pub(crate) fn receive(&mut self, bytes: &[u8]) -> bool {
        if self.is_over() || (self.stops_reading && self.output != Output::Flows) {
            return false;
        }
        self.received.extend(bytes);
        true
    }

    /// The peer has ended its data. Returns false if a reset came before: then the bytes before the
    /// end were lost, and a read gives the error of the reset.
    pub(crate) fn input_ends(&mut self) -> bool {
        let reads = self.phase != Phase::Closed;
        self.input_ended |= reads;
        reads
    }

    /// The peer knows that this end has ended its data.
    pub(crate) fn output_is_received(&mut self) {
        self.output = Output::Received;
    }

    /// Ends the data of this end. Returns true if it has not ended before.
    pub(crate) fn end_output(&mut self) -> bool {
        let flows = self.output == Output::Flows;
        if flows {
            self.output = Output::Ended;
        }
        flows
    }

    /// Says that this end reads no more.
    pub(crate) fn stop_reading(&mut self) {
        self.stops_reading = true;
    }

    /// Returns true unless this end has said that it reads no more.
    pub(crate) fn reads(&self) -> bool {
        !self.stops_reading
    }

    /// Returns true if a close must reset the connection: bytes of the peer are lost, there is no
    /// connection yet, or the program wants it.
    pub(crate) fn close_resets(&self) -> bool {
        self.resets || self.phase == Phase::Connecting || !self.received.is_empty()
    }
}
