//! A listener in memory, as `mio` has one of the system.
//!
//! The problem: as `memory/endpoints/memory_stream.rs`.
//!
//! Invariant: a connection is accepted once.
//!
//! Read next: `memory/endpoints/memory_datagrams.rs`.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use super::memory_stream::MemoryStream;
use super::{InMemory, MemorySocket};
use crate::memory::core::NetworkCore;
use crate::memory::ends::listener_end::ListensAt;
use crate::memory::hosts::HostId;
use crate::memory::state::{NetworkState, no_socket};
use crate::reactor::about::{About, Kind};
use crate::reactor::readiness::Readiness;
use crate::reactor::sources::SourceId;

/// A listener in memory, of TCP or of Unix.
#[derive(Debug)]
pub(crate) struct MemoryListener(MemorySocket);

impl MemoryListener {
    /// Listens at an address of the host of the running task. `options` are the length of the
    /// backlog, and whether others may listen there, too.
    pub(crate) fn bind(
        core: &Rc<NetworkCore>,
        address: SocketAddr,
        options: (usize, bool),
    ) -> io::Result<Self> {
        let host = core.present_host();
        let id = core.act(|state| state.listen(host, address, options))?;
        Ok(MemoryListener(MemorySocket::new(core, id)))
    }

    /// Listens at a path.
    pub(crate) fn bind_path(core: &Rc<NetworkCore>, path: &Path) -> io::Result<Self> {
        let host = core.present_host();
        let id = core.act(|state| state.listen_at_path(host, path))?;
        Ok(MemoryListener(MemorySocket::new(core, id)))
    }

    /// Accepts a connection, and returns the address of the peer, if it has one.
    pub(crate) fn accept(&self) -> io::Result<(MemoryStream, Option<SocketAddr>)> {
        let core = self.0.core()?;
        let (id, peer) = self.0.attempt(NetworkState::accept)?;
        Ok((MemoryStream(MemorySocket::new(&core, id)), peer))
    }

    fn place(&self) -> io::Result<(HostId, ListensAt)> {
        self.0.call(|state, id| {
            let listener = state.listener(id).ok_or_else(no_socket)?;
            Ok((listener.host, listener.at.clone()))
        })
    }

    pub(crate) fn local_addr(&self) -> io::Result<SocketAddr> {
        match self.place()?.1 {
            ListensAt::Address(address) => Ok(address),
            ListensAt::Path(_) => Err(no_socket()),
        }
    }
}

impl InMemory for MemoryListener {
    fn watch(&self) -> io::Result<(SourceId, Arc<Readiness>)> {
        let core = self.0.core()?;
        let place = match self.place()? {
            (host, ListensAt::Address(address)) => core.named(host, address),
            (_, ListensAt::Path(path)) => path.display().to_string().into(),
        };
        self.0.watch(About::InMemory(Kind::Listener, place, None))
    }
}
