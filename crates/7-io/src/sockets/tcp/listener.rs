//! Accepts TCP connections.
//!
//! The problem: a listener meets errors that are not its own. A peer may give up its connection
//! before it is accepted, and that is no reason to stop. The process may have no descriptor left, and
//! then each further `accept` fails at once, until some are closed.
//!
//! Invariants:
//! 1. A connection that its peer has ended before it was accepted is left out.
//! 2. An `accept` that is dropped has taken no connection.
//! 3. A task that ignores errors of `accept` does not stop the loop: like every socket, a listener is
//!    served a limited number of times between two looks.
//!
//! Read next: `sockets/tcp/stream.rs`.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::panic::Location;
use std::task::{Context, Poll};

use super::connected::StreamIo;
use super::options::ListenOptions;
use super::stream::TcpStream;
use crate::addresses::into_address::IntoAddress;
use crate::memory::endpoints::memory_listener::MemoryListener;
use crate::reactor::about::{About, Origin};
use crate::reactor::readiness::{Attempt, Way};
use crate::reactor::waiters::Key;
use crate::sockets::io::Io;
use crate::sockets::socket::Socket;

/// A listener of the system, or in memory.
type ListenerIo = Io<mio::net::TcpListener, MemoryListener>;

/// A TCP socket that listens: `socket.listen` and `loop.sock_accept` of Python.
///
/// The example needs the crate `futures`, too.
///
/// ```
/// # mod groundup { pub mod net { pub use groundup_io::*; } pub use groundup_io::executor::*; }
/// use futures::{AsyncReadExt, AsyncWriteExt};
/// use groundup::net::{TcpListener, TcpStream};
/// use groundup::{run, spawn};
///
/// run(async {
///     let listener = TcpListener::bind(([127, 0, 0, 1], 0))?;
///     let address = listener.local_addr()?;
///     let server = spawn(async move {
///         let (mut connection, _peer) = listener.accept().await?;
///         connection.write_all(b"welcome").await
///     });
///     let mut text = String::new();
///     TcpStream::connect(address).await?.read_to_string(&mut text).await?;
///     assert_eq!(text, "welcome");
///     server.await.unwrap()
/// })
/// # .unwrap();
/// ```
#[doc(alias = "sock_accept")]
#[derive(Debug)]
pub struct TcpListener {
    socket: Socket<ListenerIo>,
}

impl TcpListener {
    /// Listens at an address. Port 0 lets the system choose a port, which
    /// [`local_addr`](TcpListener::local_addr) returns.
    ///
    /// As in asyncio, the address of a program that has just ended can be used again at once
    /// (`SO_REUSEADDR`, on Unix). [`ListenOptions`] sets this and more.
    ///
    /// # Errors
    ///
    /// `AddrInUse` if another program listens there, `InvalidInput` for a text that is no address, `Unsupported` on virtual time without a
    /// [`Network`](crate::Network). The text has the address and a cure, and the source is the error of
    /// the system.
    ///
    /// # Panics
    ///
    /// Outside a running loop.
    #[track_caller]
    pub fn bind(address: impl IntoAddress) -> io::Result<TcpListener> {
        ListenOptions::new().listen(address)
    }

    /// Takes over a listener of the standard library, for example one that the system has opened for
    /// the program. It does not block from then on.
    ///
    /// # Errors
    ///
    /// As [`bind`](TcpListener::bind).
    ///
    /// # Panics
    ///
    /// Outside a running loop.
    #[track_caller]
    pub fn from_std(listener: std::net::TcpListener) -> io::Result<TcpListener> {
        listener.set_nonblocking(true)?;
        let about = About::Listener(listener.local_addr().ok());
        let io = Io::System(mio::net::TcpListener::from_std(listener));
        let socket = Socket::new(io, about)?;
        Ok(TcpListener { socket })
    }

    #[track_caller]
    pub(super) fn in_memory(listener: MemoryListener) -> io::Result<TcpListener> {
        let socket = Socket::in_memory(listener)?;
        socket.set_origin(Origin::bound());
        Ok(TcpListener { socket })
    }

    /// Waits for a connection, and returns it with the address of its peer.
    ///
    /// Several tasks may wait at the same time. Each connection goes to one of them.
    ///
    /// # Errors
    ///
    /// An error of the system, such as `EMFILE`: the process has no descriptor left. The listener
    /// goes on, and so may the caller, after a while: close connections, or raise the limit.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, no connection is lost.
    #[track_caller]
    pub fn accept(&self) -> impl Future<Output = io::Result<(TcpStream, SocketAddr)>> + use<'_> {
        let (how, place) = ("accepted", Location::caller());
        let accepted = self.socket.operation(Way::Read, place, accept_one);
        async move {
            let (stream, peer) = accepted.await?;
            let origin = Some(Origin { how, place });
            Ok((TcpStream::new(stream, Some(peer), origin)?, peer))
        }
    }

    /// Accepts a connection for a task that may close the listener between two polls. An event
    /// wakes each such task.
    pub(crate) fn poll_accept(
        &self,
        cx: &Context<'_>,
        place: &'static Location<'static>,
    ) -> Poll<io::Result<(TcpStream, SocketAddr)>> {
        let how = "accepted";
        let attempt = |listener: &ListenerIo| accept_one(listener).map(Attempt::Full);
        let accepted = (self.socket).poll_io(Way::Read, &mut { Key::Poll }, cx, attempt);
        accepted.map(|accepted| {
            let (stream, peer) = accepted?;
            let origin = Some(Origin { how, place });
            Ok((TcpStream::new(stream, Some(peer), origin)?, peer))
        })
    }

    /// Returns the address at which it listens.
    ///
    /// # Errors
    ///
    /// An error of the system.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        match self.socket.io() {
            Io::System(listener) => listener.local_addr(),
            Io::Memory(listener) => listener.local_addr(),
        }
    }
}

/// Accepts a connection that its peer has not given up.
fn accept_one(listener: &ListenerIo) -> io::Result<(StreamIo, SocketAddr)> {
    let listener = match listener {
        Io::System(listener) => listener,
        Io::Memory(listener) => {
            let (stream, peer) = listener.accept()?;
            return Ok((Io::Memory(stream), peer.ok_or(io::ErrorKind::NotConnected)?));
        }
    };
    loop {
        match listener.accept() {
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            accepted => return accepted.map(|(stream, peer)| (Io::System(stream), peer)),
        }
    }
}

/// # Panics
///
/// If the socket is in memory.
#[cfg(unix)]
impl std::os::fd::AsFd for TcpListener {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.socket.io().system().as_fd()
    }
}
