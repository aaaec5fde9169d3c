//! A listener in memory, and its backlog.
//!
//! The problem: connections come faster than a program accepts them. A system completes as many as
//! the backlog allows. Requests beyond are dropped, and the client sends them again until there is
//! room. In memory such a request waits, which is the same to the client.
//!
//! ```text
//!   a request ──> complete: backlog + 1 at most ──> accept
//!        └──────> asking: the rest, in order ──┘ moves up when one is accepted
//! ```
//!
//! Invariant: connections are accepted in the order of their requests.
//!
//! Read next: `memory/ends/datagram_end.rs`.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::memory::hosts::{HostId, SocketId};

/// The address of a listener.
#[derive(Clone, Debug)]
pub(crate) enum ListensAt {
    Address(SocketAddr),
    Path(PathBuf),
}

/// A listener.
pub(crate) struct ListenerEnd {
    pub(crate) host: HostId,
    pub(crate) at: ListensAt,
    /// Number of connections that may wait, less one.
    backlog: usize,
    /// The server's ends of connections that wait to be accepted.
    pub(crate) complete: VecDeque<SocketId>,
    /// Clients whose requests wait for room.
    pub(crate) asking: VecDeque<SocketId>,
}

impl ListenerEnd {
    pub(crate) fn new(host: HostId, at: ListensAt, backlog: usize) -> Self {
        ListenerEnd {
            host,
            at,
            backlog,
            complete: VecDeque::new(),
            asking: VecDeque::new(),
        }
    }

    /// Returns true if one more connection may wait. Linux lets one more wait than the backlog says.
    pub(crate) fn has_room(&self) -> bool {
        self.complete.len() <= self.backlog
    }
}
