//! The handle of a host of a network.
//!
//! The problem: several programs of one test run in one loop, each as if it were alone on its host.
//! The sockets that a program makes must be of its host, though no call of it says so. So a future is
//! run *on* a host: while it is polled, the running task has that host, and the tasks that it spawns
//! inherit it.
//!
//! Invariant: a future that is run on a host leaves the host of its task as it was, after each poll.
//!
//! Read next: `streams.rs`.

use std::fmt;
use std::future::{Future, poll_fn};
use std::net::IpAddr;
use std::pin::pin;
use std::rc::Rc;

use crate::memory::core::NetworkCore;
use crate::memory::hosts::HostId;
use crate::memory::loop_network::OnHost;

/// A host of a network in memory, from [`Network::host`](crate::Network::host).
///
/// ```
/// # mod groundup { pub mod net { pub use groundup_io::*; } pub use groundup_io::executor::*; }
/// use groundup::net::{Network, TcpListener};
/// use groundup::run_virtual;
///
/// run_virtual(async {
///     let network = Network::new();
///     let (one, other) = (network.host("one"), network.host("other"));
///     // Each host has its own ports.
///     let any = ([0, 0, 0, 0], 80);
///     let _first = one.run(async { TcpListener::bind(any) }).await?;
///     let _second = other.run(async { TcpListener::bind(any) }).await?;
///     assert!(one.run(async { TcpListener::bind(any) }).await.is_err());
///     Ok::<_, std::io::Error>(())
/// })
/// # .unwrap();
/// ```
#[derive(Clone)]
pub struct NetworkHost {
    core: Rc<NetworkCore>,
    id: HostId,
}

impl NetworkHost {
    pub(super) fn new(core: Rc<NetworkCore>, id: HostId) -> Self {
        NetworkHost { core, id }
    }

    /// Returns the number of the host in this network.
    #[track_caller]
    pub(super) fn id_in(&self, core: &Rc<NetworkCore>) -> HostId {
        assert!(
            Rc::ptr_eq(&self.core, core),
            "{self:?} is a host of another network: take the host from `Network::host` of this one"
        );
        self.id
    }

    /// Runs a future on this host: its sockets and the sockets of the tasks that it spawns are of this
    /// host.
    pub fn run<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        let (network, id) = (self.core.number(), self.id);
        async move {
            let mut future = pin!(future);
            poll_fn(|cx| {
                let _here = OnHost::new(network, id);
                future.as_mut().poll(cx)
            })
            .await
        }
    }

    /// Returns the name.
    pub fn name(&self) -> String {
        self.core
            .look(|state| state.hosts.name(self.id).to_string())
    }

    /// Returns the addresses, in the order in which a look-up gives them.
    pub fn addresses(&self) -> Vec<IpAddr> {
        self.core
            .look(|state| state.hosts.addresses(self.id).to_vec())
    }
}

impl fmt::Debug for NetworkHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NetworkHost({})", self.name())
    }
}
