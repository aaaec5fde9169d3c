//! The end of a connect.
//!
//! The problem: a connect is over when the socket becomes writable, and it may have failed. The
//! system may also say "writable" before the connect is over. So the attempt asks twice: is there an
//! error, and is there a peer?
//!
//! ```text
//!   connect ──> would block ──> writable ──> an error?  ──> Err
//!                                  ^         no peer?  ──> wait again
//!                                  └──────────────┘
//!                                            a peer    ──> Ok
//! ```
//!
//! Invariant: an error is told once, by the attempt that finds it.
//!
//! Read next: `sockets/tcp/options.rs`.

use std::io;

use crate::memory::endpoints::memory_stream::MemoryStream;
use crate::sockets::io::Io;

/// A connection of the system, or in memory.
pub(super) type StreamIo = Io<mio::net::TcpStream, MemoryStream>;

/// Returns the peer's error, "would block", or nothing if the socket is connected.
pub(super) fn is_connected(stream: &StreamIo) -> io::Result<()> {
    let stream = match stream {
        Io::System(stream) => stream,
        Io::Memory(stream) => return stream.check_connected(),
    };
    if let Some(error) = stream.take_error()? {
        return Err(error);
    }
    match stream.peer_addr() {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotConnected => {
            Err(io::ErrorKind::WouldBlock.into())
        }
        Err(error) => Err(error),
    }
}
