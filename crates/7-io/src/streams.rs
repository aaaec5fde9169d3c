//! asyncio's streams: readers, writers, servers.
//!
//! The problem: a socket passes bytes in pieces of any size, and programs speak in lines and
//! messages. A reader collects bytes until a message is whole. A writer takes bytes from a program
//! that does not want to wait, and makes it wait only when too many have piled up.
//!
//! ```text
//!   open_connection(host, port) ──┐
//!                                 ├──> StreamReader: readline, readexactly, readuntil, read
//!   start_server(host, port, f) ──┘    StreamWriter: write, drain, close
//! ```
//!
//! Both work over any `AsyncRead` and `AsyncWrite`, so a test needs no socket.
//!
//! Invariants:
//! 1. Rules S01 to S07, which are asyncio's.
//! 2. A call that is dropped or cancelled leaves each byte in the reader, or in the writer.
//!
//! Access: this folder uses sockets through the traits of `futures`, except `open_connection.rs`
//! and `server.rs`, which make them. It notes the lines of its awaits with `sockets/awaits.rs`.
//!
//! Read next: `streams/buffer.rs`.

pub(crate) mod buffer;
mod buffered;
mod families;
pub(crate) mod open_connection;
pub(crate) mod outgoing;
pub(crate) mod reader;
pub(crate) mod sending;
pub(crate) mod server;
pub(crate) mod staggered;
pub(crate) mod writer;
