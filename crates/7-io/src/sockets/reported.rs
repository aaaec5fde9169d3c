//! Notes for reports how and where a program got a socket.
//!
//! The problem: a report names a connection by its peer, and a program has many connections with one
//! peer. The line that has accepted or connected it tells them apart. A socket that connects waits for
//! another thing than one that has no room to send, although the system reports both by one event.
//!
//! ```text
//!   TcpStream::connect   waits for a connection to 10.0.0.2:80
//!   write_all            waits for room to send to 10.0.0.2:80
//! ```
//!
//! Invariant: a note changes the words of a report, and nothing else.
//!
//! Read next: `sockets/awaits.rs`.

use super::socket::{Socket, waits_of};
use crate::reactor::about::Origin;

impl<S> Socket<S> {
    /// Notes how and where the program got the socket.
    pub(crate) fn set_origin(&self, origin: Origin) {
        if let Some(waits) = waits_of(&self.id) {
            waits.set_origin(&self.id, origin);
        }
    }

    /// Notes whether the connection is still to come.
    pub(crate) fn set_connects(&self, connects: bool) {
        if let Some(waits) = waits_of(&self.id) {
            waits.set_connects(&self.id, connects);
        }
    }
}
