//! The options of a new network.
//!
//! The problem: a network is made before its hosts, and a link between two hosts exists as soon as
//! both do. So a builder sets the properties of all links, and `NetworkLink` changes one of them.
//!
//! Invariant: an option that is not set changes nothing: no latency, no loss, no limit.
//!
//! Read next: `memory/network/link.rs`.

use std::time::Duration;

use super::Network;
use super::link::nanos;
use crate::memory::core::NetworkCore;
use crate::memory::links::LinkOptions;
use crate::memory::loop_network::install;
use crate::memory::state::NetworkState;

/// Number of bytes that a connection takes before its peer reads.
const WINDOW: usize = 64 * 1024;

/// The options of a new [`Network`]: the properties of its links.
///
/// ```
/// # mod groundup { pub mod net { pub use groundup_io::*; } pub use groundup_io::executor::*; }
/// use std::time::Duration;
///
/// use groundup::EventLoop;
/// use groundup::net::Network;
///
/// let event_loop = EventLoop::builder().virtual_time().seed(7).build();
/// event_loop.run_until_complete(async {
///     let _network = Network::builder()
///         .latency(Duration::from_millis(20))
///         .jitter(Duration::from_millis(10))
///         .bandwidth(1_000_000)
///         .lose_one_in(100)
///         .build();
///     // ... the program ...
/// }).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct NetworkBuilder {
    options: LinkOptions,
    window: usize,
}

impl NetworkBuilder {
    pub(super) fn new() -> Self {
        NetworkBuilder {
            options: LinkOptions::default(),
            window: WINDOW,
        }
    }

    /// Sets how long a packet takes from one host to another, or within a host.
    #[must_use]
    pub fn latency(mut self, latency: Duration) -> Self {
        self.options.latency = nanos(latency);
        self
    }

    /// Sets how much longer a packet may take. The loop's chooser decides how long each takes, and may
    /// cut the bytes of a write into several packets.
    #[must_use]
    pub fn jitter(mut self, jitter: Duration) -> Self {
        self.options.jitter = nanos(jitter);
        self
    }

    /// Sets how many bytes go over a link in a second, in each direction.
    ///
    /// # Panics
    ///
    /// If it is 0.
    #[must_use]
    #[track_caller]
    pub fn bandwidth(mut self, bytes_per_second: u64) -> Self {
        self.options.set_bandwidth(bytes_per_second);
        self
    }

    /// Sets how many datagrams are lost. The loop's chooser decides which.
    ///
    /// # Panics
    ///
    /// If it is 0.
    #[must_use]
    #[track_caller]
    pub fn lose_one_in(mut self, datagrams: u32) -> Self {
        self.options.set_loss(datagrams);
        self
    }

    /// Sets the receive window: how many bytes of a connection may be on their way or unread, before
    /// its writer waits. The default is 64 KiB. Sockets of datagrams have room for as many bytes.
    ///
    /// # Panics
    ///
    /// If it is 0.
    #[must_use]
    #[track_caller]
    pub fn window(mut self, bytes: usize) -> Self {
        assert!(
            bytes != 0,
            "a window of 0 bytes passes none: pass at least 1"
        );
        self.window = bytes;
        self
    }

    /// Makes the network, for the running loop.
    ///
    /// # Panics
    ///
    /// If no loop runs, or if the loop has a network already.
    #[track_caller]
    pub fn build(self) -> Network {
        let state = NetworkState::new(self.options, self.window);
        match install(|scheduler| NetworkCore::new(scheduler.address(), state)) {
            Ok(core) => Network { core },
            Err(reason) => panic!("{reason}"),
        }
    }
}
