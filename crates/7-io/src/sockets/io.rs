//! A socket of the system, or one in memory.
//!
//! The problem: a `TcpStream` is one type, whether its loop has the sockets of the system or a network
//! in memory. So the thing on which it makes its attempts is one of two. Each attempt looks which, and
//! that is all that the choice costs.
//!
//! Invariant: a socket in memory is never registered with a reactor.
//!
//! Read next: `sockets/reported.rs`.

use std::io::{self, IoSlice, IoSliceMut, Read, Write};

use mio::{Interest, Registry, Token};

/// A socket of the system, of the type `S`, or one in memory, of the type `M`.
#[derive(Debug)]
pub(crate) enum Io<S, M> {
    System(S),
    Memory(M),
}

impl<S, M> Io<S, M> {
    /// Returns the socket of the system, of which only a system knows something.
    ///
    /// # Panics
    ///
    /// If the socket is in memory.
    #[cfg_attr(not(unix), expect(dead_code, reason = "it is asked for descriptors"))]
    #[track_caller]
    pub(crate) fn system(&self) -> &S {
        match self {
            Io::System(socket) => socket,
            Io::Memory(_) => panic!(
                "a socket in memory has no descriptor: run the program without a `Network` to use one"
            ),
        }
    }
}

impl<S, M> Read for &Io<S, M>
where
    for<'a> &'a S: Read,
    for<'a> &'a M: Read,
{
    #[inline]
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self {
            Io::System(socket) => Read::read(&mut &*socket, buf),
            Io::Memory(socket) => Read::read(&mut &*socket, buf),
        }
    }

    #[inline]
    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        match self {
            Io::System(socket) => Read::read_vectored(&mut &*socket, bufs),
            Io::Memory(socket) => Read::read_vectored(&mut &*socket, bufs),
        }
    }
}

impl<S, M> Write for &Io<S, M>
where
    for<'a> &'a S: Write,
    for<'a> &'a M: Write,
{
    #[inline]
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        match self {
            Io::System(socket) => Write::write(&mut &*socket, buf),
            Io::Memory(socket) => Write::write(&mut &*socket, buf),
        }
    }

    #[inline]
    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Io::System(socket) => Write::write_vectored(&mut &*socket, bufs),
            Io::Memory(socket) => Write::write_vectored(&mut &*socket, bufs),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<S: mio::event::Source, M> mio::event::Source for Io<S, M> {
    fn register(&mut self, registry: &Registry, token: Token, ways: Interest) -> io::Result<()> {
        match self {
            Io::System(socket) => socket.register(registry, token, ways),
            Io::Memory(_) => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    fn reregister(&mut self, registry: &Registry, token: Token, ways: Interest) -> io::Result<()> {
        match self {
            Io::System(socket) => socket.reregister(registry, token, ways),
            Io::Memory(_) => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    fn deregister(&mut self, registry: &Registry) -> io::Result<()> {
        match self {
            Io::System(socket) => socket.deregister(registry),
            Io::Memory(_) => Err(io::ErrorKind::Unsupported.into()),
        }
    }
}
