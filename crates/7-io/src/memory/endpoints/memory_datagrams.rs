//! A socket of datagrams in memory, as `mio` has one of the system.
//!
//! The problem: as `memory/endpoints/memory_stream.rs`.
//!
//! Invariant: a datagram is received once.
//!
//! Read next: `memory/network.rs`.

use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;

use super::{InMemory, MemorySocket};
use crate::memory::core::NetworkCore;
use crate::memory::hosts::HostId;
use crate::memory::state::no_socket;
use crate::reactor::about::{About, Kind};
use crate::reactor::readiness::Readiness;
use crate::reactor::sources::SourceId;

/// A socket of datagrams in memory.
#[derive(Debug)]
pub(crate) struct MemoryDatagrams(MemorySocket);

impl MemoryDatagrams {
    /// Makes a socket at an address of the host of the running task.
    pub(crate) fn bind(core: &Rc<NetworkCore>, address: SocketAddr) -> io::Result<Self> {
        let host = core.present_host();
        let id = core.act(|state| state.bind(host, address))?;
        Ok(MemoryDatagrams(MemorySocket::new(core, id)))
    }

    pub(crate) fn connect(&self, peer: SocketAddr) -> io::Result<()> {
        self.0.call(|state, id| state.connect_datagrams(id, peer))
    }

    /// Sends a datagram to an address, or to the peer.
    pub(crate) fn send(&self, datagram: &[u8], to: Option<SocketAddr>) -> io::Result<usize> {
        self.0
            .attempt(|state, id| state.send_datagram(id, datagram, to))
    }

    pub(crate) fn recv_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.0.attempt(|state, id| state.receive_datagram(id, buf))
    }

    fn place(&self) -> io::Result<(HostId, SocketAddr)> {
        self.0.call(|state, id| {
            let end = state.datagrams(id).ok_or_else(no_socket)?;
            Ok((end.host, end.local))
        })
    }

    pub(crate) fn local_addr(&self) -> io::Result<SocketAddr> {
        self.place().map(|(_, local)| local)
    }
}

impl InMemory for MemoryDatagrams {
    fn watch(&self) -> io::Result<(SourceId, Arc<Readiness>)> {
        let (host, local) = self.place()?;
        let named = self.0.core()?.named(host, local);
        self.0.watch(About::InMemory(Kind::Datagrams, named, None))
    }
}
