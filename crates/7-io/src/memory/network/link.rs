//! The handle of a link between two hosts.
//!
//! The problem: one link of a network may be slow, and a test may make it slower in the middle.
//!
//! Invariant: a change holds for the packets that are sent from then on.
//!
//! Read next: `memory/network/network_host.rs`.

use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use crate::memory::core::NetworkCore;
use crate::memory::hosts::HostId;
use crate::memory::links::LinkOptions;

/// The link between two hosts, from [`Network::link`](crate::Network::link). Both directions have the
/// same properties. A change holds for the packets that are sent from then on.
///
/// ```
/// # mod groundup { pub mod net { pub use groundup_io::*; } pub use groundup_io::executor::*; }
/// use std::time::Duration;
///
/// use groundup::net::Network;
/// use groundup::run_virtual;
///
/// run_virtual(async {
///     let network = Network::new();
///     let (moon, earth) = (network.host("moon"), network.host("earth"));
///     network.link(&moon, &earth).latency(Duration::from_millis(1282)).bandwidth(2000);
/// });
/// ```
#[derive(Clone)]
pub struct NetworkLink {
    core: Rc<NetworkCore>,
    ends: (HostId, HostId),
}

impl NetworkLink {
    pub(super) fn new(core: Rc<NetworkCore>, ends: (HostId, HostId)) -> Self {
        NetworkLink { core, ends }
    }

    #[track_caller]
    fn set(self, set: impl FnOnce(&mut LinkOptions)) -> Self {
        let (a, b) = self.ends;
        self.core.act(|state| set(state.links.options_mut(a, b)));
        self
    }

    /// Sets how long a packet takes.
    #[allow(clippy::return_self_not_must_use, reason = "it has changed the link")]
    pub fn latency(self, latency: Duration) -> Self {
        self.set(|options| options.latency = nanos(latency))
    }

    /// Sets how much longer a packet may take. The loop's chooser decides how long each takes, and may
    /// cut the bytes of a write into several packets.
    #[allow(clippy::return_self_not_must_use, reason = "it has changed the link")]
    pub fn jitter(self, jitter: Duration) -> Self {
        self.set(|options| options.jitter = nanos(jitter))
    }

    /// Sets how many bytes go over the link in a second, in each direction.
    ///
    /// # Panics
    ///
    /// If it is 0.
    #[track_caller]
    #[allow(clippy::return_self_not_must_use, reason = "it has changed the link")]
    pub fn bandwidth(self, bytes_per_second: u64) -> Self {
        self.set(|options| options.set_bandwidth(bytes_per_second))
    }

    /// Sets how many datagrams are lost. The loop's chooser decides which.
    ///
    /// # Panics
    ///
    /// If it is 0.
    #[track_caller]
    #[allow(clippy::return_self_not_must_use, reason = "it has changed the link")]
    pub fn lose_one_in(self, datagrams: u32) -> Self {
        self.set(|options| options.set_loss(datagrams))
    }
}

impl LinkOptions {
    #[track_caller]
    pub(super) fn set_bandwidth(&mut self, bytes_per_second: u64) {
        assert!(
            bytes_per_second != 0,
            "a link of 0 bytes a second passes none: cut it with `Network::partition`"
        );
        self.bandwidth = Some(bytes_per_second);
    }

    #[track_caller]
    pub(super) fn set_loss(&mut self, one_in: u32) {
        assert!(
            one_in != 0,
            "one of 0 datagrams cannot be lost: pass 1 to lose all"
        );
        self.loses_one_in = Some(one_in as usize);
    }
}

impl fmt::Debug for NetworkLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (a, b) = self.ends;
        self.core.look(|state| {
            let (a, b) = (state.hosts.name(a), state.hosts.name(b));
            write!(f, "NetworkLink({a} - {b})")
        })
    }
}

/// Converts a duration to ns; a longer one becomes `u64::MAX`.
pub(super) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
