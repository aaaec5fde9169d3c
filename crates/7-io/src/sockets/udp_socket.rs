//! Sends and receives datagrams of UDP.
//!
//! The problem: a datagram comes whole or not at all. A buffer that is too small takes the beginning,
//! and the rest of the datagram is gone. So these are calls of their own, and no streams of bytes.
//!
//! Invariants:
//! 1. A `recv` that is dropped has taken no datagram.
//! 2. Several tasks may receive at the same time. Each datagram goes to one of them.
//!
//! Read next: `sockets/unix.rs`.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::panic::Location;

use crate::addresses::into_address::IntoAddress;
use crate::memory::endpoints::memory_datagrams::MemoryDatagrams;
use crate::memory::loop_network::of_loop;
use crate::reactor::about::{About, Origin};
use crate::reactor::readiness::Way;
use crate::sockets::address_error::Use;
use crate::sockets::io::Io;
use crate::sockets::socket::{Socket, check_loop};

/// A socket of the system, or in memory.
type DatagramIo = Io<mio::net::UdpSocket, MemoryDatagrams>;

/// A socket of UDP: asyncio's `create_datagram_endpoint`, with methods to send and receive in place of
/// callbacks.
///
/// ```
/// # mod groundup { pub mod net { pub use groundup_io::*; } pub use groundup_io::executor::*; }
/// use groundup::net::UdpSocket;
/// use groundup::run;
///
/// run(async {
///     let one = UdpSocket::bind(([127, 0, 0, 1], 0))?;
///     let other = UdpSocket::bind(([127, 0, 0, 1], 0))?;
///     one.send_to(b"hello", other.local_addr()?).await?;
///     let mut room = [0; 1500];
///     let (bytes, sender) = other.recv_from(&mut room).await?;
///     assert_eq!((&room[..bytes], sender), (&b"hello"[..], one.local_addr()?));
///     Ok::<_, std::io::Error>(())
/// })
/// # .unwrap();
/// ```
#[doc(alias = "create_datagram_endpoint")]
#[derive(Debug)]
pub struct UdpSocket {
    socket: Socket<DatagramIo>,
}

impl UdpSocket {
    /// Makes a socket at an address. Port 0 lets the system choose a port.
    ///
    /// # Errors
    ///
    /// `AddrInUse` if another program has the address, `Unsupported` on virtual time without a
    /// [`Network`](crate::Network). The text has the address and a cure, and the source is the error of
    /// the system.
    ///
    /// # Panics
    ///
    /// Outside a running loop.
    #[track_caller]
    pub fn bind(address: impl IntoAddress) -> io::Result<UdpSocket> {
        let address = address.into_address()?;
        if let Some(network) = of_loop() {
            let socket = MemoryDatagrams::bind(&network, address)?;
            let socket = Socket::in_memory(socket)?;
            socket.set_origin(Origin::bound());
            return Ok(UdpSocket { socket });
        }
        check_loop()?;
        let socket = mio::net::UdpSocket::bind(address);
        UdpSocket::new(socket.map_err(Use::Bind.of_address(address))?)
    }

    /// Takes over a socket of the standard library. It does not block from then on.
    ///
    /// # Errors
    ///
    /// As [`bind`](UdpSocket::bind).
    ///
    /// # Panics
    ///
    /// Outside a running loop.
    #[track_caller]
    pub fn from_std(socket: std::net::UdpSocket) -> io::Result<UdpSocket> {
        socket.set_nonblocking(true)?;
        UdpSocket::new(mio::net::UdpSocket::from_std(socket))
    }

    #[track_caller]
    fn new(socket: mio::net::UdpSocket) -> io::Result<UdpSocket> {
        let about = About::Datagrams(socket.local_addr().ok());
        let socket = Socket::new(Io::System(socket), about)?;
        Ok(UdpSocket { socket })
    }

    /// Sets the peer: [`send`](UdpSocket::send) sends to it, and only its datagrams are received. No
    /// packet is sent for that.
    ///
    /// # Errors
    ///
    /// An error of the system.
    pub fn connect(&self, peer: impl IntoAddress) -> io::Result<()> {
        let peer = peer.into_address()?;
        let connected = match self.socket.io() {
            Io::System(socket) => socket.connect(peer),
            Io::Memory(socket) => socket.connect(peer),
        };
        connected.map_err(Use::SetPeer.of_address(peer))
    }

    /// Sends a datagram to the peer, and returns the number of its bytes.
    ///
    /// # Errors
    ///
    /// `ConnectionRefused` if the system has heard that no program listens there: it belongs to an
    /// earlier datagram.
    #[track_caller]
    pub fn send(&self, datagram: &[u8]) -> impl Future<Output = io::Result<usize>> {
        let send = move |socket: &DatagramIo| match socket {
            Io::System(socket) => socket.send(datagram),
            Io::Memory(socket) => socket.send(datagram, None),
        };
        self.socket.operation(Way::Write, Location::caller(), send)
    }

    /// Sends a datagram to an address, and returns the number of its bytes.
    ///
    /// # Errors
    ///
    /// An error of the system, such as a datagram that is too long.
    #[track_caller]
    pub fn send_to(
        &self,
        datagram: &[u8],
        to: impl IntoAddress,
    ) -> impl Future<Output = io::Result<usize>> {
        let (to, place) = (to.into_address(), Location::caller());
        async move {
            let to = to?;
            let send = move |socket: &DatagramIo| match socket {
                Io::System(socket) => socket.send_to(datagram, to),
                Io::Memory(socket) => socket.send(datagram, Some(to)),
            };
            self.socket.operation(Way::Write, place, send).await
        }
    }

    /// Receives a datagram of the peer, and returns the number of its bytes. Bytes for which there is
    /// no room are lost.
    ///
    /// # Errors
    ///
    /// `ConnectionRefused` if the system has heard that no program listens at the peer.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, no datagram is lost.
    #[track_caller]
    pub fn recv(&self, room: &mut [u8]) -> impl Future<Output = io::Result<usize>> {
        let recv = move |socket: &DatagramIo| match socket {
            Io::System(socket) => socket.recv(room),
            Io::Memory(socket) => socket.recv_from(room).map(|(bytes, _)| bytes),
        };
        self.socket.operation(Way::Read, Location::caller(), recv)
    }

    /// Receives a datagram, and returns the number of its bytes and its sender. Bytes for which there
    /// is no room are lost.
    ///
    /// # Errors
    ///
    /// An error of the system.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, no datagram is lost.
    #[track_caller]
    pub fn recv_from(
        &self,
        room: &mut [u8],
    ) -> impl Future<Output = io::Result<(usize, SocketAddr)>> {
        let recv = move |socket: &DatagramIo| match socket {
            Io::System(socket) => socket.recv_from(room),
            Io::Memory(socket) => socket.recv_from(room),
        };
        self.socket.operation(Way::Read, Location::caller(), recv)
    }

    /// Sets whether the socket may send to a broadcast address.
    ///
    /// # Errors
    ///
    /// An error of the system.
    pub fn set_broadcast(&self, may: bool) -> io::Result<()> {
        match self.socket.io() {
            Io::System(socket) => socket.set_broadcast(may),
            Io::Memory(_) => Ok(()),
        }
    }

    /// Returns the address of this end.
    ///
    /// # Errors
    ///
    /// An error of the system.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        match self.socket.io() {
            Io::System(socket) => socket.local_addr(),
            Io::Memory(socket) => socket.local_addr(),
        }
    }
}

/// # Panics
///
/// If the socket is in memory.
#[cfg(unix)]
impl std::os::fd::AsFd for UdpSocket {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.socket.io().system().as_fd()
    }
}
