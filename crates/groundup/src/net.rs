//! Floor 7: sockets, and asyncio's streams.
//!
//! A program opens a connection by [`open_connection`] and serves connections by
//! [`start_server`]. The sockets beneath are [`TcpStream`] and its kin, which speak
//! `AsyncRead` and `AsyncWrite` of the crate `futures`. They need the real clock, or a
//! [`Network`] in memory: without one they are refused on virtual time.
//!
//! Invariant: these are all public names of the crate `groundup-io`, whose front page
//! explains them, except [`Reactor`](crate::Reactor). That one is at the root, beside the
//! other drivers.
//!
//! Read next: `lowlevel.rs`.

#[doc(inline)]
pub use groundup_io::{
    ListenOptions, Network, NetworkBuilder, NetworkHost, NetworkLink, ReadError, Server,
    StreamReader, StreamWriter, TcpListener, TcpReadHalf, TcpStream, TcpWriteHalf, UdpSocket,
    look_up, open_connection, staggered_race, start_server,
};
#[cfg(unix)]
#[doc(inline)]
pub use groundup_io::{UnixDatagram, UnixListener, UnixStream};
