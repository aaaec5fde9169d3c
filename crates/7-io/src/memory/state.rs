//! The state of a network: hosts, links, sockets, and packets.
//!
//! The problem: each call of a socket and each arrival of a packet may change several sockets, send
//! packets and wake tasks. The wakers, the chooser and the timers are code of the user's, or lead to
//! it, and must not be called while the state is borrowed. So the state calls nothing. It collects:
//!
//! ```text
//!   a call (`calls.rs`)    ──┐                ┌──> outbox: packets that were sent
//!                            ├──> the state ──┤
//!   an arrival              ─┘                └──> woken: sources, and what has happened
//!   (`arrivals.rs`)                                  `core.rs` sends and wakes, when nothing is borrowed
//! ```
//!
//! Invariants:
//! 1. A socket is in the table from its making to its close. What it has sent arrives after its close,
//!    too.
//! 2. Nothing here calls a waker, a chooser or a timer.
//!
//! Read next: `memory/state/calls.rs`.

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::path::PathBuf;

use groundup_sync::task::NumberMap;

use super::ends::datagram_end::DatagramEnd;
use super::ends::listener_end::ListenerEnd;
use super::ends::stream_end::StreamEnd;
use super::hosts::{HostId, Hosts, SocketId};
use super::links::{Draw, LinkOptions, Links};
use super::packets::{Flight, Flights, Load, Packet};
use crate::reactor::readiness::Way;
use crate::reactor::sources::SourceId;

mod arrivals;
mod calls;
mod datagram_calls;
mod path_calls;

/// The bits of an event that makes a socket ready to read or to write.
pub(crate) const READ: u8 = Way::Read.bit();
pub(crate) const WRITE: u8 = Way::Write.bit();
/// The bits of an event that also ends the way.
pub(crate) const READ_ENDS: u8 = READ | Way::Read.closed_bit();
pub(crate) const WRITE_ENDS: u8 = WRITE | Way::Write.closed_bit();

/// The hosts, links, sockets and packets of a network.
pub(crate) struct NetworkState {
    pub(crate) hosts: Hosts,
    pub(crate) links: Links,
    pub(crate) flights: Flights,
    pub(crate) sockets: NumberMap<End>,
    /// The sources of the sockets that a program has.
    pub(crate) sources: NumberMap<SourceId>,
    /// The listeners at paths, in the order of hosts and paths.
    pub(crate) paths: Vec<((HostId, PathBuf), SocketId)>,
    /// Number of bytes of a connection that are on their way or unread.
    pub(crate) window: usize,
    last: u64,
    outbox: VecDeque<Packet>,
    woken: Vec<(SourceId, u8)>,
}

/// A socket.
pub(crate) enum End {
    Stream(StreamEnd),
    Listener(ListenerEnd),
    Datagrams(DatagramEnd),
}

impl NetworkState {
    pub(crate) fn new(options: LinkOptions, window: usize) -> Self {
        NetworkState {
            hosts: Hosts::new(),
            links: Links::new(options),
            flights: Flights::default(),
            sockets: NumberMap::default(),
            sources: NumberMap::default(),
            paths: Vec::new(),
            window,
            last: 0,
            outbox: VecDeque::new(),
            woken: Vec::new(),
        }
    }

    /// Returns a number that no socket has had.
    pub(crate) fn number(&mut self) -> SocketId {
        self.last += 1;
        SocketId(self.last)
    }

    pub(crate) fn add(&mut self, id: SocketId, end: End) {
        self.sockets.insert(id.key(), end);
    }

    /// Returns the end of a connection that is in the table.
    pub(crate) fn stream(&mut self, id: SocketId) -> Option<&mut StreamEnd> {
        match self.sockets.get_mut(id.key()) {
            Some(End::Stream(end)) => Some(end),
            _ => None,
        }
    }

    /// Looks at the end of a connection that is in the table.
    pub(crate) fn end(&self, id: SocketId) -> Option<&StreamEnd> {
        match self.sockets.get(id.key()) {
            Some(End::Stream(end)) => Some(end),
            _ => None,
        }
    }

    pub(crate) fn listener(&mut self, id: SocketId) -> Option<&mut ListenerEnd> {
        match self.sockets.get_mut(id.key()) {
            Some(End::Listener(end)) => Some(end),
            _ => None,
        }
    }

    pub(crate) fn datagrams(&mut self, id: SocketId) -> Option<&mut DatagramEnd> {
        match self.sockets.get_mut(id.key()) {
            Some(End::Datagrams(end)) => Some(end),
            _ => None,
        }
    }

    /// Notes an event of a socket.
    pub(crate) fn wake(&mut self, id: SocketId, bits: u8) {
        if let Some(source) = self.sources.get(id.key()) {
            self.woken.push((*source, bits));
        }
    }

    /// Takes out the events since the last time.
    pub(crate) fn take_woken(&mut self) -> Vec<(SourceId, u8)> {
        std::mem::take(&mut self.woken)
    }

    /// Sends a packet of `from`.
    pub(crate) fn send(&mut self, from: SocketId, hosts: (HostId, HostId), load: Load) {
        self.outbox.push_back(Packet {
            hosts,
            from,
            at_once: false,
            load,
        });
    }

    /// Sends a packet of one end of a connection to the other.
    pub(crate) fn send_to_peer(&mut self, from: SocketId, load: impl FnOnce(SocketId) -> Load) {
        let Some(end) = self.stream(from) else {
            return;
        };
        let Some(other) = end.other else {
            return;
        };
        let (route, end_is_unix) = (end.route, end.is_unix());
        let load = load(other);
        self.outbox.push_back(Packet {
            hosts: (route.host, route.peer_host),
            from,
            at_once: end_is_unix,
            load,
        });
    }

    /// Returns the choices for the packet that is to be sent next, if there is one.
    pub(crate) fn next_draw(&self) -> Option<Draw> {
        let packet = self.outbox.front()?;
        Some(self.links.options_of(packet))
    }

    /// Sends the next packet on its way.
    pub(crate) fn launch(&mut self, now: u64, draw: Draw) {
        let Some(mut packet) = self.outbox.pop_front() else {
            return;
        };
        if let Some(second) = packet.split_off(draw.cut) {
            self.outbox.push_front(second);
        }
        if let Some((at, packet)) = self.links.send(now, packet, draw) {
            self.flights.push(at, packet);
        }
    }

    /// Takes a packet out that arrives.
    pub(crate) fn land(&mut self, flight: Flight) -> Option<Packet> {
        self.flights.take(flight)
    }

    /// Cuts the link between two hosts.
    pub(crate) fn cut(&mut self, a: HostId, b: HostId) {
        let on_the_way = self.flights.take_between(a, b);
        self.links.cut(a, b, on_the_way);
    }

    /// Heals the link between two hosts: the packets that were held set out, before later ones.
    pub(crate) fn heal(&mut self, a: HostId, b: HostId) {
        for packet in self.links.heal(a, b).into_iter().rev() {
            self.outbox.push_front(packet);
        }
    }

    /// Drops all sockets and packets: the loop is closed.
    pub(crate) fn clear(&mut self) {
        self.sockets = NumberMap::default();
        self.sources = NumberMap::default();
        self.paths.clear();
        self.flights = Flights::default();
        self.outbox.clear();
        self.woken.clear();
    }

    /// Resets all connections between two hosts, and returns their number.
    pub(crate) fn reset_between(&mut self, a: HostId, b: HostId) -> usize {
        let between = |end: &End| match end {
            End::Stream(end) => {
                let route = end.route;
                let hosts = (route.host, route.peer_host);
                route.addresses.is_some() && (hosts == (a, b) || hosts == (b, a))
            }
            _ => false,
        };
        let found = self.sockets.keys();
        let found = found.filter(|key| self.sockets.get(*key).is_some_and(between));
        let found: Vec<(u64, u64)> = found.collect();
        let mut connections = 0;
        for id in found.into_iter().map(|(id, _)| SocketId(id)) {
            let Some(end) = self.stream(id) else { continue };
            let other = end.other;
            if end.gets_reset() {
                // Each has two ends, of which the second finds the first reset.
                let is_second = other.is_some_and(|other| other < id && self.was_reset(other));
                connections += usize::from(!is_second);
                self.wake(id, READ_ENDS | WRITE_ENDS);
            }
        }
        connections
    }

    fn was_reset(&mut self, id: SocketId) -> bool {
        self.stream(id).is_some_and(|end| end.is_over())
    }
}

/// Makes the error of a call of a socket that the network does not have.
pub(crate) fn no_socket() -> io::Error {
    ErrorKind::NotConnected.into()
}
