//! The calls of a connection and a listener, as a system has them.
//!
//! The problem: a socket in memory is used through the same futures as a socket of the system. These
//! make attempts, and an attempt says "would block". So the network has the calls of a system, and
//! none of them waits.
//!
//! | call | here |
//! |---|---|
//! | `bind`, `listen`, `accept`, `connect` | [`NetworkState::listen`], [`NetworkState::accept`], [`NetworkState::connect`] |
//! | `recv`, `send`, `shutdown`, `close` | [`NetworkState::read`], [`NetworkState::write`], [`NetworkState::shutdown`], [`NetworkState::close`] |
//!
//! Invariant: a call that would block has changed nothing.
//!
//! Read next: `memory/state/datagram_calls.rs`.

use std::io::{self, ErrorKind, IoSlice, IoSliceMut};
use std::net::{Shutdown, SocketAddr};

use super::{End, NetworkState, READ, READ_ENDS, WRITE_ENDS, no_socket};
use crate::memory::ends::listener_end::{ListenerEnd, ListensAt};
use crate::memory::ends::stream_end::{Route, StreamEnd};
use crate::memory::hosts::{HostId, Protocol, SocketId};
use crate::memory::packets::Load;

impl NetworkState {
    /// Listens at an address of a host.
    pub(crate) fn listen(
        &mut self,
        host: HostId,
        address: SocketAddr,
        (backlog, shares): (usize, bool),
    ) -> io::Result<SocketId> {
        let id = self.number();
        let ports = (host, Protocol::Tcp);
        let at = self.hosts.take_port(ports, address, id, shares)?;
        let at = ListensAt::Address(at);
        self.add(id, End::Listener(ListenerEnd::new(host, at, backlog)));
        Ok(id)
    }

    /// Accepts a connection: the end of the server, and the address of the client.
    pub(crate) fn accept(&mut self, id: SocketId) -> io::Result<(SocketId, Option<SocketAddr>)> {
        let listener = self.listener(id).ok_or_else(no_socket)?;
        let accepted = listener.complete.pop_front();
        let accepted = accepted.ok_or(ErrorKind::WouldBlock)?;
        while let Some(listener) = self.listener(id).filter(|listener| listener.has_room()) {
            let Some(client) = listener.asking.pop_front() else {
                break;
            };
            self.complete(id, client);
        }
        let peer = self.stream(accepted).and_then(|end| end.route.addresses);
        Ok((accepted, peer.map(|(_, peer)| peer)))
    }

    /// Makes the end of the server for a client that asks, if the client still does.
    pub(crate) fn complete(&mut self, listener: SocketId, client: SocketId) {
        let server = self.number();
        let window = self.window;
        let Some(end) = self.stream(client).filter(|end| end.is_connecting()) else {
            return; // it was given up, or was reset
        };
        end.other = Some(server);
        let route = end.route.back();
        self.add(server, End::Stream(StreamEnd::open(route, window, client)));
        if let Some(listener) = self.listener(listener) {
            listener.complete.push_back(server);
        }
        self.send_to_peer(server, Load::Opened);
        self.wake(listener, READ);
    }

    /// Asks for a connection with an address.
    pub(crate) fn connect(&mut self, host: HostId, to: SocketAddr) -> io::Result<SocketId> {
        let (peer_host, ip, from) = self.hosts.route(host, to.ip())?;
        let id = self.number();
        let ports = (host, Protocol::Tcp);
        let local = (self.hosts).take_port(ports, SocketAddr::new(from, 0), id, false);
        // A listener without a free port gets "in use", and a client "not available".
        let local = local
            .map_err(|error| io::Error::new(ErrorKind::AddrNotAvailable, error.to_string()))?;
        let to = SocketAddr::new(ip, to.port());
        let addresses = Some((local, to));
        let route = Route {
            host,
            peer_host,
            addresses,
        };
        self.add(id, End::Stream(StreamEnd::connecting(route, self.window)));
        self.send(id, (host, peer_host), Load::Open(to));
        Ok(id)
    }

    /// Reads bytes of the peer.
    pub(crate) fn read(&mut self, id: SocketId, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        let count = self.stream(id).ok_or_else(no_socket)?.read(bufs)?;
        if count != 0 {
            self.send_to_peer(id, |other| Load::Room(other, count));
        }
        Ok(count)
    }

    /// Sends as many bytes as the window has room for.
    pub(crate) fn write(&mut self, id: SocketId, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        let size = bufs.iter().map(|buf| buf.len()).sum();
        let end = self.stream(id).ok_or_else(no_socket)?;
        let (other, is_unix) = (end.other, end.is_unix());
        let peer = other.and_then(|other| self.end(other));
        if is_unix && !peer.is_some_and(StreamEnd::reads) {
            return Err(ErrorKind::BrokenPipe.into()); // a Unix socket sees its peer, also without room
        }
        let count = self.stream(id).ok_or_else(no_socket)?.room(size)?;
        if count != 0 {
            let mut bytes = Vec::with_capacity(count);
            for buf in bufs {
                let left = (count - bytes.len()).min(buf.len());
                bytes.extend_from_slice(&buf[..left]);
            }
            if let Some(end) = self.stream(id) {
                end.sends(count);
            }
            self.send_to_peer(id, |other| Load::Data(other, bytes));
        }
        Ok(count)
    }

    /// Ends the data of one way, or of both.
    pub(crate) fn shutdown(&mut self, id: SocketId, how: Shutdown) -> io::Result<()> {
        let end = self.stream(id).ok_or_else(no_socket)?;
        end.check_peer()?;
        let (reads, writes) = match how {
            Shutdown::Read => (true, false),
            Shutdown::Write => (false, true),
            Shutdown::Both => (true, true),
        };
        if reads {
            end.stop_reading();
        }
        let ends = writes && end.end_output();
        if reads {
            self.wake(id, READ_ENDS);
        }
        if ends {
            self.send_to_peer(id, Load::End);
            self.wake(id, WRITE_ENDS);
        }
        Ok(())
    }

    /// Closes a socket that no program has any more.
    pub(crate) fn close(&mut self, id: SocketId) {
        self.sources.remove(id.key());
        match self.sockets.get(id.key()) {
            Some(End::Stream(_)) => self.close_stream(id),
            Some(End::Listener(_)) => self.close_listener(id),
            Some(End::Datagrams(_)) => self.close_datagrams(id),
            None => {}
        }
    }

    fn close_stream(&mut self, id: SocketId) {
        let Some(end) = self.stream(id) else {
            return;
        };
        let (over, resets) = (end.is_over() && !end.is_unix(), end.close_resets());
        let (route, has_port, asks) = (end.route, end.has_port, end.other.is_none());
        if !over && resets {
            self.send_to_peer(id, Load::Reset);
        } else if !over && end.end_output() {
            self.send_to_peer(id, Load::End);
        }
        if let Some((local, _)) = route.addresses.filter(|_| has_port) {
            let ports = (route.host, Protocol::Tcp);
            self.hosts.free(ports, local.port(), id);
        }
        if asks {
            self.ask_no_more(id, route);
        }
        self.sockets.remove(id.key());
    }

    /// Removes a client that gives up from the listeners where it may wait for room.
    fn ask_no_more(&mut self, client: SocketId, route: Route) {
        let Some((_, to)) = route.addresses else {
            return;
        };
        for listener in self.hosts.sockets_at((route.peer_host, Protocol::Tcp), to) {
            if let Some(listener) = self.listener(listener) {
                listener.asking.retain(|&asking| asking != client);
            }
        }
    }

    /// Resets the connections that were not accepted, and refuses those that ask.
    fn close_listener(&mut self, id: SocketId) {
        let Some(End::Listener(listener)) = self.sockets.remove(id.key()) else {
            return;
        };
        for server in listener.complete {
            if let Some(end) = self.stream(server) {
                end.resets = true;
            }
            self.close_stream(server);
        }
        let host = listener.host;
        for client in listener.asking {
            if let Some(end) = self.stream(client) {
                let hosts = (host, end.route.host);
                self.send(id, hosts, Load::Refused(client));
            }
        }
        match listener.at {
            ListensAt::Address(at) => self.hosts.free((host, Protocol::Tcp), at.port(), id),
            ListensAt::Path(path) => self.free_path(host, &path),
        }
    }
}
