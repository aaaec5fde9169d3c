//! The calls of Unix sockets, as a system has them.
//!
//! The problem: a Unix socket has a path for an address, and its peer is on the same host. So its
//! bytes take no time, and a connect is complete at once or fails.
//!
//! A path is a name in the network, and no file is made. The name is free again when the listener is
//! closed. On a system the file stays, and the next listener must remove it.
//!
//! Invariants:
//! 1. A path of a host belongs to one listener.
//! 2. The paths are in order, so a call looks at a few of them, however many there are.
//!
//! Read next: `memory/state/arrivals.rs`.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::{End, NetworkState, READ};
use crate::memory::ends::listener_end::{ListenerEnd, ListensAt};
use crate::memory::ends::stream_end::{Route, StreamEnd};
use crate::memory::hosts::{HostId, SocketId};

/// As many connections as `mio` lets wait.
const BACKLOG: usize = 1024;

impl NetworkState {
    /// Listens at a path.
    pub(crate) fn listen_at_path(&mut self, host: HostId, path: &Path) -> io::Result<SocketId> {
        if self.at_path(host, path).is_some() {
            return Err(ErrorKind::AddrInUse.into());
        }
        let id = self.number();
        let place = self.place_of_path(host, path);
        self.paths.insert(place, ((host, path.to_path_buf()), id));
        let at = ListensAt::Path(path.to_path_buf());
        self.add(id, End::Listener(ListenerEnd::new(host, at, BACKLOG)));
        Ok(id)
    }

    /// Returns the listener at a path.
    fn at_path(&self, host: HostId, path: &Path) -> Option<SocketId> {
        let ((of, at), listener) = self.paths.get(self.place_of_path(host, path))?;
        (*of == host && at == path).then_some(*listener)
    }

    /// Makes a path free again.
    pub(super) fn free_path(&mut self, host: HostId, path: &Path) {
        if self.at_path(host, path).is_some() {
            self.paths.remove(self.place_of_path(host, path));
        }
    }

    /// Returns the place of a path, or the place where it belongs.
    fn place_of_path(&self, host: HostId, path: &Path) -> usize {
        let before = |((of, at), _): &((HostId, PathBuf), SocketId)| (*of, &**at) < (host, path);
        self.paths.partition_point(before)
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
