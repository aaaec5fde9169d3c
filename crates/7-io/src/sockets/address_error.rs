//! Errors of an address, with a cure.
//!
//! The problem: "Address already in use (os error 98)" names no address, and does not say what to do. A
//! program that listens at one port and connects to another prints it, and its user looks for the port.
//! Each kind of socket has its own call that binds or connects, so the texts have one page.
//!
//! ```text
//!   cannot listen at 127.0.0.1:80: Address already in use (os error 98); pass another port, or ..
//!                    the address   the error of the system, which is the source      the cure
//! ```
//!
//! Invariants:
//! 1. The error of the system is the source, with its number, and gives its kind.
//! 2. An error that has a text of its own, such as one of a network in memory, stays as it is.
//!
//! Read next: `sockets/tcp.rs`.

use std::error::Error;
use std::fmt;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;

/// An error of the system, with the action that failed, its address, and a cure.
#[derive(Debug)]
struct AddressError {
    /// The action and the address, as in "cannot listen at 127.0.0.1:80".
    what: String,
    error: io::Error,
    cure: Option<&'static str>,
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let AddressError { what, error, cure } = self;
        write!(f, "{what}: {error}")?;
        cure.map_or(Ok(()), |cure| write!(f, "; {cure}"))
    }
}

impl Error for AddressError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.error)
    }
}

/// Says what a socket does with an address.
#[derive(Clone, Copy, Debug)]
pub(super) enum Use {
    Listen,
    /// Takes an address for datagrams.
    Bind,
    Connect,
    /// Takes the address of a peer for datagrams.
    SetPeer,
}

impl Use {
    /// Returns the function that makes the error of an address.
    pub(super) fn of_address(self, address: SocketAddr) -> impl FnOnce(io::Error) -> io::Error {
        move |error| self.explain(&address, error, cure_of_address)
    }

    /// Returns the function that makes the error of a path.
    #[cfg(unix)]
    pub(super) fn of_path(self, path: &std::path::Path) -> impl FnOnce(io::Error) -> io::Error {
        move |error| self.explain(&path.display(), error, cure_of_path)
    }

    #[cold]
    fn explain(self, place: &dyn fmt::Display, error: io::Error, cure: Cure) -> io::Error {
        if error.get_ref().is_some() {
            return error;
        }
        let verb = match self {
            Use::Listen => "listen at",
            Use::Bind => "bind to",
            Use::Connect | Use::SetPeer => "connect to",
        };
        let cure = cure(self, error.kind());
        explained(format!("cannot {verb} {place}"), error, cure)
    }
}

/// Adds what could not be done to an error, and the cure if there is one.
fn explained(what: String, error: io::Error, cure: Option<&'static str>) -> io::Error {
    io::Error::new(error.kind(), AddressError { what, error, cure })
}

/// Makes the error of a connect. `what` says where, as the program has said it.
#[cold]
pub(crate) fn no_connection(what: String, error: io::Error) -> io::Error {
    let cure = match error.get_ref() {
        Some(_) => None,
        None => cure_of_address(Use::Connect, error.kind()),
    };
    explained(what, error, cure)
}

/// The function that knows the cures of addresses, or of paths.
type Cure = fn(Use, ErrorKind) -> Option<&'static str>;

fn cure_of_address(what: Use, kind: ErrorKind) -> Option<&'static str> {
    Some(match (what, kind) {
        (Use::Listen, ErrorKind::AddrInUse) => {
            "pass another port, or end the program that listens there"
        }
        (Use::Bind, ErrorKind::AddrInUse) => "pass another port, or end the program that has it",
        (Use::Listen | Use::Bind, ErrorKind::AddrNotAvailable) => {
            "pass an address of this machine, or 0.0.0.0"
        }
        (Use::Listen | Use::Bind, ErrorKind::PermissionDenied) => "pass a port above 1023",
        (Use::Connect, ErrorKind::ConnectionRefused) => {
            "check the address and the port, and that a program listens there"
        }
        (Use::Connect, ErrorKind::TimedOut) => {
            "the host does not answer: check the address, and its firewall"
        }
        (
            Use::Connect | Use::SetPeer,
            ErrorKind::NetworkUnreachable | ErrorKind::HostUnreachable,
        ) => "check the address, and the network of this machine",
        (Use::Connect, ErrorKind::PermissionDenied) => "check the firewall of this machine",
        (Use::SetPeer, ErrorKind::PermissionDenied) => {
            "check the firewall of this machine; a UDP socket needs `set_broadcast` before a broadcast"
        }
        _ => return None,
    })
}

/// The cure of a path that the address of a Unix socket cannot have. The last byte of an address is 0.
#[cfg(unix)]
const SHORTER_PATH: &str = if cfg!(any(target_os = "linux", target_os = "android")) {
    "pass a path of at most 107 bytes, none of which is 0"
} else {
    "pass a path of at most 103 bytes, none of which is 0"
};

#[cfg(unix)]
fn cure_of_path(what: Use, kind: ErrorKind) -> Option<&'static str> {
    Some(match (what, kind) {
        (Use::Listen | Use::Bind, ErrorKind::AddrInUse) => {
            "remove the file if no program uses it, or pass another path"
        }
        (Use::Listen | Use::Bind, ErrorKind::NotFound) => "make the directory of the file first",
        (Use::Listen | Use::Bind, ErrorKind::PermissionDenied) => {
            "pass a path in a directory in which this user may make files"
        }
        (Use::Connect, ErrorKind::NotFound) => "check the path, and that a program has bound to it",
        (Use::Connect, ErrorKind::ConnectionRefused) => {
            "the file is there, and its program is not: start the program"
        }
        (Use::Connect, ErrorKind::PermissionDenied) => {
            "let this user write to the file, and enter its directory"
        }
        (Use::Connect, ErrorKind::WouldBlock) => {
            "too many connections wait to be accepted: connect again later"
        }
        (_, ErrorKind::InvalidInput) => SHORTER_PATH,
        _ => return None,
    })
}
