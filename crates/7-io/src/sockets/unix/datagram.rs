//! Datagrams between Unix sockets.
//!
//! The problem: as `sockets/udp_socket.rs`. A sender waits if the receiver does not read, since no
//! datagram between Unix sockets is lost.
//!
//! Invariant: a `recv` that is dropped has taken no datagram.
//!
//! Read next: `memory.rs`.

use std::future::Future;
use std::io;
use std::panic::Location;
use std::path::Path;

use crate::reactor::about::About;
use crate::reactor::readiness::Way;
use crate::sockets::address_error::Use;
use crate::sockets::socket::{Socket, check_loop};

/// A Unix socket for datagrams.
///
/// ```
/// # mod groundup { pub mod net { pub use groundup_io::*; } pub use groundup_io::executor::*; }
/// use groundup::net::UnixDatagram;
/// use groundup::run;
///
/// run(async {
///     let (one, other) = UnixDatagram::pair()?;
///     one.send(b"hello").await?;
///     let mut room = [0; 16];
///     let bytes = other.recv(&mut room).await?;
///     assert_eq!(&room[..bytes], b"hello");
///     Ok::<_, std::io::Error>(())
/// })
/// # .unwrap();
/// ```
#[derive(Debug)]
pub struct UnixDatagram {
    socket: Socket<mio::net::UnixDatagram>,
}

impl UnixDatagram {
    #[track_caller]
    fn new(socket: mio::net::UnixDatagram) -> io::Result<UnixDatagram> {
        let socket = Socket::new(socket, About::Datagrams(None))?;
        Ok(UnixDatagram { socket })
    }

    /// Makes a socket at a path.
    ///
    /// # Errors
    ///
    /// `AddrInUse` if the file exists, `Unsupported` on virtual time. The text has the path and a cure, and
    /// the source is the error of the system.
    ///
    /// # Panics
    ///
    /// Outside a running loop.
    #[track_caller]
    pub fn bind(path: impl AsRef<Path>) -> io::Result<UnixDatagram> {
        check_loop()?;
        let socket = mio::net::UnixDatagram::bind(&path);
        UnixDatagram::new(socket.map_err(Use::Bind.of_path(path.as_ref()))?)
    }

    /// Makes two sockets that are connected with each other.
    ///
    /// # Errors
    ///
    /// If the process has no descriptors left; `Unsupported` on virtual time.
    ///
    /// # Panics
    ///
    /// Outside a running loop.
    #[track_caller]
    pub fn pair() -> io::Result<(UnixDatagram, UnixDatagram)> {
        check_loop()?;
        let (one, other) = mio::net::UnixDatagram::pair()?;
        Ok((UnixDatagram::new(one)?, UnixDatagram::new(other)?))
    }

    /// Sets the peer to which [`send`](UnixDatagram::send) sends.
    ///
    /// # Errors
    ///
    /// `NotFound` if there is no such file, `ConnectionRefused` if it has no socket.
    pub fn connect(&self, path: impl AsRef<Path>) -> io::Result<()> {
        let connected = self.socket.io().connect(&path);
        connected.map_err(Use::Connect.of_path(path.as_ref()))
    }

    /// Sends a datagram to the peer, and returns the number of its bytes. Waits while the peer has no
    /// room for it.
    ///
    /// # Errors
    ///
    /// An error of the system.
    #[track_caller]
    pub fn send(&self, datagram: &[u8]) -> impl Future<Output = io::Result<usize>> {
        let send = move |socket: &mio::net::UnixDatagram| socket.send(datagram);
        self.socket.operation(Way::Write, Location::caller(), send)
    }

    /// Receives a datagram, and returns the number of its bytes. Bytes for which there is no room are
    /// lost.
    ///
    /// # Errors
    ///
    /// An error of the system.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, no datagram is lost.
    #[track_caller]
    pub fn recv(&self, room: &mut [u8]) -> impl Future<Output = io::Result<usize>> {
        let recv = move |socket: &mio::net::UnixDatagram| socket.recv(room);
        self.socket.operation(Way::Read, Location::caller(), recv)
    }
}
