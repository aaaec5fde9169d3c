//! A socket in memory as a number, and its calls.
//!
//! The problem: a socket is `Send + Sync`, and its network is neither. So a socket in memory has the
//! number of its network, its own number in it, and the address of its loop. A call finds the network
//! in the running loop. The calls have the names that the sockets of `mio` have, so that the code
//! above treats both alike.
//!
//! ```text
//!   MemoryStream { network 7, socket 12, address }
//!                     │
//!   a call   ── the running loop has network 7 ──> NetworkState::read(12, ..)
//!            └─ another network, or none ────────> an error that says so
//!   a drop   ── in its loop ──> NetworkState::close(12)
//!            └─ elsewhere ────> a message to the address, and the loop closes it
//! ```
//!
//! Invariants:
//! 1. A socket in memory is `Send + Sync`, and works in one loop.
//! 2. After its drop no entry is left, as soon as its loop has run.
//!
//! Read next: `memory/endpoints/memory_stream.rs`.

use std::io;
use std::rc::Rc;
use std::sync::Arc;

use groundup_sync::task::{Address, Holder, Scheduler, WaitLine, WaitingTask};

use super::core::NetworkCore;
use super::hosts::SocketId;
use super::loop_network::numbered;
use super::state::NetworkState;
use crate::reactor::about::{About, OtherEnd};
use crate::reactor::installed::gone;
use crate::reactor::readiness::Readiness;
use crate::reactor::sources::SourceId;

pub(crate) mod memory_datagrams;
pub(crate) mod memory_listener;
pub(crate) mod memory_stream;

/// A socket in memory that closes when it is dropped.
#[derive(Debug)]
struct MemorySocket {
    network: u64,
    address: Address,
    id: SocketId,
}

impl MemorySocket {
    pub(super) fn new(core: &NetworkCore, id: SocketId) -> Self {
        MemorySocket {
            network: core.number(),
            address: core.address(),
            id,
        }
    }

    fn core(&self) -> io::Result<Rc<NetworkCore>> {
        numbered(self.network).ok_or_else(gone)
    }

    /// Calls the network, and carries out what follows.
    fn call<R>(
        &self,
        call: impl FnOnce(&mut NetworkState, SocketId) -> io::Result<R>,
    ) -> io::Result<R> {
        self.core()?.act(|state| call(state, self.id))
    }

    /// Makes an attempt. `Socket::poll_io` carries out its consequences, when the future has
    /// got its result or waits.
    fn attempt<R>(
        &self,
        call: impl FnOnce(&mut NetworkState, SocketId) -> io::Result<R>,
    ) -> io::Result<R> {
        self.core()?.change(|state| {
            if let Some(end) = state.stream(self.id) {
                end.user = Scheduler::running_here().or(end.user);
            }
            call(state, self.id)
        })
    }

    /// Returns the line of a connection, for its reports.
    fn other_end(&self) -> OtherEnd {
        let (network, id) = (self.network, self.id);
        OtherEnd(Rc::new(Ends { network, id }))
    }

    fn watch(&self, about: About) -> io::Result<(SourceId, Arc<Readiness>)> {
        Ok(self.core()?.watch(self.id, about))
    }
}

/// Finds the task that was the last to use the other end of a connection.
struct Ends {
    network: u64,
    id: SocketId,
}

impl WaitLine for Ends {
    /// The connection is the only wait of a task that a report names by it.
    fn waiting(&self) -> Vec<WaitingTask> {
        Vec::new()
    }

    fn holder(&self) -> Option<Holder> {
        numbered(self.network)?.look(|state| {
            let end = state.end(self.id)?;
            let peer = state.end(end.other?)?.user?;
            (end.user != Some(peer)).then_some(Holder::Peer(peer))
        })
    }
}

impl Drop for MemorySocket {
    fn drop(&mut self) {
        let (network, id) = (self.network, self.id);
        let close = move |core: Rc<NetworkCore>| core.act(|state| state.close(id));
        match numbered(network) {
            Some(core) => close(core),
            None => {
                let later = move || numbered(network).into_iter().for_each(close);
                // It is refused if the loop is closed: then no socket is left.
                drop(self.address.call_soon(Box::new(later)));
            }
        }
    }
}

/// A socket in memory that can be watched, as `mio`'s sockets can be registered.
pub(crate) trait InMemory {
    /// Adds a source for the socket.
    fn watch(&self) -> io::Result<(SourceId, Arc<Readiness>)>;
}
