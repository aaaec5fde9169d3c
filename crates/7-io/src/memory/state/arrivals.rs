//! The arrival of a packet: what it does to the socket that it reaches.
//!
//! The problem: a packet may arrive when its receiver is gone, or in a state in which it means
//! nothing. TCP has a rule for each case, and the most important of them is that bytes for a socket
//! that is gone reset the connection: so a program that writes to a closed peer learns of it.
//!
//! | packet | receiver | effect |
//! |---|---|---|
//! | open | a listener with room | the connection waits to be accepted; the answer is "opened" |
//! | open | a listener without room | waits for room |
//! | open | none | the answer is "refused" |
//! | data | an end that reads | the bytes can be read |
//! | data | gone, reads no more, or was reset | the answer is a reset |
//! | room, end, reset | gone, or was reset | none |
//! | datagram | none, or has another peer | the answer is "unreachable" |
//!
//! Invariant: an answer goes to a socket that is there, or has no effect.
//!
//! Read next: `memory/core.rs`.

use std::net::SocketAddr;

use super::{NetworkState, READ, READ_ENDS, WRITE, WRITE_ENDS};
use crate::memory::hosts::{HostId, Protocol, SocketId};
use crate::memory::packets::{Load, Packet};

impl NetworkState {
    /// Makes the effect of a packet that arrives.
    pub(crate) fn arrive(&mut self, packet: Packet) {
        let Packet { hosts, from, .. } = packet;
        match packet.load {
            Load::Open(to) => self.asks(hosts, from, to),
            Load::Opened(client) => {
                if let Some(end) = self.stream(client) {
                    end.opens();
                    self.wake(client, READ | WRITE);
                }
            }
            Load::Refused(to) | Load::Reset(to) => self.resets(to),
            Load::Data(to, bytes) => self.brings(hosts, (from, to), &bytes),
            Load::Room(to, bytes) => {
                if let Some(end) = self.stream(to) {
                    end.gets_room(bytes);
                    self.wake(to, WRITE);
                }
            }
            Load::End(to) => {
                if self.stream(to).is_some_and(|end| end.input_ends()) {
                    self.wake(to, READ_ENDS);
                }
                if let Some(end) = self.stream(from) {
                    end.output_is_received();
                }
            }
            Load::Datagram(sender, to, datagram) => {
                self.brings_datagram(hosts, (from, sender), to, datagram);
            }
            Load::Unreachable(to, peer) => {
                let end = self.datagrams(to);
                if end.is_some_and(|end| end.gets_unreachable(peer)) {
                    self.wake(to, READ | WRITE);
                }
            }
        }
    }

    /// A client asks for a connection.
    fn asks(&mut self, (client_host, host): (HostId, HostId), client: SocketId, to: SocketAddr) {
        let Some(end) = self.stream(client).filter(|end| end.is_connecting()) else {
            return; // it was given up, or was reset
        };
        let local = end.route.addresses.map_or(0, |(local, _)| local.port());
        let listeners = self.hosts.sockets_at((host, Protocol::Tcp), to);
        // Those that share an address: the port of the client decides, as on Linux.
        let chosen = usize::from(local) % listeners.len().max(1);
        let chosen = listeners.get(chosen).copied();
        let Some(listener) = chosen.filter(|id| self.listener(*id).is_some()) else {
            self.send(client, (host, client_host), Load::Refused(client));
            return;
        };
        match self.listener(listener) {
            Some(end) if !end.has_room() => end.asking.push_back(client),
            _ => self.complete(listener, client),
        }
    }

    /// A connection is over at once.
    fn resets(&mut self, to: SocketId) {
        if self.stream(to).is_some_and(|end| end.gets_reset()) {
            self.wake(to, READ_ENDS | WRITE_ENDS);
        }
    }

    /// Bytes come.
    fn brings(&mut self, hosts: (HostId, HostId), (from, to): (SocketId, SocketId), bytes: &[u8]) {
        let reads = self.stream(to).is_some_and(|end| end.receive(bytes));
        if reads {
            self.wake(to, READ);
            return;
        }
        self.resets(to);
        let back = (hosts.1, hosts.0);
        self.send(to, back, Load::Reset(from));
    }

    /// A datagram comes.
    fn brings_datagram(
        &mut self,
        hosts: (HostId, HostId),
        (from, sender): (SocketId, SocketAddr),
        to: SocketAddr,
        datagram: Vec<u8>,
    ) {
        let receivers = self.hosts.sockets_at((hosts.1, Protocol::Udp), to);
        let first = receivers.first().copied();
        let hears = |id: &SocketId| self.datagrams(*id).is_some_and(|end| end.hears(sender));
        let Some(receiver) = first.filter(hears) else {
            let back = (hosts.1, hosts.0);
            self.send(from, back, Load::Unreachable(from, to));
            return;
        };
        let end = self.datagrams(receiver);
        if end.is_some_and(|end| end.receive(sender, datagram)) {
            self.wake(receiver, READ);
        }
    }
}
