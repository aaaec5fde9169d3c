//! A socket of datagrams in memory.
//!
//! The problem: a datagram arrives whole, or is lost: by chance, on a link that is cut, or since its
//! receiver has no room. A sender does not learn of it. It learns one thing, and only if it is
//! connected: that no socket has the address. A later operation gives that error.
//!
//! Invariants:
//! 1. A datagram is received whole and once, or not at all.
//! 2. A socket that is connected receives from its peer alone.
//!
//! Read next: `memory/state.rs`.

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;

use crate::memory::hosts::HostId;

/// The largest datagram of UDP over IPv4.
const LARGEST: usize = 65_507;

/// A socket of datagrams.
pub(crate) struct DatagramEnd {
    pub(crate) host: HostId,
    pub(crate) local: SocketAddr,
    pub(crate) peer: Option<SocketAddr>,
    received: VecDeque<(SocketAddr, Vec<u8>)>,
    /// Number of bytes that the datagrams take that were received and not read.
    unread: usize,
    room: usize,
    error: Option<ErrorKind>,
}

/// Returns the room that a datagram takes. An empty one takes some, too, so they do not pile up.
fn size_of(datagram: &[u8]) -> usize {
    datagram.len().max(1)
}

impl DatagramEnd {
    pub(crate) fn new(host: HostId, local: SocketAddr, room: usize) -> Self {
        DatagramEnd {
            host,
            local,
            peer: None,
            received: VecDeque::new(),
            unread: 0,
            room,
            error: None,
        }
    }

    /// Checks a datagram that is to be sent.
    pub(crate) fn check(&mut self, size: usize) -> io::Result<()> {
        self.give_error()?;
        if size > LARGEST {
            let text = format!("a datagram has at most {LARGEST} bytes: send several");
            return Err(io::Error::new(ErrorKind::InvalidInput, text));
        }
        Ok(())
    }

    fn give_error(&mut self) -> io::Result<()> {
        self.error.take().map_or(Ok(()), |kind| Err(kind.into()))
    }

    /// Returns true if it receives from this sender. For any other one, no socket has the address.
    pub(crate) fn hears(&self, from: SocketAddr) -> bool {
        self.peer.is_none_or(|peer| peer == from)
    }

    /// Takes a datagram, if there is room for it. Returns true if it did.
    pub(crate) fn receive(&mut self, from: SocketAddr, datagram: Vec<u8>) -> bool {
        let fits = self.unread + size_of(&datagram) <= self.room || self.received.is_empty();
        let takes = fits && self.hears(from);
        if takes {
            self.unread += size_of(&datagram);
            self.received.push_back((from, datagram));
        }
        takes
    }

    /// Reads a datagram, and returns the number of bytes for which there was room.
    pub(crate) fn read(&mut self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.give_error()?;
        let Some((from, datagram)) = self.received.pop_front() else {
            return Err(ErrorKind::WouldBlock.into());
        };
        self.unread -= size_of(&datagram);
        let count = datagram.len().min(buf.len());
        buf[..count].copy_from_slice(&datagram[..count]);
        Ok((count, from))
    }

    /// No socket has the address of the peer. Returns true if that is an error of this socket.
    pub(crate) fn gets_unreachable(&mut self, peer: SocketAddr) -> bool {
        let connected = self.peer == Some(peer);
        if connected {
            self.error = Some(ErrorKind::ConnectionRefused);
        }
        connected
    }
}
