//! Floor 7: sockets, and asyncio's streams.
//!
//! A program opens a connection by [`open_connection`] and serves connections by
//! [`start_server`]. The sockets beneath are [`TcpStream`] and its kin, which speak
//! `AsyncRead` and `AsyncWrite` of the crate `futures`. They need the real clock, or a
//! [`Network`] in memory: without one they are refused on virtual time.
//!
//! Invariant: these are all public names of the crate `groundup-io`, whose front page
//! explains them, except those of signals and processes, those of [`host`](crate::host) and
//! [`web`](crate::web), and [`Reactor`](crate::Reactor), [`run`](crate::run()) and
//! [`Runner`](crate::Runner). These three are at the root.
//!
//! Read next: `web.rs`.

#[doc(inline)]
pub use groundup_io::{
    IntoAddress, ListenOptions, Network, NetworkBuilder, NetworkHost, NetworkLink, ReadError,
    Server, StreamReader, StreamWriter, TcpListener, TcpReadHalf, TcpStream, TcpWriteHalf,
    UdpSocket, look_up, open_connection, staggered_race, start_server,
};
#[cfg(unix)]
#[doc(inline)]
pub use groundup_io::{UnixDatagram, UnixListener, UnixStream};
