//! The waits of a download as callbacks: an address, room, bytes.
//!
//! Each function returns at once, and calls `then` later, exactly once.

use std::cell::Cell;
use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use groundup::net::look_up;
use groundup::process::{add_reader, add_writer, remove_reader, remove_writer};
use groundup::{call_later, call_soon, spawn, timeout};
use mio::net::TcpStream;

/// What a socket is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Bytes, or the end of the connection.
    Read,
    /// Room for bytes, or the end of a connect.
    Write,
}

/// Looks a host up, but not longer than the limit. Python's `loop.getaddrinfo` is a coroutine as well: the
/// one task in this style.
pub fn find(
    host: &str,
    port: u16,
    limit: Duration,
    then: impl FnOnce(io::Result<Vec<SocketAddr>>) + 'static,
) {
    let looks = spawn(timeout(limit, look_up(host.to_string(), port)));
    let handle = looks.task_ref();
    let once = Cell::new(Some((looks, then)));
    handle.add_done_callback(move || {
        if let Some((mut looks, then)) = once.take()
            && let Some(found) = looks.take_value()
        {
            then(found.unwrap_or_else(|_elapsed| Err(ErrorKind::TimedOut.into())));
        }
    });
}

/// Waits until a socket is ready, but not longer than the limit.
pub fn when(
    way: Way,
    socket: &Rc<TcpStream>,
    limit: Duration,
    then: impl FnOnce(io::Result<()>) + 'static,
) {
    let then = Rc::new(Cell::new(Some(then)));
    let (late, too_late) = (then.clone(), socket.clone());
    let timer = call_later(limit, move || {
        forget(way, &too_late);
        if let Some(then) = late.take() {
            then(Err(ErrorKind::TimedOut.into()));
        }
    });
    let (ready, then_too) = (socket.clone(), then.clone());
    let is_ready = move || {
        forget(way, &ready);
        timer.cancel();
        if let Some(then) = then_too.take() {
            then(Ok(()));
        }
    };
    let watched = match way {
        Way::Read => add_reader(&**socket, is_ready),
        Way::Write => add_writer(&**socket, is_ready),
    };
    if let Err(error) = watched
        && let Some(then) = then.take()
    {
        call_soon(move || then(Err(error)));
    }
}

fn forget(way: Way, socket: &Rc<TcpStream>) {
    match way {
        Way::Read => remove_reader(&**socket),
        Way::Write => remove_writer(&**socket),
    };
}

/// Begins to connect. When the socket can be written to, [`connected`] says how it went.
///
/// # Errors
///
/// If the system knows at once that there is no way to the address.
pub fn begin(address: SocketAddr) -> io::Result<Rc<TcpStream>> {
    TcpStream::connect(address).map(Rc::new)
}

/// Returns whether a connect has succeeded.
///
/// # Errors
///
/// Why it has not.
pub fn connected(socket: &TcpStream) -> io::Result<()> {
    match socket.take_error()? {
        Some(error) => Err(error),
        None => socket.peer_addr().map(drop),
    }
}

/// Writes the beginning of `bytes`, and removes it from them.
///
/// # Errors
///
/// If the connection has failed.
pub fn write_some(mut socket: &TcpStream, bytes: &mut Vec<u8>) -> io::Result<()> {
    match socket.write(bytes) {
        Ok(written) => drop(bytes.drain(..written)),
        Err(error) if is_not_yet(&error) => {}
        Err(error) => return Err(error),
    }
    Ok(())
}

/// Reads the bytes that are there: `None` if there are none yet, and no bytes at the end.
///
/// # Errors
///
/// If the connection has failed.
pub fn read_some(mut socket: &TcpStream) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = vec![0; 16 * 1024];
    match socket.read(&mut bytes) {
        Ok(came) => {
            bytes.truncate(came);
            Ok(Some(bytes))
        }
        Err(error) if is_not_yet(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

fn is_not_yet(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}
