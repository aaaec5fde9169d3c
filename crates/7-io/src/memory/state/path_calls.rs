//! The calls of Unix sockets, as a system has them.
//!
//! The problem: a Unix socket has a path for an address, and its peer is on the same host. So its
//! bytes take no time, and a connect is complete at once or fails.
//!
//! A path is a name in the network, and no file is made. The name is free again when the listener is
//! closed. On a system the file stays, and the next listener must remove it.
//!
//! Invariant: a path of a host belongs to one listener.
//!
//! Read next: `memory/state/arrivals.rs`.

use std::io::{self, ErrorKind};
use std::path::Path;

use super::{End, NetworkState, READ};
use crate::memory::ends::listener_end::{ListenerEnd, ListensAt};
use crate::memory::ends::stream_end::{Route, StreamEnd};
use crate::memory::hosts::{HostId, SocketId};
use crate::memory::ids::hash_of;

/// As many connections as `mio` lets wait.
const BACKLOG: usize = 1024;

impl NetworkState {
    /// Listens at a path.
    pub(crate) fn listen_at_path(&mut self, host: HostId, path: &Path) -> io::Result<SocketId> {
        if self.at_path(host, path).is_some() {
            let text = format!(
                "the path {} of the host is in use: pass another path, or drop the listener there",
                path.display()
            );
            return Err(io::Error::new(ErrorKind::AddrInUse, text));
        }
        let id = self.number();
        (self.paths).add(key_of(host, path), (path.to_path_buf(), id));
        let at = ListensAt::Path(path.to_path_buf());
        self.add(id, End::Listener(ListenerEnd::new(host, at, BACKLOG)));
        Ok(id)
    }

    /// Returns the listener at a path.
    fn at_path(&self, host: HostId, path: &Path) -> Option<SocketId> {
        let mut paths = self.paths.of(key_of(host, path)).iter();
        Some(paths.find(|(at, _)| at == path)?.1)
    }

    /// Makes a path free again.
    pub(super) fn leave_path(&mut self, host: HostId, path: &Path) {
        let key = key_of(host, path);
        self.paths.remove(key, |(at, _)| at == path);
    }

    /// Connects to the listener at a path.
    pub(crate) fn connect_to_path(&mut self, host: HostId, path: &Path) -> io::Result<SocketId> {
        let listener = self.at_path(host, path).ok_or(ErrorKind::NotFound)?;
        let (client, server) = self.pair(host);
        let Some(end) = self.listener(listener).filter(|end| end.has_room()) else {
            self.close(client);
            self.close(server);
            return Err(ErrorKind::WouldBlock.into());
        };
        end.complete.push_back(server);
        self.wake(listener, READ);
        Ok(client)
    }

    /// Makes two ends that are connected with each other.
    pub(crate) fn pair(&mut self, host: HostId) -> (SocketId, SocketId) {
        let route = Route {
            host,
            peer_host: host,
            addresses: None,
        };
        let (one, other) = (self.number(), self.number());
        let window = self.window;
        self.add(one, End::Stream(StreamEnd::open(route, window, other)));
        self.add(other, End::Stream(StreamEnd::open(route, window, one)));
        (one, other)
    }
}

/// Returns the key of the paths of a host that have the hash of this one.
fn key_of(host: HostId, path: &Path) -> (u64, u64) {
    (host.number(), hash_of(path))
}
