//! The hosts of a network: names, addresses, ports.
//!
//! The problem: a program connects to a name and a port, and listens at an address and a port. So a
//! network needs what a system and a server of names have: which host has which name and addresses,
//! and which socket has which port of a host.
//!
//! | address | meaning on a host |
//! |---|---|
//! | 127.0.0.0/8, `::1` | this host |
//! | 0.0.0.0, `::` | as a listener: every address of this host; as a peer: this host |
//! | an address of this or another host | that host |
//!
//! Invariants:
//! 1. A name and an address belong to one host.
//! 2. A port of a host is given to one socket, unless all its sockets share it, or their addresses
//!    differ.
//! 3. A port that is chosen here is the next free one above the one before. So a run repeats.
//!
//! Read next: `memory/packets.rs`.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

pub(crate) use super::ids::{HostId, Protocol, SocketId};
use super::ids::{Lists, hash_of, key_of};

/// The first of the ports that are chosen for sockets which name none (RFC 6335).
const FIRST_PORT: u16 = 49152;

/// The hosts, and their ports.
pub(crate) struct Hosts {
    hosts: Vec<HostEntry>,
    /// By the hash of the name.
    by_name: Lists<HostId>,
    /// By the hash of the address.
    by_address: Lists<(IpAddr, HostId)>,
    /// By host, and by port and protocol.
    ports: Lists<Taken>,
}

struct HostEntry {
    name: String,
    addresses: Vec<IpAddr>,
    /// The port that is tried next for a socket which names none.
    next_port: u16,
}

/// A socket that has a port.
#[derive(Clone, Copy)]
struct Taken {
    ip: IpAddr,
    socket: SocketId,
    /// Other sockets may have the port, too, if they say so.
    shares: bool,
}

impl Taken {
    /// Returns true if a packet to `ip` may be for this socket.
    fn covers(&self, ip: IpAddr) -> bool {
        self.ip == ip || self.ip.is_unspecified()
    }
}

impl Hosts {
    /// Makes the host of the tasks that run on none.
    pub(crate) fn new() -> Self {
        let mut hosts = Hosts {
            hosts: Vec::new(),
            by_name: Lists::default(),
            by_address: Lists::default(),
            ports: Lists::default(),
        };
        hosts.get_or_add("localhost");
        hosts
    }

    /// Returns the host of this name. If there is none, makes one with the next address of 10.0.0.0/8.
    pub(crate) fn get_or_add(&mut self, name: &str) -> HostId {
        if let Some(host) = self.named(name) {
            return host;
        }
        // The first address is that of the first host. A `skip` would look at those of all hosts.
        let numbers = self.hosts.len() as u32 + 1..1 << 24;
        let addresses = numbers.map(|number| {
            let [_, b, c, d] = number.to_be_bytes();
            IpAddr::V4(Ipv4Addr::new(10, b, c, d))
        });
        let mut free = addresses.filter(|ip| self.at(*ip).is_none());
        let address = free.next().expect("a network has less than 2^24 hosts");
        self.push(name, vec![address])
    }

    /// Adds a host with these addresses, or returns the reason why that cannot be.
    pub(crate) fn add(&mut self, name: &str, addresses: Vec<IpAddr>) -> Result<HostId, String> {
        if self.named(name).is_some() {
            return Err(format!("the network has a host {name:?} already"));
        }
        if addresses.is_empty() {
            return Err(format!("the host {name:?} has no address"));
        }
        for address in &addresses {
            if address.is_loopback() || address.is_unspecified() {
                return Err(format!("each host has the address {address} for itself"));
            }
            if let Some(other) = self.at(*address) {
                let other = self.name(other);
                return Err(format!("the host {other:?} has the address {address}"));
            }
        }
        Ok(self.push(name, addresses))
    }

    fn push(&mut self, name: &str, addresses: Vec<IpAddr>) -> HostId {
        let id = HostId(self.hosts.len());
        self.by_name.add((hash_of(name), 0), id);
        for address in &addresses {
            let key = (hash_of(address), 0);
            self.by_address.add(key, (*address, id));
        }
        self.hosts.push(HostEntry {
            name: name.to_string(),
            addresses,
            next_port: FIRST_PORT,
        });
        id
    }

    /// Returns the number of hosts.
    pub(crate) fn len(&self) -> usize {
        self.hosts.len()
    }

    /// Returns the name of a host.
    pub(crate) fn name(&self, host: HostId) -> &str {
        &self.hosts[host.0].name
    }

    /// Returns the addresses of a host.
    pub(crate) fn addresses(&self, host: HostId) -> &[IpAddr] {
        &self.hosts[host.0].addresses
    }

    /// Returns the addresses of a name, as a server of names does.
    pub(crate) fn look_up(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        if name == "localhost" {
            return Ok(vec![IpAddr::V4(Ipv4Addr::LOCALHOST)]);
        }
        let Some(host) = self.named(name) else {
            let text = format!(
                "the host {name:?} is not in the network in memory of this loop: make it with \
                 `Network::host`"
            );
            return Err(io::Error::new(io::ErrorKind::NotFound, text));
        };
        Ok(self.addresses(host).to_vec())
    }

    fn named(&self, name: &str) -> Option<HostId> {
        let mut hosts = self.by_name.of((hash_of(name), 0)).iter().copied();
        hosts.find(|host| self.name(*host) == name)
    }

    /// Returns the host that has this address.
    fn at(&self, ip: IpAddr) -> Option<HostId> {
        let mut hosts = self.by_address.of((hash_of(&ip), 0)).iter();
        Some(hosts.find(|(of, _)| *of == ip)?.1)
    }

    /// Returns the host that a packet of `host` to an address goes to, the address at which it
    /// arrives, and the address from which it comes.
    pub(crate) fn route(&self, host: HostId, to: IpAddr) -> io::Result<(HostId, IpAddr, IpAddr)> {
        if to.is_loopback() {
            return Ok((host, to, to));
        }
        if to.is_unspecified() {
            let here = match to {
                IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
                IpAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
            };
            return Ok((host, here, here));
        }
        let unreachable = |text| io::Error::new(io::ErrorKind::HostUnreachable, text);
        let Some(target) = self.at(to) else {
            return Err(unreachable(format!(
                "no host of the network in memory has the address {to}: make one with \
                 `Network::host` or `Network::host_at`"
            )));
        };
        let mut own = self.addresses(host).iter();
        let Some(from) = own.find(|ip| ip.is_ipv4() == to.is_ipv4()) else {
            let name = self.name(host);
            return Err(unreachable(format!(
                "the host {name:?} has no address of the family of {to}: make it with \
                 `Network::host_at`"
            )));
        };
        Ok((target, to, *from))
    }

    /// Gives a port of a host to a socket. Port 0 is the next free one. Returns the address.
    pub(crate) fn take_port(
        &mut self,
        (host, protocol): (HostId, Protocol),
        address: SocketAddr,
        socket: SocketId,
        shares: bool,
    ) -> io::Result<SocketAddr> {
        let ip = address.ip();
        if !ip.is_unspecified() && !ip.is_loopback() && !self.addresses(host).contains(&ip) {
            let (name, own) = (self.name(host), self.addresses(host));
            let text = format!(
                "the host {name:?} of the network in memory does not have the address {ip}: it has \
                 {own:?}"
            );
            return Err(io::Error::new(io::ErrorKind::AddrNotAvailable, text));
        }
        let port = match address.port() {
            0 => self.free_port(host, protocol)?,
            port => port,
        };
        let taken = Taken { ip, socket, shares };
        let key = key_of(host, protocol, port);
        let all = self.ports.of(key);
        let meets = |other: &&Taken| other.covers(ip) || taken.covers(other.ip);
        if all
            .iter()
            .filter(meets)
            .any(|other| !(shares && other.shares))
        {
            let text = format!("the port {port} of the host is in use: listen at another one");
            return Err(io::Error::new(io::ErrorKind::AddrInUse, text));
        }
        self.ports.add(key, taken);
        Ok(SocketAddr::new(ip, port))
    }

    /// Returns the next port of a host that no socket has.
    fn free_port(&mut self, host: HostId, protocol: Protocol) -> io::Result<u16> {
        for _ in FIRST_PORT..=u16::MAX {
            let entry = &mut self.hosts[host.0];
            let port = entry.next_port;
            entry.next_port = port.checked_add(1).unwrap_or(FIRST_PORT);
            if self.ports.of(key_of(host, protocol, port)).is_empty() {
                return Ok(port);
            }
        }
        let text = "all ports of the host are in use: close connections";
        Err(io::Error::new(io::ErrorKind::AddrInUse, text))
    }

    /// Takes the port of a socket back.
    pub(crate) fn free(
        &mut self,
        (host, protocol): (HostId, Protocol),
        port: u16,
        socket: SocketId,
    ) {
        let key = key_of(host, protocol, port);
        self.ports.remove(key, |taken| taken.socket == socket);
    }

    /// Returns the sockets at an address of a host. Those that have exactly this address go before
    /// those that have every address.
    pub(crate) fn sockets_at(
        &self,
        (host, protocol): (HostId, Protocol),
        address: SocketAddr,
    ) -> Vec<SocketId> {
        let all = self.ports.of(key_of(host, protocol, address.port()));
        let all: Vec<&Taken> = all
            .iter()
            .filter(|taken| taken.covers(address.ip()))
            .collect();
        let exact = all.iter().any(|taken| taken.ip == address.ip());
        let fits = |taken: &&&Taken| !exact || taken.ip == address.ip();
        all.iter().filter(fits).map(|taken| taken.socket).collect()
    }
}
