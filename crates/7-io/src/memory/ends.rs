//! The sockets of a network, each with its state.
//!
//! The problem: a socket has states, in which each call and each packet means something else. The
//! types of this folder have these states, and know one socket each. They send nothing and find no
//! peer.
//!
//! | socket | file |
//! |---|---|
//! | one end of a connection | `stream_end.rs` |
//! | a listener | `listener_end.rs` |
//! | a socket of datagrams | `datagram_end.rs` |
//!
//! Invariant: a socket changes through calls of `state/` alone.
//!
//! Access: `state/` stands on this folder, and connects the sockets.
//!
//! Read next: `memory/ends/stream_end.rs`.

pub(crate) mod datagram_end;
pub(crate) mod listener_end;
pub(crate) mod stream_end;
