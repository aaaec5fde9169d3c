//! Packets on their way through a network.
//!
//! The problem: the packets of a connection arrive in the order in which they were sent, and the
//! packets of different connections in any. Each packet has the time of its arrival. It is the time
//! of the packet before it of the same socket, if that is later.
//!
//! ```text
//!   now                            time of arrival
//!    |────────────────────────────────────────────────>
//!        A1      B1   A2,B2            A3                A, B: two sockets that send
//!                      └─ due together: a choice
//! ```
//!
//! Invariants:
//! 1. Packets of one socket arrive in the order in which it has sent them, except datagrams and
//!    those that make room.
//! 2. Of several packets that are due, the first of each socket may arrive next.
//!
//! Read next: `memory/links.rs`.

use std::net::SocketAddr;

use groundup_sync::task::NumberMap;

use super::hosts::{HostId, SocketId};

/// Number of places at which bytes may be cut, none among them.
const CUTS: usize = 4;

/// A message from one socket to another.
pub(crate) struct Packet {
    /// The host that sends, and the host that receives.
    pub(crate) hosts: (HostId, HostId),
    /// The socket that sends.
    pub(crate) from: SocketId,
    /// It takes no time, as the bytes of a Unix socket.
    pub(crate) at_once: bool,
    pub(crate) load: Load,
}

/// The content of a packet.
pub(crate) enum Load {
    /// A client asks for a connection at an address.
    Open(SocketAddr),
    /// The client has its connection.
    Opened(SocketId),
    /// No socket listens there.
    Refused(SocketId),
    /// Bytes of a connection.
    Data(SocketId, Vec<u8>),
    /// The receiver has read so many bytes: there is room for as many.
    Room(SocketId, usize),
    /// No byte will follow.
    End(SocketId),
    /// The connection is over at once.
    Reset(SocketId),
    /// A datagram, with the address from which it comes and the one to which it goes.
    Datagram(SocketAddr, SocketAddr, Vec<u8>),
    /// No socket receives datagrams at this address.
    Unreachable(SocketId, SocketAddr),
}

impl Packet {
    /// Returns the number of bytes for which the packet occupies the line.
    pub(crate) fn size(&self) -> usize {
        match &self.load {
            Load::Data(_, bytes) | Load::Datagram(_, _, bytes) => bytes.len(),
            _ => 0,
        }
    }

    /// Returns true if the packet may overtake others, and may be lost.
    pub(crate) fn is_datagram(&self) -> bool {
        matches!(self.load, Load::Datagram(..) | Load::Unreachable(..))
    }

    /// Returns the number of places at which the bytes of a connection may be cut, of which 0 is none.
    pub(crate) fn cuts(&self) -> usize {
        match &self.load {
            Load::Data(_, bytes) if bytes.len() > 1 => CUTS,
            _ => 1,
        }
    }

    /// Cuts the bytes of a connection, and returns the packet of the second piece.
    pub(crate) fn split_off(&mut self, cut: usize) -> Option<Packet> {
        let Load::Data(to, bytes) = &mut self.load else {
            return None;
        };
        let at = bytes.len() * cut / CUTS;
        let second = (at != 0).then(|| bytes.split_off(at))?;
        Some(Packet {
            load: Load::Data(*to, second),
            ..*self
        })
    }

    /// Returns true if the packet arrives behind those that its socket has sent before.
    fn is_ordered(&self) -> bool {
        !self.is_datagram() && !matches!(self.load, Load::Room(..))
    }

    /// Returns true if the time that the packet takes varies. Answers that a program does not see
    /// take the latency alone, so that a search has fewer choices.
    pub(crate) fn varies(&self) -> bool {
        let fixed = matches!(
            self.load,
            Load::Opened(_) | Load::Refused(_) | Load::Room(..) | Load::Unreachable(..)
        );
        !fixed
    }
}

/// The packets that have left and have not arrived.
#[derive(Default)]
pub(crate) struct Flights {
    /// By time of arrival, and then in the order in which they left.
    flights: NumberMap<Packet>,
    /// Of each socket with packets on their way: the last arrival, and the number of packets.
    ways: NumberMap<(u64, usize)>,
    last: u64,
}

/// The time at which a packet arrives, and its number.
pub(crate) type Flight = (u64, u64);

impl Flights {
    /// Sends a packet on its way, to arrive at `at` or behind the packet before it.
    pub(crate) fn push(&mut self, mut at: u64, packet: Packet) {
        if packet.is_ordered() {
            let (last, count) = self
                .ways
                .get(packet.from.key())
                .copied()
                .unwrap_or_default();
            at = at.max(last);
            self.ways.insert(packet.from.key(), (at, count + 1));
        }
        self.last += 1;
        self.flights.insert((at, self.last), packet);
    }

    /// Returns the time of the first arrival.
    pub(crate) fn first(&self) -> Option<u64> {
        self.flights.first().map(|(at, _)| at)
    }

    pub(crate) fn len(&self) -> usize {
        self.flights.len()
    }

    /// Returns the packets that may arrive next, of those that are due. If `one` is true, at most the
    /// first of them.
    pub(crate) fn due(&self, now: u64, one: bool) -> Vec<Flight> {
        let due = self.flights.keys().take_while(|(at, _)| *at <= now);
        if one {
            return due.take(1).collect();
        }
        let (mut first, mut seen) = (Vec::new(), NumberMap::default());
        for flight in due {
            let packet = self.flights.get(flight);
            let ordered = packet.filter(|packet| packet.is_ordered());
            if ordered.is_none_or(|packet| seen.insert(packet.from.key(), ()).is_none()) {
                first.push(flight);
            }
        }
        first
    }

    /// Takes a packet out.
    pub(crate) fn take(&mut self, flight: Flight) -> Option<Packet> {
        let packet = self.flights.remove(flight)?;
        if packet.is_ordered() {
            let way = self.ways.get_mut(packet.from.key())?;
            way.1 -= 1;
            if way.1 == 0 {
                self.ways.remove(packet.from.key());
            }
        }
        Some(packet)
    }

    /// Takes out all packets between two hosts.
    pub(crate) fn take_between(&mut self, a: HostId, b: HostId) -> Vec<Packet> {
        let between = |packet: &Packet| [(a, b), (b, a)].contains(&packet.hosts) && !packet.at_once;
        let found = self.flights.keys();
        let found = found.filter(|flight| self.flights.get(*flight).is_some_and(between));
        let found: Vec<Flight> = found.collect();
        found.into_iter().filter_map(|at| self.take(at)).collect()
    }
}
