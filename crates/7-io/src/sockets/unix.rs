//! Sockets of Unix, between programs of one machine.
//!
//! The problem: they are the sockets of TCP and UDP with other addresses. A listener leaves its file
//! behind, and the next program cannot listen there while the file exists.
//!
//! Invariant: no file is removed here. A program that listens again removes the file before.
//!
//! Read next: `sockets/unix/listener.rs`.

pub(crate) mod datagram;
pub(crate) mod listener;
pub(crate) mod stream;
