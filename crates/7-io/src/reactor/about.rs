//! The kind and the address of a socket, for reports.
//!
//! The problem: a report names the thing for which a task waits, in words that a person knows. An address is
//! such a name, and a text of it for each connection would cost more than many connections do. So a
//! source keeps the address, and makes the text when a task waits for the first time.
//!
//! Invariant: a text names the thing for which the task waits, and continues "waits for".
//!
//! Read next: `reactor/waiters.rs`.

use std::fmt;
use std::net::SocketAddr;
use std::panic::Location;
use std::rc::Rc;

use groundup_sync::task::WaitLine;

use super::readiness::Way;

/// The kind of a source, and the address of a socket.
#[derive(Clone, Debug)]
#[cfg_attr(
    not(unix),
    expect(dead_code, reason = "pipes and the like are of Unix")
)]
pub(crate) enum About {
    /// A listener at this address.
    Listener(Option<SocketAddr>),
    /// A connection with this peer.
    Connection(Option<SocketAddr>),
    /// A socket of datagrams at this address.
    Datagrams(Option<SocketAddr>),
    /// A socket in memory: its kind, its address or its peer, with the name of the host, and the line
    /// of a connection, which knows the task at the other end.
    InMemory(Kind, Box<str>, Option<OtherEnd>),
    /// One end of a pipe.
    Pipe,
    /// The arrival of the signal with this number.
    Signal(i32),
    /// The end of the process with this number.
    Process(u32),
    /// A descriptor that a function of the program watches.
    Watched,
}

/// The kind of a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Listener,
    Connection,
    Datagrams,
}

/// Names the task that was the last to use the other end of a connection in memory.
#[derive(Clone)]
pub(crate) struct OtherEnd(pub(crate) Rc<dyn WaitLine>);

impl fmt::Debug for OtherEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<OtherEnd>")
    }
}

/// How and where a program got a socket.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin {
    /// The word for it: `accepted`, `connected`.
    pub(crate) how: &'static str,
    pub(crate) place: &'static Location<'static>,
}

impl Origin {
    /// Makes that of a listener, or of a socket of datagrams, which the caller binds.
    #[track_caller]
    pub(crate) fn bound() -> Self {
        let place = Location::caller();
        Origin {
            how: "bound",
            place,
        }
    }

    /// Returns the word of an origin, if any; that of a connection which is still to come is `begun`.
    pub(super) fn word(origin: Option<Origin>, connects: bool) -> &'static str {
        match connects {
            true => "begun",
            false => origin.map_or("made", |origin| origin.how),
        }
    }
}

impl About {
    /// Returns the origin of a source that is made at a place; `None` of a kind that this crate makes.
    pub(crate) fn made_at(&self, place: &'static Location<'static>) -> Option<Origin> {
        let how = match self {
            About::Signal(_) | About::Process(_) | About::Watched => return None,
            About::Listener(_) | About::Datagrams(_) => "bound",
            About::InMemory(Kind::Listener | Kind::Datagrams, ..) => "bound",
            _ => "made",
        };
        Some(Origin { how, place })
    }

    /// Returns the thing for which a task waits that connects.
    pub(super) fn connects_to(&self) -> String {
        match self {
            About::Connection(Some(peer)) => format!("a connection to {peer}"),
            About::InMemory(_, peer, _) => format!("a connection to {peer}"),
            _ => "a connection to a Unix socket".to_string(),
        }
    }

    /// Returns the line of a connection in memory.
    pub(super) fn other_end(&self) -> Option<Rc<dyn WaitLine>> {
        match self {
            About::InMemory(_, _, Some(other)) => Some(other.0.clone()),
            _ => None,
        }
    }

    /// Returns the thing for which a task waits that cannot go on this way.
    pub(super) fn waits_for(&self, way: Way) -> String {
        let (kind, address) = match self {
            About::Listener(address) => (Kind::Listener, address),
            About::Connection(peer) => (Kind::Connection, peer),
            About::Datagrams(address) => (Kind::Datagrams, address),
            About::InMemory(kind, place, _) => return kind.waits_for(way, place),
            other => return other.waits_for_no_socket(way),
        };
        match address {
            Some(address) => kind.waits_for(way, &address.to_string()),
            None => kind.waits_for(way, "a Unix socket"),
        }
    }

    fn waits_for_no_socket(&self, way: Way) -> String {
        match (self, way) {
            (About::Pipe, Way::Read) => "data from a pipe".to_string(),
            (About::Pipe, Way::Write) => "room in a pipe".to_string(),
            (About::Signal(number), _) => format!("signal {number}"),
            (About::Process(number), _) => format!("the end of process {number}"),
            _ => "a descriptor".to_string(),
        }
    }
}

impl Kind {
    fn waits_for(self, way: Way, place: &str) -> String {
        match (self, way) {
            (Kind::Listener, _) => format!("a connection at {place}"),
            (Kind::Connection, Way::Read) => format!("data from {place}"),
            (Kind::Connection, Way::Write) => format!("room to send to {place}"),
            (Kind::Datagrams, Way::Read) => format!("a datagram at {place}"),
            (Kind::Datagrams, Way::Write) => format!("room to send a datagram from {place}"),
        }
    }
}
