//! The kind and the address of a socket, for reports.
//!
//! The problem: a report names the thing for which a task waits, in words that a person knows. An address is
//! such a name, and a text of it for each connection would cost more than many connections do. So a
//! source keeps the address, and makes the text when a task waits for the first time.
//!
//! Invariant: a text names the thing for which the task waits, and continues "waits for".
//!
//! Read next: `reactor/source.rs`.

use std::net::SocketAddr;

use super::readiness::Way;

/// The kind of a socket, and its address.
#[derive(Clone, Copy, Debug)]
pub(crate) enum About {
    /// A listener at this address.
    Listener(Option<SocketAddr>),
    /// A connection with this peer.
    Connection(Option<SocketAddr>),
    /// A socket of datagrams at this address.
    Datagrams(Option<SocketAddr>),
    /// One end of a pipe.
    Pipe,
    /// The arrival of the signal with this number.
    Signal(i32),
    /// The end of the process with this number.
    Process(u32),
    /// A descriptor that a function of the program watches.
    Watched,
}

impl About {
    /// Returns the thing for which a task waits that cannot go on this way.
    pub(super) fn waits_for(&self, way: Way) -> String {
        let at = |address: &Option<SocketAddr>| match address {
            Some(address) => address.to_string(),
            None => "a Unix socket".to_string(),
        };
        match (self, way) {
            (About::Listener(address), _) => format!("a connection at {}", at(address)),
            (About::Connection(peer), Way::Read) => format!("data from {}", at(peer)),
            (About::Connection(peer), Way::Write) => format!("room to send to {}", at(peer)),
            (About::Datagrams(address), Way::Read) => format!("a datagram at {}", at(address)),
            (About::Datagrams(address), Way::Write) => {
                format!("room to send a datagram from {}", at(address))
            }
            (About::Pipe, Way::Read) => "data from a pipe".to_string(),
            (About::Pipe, Way::Write) => "room in a pipe".to_string(),
            (About::Signal(number), _) => format!("signal {number}"),
            (About::Process(number), _) => format!("the end of process {number}"),
            (About::Watched, _) => "a descriptor".to_string(),
        }
    }
}
