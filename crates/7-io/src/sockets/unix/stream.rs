//! A connection of two Unix sockets.
//!
//! The problem: a listener whose backlog is full refuses a connect with "would block", and no event
//! tells when there is room. So such a connect ends with an error, as in asyncio.
//!
//! Invariant: a connect that is dropped closes its descriptor.
//!
//! Read next: `sockets/unix/datagram.rs`.

use std::io;
use std::net::Shutdown;
use std::path::Path;

use crate::reactor::about::About;
use crate::sockets::bytes::bytes;
use crate::sockets::socket::{Socket, check_loop};

/// A connection between two programs of one machine, or between two parts of one program. It reads
/// and writes as a [`TcpStream`](crate::TcpStream) does.
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
#[derive(Debug)]
pub struct UnixStream {
    socket: Socket<mio::net::UnixStream>,
}

impl UnixStream {
    #[track_caller]
    pub(super) fn new(stream: mio::net::UnixStream) -> io::Result<UnixStream> {
        let socket = Socket::new(stream, About::Connection(None))?;
        Ok(UnixStream { socket })
    }

    /// Connects to the listener at a path.
    ///
    /// # Errors
    ///
    /// `NotFound` if there is no such file, `ConnectionRefused` if no program listens there,
    /// `WouldBlock` if too many connections wait to be accepted; `Unsupported` on virtual time.
    ///
    /// # Panics
    ///
    /// If it is polled outside a running loop.
    #[allow(clippy::unused_async, reason = "a connect may wait on other systems")]
    pub async fn connect(path: impl AsRef<Path>) -> io::Result<UnixStream> {
        check_loop()?;
        UnixStream::new(mio::net::UnixStream::connect(path)?)
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
    pub fn pair() -> io::Result<(UnixStream, UnixStream)> {
        check_loop()?;
        let (one, other) = mio::net::UnixStream::pair()?;
        Ok((UnixStream::new(one)?, UnixStream::new(other)?))
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
        UnixStream::new(mio::net::UnixStream::from_std(stream))
    }

    /// Ends the data of one way, or of both.
    ///
    /// # Errors
    ///
    /// `NotConnected` if the peer has ended the connection.
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.socket.io().shutdown(how)
    }
}

bytes!(UnixStream, mio::net::UnixStream);
