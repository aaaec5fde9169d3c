//! The two halves of a TCP connection.
//!
//! The problem: a task that reads and a task that writes each want to own their end. The connection
//! is shared, and the descriptor is closed with the last half. But a peer waits for the end of the
//! data, which must not wait for the half that reads.
//!
//! Invariants:
//! 1. The drop of the half that writes ends the data of this way.
//! 2. The descriptor is closed when both halves are dropped.
//!
//! Read next: `sockets/udp_socket.rs`.

use std::io;
use std::net::{Shutdown, SocketAddr};
use std::sync::Arc;

use super::stream::TcpStream;
use crate::sockets::bytes::{reads, writes};

/// The half of a [`TcpStream`] that reads, from [`TcpStream::split`].
#[derive(Debug)]
pub struct TcpReadHalf {
    stream: Arc<TcpStream>,
}

/// The half of a [`TcpStream`] that writes, from [`TcpStream::split`]. Its drop ends the data that the
/// peer reads.
#[derive(Debug)]
pub struct TcpWriteHalf {
    stream: Arc<TcpStream>,
}

/// Makes the halves of a connection.
pub(super) fn halves(stream: TcpStream) -> (TcpReadHalf, TcpWriteHalf) {
    let stream = Arc::new(stream);
    let own = stream.clone();
    (TcpReadHalf { stream: own }, TcpWriteHalf { stream })
}

impl TcpReadHalf {
    /// Returns the address of the other end.
    ///
    /// # Errors
    ///
    /// `NotConnected` if the connection was reset.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.stream.peer_addr()
    }
}

impl TcpWriteHalf {
    /// Returns the address of the other end.
    ///
    /// # Errors
    ///
    /// `NotConnected` if the connection was reset.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.stream.peer_addr()
    }

    /// Returns the connection, for its options.
    pub fn stream(&self) -> &TcpStream {
        &self.stream
    }
}

impl Drop for TcpWriteHalf {
    fn drop(&mut self) {
        // It fails if the connection has ended.
        drop(self.stream.shutdown(Shutdown::Write));
    }
}

reads!(TcpReadHalf, |this| &*this.stream);
writes!(TcpWriteHalf, |this| &*this.stream);
