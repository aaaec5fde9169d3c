//! The calls of a socket of datagrams, as a system has them.
//!
//! The problem: as `memory/state/calls.rs`.
//!
//! Invariant: a call that would block has changed nothing.
//!
//! Read next: `memory/state/path_calls.rs`.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;

use super::{End, NetworkState, no_socket};
use crate::memory::ends::datagram_end::DatagramEnd;
use crate::memory::hosts::{HostId, Protocol, SocketId};
use crate::memory::packets::Load;

impl NetworkState {
    /// Makes a socket of datagrams at an address of a host.
    pub(crate) fn bind(&mut self, host: HostId, address: SocketAddr) -> io::Result<SocketId> {
        let id = self.number();
        let ports = (host, Protocol::Udp);
        let local = self.hosts.take_port(ports, address, id, false)?;
        let end = DatagramEnd::new(host, local, self.window);
        self.add(id, End::Datagrams(end));
        Ok(id)
    }

    /// Sends a datagram to an address, or to the peer.
    pub(crate) fn send_datagram(
        &mut self,
        id: SocketId,
        datagram: &[u8],
        to: Option<SocketAddr>,
    ) -> io::Result<usize> {
        let end = self.datagrams(id).ok_or_else(no_socket)?;
        let (host, local) = (end.host, end.local);
        let to = to.or(end.peer);
        let to = to.ok_or_else(|| {
            let text = "the socket has no peer: call `connect` before `send`, or use `send_to`";
            io::Error::new(ErrorKind::NotConnected, text)
        })?;
        end.check(datagram.len())?;
        let (target, ip, from) = self.hosts.route(host, to.ip())?;
        if local.ip().is_loopback() && !ip.is_loopback() {
            let text = format!(
                "a socket at {local} reaches its own host alone, and not {to}: bind it to 0.0.0.0"
            );
            return Err(io::Error::new(ErrorKind::InvalidInput, text));
        }
        let from = match local.ip().is_unspecified() {
            true => SocketAddr::new(from, local.port()),
            false => local,
        };
        let to = SocketAddr::new(ip, to.port());
        let load = Load::Datagram(from, to, datagram.to_vec());
        self.send(id, (host, target), load);
        Ok(datagram.len())
    }

    /// Receives a datagram: the number of its bytes, and its sender.
    pub(crate) fn receive_datagram(
        &mut self,
        id: SocketId,
        buf: &mut [u8],
    ) -> io::Result<(usize, SocketAddr)> {
        self.datagrams(id).ok_or_else(no_socket)?.read(buf)
    }

    /// Sets the peer of a socket.
    pub(crate) fn connect_datagrams(&mut self, id: SocketId, peer: SocketAddr) -> io::Result<()> {
        let host = self.datagrams(id).ok_or_else(no_socket)?.host;
        let (_, ip, from) = self.hosts.route(host, peer.ip())?;
        let end = self.datagrams(id).ok_or_else(no_socket)?;
        end.peer = Some(SocketAddr::new(ip, peer.port()));
        // As on a system, the socket has one address from now on.
        if end.local.ip().is_unspecified() {
            end.local.set_ip(from);
        }
        Ok(())
    }

    pub(crate) fn close_datagrams(&mut self, id: SocketId) {
        if let Some(End::Datagrams(end)) = self.sockets.remove(id.key()) {
            let ports = (end.host, Protocol::Udp);
            self.hosts.free(ports, end.local.port(), id);
        }
    }
}
