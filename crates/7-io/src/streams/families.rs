//! The order in which the addresses of a host are tried.
//!
//! The problem: a name may have addresses of IPv6 and of IPv4, and one of the two families may not
//! work from here. If all addresses of the broken family came first, each would have to fail before
//! an address of the other is tried. So the families take turns.
//!
//! Invariant: the addresses of a family keep their order, and no address is lost.
//!
//! Read next: `streams/server.rs`.

use std::net::SocketAddr;

/// Orders addresses so that the two families take turns, beginning with the family of the first.
pub(super) fn in_turns(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let first = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (mut one, mut other): (Vec<_>, Vec<_>) = addresses
        .into_iter()
        .rev()
        .partition(|address| address.is_ipv6() == first);
    let mut ordered = Vec::new();
    while !(one.is_empty() && other.is_empty()) {
        ordered.extend(one.pop());
        ordered.extend(other.pop());
    }
    ordered
}
