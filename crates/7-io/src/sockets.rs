//! Sockets of TCP, UDP and Unix.
//!
//! The problem: a socket of the standard library blocks its thread. A socket of `mio` does not block,
//! and says "would block" in place of waiting. So each operation here makes an attempt, and if the
//! attempt would block, its task waits in the reactor and attempts again.
//!
//! ```text
//!   TcpListener    accept ──────────> TcpStream        AsyncRead + AsyncWrite
//!   TcpStream      connect, split ──> ReadHalf, WriteHalf
//!   UdpSocket      send_to, recv_from
//!   UnixListener, UnixStream, UnixDatagram             the same, with paths
//! ```
//!
//! Reads and writes come from the crate `futures`: its `AsyncReadExt` and `AsyncWriteExt` have
//! `read`, `read_exact`, `write_all` and more. asyncio's readers and writers are in `streams.rs`. A
//! report of a watched loop names the line of an await (`awaits.rs`), but not that of a read or a write
//! of `futures`.
//!
//! A socket is a descriptor, its readiness, and a number. It has no reference to its loop, so it can be
//! sent to another thread, stored in a static, and dropped anywhere. It works in its own loop alone.
//!
//! In a loop that has a [`Network`](crate::Network), a socket has a number of that network in place of
//! a descriptor. Everything else is the same code (`io.rs`).
//!
//! Invariants:
//! 1. An operation that is dropped has taken nothing from the socket, unless its page says so.
//! 2. A socket that is used outside its loop gives an error at once.
//! 3. The drop of a socket closes its descriptor at once, on any thread. A socket in memory that is
//!    dropped elsewhere is closed when its loop runs.
//!
//! Access: `streams/` stands on this folder. The types here know their own kind of socket. What
//! all kinds share is in `socket.rs`.
//!
//! Read next: `sockets/bytes.rs`.

pub(crate) mod address_error;
pub(crate) mod awaits;
mod bytes;
pub(crate) mod io;
pub(crate) mod operation;
mod reported;
pub(crate) mod socket;
pub(crate) mod tcp;
pub(crate) mod udp_socket;
#[cfg(unix)]
pub(crate) mod unix;
