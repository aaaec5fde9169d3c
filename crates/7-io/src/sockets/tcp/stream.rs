//! A TCP connection.
//!
//! The problem: a program reads from a connection in one task and writes in another, splits it, or sets
//! an option, and the same calls serve a network in memory. A connect ends when
//! `sockets/tcp/connected.rs` says so.
//!
//! Invariants:
//! 1. A connect that is dropped closes its descriptor.
//! 2. One task may read while another writes, also through a shared reference. Of two tasks that
//!    read at the same time, each gets a part of the bytes.
//!
//! Read next: `sockets/tcp/connected.rs`.

use std::future::Future;
use std::io;
use std::net::{Shutdown, SocketAddr};
use std::panic::Location;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};

use super::connected::{StreamIo, is_connected};
use super::halves::{TcpReadHalf, TcpWriteHalf, halves};
use crate::addresses::into_address::IntoAddress;
use crate::memory::endpoints::memory_stream::MemoryStream;
use crate::memory::loop_network::of_loop;
use crate::reactor::about::{About, Origin};
use crate::reactor::readiness::Way;
use crate::sockets::address_error::Use;
use crate::sockets::bytes::bytes;
use crate::sockets::io::Io;
use crate::sockets::socket::{Socket, check_loop};

/// A TCP connection, which reads and writes bytes.
///
/// `AsyncReadExt` and `AsyncWriteExt` of the crate `futures` have the methods to read and write. Both
/// work on a `&TcpStream`, too.
///
/// ```
/// # mod groundup { pub mod net { pub use groundup_io::*; } pub use groundup_io::executor::*; }
/// use futures::{AsyncReadExt, AsyncWriteExt};
/// use groundup::net::{TcpListener, TcpStream};
/// use groundup::run;
///
/// run(async {
///     let listener = TcpListener::bind(([127, 0, 0, 1], 0))?;
///     let mut client = TcpStream::connect(listener.local_addr()?).await?;
///     let (mut server, _) = listener.accept().await?;
///     client.write_all(b"ping").await?;
///     let mut four = [0; 4];
///     server.read_exact(&mut four).await?;
///     assert_eq!(&four, b"ping");
///     Ok::<_, std::io::Error>(())
/// })
/// # .unwrap();
/// ```
#[doc(alias("sock_connect", "sock_recv", "sock_sendall"))]
#[derive(Debug)]
pub struct TcpStream {
    socket: Socket<StreamIo>,
}

impl TcpStream {
    pub(super) fn new(
        stream: StreamIo,
        peer: Option<SocketAddr>,
        origin: Option<Origin>,
    ) -> io::Result<Self> {
        let socket = match stream {
            Io::Memory(stream) => Socket::in_memory(stream)?,
            system @ Io::System(_) => Socket::new(system, About::Connection(peer))?,
        };
        if let Some(origin) = origin {
            socket.set_origin(origin);
        }
        Ok(TcpStream { socket })
    }

    /// Connects to an address. [`open_connection`](crate::open_connection) takes the name of a host.
    ///
    /// # Errors
    ///
    /// `ConnectionRefused` if no program listens there, and others of the system, which are its source;
    /// `InvalidInput` for a text that is no address, `Unsupported` on virtual time without a `Network`.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the connection is closed.
    ///
    /// # Panics
    ///
    /// If it is polled outside a running loop.
    #[track_caller]
    pub fn connect(address: impl IntoAddress) -> impl Future<Output = io::Result<TcpStream>> {
        let (address, place) = (address.into_address(), Some(Location::caller()));
        async move {
            let address = address?;
            let connected = Self::connect_for(address, place).await;
            connected.map_err(Use::Connect.of_address(address))
        }
    }

    /// Connects to an address for a caller that passes its place in the source.
    pub(crate) async fn connect_for(
        address: SocketAddr,
        place: Option<&'static Location<'static>>,
    ) -> io::Result<TcpStream> {
        let stream = match of_loop() {
            Some(network) => Io::Memory(MemoryStream::connect(&network, address)?),
            None => {
                check_loop()?;
                Io::System(mio::net::TcpStream::connect(address)?)
            }
        };
        let origin = place.map(|place| Origin {
            how: "connected",
            place,
        });
        let stream = TcpStream::new(stream, Some(address), origin)?;
        stream.socket.set_connects(true);
        stream
            .socket
            .operation(Way::Write, place, is_connected)
            .await?;
        stream.socket.set_connects(false);
        Ok(stream)
    }

    /// Takes over a connection of the standard library. It does not block from then on.
    ///
    /// # Errors
    ///
    /// An error of the system; `Unsupported` on virtual time.
    ///
    /// # Panics
    ///
    /// Outside a running loop.
    #[track_caller]
    pub fn from_std(stream: std::net::TcpStream) -> io::Result<TcpStream> {
        stream.set_nonblocking(true)?;
        let peer = stream.peer_addr().ok();
        let (how, place) = ("made", Location::caller());
        let stream = Io::System(mio::net::TcpStream::from_std(stream));
        TcpStream::new(stream, peer, Some(Origin { how, place }))
    }

    /// Splits the connection into a half that reads and a half that writes. Each can be moved to a
    /// task of its own. The drop of the half that writes ends the data that the peer reads.
    ///
    /// The example needs the crate `futures`, too.
    ///
    /// ```
    /// # mod groundup { pub mod net { pub use groundup_io::*; } pub use groundup_io::executor::*; }
    /// use futures::{AsyncReadExt, AsyncWriteExt, io::copy};
    /// use groundup::net::{TcpListener, TcpStream};
    /// use groundup::{run, spawn};
    ///
    /// run(async {
    ///     let listener = TcpListener::bind(([127, 0, 0, 1], 0))?;
    ///     let client = TcpStream::connect(listener.local_addr()?).await?;
    ///     let (server, _) = listener.accept().await?;
    ///     let echo = spawn(async move { copy(&server, &mut &server).await });
    ///     let (mut reader, mut writer) = client.split();
    ///     let sender = spawn(async move { writer.write_all(b"echo").await });
    ///     sender.await.unwrap()?; // the half that writes is dropped
    ///     let mut text = String::new();
    ///     # echo.await.unwrap()?;
    ///     reader.read_to_string(&mut text).await?;
    ///     assert_eq!(text, "echo");
    ///     Ok::<_, std::io::Error>(())
    /// })
    /// # .unwrap();
    /// ```
    pub fn split(self) -> (TcpReadHalf, TcpWriteHalf) {
        halves(self)
    }

    /// Ends the data of one way, or of both. The peer reads the end of the data when it has read the
    /// data before it.
    ///
    /// # Errors
    ///
    /// `NotConnected` if the peer has ended the connection.
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        match self.socket.io() {
            Io::System(stream) => stream.shutdown(how),
            Io::Memory(stream) => stream.shutdown(how),
        }
    }

    /// Returns the address of this end.
    ///
    /// # Errors
    ///
    /// An error of the system.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        match self.socket.io() {
            Io::System(stream) => stream.local_addr(),
            Io::Memory(stream) => stream.local_addr(),
        }
    }

    /// Returns the address of the other end.
    ///
    /// # Errors
    ///
    /// `NotConnected` if the connection was reset.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        match self.socket.io() {
            Io::System(stream) => stream.peer_addr(),
            Io::Memory(stream) => stream.peer_addr(),
        }
    }

    /// Sets whether small writes are sent at once (`TCP_NODELAY`), in place of waiting for more.
    ///
    /// # Errors
    ///
    /// An error of the system.
    pub fn set_nodelay(&self, at_once: bool) -> io::Result<()> {
        match self.socket.io() {
            Io::System(stream) => stream.set_nodelay(at_once),
            Io::Memory(stream) => stream.set_nodelay(at_once),
        }
    }

    /// Returns true if small writes are sent at once.
    ///
    /// # Errors
    ///
    /// An error of the system.
    pub fn nodelay(&self) -> io::Result<bool> {
        match self.socket.io() {
            Io::System(stream) => stream.nodelay(),
            Io::Memory(stream) => stream.nodelay(),
        }
    }

    /// Has the system probe a peer that is silent for this time, so that a read from a peer that is
    /// gone ends with an error. `None` ends the probes.
    ///
    /// # Errors
    ///
    /// An error of the system.
    pub fn set_keepalive(&self, after: Option<Duration>) -> io::Result<()> {
        let Io::System(stream) = self.socket.io() else {
            return Ok(()); // a peer in memory is never gone silently
        };
        let socket = SockRef::from(stream);
        socket.set_keepalive(after.is_some())?;
        match after {
            Some(time) => socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(time)),
            None => Ok(()),
        }
    }

    /// Sets what the close of the connection does with data that the peer has not received: `None`
    /// sends it in the background, and zero resets the connection.
    ///
    /// # Errors
    ///
    /// An error of the system.
    pub fn set_linger(&self, time: Option<Duration>) -> io::Result<()> {
        match self.socket.io() {
            Io::System(stream) => SockRef::from(stream).set_linger(time),
            Io::Memory(stream) => stream.set_linger(time),
        }
    }
}

bytes!(TcpStream, StreamIo);

/// # Panics
///
/// If the socket is in memory.
#[cfg(unix)]
impl std::os::fd::AsFd for TcpStream {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.socket.io().system().as_fd()
    }
}
