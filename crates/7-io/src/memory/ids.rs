//! The numbers of hosts and sockets, and the keys made of them.
//!
//! The problem: a network looks its sockets up by number, and its ports by host, number and protocol. A
//! map of floor 3 has keys of two numbers. So each thing says its key.
//!
//! Invariant: two things of one map have two keys.
//!
//! Read next: `memory/hosts.rs`.

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

/// The two sets of ports of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Tcp,
    Udp,
}
