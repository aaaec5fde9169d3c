//! Looks up the addresses of a host, on a thread.
//!
//! The problem: the system's function for names blocks, for seconds if a server of names is slow. So
//! it runs as a job on a thread of the loop's default pool. A host that is an address already needs
//! no job. A network in memory has its own names, and answers at once.
//!
//! Invariant: the addresses come in the order of the system, each once.
//!
//! Read next: `addresses/into_address.rs`.

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};

use groundup_sync::to_thread;

use crate::memory::loop_network;

pub(crate) mod into_address;

/// Looks up the addresses of a host: asyncio's `getaddrinfo`. In a loop with a
/// [`Network`](crate::Network), the names are those of its hosts.
///
/// # Errors
///
/// If the host is not known, or no server of names answers. The error names the host.
///
/// # Cancel safety
///
/// If the future is dropped, the look-up goes on on its thread, and its result is dropped.
///
/// # Panics
///
/// If it is polled outside a running loop.
///
/// ```
/// # mod groundup { pub mod net { pub use groundup_io::*; } pub use groundup_io::executor::*; }
/// use groundup::net::look_up;
/// use groundup::run;
///
/// run(async {
///     let addresses = look_up("127.0.0.1", 80).await?;
///     assert_eq!(addresses, [([127, 0, 0, 1], 80).into()]);
///     Ok::<_, std::io::Error>(())
/// })
/// # .unwrap();
/// ```
#[doc(alias("getaddrinfo", "lookup_host"))]
pub async fn look_up(host: impl Into<String>, port: u16) -> io::Result<Vec<SocketAddr>> {
    let host = host.into();
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    if let Some(found) = loop_network::look_up(&host) {
        let addresses = found?.into_iter();
        return Ok(addresses
            .map(|address| SocketAddr::new(address, port))
            .collect());
    }
    let name = host.clone();
    let found = to_thread(move || (name.as_str(), port).to_socket_addrs()).await;
    let found = found
        .map_err(io::Error::other)?
        .map_err(|error| io::Error::new(error.kind(), format!("the host {host:?}: {error}")))?;
    let mut addresses: Vec<SocketAddr> = Vec::new();
    for address in found {
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    if addresses.is_empty() {
        let text = format!("the host {host:?} has no address: check the name");
        return Err(io::Error::new(io::ErrorKind::NotFound, text));
    }
    Ok(addresses)
}
