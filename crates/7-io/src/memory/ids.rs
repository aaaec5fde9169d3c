//! The numbers of hosts and sockets, and the keys made of them.
//!
//! The problem: a network looks its sockets up by number, and its ports by host, number and protocol. A
//! map of floor 3 has keys of two numbers. So each thing says its key. A name, an address and a path do
//! not fit two numbers. Their hashes do, and the things of one hash are in one list.
//!
//! Invariant: two hosts, sockets, links or ports have two keys.
//!
//! Read next: `memory/hosts.rs`.

use std::hash::{DefaultHasher, Hash, Hasher};

use groundup_sync::task::NumberMap;

/// Identifies a host of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct HostId(pub(super) usize);

impl HostId {
    /// The host of the tasks that run on none.
    pub(crate) const LOCAL: HostId = HostId(0);

    /// Returns the number of the host.
    pub(crate) fn number(self) -> u64 {
        self.0 as u64
    }
}

/// Identifies a socket of a network. A number is given once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SocketId(pub(crate) u64);

impl SocketId {
    /// Returns the key of the socket in a map.
    pub(crate) fn key(self) -> (u64, u64) {
        (self.0, 0)
    }
}

/// Returns the key of a port in a map.
pub(super) fn key_of(host: HostId, protocol: Protocol, port: u16) -> (u64, u64) {
    (host.number(), u64::from(port) << 1 | protocol as u64)
}

/// Returns a number that is the same for equal things, in each run.
pub(super) fn hash_of(thing: &(impl Hash + ?Sized)) -> u64 {
    let mut hasher = DefaultHasher::new();
    thing.hash(&mut hasher);
    hasher.finish()
}

/// Things of one kind, in lists by their keys.
pub(super) struct Lists<T>(NumberMap<Vec<T>>);

impl<T> Default for Lists<T> {
    fn default() -> Self {
        Lists(NumberMap::default())
    }
}

impl<T> Lists<T> {
    /// Returns the things of a key.
    pub(super) fn of(&self, key: (u64, u64)) -> &[T] {
        self.0.get(key).map_or(&[], Vec::as_slice)
    }

    /// Adds a thing to the list of a key.
    pub(super) fn add(&mut self, key: (u64, u64), thing: T) {
        match self.0.get_mut(key) {
            Some(things) => things.push(thing),
            None => drop(self.0.insert(key, vec![thing])),
        }
    }

    /// Removes the things of a key for which `goes` returns true.
    pub(super) fn remove(&mut self, key: (u64, u64), goes: impl Fn(&T) -> bool) {
        if let Some(things) = self.0.get_mut(key) {
            things.retain(|thing| !goes(thing));
            if things.is_empty() {
                self.0.remove(key);
            }
        }
    }
}

/// The two sets of ports of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Tcp,
    Udp,
}
