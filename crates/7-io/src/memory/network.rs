//! The handle of a network, with which a program makes and breaks it.
//!
//! The problem: a test makes hosts and sets the properties of the links between them. In the middle of
//! the run it cuts a link or resets connections. The program under test knows nothing of all that. So this handle is the only new thing in a program whose sockets are in memory.
//!
//! Invariants:
//! 1. A change by a handle has happened when the call returns.
//! 2. A handle may be used while its loop does not run. It does nothing after the close of its loop.
//!
//! Read next: `memory/network/builder.rs`.

use std::fmt;
use std::net::IpAddr;
use std::rc::Rc;

use super::core::NetworkCore;
use super::loop_network::{numbered, of_loop};

pub(crate) mod builder;
pub(crate) mod link;
pub(crate) mod network_host;

use builder::NetworkBuilder;
use link::NetworkLink;
use network_host::NetworkHost;

/// A network in memory: from its making on, all sockets of the running loop are in it.
///
/// Both ends of each connection are in the same loop, on virtual time or on the real clock. The
/// program uses the types that it uses on a system: [`TcpListener`](crate::TcpListener),
/// [`TcpStream`](crate::TcpStream), [`UdpSocket`](crate::UdpSocket),
/// [`start_server`](crate::start_server) and the others. On virtual time a run repeats: under a
/// seed to the byte of its trace.
///
/// ```
/// # mod groundup { pub mod net { pub use groundup_io::*; } pub use groundup_io::{executor::*, task::*}; }
/// use std::time::Duration;
///
/// use groundup::net::{Network, open_connection, start_server};
/// use groundup::{run_virtual, spawn, time};
///
/// run_virtual(async {
///     let network = Network::builder().latency(Duration::from_millis(50)).build();
///     let (server, client) = (network.host("server"), network.host("client"));
///     let serving = spawn(server.run(async {
///         let greet = |_reader, mut writer: groundup::net::StreamWriter| async move {
///             writer.write(b"hello\n");
///             writer.drain().await
///         };
///         start_server("0.0.0.0", 80, greet).await?.serve_forever().await;
///         Ok::<_, std::io::Error>(())
///     }));
///     groundup::yield_now().await; // the server listens
///     client.run(async {
///         let (mut reader, _writer) = open_connection("server", 80).await?;
///         assert_eq!(reader.readline().await?, b"hello\n");
///         Ok::<_, std::io::Error>(())
///     }).await?;
///     // The request took 50 ms. The answer and the line took as long.
///     assert_eq!(time().since_start(), Duration::from_millis(100));
///     serving.cancel();
///     Ok::<_, std::io::Error>(())
/// })
/// # .unwrap();
/// ```
///
/// # Hosts
///
/// A task of no host is on the host `localhost`, which has the address 10.0.0.1. Each host
/// has 127.0.0.1 for itself. A name is looked up in the network, and no server of names is asked.
///
/// # Differences from a system
///
/// | | in memory |
/// |---|---|
/// | order, ends, resets, errors, back-pressure, backlog, ports | as Linux has them |
/// | a connect or a write over a link that is cut | waits until the link is healed, and never gives up |
/// | a connect to an address of no host | `HostUnreachable`, at once |
/// | the path of a [`UnixListener`](crate::UnixListener) | a name in the network; it is free again when the listener is dropped |
/// | [`UnixDatagram`](crate::UnixDatagram), `from_std`, the descriptor of a socket | not there |
/// | options: keep-alive, linger of more than zero, broadcast | accepted, without effect |
///
/// # Choices
///
/// The loop's [chooser](groundup_sync::trace::Chooser), such as a seed, decides how much jitter a
/// packet has, whether a datagram is lost, and which of several packets that are due arrives first. On
/// a link with jitter it also cuts the bytes of a write into pieces, which arrive one after another.
/// Without a chooser there is no jitter, the first packet arrives first, and a datagram is lost only
/// if all are.
#[derive(Clone)]
pub struct Network {
    core: Rc<NetworkCore>,
}

impl Network {
    /// Makes a network for the running loop, whose links take no time.
    ///
    /// # Panics
    ///
    /// If no loop runs, or if the loop has a network already.
    ///
    /// The example needs the crate `futures`, too.
    ///
    /// ```
    /// # mod groundup { pub mod net { pub use groundup_io::*; } pub use groundup_io::executor::*; }
    /// use futures::{AsyncReadExt, AsyncWriteExt};
    /// use groundup::net::{Network, TcpListener, TcpStream};
    /// use groundup::run_virtual;
    ///
    /// run_virtual(async {
    ///     let _network = Network::new();
    ///     let listener = TcpListener::bind(([127, 0, 0, 1], 0))?;
    ///     let mut client = TcpStream::connect(listener.local_addr()?).await?;
    ///     let (mut server, _) = listener.accept().await?;
    ///     client.write_all(b"ping").await?;
    ///     let mut four = [0; 4];
    ///     server.read_exact(&mut four).await?;
    ///     assert_eq!(&four, b"ping");
    ///     Ok::<_, std::io::Error>(())
    /// })
    /// # .unwrap();
    /// ```
    #[track_caller]
    #[allow(clippy::new_without_default, reason = "it changes the running loop")]
    pub fn new() -> Network {
        Network::builder().build()
    }

    /// Makes a [`NetworkBuilder`], which sets the properties of all links.
    pub fn builder() -> NetworkBuilder {
        NetworkBuilder::new()
    }

    /// Returns the network of the running loop, if it has one.
    ///
    /// ```
    /// # mod groundup { pub mod net { pub use groundup_io::*; } pub use groundup_io::executor::*; }
    /// use groundup::net::Network;
    /// use groundup::run_virtual;
    ///
    /// run_virtual(async {
    ///     assert!(Network::current().is_none());
    ///     let _network = Network::new();
    ///     assert!(Network::current().is_some());
    /// });
    /// ```
    pub fn current() -> Option<Network> {
        of_loop().map(|core| Network { core })
    }

    /// Returns the host of this name. If there is none, makes one with the next free address of
    /// 10.0.0.0/8.
    ///
    /// ```
    /// # mod groundup { pub mod net { pub use groundup_io::*; } pub use groundup_io::executor::*; }
    /// use groundup::net::{Network, look_up};
    /// use groundup::run_virtual;
    ///
    /// run_virtual(async {
    ///     let network = Network::new();
    ///     let server = network.host("server");
    ///     assert_eq!(server.addresses(), [std::net::IpAddr::from([10, 0, 0, 2])]);
    ///     assert_eq!(look_up("server", 80).await?, [([10, 0, 0, 2], 80).into()]);
    ///     Ok::<_, std::io::Error>(())
    /// })
    /// # .unwrap();
    /// ```
    pub fn host(&self, name: impl AsRef<str>) -> NetworkHost {
        let host = self.core.act(|state| state.hosts.get_or_add(name.as_ref()));
        NetworkHost::new(self.core.clone(), host)
    }

    /// Makes a host with these addresses, of IPv4 or IPv6. A look-up of the name gives them in this
    /// order.
    ///
    /// # Panics
    ///
    /// If the name or one of the addresses has a host already, or if there is no address.
    #[track_caller]
    pub fn host_at(
        &self,
        name: impl AsRef<str>,
        addresses: impl IntoIterator<Item = IpAddr>,
    ) -> NetworkHost {
        let addresses = addresses.into_iter().collect();
        let added = self
            .core
            .act(|state| state.hosts.add(name.as_ref(), addresses));
        match added {
            Ok(host) => NetworkHost::new(self.core.clone(), host),
            Err(reason) => panic!("{reason}: pass a name and addresses that no other host has"),
        }
    }

    /// Returns the link between two hosts, to set its properties. Both may be the same host.
    ///
    /// # Panics
    ///
    /// If one of the hosts is of another network.
    #[track_caller]
    pub fn link(&self, a: &NetworkHost, b: &NetworkHost) -> NetworkLink {
        let ends = (a.id_in(&self.core), b.id_in(&self.core));
        NetworkLink::new(self.core.clone(), ends)
    }

    /// Cuts the link between two hosts. Datagrams that are on it or are sent later are lost. All other
    /// packets are held until the link is [healed](Network::heal), as if the systems sent them again and
    /// again.
    ///
    /// # Panics
    ///
    /// If one of the hosts is of another network.
    ///
    /// ```
    /// # mod groundup { pub mod net { pub use groundup_io::*; } pub use groundup_io::{combinators::*, executor::*}; }
    /// use std::time::Duration;
    ///
    /// use groundup::net::{Network, TcpListener, TcpStream};
    /// use groundup::{run_virtual, timeout};
    ///
    /// run_virtual(async {
    ///     let network = Network::new();
    ///     let (here, server) = (network.host("localhost"), network.host("server"));
    ///     let listener = server.run(async { TcpListener::bind(([0, 0, 0, 0], 80)) }).await?;
    ///     let address = (server.addresses()[0], 80);
    ///     network.partition(&here, &server);
    ///     let connect = TcpStream::connect(address);
    ///     assert!(timeout(Duration::from_secs(5), connect).await.is_err());
    ///     network.heal(&here, &server);
    ///     TcpStream::connect(address).await?;
    ///     listener.accept().await?;
    ///     Ok::<_, std::io::Error>(())
    /// })
    /// # .unwrap();
    /// ```
    #[track_caller]
    pub fn partition(&self, a: &NetworkHost, b: &NetworkHost) {
        let (a, b) = (a.id_in(&self.core), b.id_in(&self.core));
        self.act(|core| core.act(|state| state.cut(a, b)));
    }

    /// Heals the link between two hosts. The packets that were held set out now, in their order.
    ///
    /// # Panics
    ///
    /// If one of the hosts is of another network.
    #[track_caller]
    pub fn heal(&self, a: &NetworkHost, b: &NetworkHost) {
        let (a, b) = (a.id_in(&self.core), b.id_in(&self.core));
        self.act(|core| core.act(|state| state.heal(a, b)));
    }

    /// Resets all connections of TCP between two hosts, at once and at both ends, and returns their
    /// number. Each end gets `ConnectionReset` when it has read the data that had come.
    ///
    /// # Panics
    ///
    /// If one of the hosts is of another network.
    #[track_caller]
    pub fn reset(&self, a: &NetworkHost, b: &NetworkHost) -> usize {
        let (a, b) = (a.id_in(&self.core), b.id_in(&self.core));
        self.act(|core| core.act(|state| state.reset_between(a, b)))
    }

    /// Changes the network, and has its loop carry out what follows, if the loop does not run here.
    fn act<R>(&self, act: impl FnOnce(&Rc<NetworkCore>) -> R) -> R {
        let result = act(&self.core);
        let number = self.core.number();
        if numbered(number).is_none() {
            let settle = move || {
                if let Some(core) = numbered(number) {
                    core.settle();
                }
            };
            drop(self.core.address().call_soon(Box::new(settle)));
        }
        result
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.core.look(|state| {
            f.debug_struct("Network")
                .field("hosts", &state.hosts.len())
                .field("sockets", &state.sockets.len())
                .field("waiting", &self.core.waits().count())
                .field("on_the_way", &state.flights.len())
                .field("held", &state.links.held())
                .finish()
        })
    }
}
