//! TCP: listeners, connections, and their halves.
//!
//! The problem: a connection is used by two tasks, one that reads and one that writes, and each of
//! them is woken by its own events.
//!
//! ```text
//!   TcpListener ── accept ──> TcpStream ── split ──> TcpReadHalf, TcpWriteHalf
//!                  connect ──────^                   (each owns a share of the connection)
//! ```
//!
//! Invariant: the last part of a connection that is dropped closes the descriptor.
//!
//! Read next: `sockets/tcp/listener.rs`.

mod connected;
pub(crate) mod halves;
pub(crate) mod listener;
pub(crate) mod options;
pub(crate) mod stream;
