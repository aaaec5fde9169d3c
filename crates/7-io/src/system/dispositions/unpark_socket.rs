//! A socket whose bytes end the park of the main thread.
//!
//! The problem: a loop that parks in the standard library's `park` is not woken by a signal, and a
//! handler of a signal may not call `unpark`. It may write a byte. So a run that handles interrupts
//! parks in a call that waits for bytes of a socket, and the calls of other threads write such a byte,
//! too.
//!
//! Invariants:
//! 1. A process has one such socket, which is made for the first run that needs it. It stays.
//! 2. A full socket is as good as another byte: it ends the park, too.
//!
//! Read next: `system/dispositions/interrupt.rs`.

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::OnceLock;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

static SOCKET: OnceLock<UnparkSocket> = OnceLock::new();

/// Two sockets that are connected with each other.
pub(crate) struct UnparkSocket {
    reads: UnixStream,
    writes: UnixStream,
}

/// Returns the socket of the process.
pub(super) fn unpark_socket() -> io::Result<&'static UnparkSocket> {
    if let Some(socket) = SOCKET.get() {
        return Ok(socket);
    }
    let (reads, writes) = UnixStream::pair()?;
    reads.set_nonblocking(true)?;
    writes.set_nonblocking(true)?;
    Ok(SOCKET.get_or_init(|| UnparkSocket { reads, writes }))
}

impl UnparkSocket {
    pub(super) fn clone_of_writer(&self) -> io::Result<UnixStream> {
        self.writes.try_clone()
    }

    /// Ends a park, from any thread.
    pub(super) fn unpark(&self) {
        let _ = (&self.writes).write(&[0]);
    }

    /// Takes all bytes that have come. A reactor is told of a byte only if it comes into an empty socket
    /// or beside others, and no byte comes into a full one.
    pub(super) fn drain(&self) {
        let mut room = [0; 64];
        while (&self.reads)
            .read(&mut room)
            .is_ok_and(|count| count == room.len())
        {}
    }

    /// Blocks until a byte comes, for at most `limit`. A signal ends it early.
    pub(super) fn park(&self, limit: Option<Duration>) {
        let mut descriptors = [PollFd::new(&self.reads, PollFlags::IN)];
        let limit = limit.and_then(|limit| Timespec::try_from(limit).ok());
        if let Ok(1..) = poll(&mut descriptors, limit.as_ref()) {
            self.drain();
        }
    }
}

impl AsFd for UnparkSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.reads.as_fd()
    }
}
