//! A connection of two Unix sockets.
//!
//! The problem: a listener whose backlog is full refuses a connect with "would block", and no event
//! tells when there is room. So such a connect ends with an error, as in asyncio.
//!
//! Invariant: a connect that is dropped closes its descriptor.
//!
//! Read next: `sockets/unix/datagram.rs`.

use std::future::Future;
use std::io;
use std::net::Shutdown;
use std::panic::Location;
use std::path::Path;

use crate::memory::endpoints::memory_stream::MemoryStream;
use crate::memory::loop_network::of_loop;
use crate::reactor::about::{About, Origin};
use crate::sockets::address_error::Use;
use crate::sockets::bytes::bytes;
use crate::sockets::io::Io;
use crate::sockets::socket::{Socket, check_loop};

/// A connection of the system, or in memory.
pub(super) type UnixStreamIo = Io<mio::net::UnixStream, MemoryStream>;

/// A connection between two programs of one machine, or between two parts of one program. It reads
/// and writes as a [`TcpStream`](crate::TcpStream) does.
///
/// The example needs the crate `futures`, too.
///
/// ```
/// # mod groundup { pub mod net { pub use groundup_io::*; } pub use groundup_io::executor::*; }
/// use futures::{AsyncReadExt, AsyncWriteExt};
/// use groundup::net::UnixStream;
/// use groundup::run;
///
/// run(async {
///     let (mut one, mut other) = UnixStream::pair()?;
///     one.write_all(b"to myself").await?;
///     one.close().await?;
///     let mut text = String::new();
///     other.read_to_string(&mut text).await?;
///     assert_eq!(text, "to myself");
///     Ok::<_, std::io::Error>(())
/// })
/// # .unwrap();
/// ```
#[doc(alias("open_unix_connection", "create_unix_connection"))]
#[derive(Debug)]
pub struct UnixStream {
    socket: Socket<UnixStreamIo>,
}

impl UnixStream {
    pub(super) fn new(
        stream: UnixStreamIo,
        how: &'static str,
        place: &'static Location<'static>,
    ) -> io::Result<UnixStream> {
        let socket = match stream {
            Io::Memory(stream) => Socket::in_memory(stream)?,
            system @ Io::System(_) => Socket::new(system, About::Connection(None))?,
        };
        socket.set_origin(Origin { how, place });
        Ok(UnixStream { socket })
    }

    /// Connects to the listener at a path.
    ///
    /// # Errors
    ///
    /// `NotFound` if there is no such file, `ConnectionRefused` if no program listens there,
    /// `WouldBlock` if too many connections wait to be accepted; `Unsupported` on virtual time
    /// without a [`Network`](crate::Network). The text has the path and a cure, and the source is the error
    /// of the system.
    ///
    /// # Panics
    ///
    /// If it is polled outside a running loop.
    #[track_caller]
    pub fn connect(path: impl AsRef<Path>) -> impl Future<Output = io::Result<UnixStream>> {
        let place = Location::caller();
        async move {
            let path = path.as_ref();
            let stream = match of_loop() {
                Some(network) => MemoryStream::connect_to_path(&network, path).map(Io::Memory),
                None => {
                    check_loop()?;
                    mio::net::UnixStream::connect(path).map(Io::System)
                }
            };
            let stream = stream.map_err(Use::Connect.of_path(path))?;
            UnixStream::new(stream, "connected", place)
        }
    }

    /// Makes two sockets that are connected with each other.
    ///
    /// # Errors
    ///
    /// If the process has no descriptors left; `Unsupported` on virtual time without a
    /// [`Network`](crate::Network).
    ///
    /// # Panics
    ///
    /// Outside a running loop.
    #[track_caller]
    pub fn pair() -> io::Result<(UnixStream, UnixStream)> {
        let (one, other) = match of_loop() {
            Some(network) => {
                let (one, other) = MemoryStream::pair(&network);
                (Io::Memory(one), Io::Memory(other))
            }
            None => {
                check_loop()?;
                let (one, other) = mio::net::UnixStream::pair()?;
                (Io::System(one), Io::System(other))
            }
        };
        let place = Location::caller();
        let new = |stream| UnixStream::new(stream, "made", place);
        Ok((new(one)?, new(other)?))
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
    pub fn from_std(stream: std::os::unix::net::UnixStream) -> io::Result<UnixStream> {
        stream.set_nonblocking(true)?;
        let stream = Io::System(mio::net::UnixStream::from_std(stream));
        UnixStream::new(stream, "made", Location::caller())
    }

    /// Ends the data of one way, or of both.
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
}

bytes!(UnixStream, UnixStreamIo);
