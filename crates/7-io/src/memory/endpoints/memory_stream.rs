//! A connection in memory, as `mio` has one of the system.
//!
//! The problem: the code of a `TcpStream` reads, writes and asks for addresses. It does so through
//! the methods that the connection of `mio` has, so a connection in memory has them, too.
//!
//! Invariant: a call that would block has changed nothing.
//!
//! Read next: `memory/endpoints/memory_listener.rs`.

use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use super::{InMemory, MemorySocket};
use crate::memory::core::NetworkCore;
use crate::memory::ends::stream_end::StreamEnd;
use crate::memory::state::no_socket;
use crate::reactor::about::{About, Kind};
use crate::reactor::readiness::Readiness;
use crate::reactor::sources::SourceId;

/// One end of a connection in memory, of TCP or of Unix.
#[derive(Debug)]
pub(crate) struct MemoryStream(pub(super) MemorySocket);

impl MemoryStream {
    /// Asks for a connection, from the host of the running task.
    pub(crate) fn connect(core: &Rc<NetworkCore>, to: SocketAddr) -> io::Result<Self> {
        let host = core.present_host();
        let id = core.act(|state| state.connect(host, to))?;
        Ok(MemoryStream(MemorySocket::new(core, id)))
    }

    /// Connects to the listener at a path.
    pub(crate) fn connect_to_path(core: &Rc<NetworkCore>, path: &Path) -> io::Result<Self> {
        let host = core.present_host();
        let id = core.act(|state| state.connect_to_path(host, path))?;
        Ok(MemoryStream(MemorySocket::new(core, id)))
    }

    /// Makes two ends that are connected with each other.
    pub(crate) fn pair(core: &Rc<NetworkCore>) -> (Self, Self) {
        let host = core.present_host();
        let (one, other) = core.act(|state| state.pair(host));
        let end = |id| MemoryStream(MemorySocket::new(core, id));
        (end(one), end(other))
    }

    fn of_end<R>(&self, of: impl FnOnce(&mut StreamEnd) -> io::Result<R>) -> io::Result<R> {
        (self.0).attempt(|state, id| of(state.stream(id).ok_or_else(no_socket)?))
    }

    /// Returns the error of the connect, "would block", or nothing if there is a connection.
    pub(crate) fn check_connected(&self) -> io::Result<()> {
        self.of_end(StreamEnd::check_connected)
    }

    pub(crate) fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.0.call(|state, id| state.shutdown(id, how))
    }

    pub(crate) fn local_addr(&self) -> io::Result<SocketAddr> {
        let addresses = self.of_end(|end| Ok(end.route.addresses))?;
        addresses.map(|(local, _)| local).ok_or_else(no_socket)
    }

    pub(crate) fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.of_end(|end| {
            end.check_peer()?;
            end.route
                .addresses
                .map(|(_, peer)| peer)
                .ok_or_else(no_socket)
        })
    }

    pub(crate) fn set_nodelay(&self, at_once: bool) -> io::Result<()> {
        self.of_end(|end| {
            end.nodelay = at_once;
            Ok(())
        })
    }

    pub(crate) fn nodelay(&self) -> io::Result<bool> {
        self.of_end(|end| Ok(end.nodelay))
    }

    /// A linger of zero makes the close reset the connection. Another one has no effect.
    pub(crate) fn set_linger(&self, time: Option<Duration>) -> io::Result<()> {
        self.of_end(|end| {
            end.resets = time == Some(Duration::ZERO);
            Ok(())
        })
    }
}

impl InMemory for MemoryStream {
    fn watch(&self) -> io::Result<(SourceId, Arc<Readiness>)> {
        let core = self.0.core()?;
        let route = self.of_end(|end| Ok(end.route))?;
        let peer = match route.addresses {
            Some((_, peer)) => core.named(route.host, peer),
            None => "a Unix socket".into(),
        };
        self.0.watch(About::InMemory(
            Kind::Connection,
            peer,
            Some(self.0.other_end()),
        ))
    }
}

// Calls in memory stay out of the functions that call the system.
impl Read for &MemoryStream {
    #[cold]
    #[inline(never)]
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.read_vectored(&mut [IoSliceMut::new(buf)])
    }

    #[cold]
    #[inline(never)]
    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.0.attempt(|state, id| state.read(id, bufs))
    }
}

impl Write for &MemoryStream {
    #[cold]
    #[inline(never)]
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(buf)])
    }

    #[cold]
    #[inline(never)]
    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.attempt(|state, id| state.write(id, bufs))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
