//! Errors of an address, with a cure.
//!
//! The problem: "Address already in use (os error 98)" names no address, and does not say what to do. A
//! program that listens at one port and connects to another prints it, and its user looks for the port.
//!
//! ```text
//!   cannot listen at 127.0.0.1:80: Address already in use (os error 98); pass another port, or ..
//!                    the address   the error of the system, which is the source      the cure
//! ```
//!
//! Invariants:
//! 1. The kind is that of the system's error, which is the source with its number.
//! 2. An error that has a text of its own, such as one of a network in memory, stays as it is.
//!
//! Read next: `sockets/tcp/halves.rs`.

use std::error::Error;
use std::fmt;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;

/// An error of the system, and what it means for an address.
#[derive(Debug)]
struct AddressError {
    /// What cannot be done, and where.
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

/// Adds what could not be done to an error, and the cure if there is one.
fn explained(what: String, error: io::Error, cure: Option<&'static str>) -> io::Error {
    io::Error::new(error.kind(), AddressError { what, error, cure })
}

/// Makes the error of a listener.
#[cold]
pub(super) fn cannot_listen(address: SocketAddr, error: io::Error) -> io::Error {
    let cure = match error.kind() {
        _ if error.get_ref().is_some() => return error,
        ErrorKind::AddrInUse => "pass another port, or end the program that listens there",
        ErrorKind::AddrNotAvailable => "pass an address of this machine, or 0.0.0.0",
        ErrorKind::PermissionDenied => "pass a port above 1023",
        _ => return error,
    };
    explained(format!("cannot listen at {address}"), error, Some(cure))
}

/// Makes the error of a connect. `what` says where, as the program has said it.
#[cold]
pub(crate) fn no_connection(what: String, error: io::Error) -> io::Error {
    let cure = match error.kind() {
        _ if error.get_ref().is_some() => None,
        ErrorKind::ConnectionRefused => {
            Some("check the address and the port, and that a program listens there")
        }
        ErrorKind::TimedOut => {
            Some("the host does not answer: check the address, and its firewall")
        }
        ErrorKind::NetworkUnreachable | ErrorKind::HostUnreachable => {
            Some("check the address, and the network of this machine")
        }
        _ => None,
    };
    explained(what, error, cure)
}

/// Returns the function that makes the error of a connect to an address.
pub(super) fn cannot_connect(address: SocketAddr) -> impl FnOnce(io::Error) -> io::Error {
    move |error| match error.get_ref() {
        Some(_) => error,
        None => no_connection(format!("cannot connect to {address}"), error),
    }
}
