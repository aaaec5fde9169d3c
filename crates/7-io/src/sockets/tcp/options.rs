//! Options of a listener, which must be set before it listens.
//!
//! The problem: some options have an effect only between the making of a socket and its first use.
//! The standard library makes and uses it in one call. `socket2` has the steps apart.
//!
//! Invariant: a listener is made with the options of asyncio's `create_server`, if none is set.
//!
//! Read next: `sockets/tcp/halves.rs`.

use std::io;
use std::net::SocketAddr;

use socket2::{Domain, Protocol, Socket as RawSocket, Type};

use super::listener::TcpListener;
use crate::addresses::into_address::IntoAddress;
use crate::memory::endpoints::memory_listener::MemoryListener;
use crate::memory::loop_network::of_loop;
use crate::sockets::address_error::Use;
use crate::sockets::socket::check_loop;

/// Options of a [`TcpListener`].
///
/// ```
/// # mod groundup { pub mod net { pub use groundup_io::*; } pub use groundup_io::executor::*; }
/// use groundup::net::ListenOptions;
/// use groundup::run;
///
/// run(async {
///     let one = ListenOptions::new().backlog(16).listen(([127, 0, 0, 1], 0))?;
///     let taken = ListenOptions::new().listen(one.local_addr()?).unwrap_err();
///     assert_eq!(taken.kind(), std::io::ErrorKind::AddrInUse);
///     Ok::<_, std::io::Error>(())
/// })
/// # .unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct ListenOptions {
    reuse_address: bool,
    reuse_port: bool,
    only_v6: bool,
    backlog: i32,
}

impl Default for ListenOptions {
    fn default() -> Self {
        ListenOptions::new()
    }
}

impl ListenOptions {
    /// Makes the options that [`TcpListener::bind`] uses, and asyncio's `start_server`.
    pub fn new() -> Self {
        ListenOptions {
            reuse_address: cfg!(unix),
            reuse_port: false,
            only_v6: false,
            backlog: 100,
        }
    }

    /// Sets whether the address can be used right after another program has used it. The default is
    /// true on Unix.
    #[must_use]
    pub fn reuse_address(mut self, reuse: bool) -> Self {
        self.reuse_address = reuse;
        self
    }

    /// Sets whether several sockets may listen at the address, and the system spreads the connections
    /// over them: for a [`Fleet`](groundup_sync::Fleet) whose loops all accept. Only on Unix.
    #[must_use]
    pub fn reuse_port(mut self, reuse: bool) -> Self {
        self.reuse_port = reuse;
        self
    }

    /// Sets whether a listener at an address of IPv6 refuses connections of IPv4.
    #[must_use]
    pub fn only_v6(mut self, only: bool) -> Self {
        self.only_v6 = only;
        self
    }

    /// Sets how many connections may wait to be accepted. The default is 100.
    #[must_use]
    pub fn backlog(mut self, connections: u32) -> Self {
        self.backlog = i32::try_from(connections).unwrap_or(i32::MAX);
        self
    }

    /// Listens at an address.
    ///
    /// # Errors
    ///
    /// As [`TcpListener::bind`].
    ///
    /// # Panics
    ///
    /// Outside a running loop.
    #[track_caller]
    pub fn listen(&self, address: impl IntoAddress) -> io::Result<TcpListener> {
        let address = address.into_address()?;
        if let Some(network) = of_loop() {
            let backlog = usize::try_from(self.backlog).unwrap_or(usize::MAX);
            let options = (backlog, self.reuse_port);
            return TcpListener::in_memory(MemoryListener::bind(&network, address, options)?);
        }
        check_loop()?;
        self.listen_on_system(address)
            .map_err(Use::Listen.of_address(address))
    }

    #[track_caller]
    fn listen_on_system(&self, address: SocketAddr) -> io::Result<TcpListener> {
        let socket = RawSocket::new(
            Domain::for_address(address),
            Type::STREAM,
            Some(Protocol::TCP),
        )?;
        if address.is_ipv6() {
            socket.set_only_v6(self.only_v6)?;
        }
        #[cfg(unix)]
        {
            socket.set_reuse_address(self.reuse_address)?;
            socket.set_reuse_port(self.reuse_port)?;
        }
        socket.bind(&address.into())?;
        socket.listen(self.backlog)?;
        TcpListener::from_std(socket.into())
    }
}
